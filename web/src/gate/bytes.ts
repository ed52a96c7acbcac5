/** Bytes over a buffer of their own: what WebCrypto and IndexedDB take. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function toHex(bytes: Bytes): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function concat(parts: Bytes[]): Bytes {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

/** Negative, nought or positive, byte by byte: the order of a sorted table. */
export function compare(a: Bytes, b: Bytes): number {
	for (let at = 0; at < Math.min(a.length, b.length); at++) {
		const difference = (a[at] ?? 0) - (b[at] ?? 0);
		if (difference) return difference;
	}
	return a.length - b.length;
}

export function same(a: Bytes, b: Bytes): boolean {
	return compare(a, b) === 0;
}
