/**
 * Which colour a person has at this gate, from facts and the pack of the day. Pure. Every verdict says why,
 * as keys of messages with the figures that belong into them.
 */
import type { Accepted, Card, Colour, Condition, Line, Pack, PlaceRule } from "./pack.ts";
import { colours, lines } from "./pack.ts";
import type { Kind } from "./pass.ts";
import type { Reason, ReasonKey } from "./reasons.ts";

/** What is known of whoever stands at the gate. Days since 2020-01-01; null where nothing is known. */
export interface Facts {
	kind: Kind;
	force: number | null;
	doses: number | null;
	/** Doses of a full course, where the source says so. */
	dosesNeeded: number | null;
	lastDose: number | null;
	lastNegative: number | null;
	recovered: number | null;
}

/** The gate: what kind of place, and what zone and level hold there today. */
export interface Place {
	kind: string;
	/** Who comes through this gate, "staff" or "visitor". */
	role: string;
	zone: string | null;
	level: number | null;
	/** How many fit in. */
	capacity: number | null;
}

export interface Ruling {
	/** What the guard sees. */
	colour: Colour;
	/** The person's own card, which the place may not accept. */
	card: Colour;
	scope: string | null;
	reasons: Reason[];
	/** The version of the pack that has decided. */
	rules: string;
}

/** `day`: today, days since 2020-01-01. */
export function rule(pack: Pack, facts: Facts, place: Place, day: number): Ruling {
	const known = counted(pack, facts);
	const cards = pack.cards.filter((card) => isFor(card, known));
	for (const card of cards) {
		const met = card.any.find((condition) => !lacking(condition, known, day).length);
		if (met) return atPlace(pack, card, met, known, place, day);
	}
	const nearest = cards
		.flatMap(({ any }) => any.map((condition) => lacking(condition, known, day)))
		.reduce<Reason[] | null>((best, one) => (best && way(best) <= way(one) ? best : one), null);
	const reasons = nearest ?? [{ key: "gate-no-card-for-kind", figures: { kind: known.kind } }];
	return { colour: "red", card: "red", scope: null, reasons, rules: pack.version };
}

/** For somebody of whom no more is known than a name: as far as the pack goes, and the place. */
export function ruleIdentity(pack: Pack, place: Place, day: number): Ruling {
	const colour = pack.whenOnlyIdentity;
	const reasons: Reason[] = [{ key: "gate-only-identity" }];
	if (colour === "red") return { colour, card: "red", scope: null, reasons, rules: pack.version };
	const card = { colour, scope: null, kinds: null, forces: null, any: [] };
	const ruling = atPlace(pack, card, {}, nobody, place, day);
	return { ...ruling, reasons: [...reasons, ...ruling.reasons] };
}

const nobody: Facts = {
	kind: "person",
	force: null,
	doses: null,
	dosesNeeded: null,
	lastDose: null,
	lastNegative: null,
	recovered: null,
};

/** The worse of the two. */
export function atBest(best: Colour, colour: Colour): Colour {
	return colours[Math.max(colours.indexOf(best), colours.indexOf(colour))] ?? "red";
}

/** How many may be inside at once; null for as many as come. */
export function limitOf(pack: Pack, place: Place): number | null {
	const here = ruleOf(pack, place);
	const room = place.capacity === null ? null : Math.floor(place.capacity * (here?.shareAtMost ?? 1));
	const most = here?.peopleAtMost ?? null;
	return room === null || most === null ? (room ?? most) : Math.min(room, most);
}

function atPlace(pack: Pack, card: Card, met: Condition, facts: Facts, place: Place, day: number): Ruling {
	const ruling = { card: card.colour, scope: card.scope, rules: pack.version };
	const here = ruleOf(pack, place);
	if (!here) return { ...ruling, colour: card.colour, reasons: fulfilled(met, facts, day) };
	const ways = here.accepts.filter((way) => takes(way, card));
	const lacks = ways.map(({ also }) => lacking(also, facts, day));
	const open = lacks.findIndex((lack) => !lack.length);
	const way = ways[open];
	if (way) return { ...ruling, colour: card.colour, reasons: fulfilled({ ...met, ...way.also }, facts, day) };
	const [first] = here.accepts;
	const refusal: Reason = first
		? { key: "gate-place-asks", figures: { colour: first.colour, scope: first.scope ?? "" } }
		: { key: "gate-place-closed" };
	return { ...ruling, colour: "red", reasons: lacks[0] ?? [refusal] };
}

