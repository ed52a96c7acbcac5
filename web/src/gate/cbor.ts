/**
 * CBOR (RFC 8949) as passes and certificates use it. Strict where a reader could be led astray: no bytes
 * after the item, keys only numbers or text, text well-formed, no more than `deepest` levels; a key that
 * stands twice has no value that anybody could read.
 * Lenient where real certificates are: lengths left open, floats, any order of keys.
 */
import { type Bytes, concat } from "./bytes.ts";
import { Fault } from "./record.ts";

/** In place of the value of a key that stands twice. */
export const twice = Symbol("a key twice");

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
	| typeof twice;
export type CborMap = Map<number | bigint | string, Cbor>;

export class Tagged {
	constructor(
		readonly tag: number | bigint,
		readonly value: Cbor,
	) {}
}

const deepest = 16;
const open = -1;

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
	return concat(new Uint8Array(head), bytes);
}

class Reader {
	readonly #bytes: Bytes;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Bytes) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	end(): void {
		if (this.#at < this.#bytes.length) throw new Fault("cbor", "bytes after the end");
	}

	item(depth: number): Cbor {
		if (depth > deepest) throw new Fault("cbor", "nested too deep");
		const first = this.#take(1)[0] ?? 0;
		const [major, info] = [first >> 5, first & 31];
		if (major === 7) return this.#simple(info);
		const size = this.#size(info);
		if (size === open && (major < 2 || major === 6)) throw new Fault("cbor", "a length left open where none may be");
		switch (major) {
			case 0:
				return size;
			case 1:
				return typeof size === "bigint" || size === Number.MAX_SAFE_INTEGER ? -1n - BigInt(size) : -1 - size;
			case 2:
				return size === open ? concat(...this.#chunks(2)) : this.#take(size);
			case 3:
				return size === open ? this.#chunks(3).map(text).join("") : text(this.#take(size));
			case 4:
				return this.#array(size, depth);
			case 5:
				return this.#map(size, depth);
			default:
				return new Tagged(size, this.item(depth + 1));
		}
	}

	#take(length: number | bigint): Bytes {
		if (length > this.#bytes.length - this.#at) throw new Fault("cbor", "ends too early");
		this.#at += Number(length);
		return this.#bytes.slice(this.#at - Number(length), this.#at);
	}

	#size(info: number): number | bigint {
		if (info < 24) return info;
		if (info === 31) return open;
		if (info > 27) throw new Fault("cbor", "a length that does not exist");
		const at = this.#at;
		this.#take(1 << (info - 24));
		if (info === 24) return this.#view.getUint8(at);
		if (info === 25) return this.#view.getUint16(at);
		if (info === 26) return this.#view.getUint32(at);
		const big = this.#view.getBigUint64(at);
		return big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;
	}

	#simple(info: number): Cbor {
		if (info >= 20 && info <= 23) return [false, true, null, undefined][info - 20];
		const at = this.#at;
		if (info === 25) return half(this.#take(2));
		if (info === 26) {
			this.#take(4);
			return this.#view.getFloat32(at);
		}
		if (info === 27) {
			this.#take(8);
			return this.#view.getFloat64(at);
		}
		throw new Fault("cbor", "a simple value that is not known");
	}

	/** True, and one byte on, at the mark that closes an open length. */
	#closed(): boolean {
		if (this.#bytes[this.#at] !== 0xff) return false;
		this.#at++;
		return true;
	}

	#chunks(major: number): Bytes[] {
		const chunks = [];
		while (!this.#closed()) {
			const first = this.#take(1)[0] ?? 0;
			const size = this.#size(first & 31);
			if (first >> 5 !== major || size === open) throw new Fault("cbor", "a piece of another kind");
			chunks.push(this.#take(size));
		}
		return chunks;
	}

	#array(size: number | bigint, depth: number): Cbor[] {
		const items = [];
		while (size === open ? !this.#closed() : items.length < size) items.push(this.item(depth + 1));
		return items;
	}

	#map(size: number | bigint, depth: number): CborMap {
		const map: CborMap = new Map();
		for (let read = 0; size === open ? !this.#closed() : read < size; read++) {
			const key = this.item(depth + 1);
			if (typeof key !== "string" && typeof key !== "bigint" && !Number.isSafeInteger(key)) {
				throw new Fault("cbor", "a key that is neither number nor text");
			}
			const value = this.item(depth + 1);
			map.set(key as number, map.has(key as number) ? twice : value);
		}
		return map;
	}
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
