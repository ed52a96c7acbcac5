/**
 * Which passes are no longer in force: a Token Status List (draft-ietf-oauth-status-list) as CWT. One bit
 * stands for every cause, so a set bit never says that somebody is ill. A list that is too old or from the
 * future answers "unknown", never "revoked".
 */
import { type Bytes, same } from "./bytes.ts";
import { bytes, decodeMap, mapOf, needed, number, text } from "./claims.ts";
import { isSignedBy, readSigned } from "./cose.ts";
import { inflate } from "./inflate.ts";
import { Fault } from "./record.ts";
import { isAlive, isCurrent, type TrustedKey, usage } from "./trust.ts";

export type Status = "in-force" | "revoked" | "unknown";

export interface StatusList {
	uri: string;
	/** Seconds since 1970. */
	issuedAt: number;
	/** Never, where the list does not say. */
	expires: number;
	/** Seconds after which to ask for a newer one. */
	ttl: number | null;
	/** Issuers whose passes it speaks for: the territories of the keys that have signed it; "" for any. */
	territories: string[];
	bits: number;
	list: Bytes;
}

const type = "application/statuslist+cwt";
/** Sixteen million passes at one bit. */
const cap = 2_097_152;

/** The list, when a key for status lists has signed it; throws a `Fault`. `now` in milliseconds. */
export async function readStatusList(token: Bytes, keys: TrustedKey[], now: number): Promise<StatusList> {
	const signed = readSigned(token);
	if (signed.type !== type) throw new Fault("cose", "not a status list");
	const signers: TrustedKey[] = [];
	for (const key of keys) {
		const fits = (key.usage & usage.status) !== 0 && signed.kid !== null && same(key.kid, signed.kid);
		if (fits && isAlive(key, now) && (await isSignedBy(signed, key))) signers.push(key);
	}
	if (!signers.length) throw new Fault("signature", "nobody who may has signed this list");
	const claims = decodeMap(signed.payload, "the list");
	const inside = mapOf(claims.get(65533), "the status list");
	const bits = needed(number(inside, "bits"), "the size of an entry");
	if (![1, 2, 4, 8].includes(bits)) throw new Fault("claims", `entries of ${bits} bits`);
	return {
		uri: needed(text(claims, 2), "the list's address"),
		issuedAt: needed(number(claims, 6), "the time of issue"),
		expires: number(claims, 4) ?? Number.POSITIVE_INFINITY,
		ttl: number(claims, 65534),
		territories: signers.map(({ territory }) => territory),
		bits,
		list: await inflate(needed(bytes(inside, "lst"), "the entries"), cap),
	};
}

/** What a list's entry says; null when the list ends before it. */
export function entry({ bits, list }: Pick<StatusList, "bits" | "list">, index: number): number | null {
	const each = 8 / bits;
	const byte = list[Math.floor(index / each)];
	return byte === undefined ? null : (byte >> ((index % each) * bits)) & ((1 << bits) - 1);
}

/** `lists` by the number that passes name them with. */
export function statusOf(
	lists: ReadonlyMap<number, StatusList>,
	pass: { issuer: string; status: { list: number; index: number } | null },
	now: number,
): Status {
	if (!pass.status) return "in-force";
	const list = lists.get(pass.status.list);
	if (!list?.territories.some((territory) => territory === "" || territory === pass.issuer)) return "unknown";
	const said = entry(list, pass.status.index);
	if (said === null || !isCurrent(list, now)) return "unknown";
	return said === 0 ? "in-force" : "revoked";
}
