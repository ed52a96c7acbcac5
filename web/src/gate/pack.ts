/**
 * The rule pack of a gate: the law of a day as data. The server hands it over as JSON; every number of
 * days and doses is in it and none in this program.
 *
 *     { "version": "the-xanh-1-10-2021", "valid_from": "2021-10-01", "valid_to": null,
 *       "single_dose_counts_as": 2,          a vaccine of one dose counts as so many
 *       "when_status_unknown": "yellow",     the best verdict while the status list is missing or too old
 *       "when_only_identity": "yellow",      the best verdict for a card that says who, but no facts
 *       "cards": [                           the first that holds is the person's card
 *         { "colour": "green", "scope": "full", "kinds": ["person", "force"], "forces": [5],
 *           "any": [ { "doses_at_least": 2, "days_since_dose_at_least": 14 },
 *                    { "days_since_recovered_at_most": 180 } ] } ],
 *       "places": [                          the first that fits this gate decides
 *         { "places": ["restaurant"], "roles": ["staff"], "zones": ["green"], "levels": [1, 2],
 *           "accepts": [ { "colour": "green", "scope": "full",
 *                          "also": { "days_since_negative_at_most": 7 } } ],
 *           "share_at_most": 0.5, "people_at_most": 40 } ] }
 *
 * A condition holds when all of its lines hold; `{}` always does. `kinds`, `forces`, `scope`, `places`,
 * `roles`, `zones`, `levels` left out mean all; an empty `accepts` closes the place; a gate that no entry
 * fits lets every green and yellow card in. An unknown word makes the pack unreadable: half a law is none.
 */
import { dayOfDate } from "./days.ts";
import { type Kind, kinds } from "./pass.ts";

export const colours = ["green", "yellow", "red"] as const;
export type Colour = (typeof colours)[number];

export const lines = [
	"doses_at_least",
	"days_since_dose_at_least",
	"days_since_dose_at_most",
	"days_since_negative_at_most",
	"days_since_recovered_at_least",
	"days_since_recovered_at_most",
] as const;
export type Line = (typeof lines)[number];
export type Condition = Partial<Record<Line, number>>;

export interface Card {
	colour: "green" | "yellow";
	scope: string | null;
	kinds: Kind[] | null;
	forces: number[] | null;
	any: Condition[];
}

export interface Accepted {
	colour: "green" | "yellow";
	scope: string | null;
	also: Condition;
}

export interface PlaceRule {
	places: string[] | null;
	roles: string[] | null;
	zones: string[] | null;
	levels: number[] | null;
	accepts: Accepted[];
	shareAtMost: number | null;
	peopleAtMost: number | null;
}

export interface Pack {
	version: string;
	/** Days since 2020-01-01; the last day is in. */
	validFrom: number;
	validTo: number | null;
	singleDoseCountsAs: number;
	whenStatusUnknown: Colour;
	whenOnlyIdentity: Colour;
	cards: Card[];
	places: PlaceRule[];
}

/** Throws an `Error` that names the part that is wrong. */
export function readPack(json: unknown): Pack {
	const pack = fields(json, "the pack", [
		"version",
		"valid_from",
		"valid_to",
		"single_dose_counts_as",
		"when_status_unknown",
		"when_only_identity",
		"cards",
		"places",
	]);
	return {
		version: word(pack.version, "version"),
		validFrom: date(pack.valid_from, "valid_from"),
		validTo: optional(pack.valid_to, (value) => date(value, "valid_to")),
		singleDoseCountsAs: count(pack.single_dose_counts_as ?? 1, "single_dose_counts_as"),
		whenStatusUnknown: oneOf(pack.when_status_unknown, colours, "when_status_unknown"),
		whenOnlyIdentity: oneOf(pack.when_only_identity, colours, "when_only_identity"),
		cards: list(pack.cards, "cards", readCard),
		places: list(pack.places ?? [], "places", readPlace),
	};
}

