/**
 * Which passes are no longer in force: a Token Status List (draft-ietf-oauth-status-list) as CWT. One bit
 * stands for every cause, so a set bit never says that somebody is ill. A list that is too old or from the
 * future answers "unknown", never "revoked".
 */
import type { Bytes } from "./bytes.ts";
import { bytes, decodeMap, mapOf, needed, number, text } from "./claims.ts";
import { readSigned } from "./cose.ts";
import { inflate } from "./inflate.ts";
import { Fault } from "./record.ts";
import { isCurrent, signersOf, type TrustedKey } from "./trust.ts";

export type Status = "good" | "revoked" | "unknown";

export interface StatusList {
	/** Its address; ends with the number that passes name it by. */
	uri: string;
	/** Seconds since 1970. */
	issuedAt: number;
	expires: number;
	/** Seconds after which to ask for a newer one. */
	ttl: number | null;
	/** Issuers whose passes it speaks for: the territories of the keys that have signed it; "" for any. */
	territories: string[];
	bits: number;
	list: Bytes;
}

const types = ["application/statuslist+cwt", "statuslist+cwt"];
/** Thirty-two million passes at one bit. */
const cap = 4_194_304;

/** The list, when a key for status lists has signed it; throws a `Fault`. `now` in milliseconds. */
export async function readStatusList(token: Bytes, keys: TrustedKey[], now: number): Promise<StatusList> {
	const signed = readSigned(token);
	if (signed.type !== null && !types.includes(signed.type)) throw new Fault("cose", "not a status list");
	const signers = await signersOf(signed, keys, now);
	const claims = decodeMap(signed.payload, "the list");
	const inside = mapOf(claims.get(65533), "the status list");
	const bits = needed(number(inside, "bits"), "the size of an entry");
	if (![1, 2, 4, 8].includes(bits)) throw new Fault("claims", `entries of ${bits} bits`);
	return {
		uri: needed(text(claims, 2), "the list's address"),
		issuedAt: needed(number(claims, 6), "the time of issue"),
		expires: needed(number(claims, 4), "the end"),
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

/** By the list of that number which speaks for the pass's issuer. A pass that names none cannot be taken back: unknown. */
export function statusOf(
	lists: StatusList[],
	pass: { issuer: string; status: { list: number; index: number } | null },
	now: number,
): Status {
	const { status, issuer } = pass;
	if (!status) return "unknown";
	const speaks = ({ territories }: StatusList) => territories.some((one) => one === "" || one === issuer);
	const said = lists
		.filter((list) => list.uri.split("/").at(-1) === String(status.list) && speaks(list) && isCurrent(list, now))
		.map((list) => entry(list, status.index))
		.filter((value) => value !== null);
	if (!said.length) return "unknown";
	return said.every((value) => value === 0) ? "good" : "revoked";
}
