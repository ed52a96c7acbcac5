/**
 * The way of every signed text, ours and others': prefix, base45, content, key, signature, time, claims.
 * Nothing is thrown: whatever bytes come, the answer is a record with the step that failed.
 */
import { decodeBase45 } from "./base45.ts";
import type { Bytes } from "./bytes.ts";
import type { CborMap } from "./cbor.ts";
import { decodeMap } from "./claims.ts";
import { isSignedBy, readSigned, type Signed } from "./cose.ts";
import { Fault, nothingYet, type Stage, type Verification } from "./record.ts";
import { named, type TrustedKey, unfit } from "./trust.ts";

export const longest = 8192;

/** What differs between the kinds of signed text. Every function may throw a `Fault`. */
export interface Format<Claims> {
	prefix: string;
	/** Takes the packing away, and says in the record how that went. */
	unpack(bytes: Bytes, record: Verification<unknown>): Promise<Bytes>;
	read(claims: CborMap): Claims;
	/** Seconds since 1970: the first in which it is good, and the first in which it is good no more. */
	life(claims: CborMap): { from: number | null; until: number | null };
	/** What a key needs to sign this. */
	needs(claims: Claims): { usage: number; issuer: string; attests?: number };
}

/** What a text says, as far as it can be read. */
interface Said<Claims> {
	claims: Claims | null;
	fault: Fault | null;
	from: number | null;
	until: number | null;
}

/** `now` in milliseconds since 1970. */
export async function verify<Claims>(
	text: string,
	format: Format<Claims>,
	keys: TrustedKey[],
	now: number,
): Promise<Verification<Claims>> {
	const record = nothingYet<Claims>();
	try {
		await walk(text, format, keys, now, record);
	} catch (error) {
		const stage = error instanceof Fault ? error.stage : reached(record);
		record.error = { stage, message: error instanceof Error ? error.message : String(error) };
	}
	return record;
}

async function walk<Claims>(
	text: string,
	format: Format<Claims>,
	keys: TrustedKey[],
	now: number,
	record: Verification<Claims>,
): Promise<void> {
	record.prefix = text.length <= longest && text.startsWith(format.prefix);
	if (!record.prefix) throw new Fault("prefix", text.length > longest ? "longer than any" : "another beginning");

	record.base45 = false;
	const packed = decodeBase45(text.slice(format.prefix.length));
	record.base45 = true;

	const bytes = await format.unpack(packed, record);
	const { signed, said } = content(bytes, format, record);

	const fault = await signedBy(signed, said, format, keys, now);
	record.signature = true;
	record.claims = said.claims;
	judge(said, fault, now, record);
}

/** From here on, what is not signed well is not signed: the record says false, not null. */
function content<Claims>(
	bytes: Bytes,
	format: Format<Claims>,
	record: Verification<Claims>,
): { signed: Signed; said: Said<Claims> } {
	try {
		const signed = readSigned(bytes);
		const said = sayings(decodeMap(signed.payload, "the content"), format);
		[record.cbor, record.signature] = [true, false];
		return { signed, said };
	} catch (error) {
		record.cbor = error instanceof Fault && error.stage === "cose";
		if (record.cbor) record.signature = false;
		throw error;
	}
}

function sayings<Claims>(map: CborMap, format: Format<Claims>): Said<Claims> {
	const life = attempt(() => format.life(map));
	const claims = attempt(() => format.read(map));
	const { from, until } = life.value ?? { from: null, until: null };
	return { claims: claims.value, fault: claims.fault ?? life.fault, from, until };
}

function attempt<Value>(read: () => Value): { value: Value | null; fault: Fault | null } {
	try {
		return { value: read(), fault: null };
	} catch (error) {
		if (error instanceof Fault && error.stage === "claims") return { value: null, fault: error };
		throw error;
	}
}

/** Tries every key of that name, those that may sign this first; why the one that has signed may not. */
async function signedBy<Claims>(
	signed: Signed,
	{ claims }: Said<Claims>,
	format: Format<Claims>,
	keys: TrustedKey[],
	now: number,
): Promise<Fault | null> {
	const candidates = named(signed, keys).map((key) => {
		const why = claims === null ? null : unfit(key, format.needs(claims), now);
		return { key, fault: why === null ? null : new Fault("key", why) };
	});
	for (const { key, fault } of [...candidates.filter((one) => !one.fault), ...candidates.filter((one) => one.fault)]) {
		if (await isSignedBy(signed, key)) return fault;
	}
	throw new Fault("signature", "not what that key has signed");
}

/** Time first, for it is what people can act on. */
function judge({ fault, from, until }: Said<unknown>, unfit: Fault | null, now: number, record: Verification<unknown>) {
	const early = from !== null && now < from * 1000;
	const late = until === null ? null : now >= until * 1000;
	record.expired = early || late;
	if (early) throw new Fault("time", "not valid yet");
	if (late) throw new Fault("time", "has expired");
	if (unfit) throw unfit;
	if (fault) throw fault;
	if (until === null) throw new Fault("claims", "without an end");
}

/** Where a fault without a stage must have come from; the record tells how far the text was. */
function reached({ prefix, base45, cbor, signature, expired }: Verification<unknown>): Stage {
	if (!prefix) return "prefix";
	if (!base45) return "base45";
	if (!cbor) return "cbor";
	if (!signature) return "signature";
	return expired === null ? "time" : "claims";
}
