/**
 * The EU's digital certificate, `HC1:`, as evidence of facts. Takes what real ones do against their own
 * standard: times as floats, key and method named outside the signature, no tag or two, dates as CBOR
 * dates, null for an empty list, a content that was never packed.
 */
import type { Bytes } from "./bytes.ts";
import { type Cbor, type CborMap, Float, Tagged } from "./cbor.ts";
import { mapOf, needed, text } from "./claims.ts";
import { readSigned } from "./cose.ts";
import { dayOf, dayOfDate } from "./days.ts";
import { inflate, TooMuch } from "./inflate.ts";
import { Fault, type Verification } from "./record.ts";
import { attests, type TrustedKey, usage } from "./trust.ts";
import { type Format, verify } from "./verify.ts";

/** What one certificate attests: exactly one of these. Days since 2020-01-01. */
export type Attested =
	| { group: "v"; doses: number; dosesNeeded: number; day: number }
	| { group: "t"; negative: boolean; day: number }
	| { group: "r"; from: number; until: number };

export interface Certificate {
	/** Country or body that signed; "" when it does not say. */
	issuer: string;
	name: string;
	birthYear: number | null;
	attested: Attested;
	/** The certificate's own number. */
	number: string;
	/** Seconds since 1970. */
	issuedAt: number | null;
	notBefore: number | null;
}

const covid = "840539006";
const notDetected = "260415000";
const detected = "260373001";
const cap = 16_384;

const format: Format<Certificate> = {
	prefix: "HC1:",
	unpack,
	read,
	life,
	needs: ({ issuer, attested }) => ({ usage: usage.foreign, issuer, attests: attests[attested.group] }),
};

export function verifyCertificate(
	written: string,
	keys: TrustedKey[],
	now: number,
): Promise<Verification<Certificate>> {
	return verify(written, format, keys, now);
}

/** Some were never packed: those are taken as they are, when they are a signed message at all. */
async function unpack(packed: Bytes, record: Verification<unknown>): Promise<Bytes> {
	record.inflate = false;
	try {
		const bytes = await inflate(packed, cap);
		record.inflate = true;
		return bytes;
	} catch (fault) {
		if (fault instanceof TooMuch || !isSigned(packed)) throw fault;
		return packed;
	}
}

function isSigned(bytes: Bytes): boolean {
	try {
		readSigned(bytes);
		return true;
	} catch {
		return false;
	}
}

function life(claims: CborMap): { from: number | null; until: number | null } {
	const [issued, from] = [seconds(claims, 6), seconds(claims, 5)];
	return { from: issued === null ? from : Math.max(issued, from ?? issued), until: seconds(claims, 4) };
}

/** Whole or not, tagged as a time or not; the second that has begun. */
function seconds(claims: CborMap, label: number): number | null {
	const said = claims.get(label);
	if (said === undefined) return null;
	const value = plain(said instanceof Tagged && said.tag === 1 ? said.value : said);
	if (value === null) throw new Fault("claims", `${label} is not a time`);
	return Math.floor(value);
}

/** Some write every number as a float. */
function plain(item: Cbor): number | null {
	const value = item instanceof Float ? item.value : item;
	return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function doses(entry: CborMap, label: string): number {
	const value = plain(entry.get(label));
	if (value === null || !Number.isInteger(value) || value < 1 || value > 99) {
		throw new Fault("claims", `${label} is no number of doses`);
	}
	return value;
}

function bodyOf(claims: CborMap): CborMap {
	const outer = claims.get(-260);
	const body = outer instanceof Map ? outer.get(1) : undefined;
	if (!(body instanceof Map)) throw new Fault("cbor", "no certificate in it");
	return body;
}

function read(claims: CborMap): Certificate {
	const body = bodyOf(claims);
	needed(text(body, "ver"), "the version");
	const name = mapOf(body.get("nam"), "the name");
	const [family, given] = [needed(text(name, "fnt"), "the family name"), name.get("gnt")];
	const [group, entry] = only(body);
	if (text(entry, "tg") !== covid) throw new Fault("claims", "about another disease");
	needed(text(entry, "co"), "the country");
	needed(text(entry, "is"), "who has certified");
	return {
		issuer: text(claims, 1) ?? "",
		name: `${family} ${typeof given === "string" ? given : ""}`.replace(/[<\s]+/g, " ").trim(),
		birthYear: yearOf(needed(text(body, "dob"), "the date of birth")),
		attested: attested(group, entry),
		number: needed(text(entry, "ci"), "the certificate's number"),
		issuedAt: seconds(claims, 6),
		notBefore: seconds(claims, 5),
	};
}

function only(body: CborMap): ["v" | "t" | "r", CborMap] {
	const found = (["v", "t", "r"] as const).flatMap((group) => {
		const entries = body.get(group) ?? [];
		if (!Array.isArray(entries)) throw new Fault("claims", `${group} is not a list`);
		return entries.map((entry): ["v" | "t" | "r", CborMap] => [group, mapOf(entry, "an entry")]);
	});
	const [first, ...more] = found;
	if (!first || more.length) throw new Fault("claims", "not exactly one fact");
	return first;
}

function attested(group: "v" | "t" | "r", entry: CborMap): Attested {
	if (group === "v") {
		for (const label of ["vp", "mp", "ma"]) needed(text(entry, label), label);
		return { group, doses: doses(entry, "dn"), dosesNeeded: doses(entry, "sd"), day: day(entry.get("dt"), "dt") };
	}
	if (group === "t") {
		needed(text(entry, "tt"), "tt");
		const result = text(entry, "tr");
		if (result !== notDetected && result !== detected) throw new Fault("claims", "a result that is not known");
		return { group, negative: result === notDetected, day: day(entry.get("sc"), "sc") };
	}
	day(entry.get("fr"), "fr");
	return { group, from: day(entry.get("df"), "df"), until: day(entry.get("du"), "du") };
}

/** The day here of a date, or of a moment in whichever of three forms. */
function day(item: Cbor, what: string): number {
	const value = item instanceof Tagged ? item.value : item;
	if (typeof value === "string") {
		const moment = /^\d{4}-.*T.*(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
		const date = Number.isNaN(moment) ? dayOfDate(value) : dayOf(moment);
		if (date !== null) return date;
	}
	const moment = plain(value);
	if (moment !== null) return dayOf(moment * 1000);
	throw new Fault("claims", `${what} is not a date`);
}

/** Some know no more of their birth than the year, some not even that. */
function yearOf(date: string): number | null {
	const year = /^(?:19|20)\d\d/.exec(date)?.[0];
	return year ? Number(year) : null;
}
