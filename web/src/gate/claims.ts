/** Reading claims out of a map: each either right, absent, or a fault of the stage `claims`. */
import type { Bytes } from "./bytes.ts";
import { type Cbor, type CborMap, decodeCbor } from "./cbor.ts";
import { Fault } from "./record.ts";

export type Label = number | string;

export function mapOf(item: Cbor, what: string): CborMap {
	if (!(item instanceof Map)) throw new Fault("claims", `${what} is not a map`);
	return item;
}

/** What is no map at all is not the CBOR that claims are. */
export function decodeMap(bytes: Bytes, what: string): CborMap {
	const item = decodeCbor(bytes);
	if (!(item instanceof Map)) throw new Fault("cbor", `${what} is not a map`);
	return item;
}

/** Nought or more. */
export function number(map: CborMap, label: Label, most = Number.MAX_SAFE_INTEGER): number | null {
	const value = integer(map, label);
	if (value !== null && (value < 0 || value > most)) throw new Fault("claims", `${label} is not between 0 and ${most}`);
	return value;
}

export function integer(map: CborMap, label: Label): number | null {
	const value = map.get(label);
	if (value === undefined) return null;
	if (typeof value !== "number" || !Number.isSafeInteger(value))
		throw new Fault("claims", `${label} is no whole number`);
	return value;
}

export function text(map: CborMap, label: Label, most = 1000): string | null {
	const value = map.get(label);
	if (value === undefined) return null;
	if (typeof value !== "string" || new TextEncoder().encode(value).length > most) {
		throw new Fault("claims", `${label} is not a text of at most ${most} bytes`);
	}
	return value;
}

export function bytes(map: CborMap, label: Label, length?: number): Bytes | null {
	const value = map.get(label);
	if (value === undefined) return null;
	if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
		throw new Fault("claims", `${label} is not bytes${length === undefined ? "" : `, ${length} of them`}`);
	}
	return value;
}

export function needed<Value>(value: Value | null, what: string): Value {
	if (value === null) throw new Fault("claims", `${what} is missing`);
	return value;
}
