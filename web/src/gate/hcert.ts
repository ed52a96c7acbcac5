/**
 * The EU's digital certificate, `HC1:`, as evidence of facts. Takes what real ones do against their own
 * standard: times as floats, key and method named outside the signature, no tag or two, dates as CBOR
 * dates, null for an empty list, a content that was never packed.
 */
import type { Bytes } from "./bytes.ts";
import { type Cbor, type CborMap, decodeCbor, Tagged } from "./cbor.ts";
import { mapOf, needed, number, said, text } from "./claims.ts";
import { dayOf, dayOfDate } from "./days.ts";
import { inflate } from "./inflate.ts";
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
}

const covid = "840539006";
const notDetected = "260415000";
const detected = "260373001";
const cap = 16_384;

const format: Format<Certificate> = {
	prefix: "HC1:",
	longest: 8192,
	unpack,
	wanted: (claims) => ({ usage: usage.foreign, issuer: said(claims.get(1)) }),
	times: (claims) => ({
		from: Math.max(seconds(claims, 6) ?? 0, seconds(claims, 5) ?? 0),
		until: needed(seconds(claims, 4), "the end"),
	}),
	read,
	mayCertify: (key, { attested }) => key.attests === null || (key.attests & attests[attested.group]) !== 0,
};

export function verifyCertificate(
	written: string,
	keys: TrustedKey[],
	now: number,
): Promise<Verification<Certificate>> {
	return verify(written, format, keys, now);
}

/** Some were never packed: those are taken as they are, when they are CBOR at all. */
async function unpack(packed: Bytes): Promise<{ bytes: Bytes; inflate: boolean }> {
	try {
		return { bytes: await inflate(packed, cap), inflate: true };
	} catch (fault) {
		try {
			decodeCbor(packed);
		} catch {
			throw fault;
		}
		return { bytes: packed, inflate: false };
	}
}

function seconds(claims: CborMap, label: number): number | null {
	const value = claims.get(label);
	if (value === undefined) return null;
	if (typeof value !== "number" || !Number.isFinite(value)) throw new Fault("claims", `${label} is not a time`);
	return value;
}

function read(claims: CborMap): Certificate {
	const body = mapOf(mapOf(claims.get(-260), "what is certified").get(1), "the certificate");
	needed(text(body, "ver"), "the version");
	const name = mapOf(body.get("nam"), "the name");
	const family = needed(text(name, "fnt"), "the family name");
	const [group, entry] = only(body);
	if (text(entry, "tg") !== covid) throw new Fault("claims", "about another disease");
	needed(text(entry, "co"), "the country");
	needed(text(entry, "is"), "who has certified");
	return {
		issuer: text(claims, 1) ?? "",
		name: `${family} ${text(name, "gnt") ?? ""}`.replace(/[<\s]+/g, " ").trim(),
		birthYear: yearOf(needed(text(body, "dob"), "the date of birth")),
		attested: attested(group, entry),
		number: needed(text(entry, "ci"), "the certificate's number"),
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
		const [doses, dosesNeeded] = [needed(number(entry, "dn", 99), "dn"), needed(number(entry, "sd", 99), "sd")];
		if (!doses || !dosesNeeded) throw new Fault("claims", "no dose");
		return { group, doses, dosesNeeded, day: day(entry.get("dt"), "dt") };
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
		const date = dayOfDate(value);
		if (value.length === 10 && date !== null) return date;
		const moment = Date.parse(value);
		if (!Number.isNaN(moment)) return dayOf(moment);
		if (date !== null) return date;
	} else if (typeof value === "number" && Number.isFinite(value)) {
		return dayOf(value * 1000);
	}
	throw new Fault("claims", `${what} is not a date`);
}

function yearOf(date: string): number | null {
	if (date === "") return null;
	const year = /^((?:19|20)\d\d)(?:-(?:\d\d|XX)){0,2}(?:T.*)?$/.exec(date)?.[1];
	if (!year) throw new Fault("claims", "not a date of birth");
	return Number(year);
}