function ruleOf({ places }: Pack, place: Place): PlaceRule | undefined {
	return places.find(
		(rule) =>
			(rule.places?.includes(place.kind) ?? true) &&
			(rule.roles?.includes(place.role) ?? true) &&
			(rule.zones === null || (place.zone !== null && rule.zones.includes(place.zone))) &&
			(rule.levels === null || (place.level !== null && rule.levels.includes(place.level))),
	);
}

function takes({ colour, scope }: Accepted, card: Card): boolean {
	return colour === card.colour && (scope === null || scope === card.scope);
}

function isFor({ kinds, forces }: Card, facts: Facts): boolean {
	return (kinds?.includes(facts.kind) ?? true) && (forces === null || forces.includes(facts.force ?? 0));
}

/** A full course of a vaccine of one dose counts as the pack says. */
function counted({ singleDoseCountsAs }: Pack, facts: Facts): Facts {
	const single = facts.dosesNeeded === 1 && facts.doses !== null && facts.doses > 0;
	return single ? { ...facts, doses: Math.max(facts.doses ?? 0, singleDoseCountsAs) } : facts;
}

const recovery = "gate-lacks-recent-recovery";

/** What a line looks at, the words when it is not met, and when it is. */
const looks: Record<Line, { of: (facts: Facts) => number | null; least: boolean; lacks: ReasonKey; met: ReasonKey }> = {
	doses_at_least: { of: ({ doses }) => doses, least: true, lacks: "gate-lacks-doses", met: "gate-has-doses" },
	days_since_dose_at_least: {
		of: ({ lastDose }) => lastDose,
		least: true,
		lacks: "gate-lacks-days-since-dose",
		met: "gate-has-days-since-dose",
	},
	days_since_dose_at_most: {
		of: ({ lastDose }) => lastDose,
		least: false,
		lacks: "gate-lacks-recent-dose",
		met: "gate-has-days-since-dose",
	},
	days_since_negative_at_most: {
		of: ({ lastNegative }) => lastNegative,
		least: false,
		lacks: "gate-lacks-negative-test",
		met: "gate-has-negative-test",
	},
	days_since_recovered_at_least: {
		of: ({ recovered }) => recovered,
		least: true,
		lacks: "gate-lacks-days-since-recovery",
		met: "gate-has-recovered",
	},
	days_since_recovered_at_most: {
		of: ({ recovered }) => recovered,
		least: false,
		lacks: recovery,
		met: "gate-has-recovered",
	},
};

/** A day that has not come yet meets nothing; neither does one that nobody knows. */
function lacking(condition: Condition, facts: Facts, day: number): Reason[] {
	return given(condition).flatMap(([line, needs]) => {
		const { least, lacks } = looks[line];
		const has = figure(line, facts, day);
		const holds = has !== null && has >= 0 && (least ? has >= needs : has <= needs);
		return holds ? [] : [{ key: lacks, figures: has === null ? { needs } : { needs, has } }];
	});
}

/**
 * How far it is to a card: each dose is a way of its own, what has begun only needs time, and nobody sets out
 * to have recovered.
 */
function way(reasons: Reason[]): number {
	const step = ({ key, figures }: Reason) => {
		if (key === "gate-lacks-doses") return 2 * (Number(figures?.needs) - Number(figures?.has ?? 0));
		return figures?.has !== undefined ? 1 : key === recovery ? 100 : 2;
	};
	return reasons.reduce((sum, reason) => sum + step(reason), 0);
}

function fulfilled(condition: Condition, facts: Facts, day: number): Reason[] {
	const reasons = new Map<string, Reason>();
	for (const [line] of given(condition)) {
		const { met } = looks[line];
		reasons.set(met, { key: met, figures: { has: figure(line, facts, day) ?? 0 } });
	}
	return [...reasons.values()];
}

function given(condition: Condition): [Line, number][] {
	return lines.flatMap((line) => {
		const needs = condition[line];
		return needs === undefined ? [] : [[line, needs] as [Line, number]];
	});
}

function figure(line: Line, facts: Facts, day: number): number | null {
	const value = looks[line].of(facts);
	return value === null || line === "doses_at_least" ? value : day - value;
}