/** The pack of a day (days since 2020-01-01): of those in force the one that began last; null when there is none. */
export function packOf(packs: Pack[], day: number): Pack | null {
	const inForce = packs.filter(({ validFrom, validTo }) => validFrom <= day && (validTo === null || day <= validTo));
	return inForce.reduce<Pack | null>((best, pack) => (best && best.validFrom > pack.validFrom ? best : pack), null);
}

function readCard(json: unknown): Card {
	const card = fields(json, "a card", ["colour", "scope", "kinds", "forces", "any"]);
	return {
		colour: oneOf(card.colour, ["green", "yellow"], "colour"),
		scope: optional(card.scope, (value) => word(value, "scope")),
		kinds: optional(card.kinds, (value) => list(value, "kinds", (kind) => oneOf(kind, kinds, "kinds"))),
		forces: optional(card.forces, (value) => list(value, "forces", (force) => count(force, "forces"))),
		any: list(card.any, "any", readCondition),
	};
}

function readPlace(json: unknown): PlaceRule {
	const place = fields(json, "a place", [
		"places",
		"roles",
		"zones",
		"levels",
		"accepts",
		"share_at_most",
		"people_at_most",
	]);
	const words = (what: string) => (value: unknown) => list(value, what, (one) => word(one, what));
	return {
		places: optional(place.places, words("places")),
		roles: optional(place.roles, words("roles")),
		zones: optional(place.zones, words("zones")),
		levels: optional(place.levels, (value) => list(value, "levels", (level) => count(level, "levels"))),
		accepts: list(place.accepts, "accepts", readAccepted),
		shareAtMost: optional(place.share_at_most, share),
		peopleAtMost: optional(place.people_at_most, (value) => count(value, "people_at_most")),
	};
}

function readAccepted(json: unknown): Accepted {
	const accepted = fields(json, "what is accepted", ["colour", "scope", "also"]);
	return {
		colour: oneOf(accepted.colour, ["green", "yellow"], "colour"),
		scope: optional(accepted.scope, (value) => word(value, "scope")),
		also: readCondition(accepted.also ?? {}),
	};
}

function readCondition(json: unknown): Condition {
	const condition: Condition = {};
	const given = fields(json, "a condition", lines);
	for (const line of lines) if (given[line] !== undefined) condition[line] = count(given[line], line);
	return condition;
}

function fields<Name extends string>(json: unknown, what: string, names: readonly Name[]): Record<Name, unknown> {
	if (typeof json !== "object" || json === null || Array.isArray(json)) throw new Error(`${what} is no object`);
	const strange = Object.keys(json).find((name) => !(names as readonly string[]).includes(name));
	if (strange) throw new Error(`${what}: "${strange}" is not known`);
	return json as Record<Name, unknown>;
}

function list<Item>(json: unknown, what: string, read: (one: unknown) => Item): Item[] {
	if (!Array.isArray(json)) throw new Error(`${what} is no list`);
	return json.map(read);
}

function optional<Value>(json: unknown, read: (value: unknown) => Value): Value | null {
	return json === undefined || json === null ? null : read(json);
}

function word(json: unknown, what: string): string {
	if (typeof json !== "string" || !json) throw new Error(`${what} is no word`);
	return json;
}

function count(json: unknown, what: string): number {
	if (typeof json !== "number" || !Number.isSafeInteger(json) || json < 0) throw new Error(`${what} is no count`);
	return json;
}

function share(json: unknown): number {
	if (typeof json !== "number" || !(json >= 0 && json <= 1)) throw new Error("share_at_most is no share");
	return json;
}

function oneOf<Word extends string>(json: unknown, words: readonly Word[], what: string): Word {
	const found = words.find((one) => one === json);
	if (!found) throw new Error(`${what} is none of ${words.join(", ")}`);
	return found;
}

function date(json: unknown, what: string): number {
	const day = typeof json === "string" ? dayOfDate(json) : null;
	if (day === null) throw new Error(`${what} is no date`);
	return day;
}
