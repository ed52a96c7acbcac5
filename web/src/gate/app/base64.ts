import type { Bytes } from "../bytes.ts";

/** Bytes out of unpadded base64url. Throws on a character that is not of the alphabet. */
export function fromBase64(text: string): Bytes {
	return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
