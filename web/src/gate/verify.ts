/**
 * The way of every signed text, ours and others': prefix, base45, content, key, signature, time, claims.
 * Nothing is thrown: whatever bytes come, the answer is a record with the step that failed.
 */
import { decodeBase45 } from "./base45.ts";
import type { Bytes } from "./bytes.ts";
import type { CborMap } from "./cbor.ts";
import { decodeMap } from "./claims.ts";
import { isSignedBy, readSigned } from "./cose.ts";
import { Fault, nothingYet, type Stage, type Verification } from "./record.ts";
import { keysFor, type TrustedKey } from "./trust.ts";

/** What differs between the kinds of signed text. */
export interface Format<Claims> {
	prefix: string;
	/** Characters; more is refused unread. */
	longest: number;
	/** Takes the packing away; `inflate` is null where there is none. */
	unpack(bytes: Bytes): Promise<{ bytes: Bytes; inflate: boolean | null }>;
	/** Which key may have signed, as far as the claims say so. */
	wanted(claims: CborMap): { usage: number; issuer: string };
	/** Seconds since 1970; throws a `Fault` of stage `claims`. */
	times(claims: CborMap): { from: number; until: number };
	read(claims: CborMap): Claims;
	/** Whether this key may say what the claims say; absent where usage and issuer settle it. */
	mayCertify?(key: TrustedKey, claims: Claims): boolean;
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
		record.error = {
			stage: error instanceof Fault ? error.stage : reached(record),
			message: error instanceof Error ? error.message : String(error),
		};
		if (record.error.stage === "cbor") record.cbor = false;
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
	record.prefix = text.startsWith(format.prefix) && text.length <= format.longest;
	if (!record.prefix) throw new Fault("prefix", text.length > format.longest ? "too long" : "another beginning");

	record.base45 = false;
	const packed = decodeBase45(text.slice(format.prefix.length).replace(/[\r\n]+$/, ""));
	record.base45 = true;

	const { bytes, inflate } = await format.unpack(packed);
	record.inflate = inflate;

	const signed = readSigned(bytes);
	const claims = decodeMap(signed.payload, "the content");
	record.cbor = true;

	const candidates = keysFor(keys, { kid: signed.kid, ...format.wanted(claims) }, now);
	record.signature = false;
	const signers = [];
	for (const key of candidates) if (await isSignedBy(signed, key)) signers.push(key);
	if (!signers.length) throw new Fault("signature", "not what was signed");
	record.signature = true;

	const { from, until } = format.times(claims);
	record.expired = now >= until * 1000;
	if (record.expired) throw new Fault("time", "has expired");
	if (now < from * 1000) throw new Fault("time", "not valid yet");

	const read = format.read(claims);
	if (format.mayCertify && !signers.some((key) => format.mayCertify?.(key, read))) {
		throw new Fault("key", "the key may not say this");
	}
	record.claims = read;
}

/** Where a fault without a stage must have come from; the record tells how far the text was. */
function reached({ prefix, base45, cbor, signature, expired }: Verification<unknown>): Stage {
	if (!prefix) return "prefix";
	if (!base45) return "base45";
	if (!cbor) return "cbor";
	if (!signature) return "signature";
	return expired === null ? "time" : "claims";
}
