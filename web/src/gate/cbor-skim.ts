/** CBOR too big to be read at once: a table of codes has hundreds of thousands of rows, and a gate needs one. */
import type { Bytes } from "./bytes.ts";
import { Heads, open } from "./cbor-heads.ts";
import { Fault } from "./record.ts";

/** A map with numbers as keys, whose values stay as they are written. */
export function skimMap(bytes: Bytes): Map<number, Bytes> {
	const heads = new Heads(bytes);
	const { major, size } = heads.head(0);
	if (major !== 5) throw new Fault("cbor", "not a map");
	const map = new Map<number, Bytes>();
	for (let read = 0; heads.goesOn(size, read); read++) {
		const key = heads.head(1);
		if (key.major !== 0 || typeof key.size !== "number") throw new Fault("cbor", "a key that is no number");
		if (map.has(key.size)) throw new Fault("cbor", "a key twice");
		const start = heads.at;
		skip(heads, 1);
		map.set(key.size, bytes.subarray(start, heads.at));
	}
	heads.end();
	return map;
}

/** Where each item of an array begins, and at last where the array ends. */
export function skimArray(bytes: Bytes): Uint32Array {
	const heads = new Heads(bytes);
	const { major, size } = heads.head(0);
	if (major !== 4) throw new Fault("cbor", "not a list");
	const starts = [];
	for (; heads.goesOn(size, starts.length); skip(heads, 1)) starts.push(heads.at);
	const last = starts.length ? heads.at : 0;
	heads.end();
	return Uint32Array.from([...starts, last]);
}

function skip(heads: Heads, depth: number): void {
	const { major, info, size } = heads.head(depth);
	if (major === 7) {
		if (info > 27) throw new Fault("cbor", "a simple value that is not known");
		heads.past(info < 24 ? 0 : 1 << (info - 24));
	} else if (size !== open && (major === 2 || major === 3)) {
		heads.past(size);
	} else if (major > 1) {
		const items = size === open ? open : major === 6 ? 1 : Number(size) * (major === 5 ? 2 : 1);
		for (let read = 0; heads.goesOn(items, read); read++) skip(heads, depth + 1);
	}
}
