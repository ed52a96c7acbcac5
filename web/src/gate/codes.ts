/**
 * The twelve-digit code of a person without a telephone, checked without a network. The table holds no
 * code, only the first forty bits of a keyed hash of each: whoever finds a table without its key finds nothing.
 */
import { type Bytes, compare } from "./bytes.ts";
import { type Cbor, decodeCbor } from "./cbor.ts";
import { isSignedBy, readSigned } from "./cose.ts";
import type { PassFacts } from "./pass.ts";
import { Fault } from "./record.ts";
import { type TrustedKey, usage } from "./trust.ts";
import { fits } from "./verhoeff.ts";

export interface CodeTable {
	issuer: string;
	/** Sorted: five bytes of hash, four of the row's number, over and over. */
	entries: Bytes;
	rows: PassFacts[];
}

const magic = "VXC1";
const hashed = 5;
const each = 9;

/** Eleven digits by chance and a check digit. */
export function isCode(digits: string): boolean {
	return digits.length === 12 && fits(digits);
}

/** The key of the hashes, as a device gets it when it is enrolled. */
export function importTableKey(raw: Bytes): Promise<CryptoKey> {
	return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** Null when the table has no such code, or two owners of one hash, who cannot be told apart. */
export async function find({ entries, rows }: CodeTable, key: CryptoKey, code: string): Promise<PassFacts | null> {
	const hash = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(code))).slice(0, hashed);
	const at = firstNotBelow(entries, hash);
	if (compare(hashAt(entries, at), hash) !== 0 || compare(hashAt(entries, at + 1), hash) === 0) return null;
	const row = new DataView(entries.buffer, entries.byteOffset).getUint32(at * each + hashed, true);
	return rows[row] ?? null;
}

function firstNotBelow(entries: Bytes, hash: Bytes): number {
	let [low, high] = [0, entries.length / each];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (compare(hashAt(entries, middle), hash) < 0) low = middle + 1;
		else high = middle;
	}
	return low;
}

function hashAt(entries: Bytes, index: number): Bytes {
	return entries.subarray(index * each, index * each + hashed);
}

/** How many codes nobody knows a gate may try before it has to wait: guessing must not pay. */
export class Guesses {
	#misses: number[] = [];

	constructor(
		readonly most: number,
		/** Milliseconds. */
		readonly within: number,
	) {}

	miss(now: number): void {
		this.#misses = [...this.#misses.filter((miss) => now - miss < this.within), now].slice(-this.most);
	}

	/** When the next code may be typed, milliseconds since 1970; `now` when at once. */
	freeAt(now: number): number {
		const recent = this.#misses.filter((miss) => miss <= now && now - miss < this.within);
		return recent.length < this.most ? now : (recent[0] ?? now) + this.within;
	}
}
void [decodeCbor, isSignedBy, readSigned, Fault, usage, magic];
export type X = [Cbor, TrustedKey];
