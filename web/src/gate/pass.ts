/** Our own pass: `VX1:`, CWT in COSE_Sign1, ES256. It says facts; the colour is the gate's verdict. */
import { type Bytes, toHex } from "./bytes.ts";
import { type CborMap, Twice } from "./cbor.ts";
import { bytes, mapOf, needed, number, text } from "./claims.ts";
import { Fault, type Verification } from "./record.ts";
import { type TrustedKey, usage } from "./trust.ts";
import { type Format, verify } from "./verify.ts";

export const kinds = ["person", "household", "neighbourhood", "business", "force"] as const;
export type Kind = (typeof kinds)[number];

/** What a pass says, and the row behind a code. */
export interface PassFacts {
	kind: Kind;
	name: string;
	birthYear: number | null;
	doses: number | null;
	/** Days since 2020-01-01. */
	lastDose: number | null;
	lastNegative: number | null;
	recovered: number | null;
	status: { list: number; index: number } | null;
	/** 1 to 7, as `force` is numbered on passes. */
	force: number | null;
	place: string | null;
	people: number | null;
}

export interface Pass extends PassFacts {
	issuer: string;
	/** Seconds since 1970. */
	issuedAt: number;
	/** When its issuer wants it to begin later than it was issued. */
	notBefore: number | null;
	/** The first second in which it is good no more. */
	expires: number;
	/** The pass's number, hex. */
	number: string;
}

const label = { issuer: 1, expires: 4, notBefore: 5, issuedAt: 6, number: 7, facts: -65537 } as const;
const fact = {
	kind: 0,
	name: 1,
	birthYear: 2,
	doses: 3,
	lastDose: 4,
	lastNegative: 5,
	recovered: 6,
	index: 7,
	list: 8,
	force: 9,
	place: 10,
	people: 11,
} as const;

const lastDay = 0xffff;

const format: Format<Pass> = {
	prefix: "VX1:",
	unpack: async (packed) => packed,
	read,
	life: (claims) => {
		const begins = [told(claims, label.issuedAt), told(claims, label.notBefore)].filter((time) => time !== null);
		return { from: begins.length ? Math.max(...begins) : null, until: told(claims, label.expires) };
	},
	needs: ({ kind, issuer }) => ({ usage: kind === "business" ? usage.business : usage.person, issuer }),
};

export function verifyPass(written: string, keys: TrustedKey[], now: number): Promise<Verification<Pass>> {
	return verify(written, format, keys, now);
}

function read(claims: CborMap): Pass {
	return {
		issuer: codeOf(needed(text(claims, label.issuer, 24), "the issuer")),
		issuedAt: needed(number(claims, label.issuedAt), "the time of issue"),
		notBefore: number(claims, label.notBefore),
		expires: needed(number(claims, label.expires), "the end"),
		number: toHex(needed<Bytes>(bytes(claims, label.number, 8), "the pass's number")),
		...readFacts(mapOf(claims.get(label.facts), "what the pass says")),
	};
}

/** A time as far as it is told: even of a pass that cannot be read it is known whether it is over. */
function told(claims: CborMap, label: number): number | null {
	const said = claims.get(label);
	const time = said instanceof Twice ? said.last : said;
	return typeof time === "number" && Number.isSafeInteger(time) && time >= 0 ? time : null;
}

/** Throws a `Fault` of stage `claims`. */
export function readFacts(map: CborMap): PassFacts {
	const facts = {
		kind: kindOf(needed(number(map, fact.kind), "the kind")),
		name: nameOf(needed(text(map, fact.name, 80), "the name")),
		birthYear: yearOf(number(map, fact.birthYear)),
		doses: number(map, fact.doses, 9),
		lastDose: number(map, fact.lastDose, lastDay),
		lastNegative: number(map, fact.lastNegative, lastDay),
		recovered: number(map, fact.recovered, lastDay),
		status: statusOf(number(map, fact.list), number(map, fact.index)),
		force: number(map, fact.force, 7),
		place: text(map, fact.place, 12),
		people: number(map, fact.people, 0xffff_ffff),
	};
	if (facts.place !== null) codeOf(facts.place);
	belongsTogether(facts);
	return facts;
}

/** Each kind of pass has its own facts; one with another's is made by nobody who may. */
function belongsTogether(facts: PassFacts): void {
	const { kind, birthYear, doses, lastDose, lastNegative, recovered, force, place, people } = facts;
	const body = kind === "person" || kind === "force";
	const strange = body ? [place, people] : [birthYear, doses, lastDose, lastNegative, recovered];
	if (kind !== "force") strange.push(force);
	if (kind === "neighbourhood") strange.push(people);
	if (strange.some((value) => value !== null)) throw new Fault("claims", "a fact that such a pass does not have");
	if (body) needed(birthYear, "the birth year");
	if (kind === "force" && !needed(force, "the force")) throw new Fault("claims", "a force that is not known");
}

function kindOf(code: number): Kind {
	const kind = kinds[code];
	if (!kind) throw new Fault("claims", "a kind of pass that is not known");
	return kind;
}

function nameOf(name: string): string {
	if (!/^[A-Z0-9.\-'&]+( [A-Z0-9.\-'&]+)*$/.test(name)) throw new Fault("claims", "a name that is not written as one");
	return name;
}

function codeOf(code: string): string {
	if (!/^\P{Cc}+$/u.test(code)) throw new Fault("claims", "a code that is not written as one");
	return code;
}

function yearOf(year: number | null): number | null {
	if (year !== null && (year < 1900 || year > 2100)) throw new Fault("claims", "nobody was born then");
	return year;
}

function statusOf(list: number | null, index: number | null): Pass["status"] {
	if (list === null && index === null) return null;
	if (list === null || index === null) throw new Fault("claims", "half a place in a status list");
	return { list, index };
}
