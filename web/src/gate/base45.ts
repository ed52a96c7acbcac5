/** Base45 (RFC 9285): three characters of a QR code's alphanumeric mode for two bytes. */
import type { Bytes } from "./bytes.ts";
import { Fault } from "./record.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const values = new Map([...alphabet].map((character, value) => [character, value]));

export function decodeBase45(text: string): Bytes {
	if (text.length % 3 === 1) throw new Fault("base45", "a character is missing at the end");
	const bytes = new Uint8Array(Math.floor((text.length * 2) / 3));
	let at = 0;
	for (let index = 0; index < text.length; index += 3) {
		const whole = index + 2 < text.length;
		const value = valueAt(text, index) + 45 * valueAt(text, index + 1) + (whole ? 2025 * valueAt(text, index + 2) : 0);
		if (value > (whole ? 0xffff : 0xff)) throw new Fault("base45", `no bytes are written like this at ${index}`);
		if (whole) bytes[at++] = value >> 8;
		bytes[at++] = value & 0xff;
	}
	return bytes;
}

function valueAt(text: string, index: number): number {
	const value = values.get(text.charAt(index));
	if (value === undefined) throw new Fault("base45", `a character outside the alphabet at ${index}`);
	return value;
}
