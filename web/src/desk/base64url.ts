/** Bytes as unpadded base64url, the form in which WebAuthn's JSON carries them. */
export function toBase64url(bytes: ArrayBuffer): string {
	const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
	return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws on a character that is not of the alphabet. */
export function fromBase64url(text: string): ArrayBuffer {
	const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
	return bytes.buffer;
}
