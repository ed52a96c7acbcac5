/**
 * The twelve-digit code of a person without a telephone, checked without a network. The table holds no
 * code, only the first forty bits of a keyed hash of each: whoever finds a table without its key finds nothing.
 */
import { type Bytes, compare, same } from "./bytes.ts";
import { decodeCbor } from "./cbor.ts";
import { skimArray, skimMap } from "./cbor-skim.ts";
import { mapOf } from "./claims.ts";
import { readSigned } from "./cose.ts";
import { type PassFacts, readFacts } from "./pass.ts";
import { Fault } from "./record.ts";
import { signersOf, type TrustedKey } from "./trust.ts";
import { fits } from "./verhoeff.ts";

export interface CodeTable {
	issuer: string;
	/** Seconds since 1970. */
	issuedAt: number;
	expires: number;
	/** Which key the hashes were made with. */
	keyId: Bytes;
	/** Sorted: five bytes of hash, four of the row's number, over and over. */
	entries: Bytes;
	/** The rows as they are written, and where each begins. */
	rows: Bytes;
	starts: Uint32Array;
}

/** The key of the hashes, as a device gets it when it is enrolled. */
export interface TableKey {
	id: Bytes;
	key: CryptoKey;
}

const magic = [0x56, 0x58, 0x43, 0x31];
const head = 16;
const hashed = 5;
const each = 9;

/** Eleven digits by chance and a check digit. */
export function isCode(digits: string): boolean {
	return digits.length === 12 && fits(digits);
}

export async function tableKey(secret: Bytes): Promise<TableKey> {
	const id = new Uint8Array(await crypto.subtle.digest("SHA-256", secret)).slice(0, 8);
	const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	return { id, key };
}

/** The table, when a key for lists of this issuer has signed it; throws a `Fault`. `now` in milliseconds. */
export async function readCodeTable(bytes: Bytes, keys: TrustedKey[], now: number): Promise<CodeTable> {
	const signed = readSigned(bytes);
	const signers = await signersOf(signed, keys, now);
	const map = skimMap(signed.payload);
	const part = (label: number): Bytes => {
		const raw = map.get(label);
		if (!raw) throw new Fault("claims", `${label} is missing`);
		return raw;
	};
	const [issuer, table, issuedAt, expires] = [1, 3, 6, 4].map((label) => decodeCbor(part(label)));
	if (typeof issuer !== "string" || !(table instanceof Uint8Array)) throw new Fault("claims", "not a table of codes");
	if (typeof issuedAt !== "number" || typeof expires !== "number") throw new Fault("claims", "a table without times");
	if (!signers.some(({ territory }) => territory === "" || territory === issuer)) {
		throw new Fault("signature", "nobody who may has signed this table");
	}
	const rows = part(8);
	const starts = skimArray(rows);
	const count = table.length < head ? -1 : new DataView(table.buffer, table.byteOffset).getUint32(12, true);
	const whole = count === starts.length - 1 && table.length === head + count * each;
	if (!whole || magic.some((byte, at) => table[at] !== byte)) throw new Fault("claims", "not a table of codes");
	return { issuer, issuedAt, expires, keyId: table.slice(4, 12), entries: table.slice(head), rows, starts };
}

/**
 * What a code may stand for: nothing when the table has no such code or was made with another key; more than
 * one when two codes share a hash.
 */
export async function find(table: CodeTable, { id, key }: TableKey, code: string): Promise<PassFacts[]> {
	if (!same(id, table.keyId)) return [];
	const hash = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(code))).slice(0, hashed);
	const found = [];
	for (let at = firstNotBelow(table.entries, hash); same(hashAt(table.entries, at), hash); at++) {
		found.push(rowAt(table, at));
	}
	return found;
}

function rowAt({ entries, rows, starts }: CodeTable, at: number): PassFacts {
	const row = new DataView(entries.buffer, entries.byteOffset).getUint32(at * each + hashed, true);
	const [start, end] = starts.subarray(row, row + 2);
	return readFacts(mapOf(decodeCbor(rows.subarray(start, end)), "a row"));
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
	#misses: number[];

	constructor(
		readonly most: number,
		/** Milliseconds. */
		readonly within: number,
		/** When nobody was found before, as it was kept: a gate that starts anew forgets no guess. */
		misses: readonly number[] = [],
	) {
		this.#misses = misses.slice(-most);
	}

	get misses(): readonly number[] {
		return this.#misses;
	}

	miss(now: number): void {
		this.#misses = [...this.#misses.filter((miss) => now - miss < this.within), now].slice(-this.most);
	}

	/** When the next code may be typed, milliseconds since 1970; `now` when at once. */
	freeAt(now: number): number {
		const recent = this.#misses.filter((miss) => miss <= now && now - miss < this.within);
		return recent.length < this.most ? now : (recent[0] ?? now) + this.within;
	}
}
