/**
 * Whose signature counts: the list of keys that the offline root signs. Every gate keeps one, and refuses
 * an older one than it has.
 */
import { type Bytes, same } from "./bytes.ts";
import type { CborMap } from "./cbor.ts";
import { bytes, decodeMap, integer, mapOf, needed, number, text } from "./claims.ts";
import { es256, isSignedBy, isUsable, type Key, ps256, readSigned, type Signed } from "./cose.ts";
import { Fault } from "./record.ts";

/** What a key may sign; one bit each. */
export const usage = { person: 1, business: 2, venue: 4, status: 8, foreign: 16 } as const;

/** Facts of foreign certificates; the bit is the last arc of the extended key usage that names it. */
export const attests = { t: 2, v: 4, r: 8 } as const;

export interface TrustedKey extends Key {
	kid: Bytes;
	/** Seconds since 1970; the last one is in. */
	notBefore: number;
	expires: number;
	usage: number;
	/** The issuer it signs for; "" for any. */
	territory: string;
	/** What a key for foreign certificates may attest: one bit for each of `attests`; null for all. */
	attests: number | null;
}

export interface TrustList {
	publisher: string;
	sequence: number;
	/** Seconds since 1970. */
	issuedAt: number;
	expires: number;
	keys: TrustedKey[];
}

/** The list, when this root has signed it; throws a `Fault`. Whether it may be used today: `isCurrent`. */
export async function readTrustList(list: Bytes, rootSpki: Bytes): Promise<TrustList> {
	const signed = readSigned(list);
	if (!(await isSignedBy(signed, { alg: es256, spki: rootSpki }))) {
		throw new Fault("signature", "the root has not signed this list");
	}
	const map = decodeMap(signed.payload, "the list");
	const keys = map.get(3);
	if (!Array.isArray(keys)) throw new Fault("claims", "a list without keys");
	const read = keys.map((key) => readKey(mapOf(key, "a key")));
	const usable = await Promise.all(read.map(isUsable));
	return {
		publisher: needed(text(map, 1), "the publisher"),
		sequence: needed(number(map, 2), "the sequence"),
		issuedAt: needed(number(map, 6), "the time of issue"),
		expires: needed(number(map, 4), "the end"),
		// One of a kind that is not known here is left out: another reader may know it.
		keys: read.filter((key, at) => usable[at] && (key.alg === es256 || key.alg === ps256)),
	};
}

/** `now` in milliseconds since 1970. */
export function isCurrent(list: Pick<TrustList, "issuedAt" | "expires">, now: number): boolean {
	return list.issuedAt * 1000 <= now && now < list.expires * 1000;
}

/** A replayed old list must not bring a removed key back. */
export function isOlder(offered: TrustList, held: TrustList): boolean {
	return offered.sequence < held.sequence;
}

export function isAlive({ notBefore, expires }: TrustedKey, now: number): boolean {
	return notBefore * 1000 <= now && now <= expires * 1000;
}

/** Every key by the name that a text gives; several may share one. Throws a `Fault` when there is none. */
export function named({ alg, kid }: Pick<Signed, "alg" | "kid">, keys: TrustedKey[]): TrustedKey[] {
	if (alg !== es256 && alg !== ps256) throw new Fault("cose", "signed by a method that is not known");
	if (!kid) throw new Fault("key", "does not say which key has signed");
	const found = keys.filter((key) => same(key.kid, kid));
	if (!found.length) throw new Fault("key", "signed by nobody on the trust list");
	return found;
}

/** Why a key may not sign this; null when it may. */
export function unfit(
	key: TrustedKey,
	needs: { usage: number; issuer: string; attests?: number },
	now: number,
): string | null {
	if (!isAlive(key, now)) return "the key is not valid at this time";
	if ((key.usage & needs.usage) === 0) return "the key is not for this kind of pass";
	if (key.territory !== "" && key.territory !== needs.issuer) return "the key is not for this issuer";
	const limited = needs.attests !== undefined && key.attests !== null && (key.attests & needs.attests) === 0;
	return limited ? "the key may not attest this" : null;
}

/** Of a list of statuses or codes: the keys that may sign such lists now and have signed this one. */
export async function signersOf(signed: Signed, keys: TrustedKey[], now: number): Promise<TrustedKey[]> {
	const signers = [];
	for (const key of keys) {
		const named = (key.usage & usage.status) !== 0 && signed.kid !== null && same(key.kid, signed.kid);
		if (named && isAlive(key, now) && (await isSignedBy(signed, key))) signers.push(key);
	}
	if (!signers.length) throw new Fault("signature", "nobody who may has signed this list");
	return signers;
}

function readKey(map: CborMap): TrustedKey {
	return {
		alg: needed(integer(map, 2), "the key's method"),
		kid: needed(bytes(map, 1, 8), "the key's name"),
		spki: needed(bytes(map, 3), "the key"),
		notBefore: needed(integer(map, 4), "the key's beginning"),
		expires: needed(integer(map, 5), "the key's end"),
		usage: needed(number(map, 6), "the key's use"),
		territory: needed(text(map, 7), "the key's territory"),
		attests: number(map, 8),
	};
}
