/**
 * CBOR (RFC 8949) as passes and certificates use it. Strict where a reader could be led astray: no bytes
 * after the item, keys only numbers or text, text well-formed, no more than `deepest` levels; a key that
 * stands twice has no value that a reader would take by mistake.
 * Lenient where real certificates are: lengths left open, floats, any order of keys.
 */
import { type Bytes, concat } from "./bytes.ts";
import { Heads, open } from "./cbor-heads.ts";
import { Fault } from "./record.ts";

/** In place of the value of a key that stands more than once. */
export class Twice {
	constructor(readonly last: Cbor) {}
}

export type Cbor =
	| number
	| bigint
	| string
	| boolean
	| null
	| undefined
	| Bytes
	| Cbor[]
	| CborMap
	| Tagged
	| Float
	| Twice;
export type CborMap = Map<number | bigint | string, Cbor>;

export class Tagged {
	constructor(
		readonly tag: number | bigint,
		readonly value: Cbor,
	) {}
}

/** A number that was not written as a whole one, even where it is. */
export class Float {
	constructor(readonly value: number) {}
}

export function decodeCbor(bytes: Bytes): Cbor {
	const reader = new Reader(bytes);
	const item = reader.item(0);
	reader.end();
	return item;
}

/** A byte string, as the structure that is signed wants it. */
export function encodeBytes(bytes: Bytes): Bytes {
	const { length } = bytes;
	const head =
		length < 24
			? [0x40 | length]
			: length < 0x100
				? [0x58, length]
				: length < 0x10000
					? [0x59, length >> 8, length & 0xff]
					: [0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
	return concat([new Uint8Array(head), bytes]);
}

class Reader extends Heads {
	item(depth: number): Cbor {
		const { major, info, size } = this.head(depth);
		switch (major) {
			case 0:
				return size;
			case 1:
				return typeof size === "bigint" || size === Number.MAX_SAFE_INTEGER ? -1n - BigInt(size) : -1 - size;
			case 2:
				return size === open ? concat(this.#pieces(2, depth)) : this.#take(size);
			case 3:
				return size === open ? this.#pieces(3, depth).map(text).join("") : text(this.#take(size));
			case 4:
				return this.#array(size, depth);
			case 5:
				return this.#map(size, depth);
			case 6:
				return new Tagged(size, this.item(depth + 1));
			default:
				return this.#simple(info);
		}
	}

	#take(length: number | bigint): Bytes {
		const start = this.past(length);
		return this.bytes.slice(start, this.at);
	}

	#pieces(major: number, depth: number): Bytes[] {
		const pieces = [];
		while (this.goesOn(open, 0)) {
			const piece = this.head(depth + 1);
			if (piece.major !== major || piece.size === open) throw new Fault("cbor", "a piece of another kind");
			pieces.push(this.#take(piece.size));
		}
		return pieces;
	}

	#array(size: number | bigint, depth: number): Cbor[] {
		const items = [];
		while (this.goesOn(size, items.length)) items.push(this.item(depth + 1));
		return items;
	}

	#map(size: number | bigint, depth: number): CborMap {
		const map: CborMap = new Map();
		for (let read = 0; this.goesOn(size, read); read++) {
			const key = this.item(depth + 1);
			if (typeof key !== "string" && typeof key !== "bigint" && !isWhole(key)) {
				throw new Fault("cbor", "a key that is neither number nor text");
			}
			const value = this.item(depth + 1);
			map.set(key, map.has(key) ? new Twice(value) : value);
		}
		return map;
	}

	#simple(info: number): Cbor {
		if (info >= 20 && info <= 23) return [false, true, null, undefined][info - 20];
		if (info === 25) return new Float(half(this.#take(2)));
		if (info === 26) return new Float(this.view.getFloat32(this.past(4)));
		if (info === 27) return new Float(this.view.getFloat64(this.past(8)));
		throw new Fault("cbor", "a simple value that is not known");
	}
}

function isWhole(item: Cbor): item is number {
	return Number.isSafeInteger(item);
}

function text(bytes: Bytes): string {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new Fault("cbor", "text that is not UTF-8");
	}
}

function half([high = 0, low = 0]: Bytes): number {
	const exponent = (high >> 2) & 31;
	const fraction = ((high & 3) << 8) | low;
	const size =
		exponent === 31
			? fraction
				? Number.NaN
				: Number.POSITIVE_INFINITY
			: exponent
				? (1 + fraction / 1024) * 2 ** (exponent - 15)
				: fraction * 2 ** -24;
	return high >> 7 ? -size : size;
}
