/** COSE_Sign1 (RFC 9052) with ES256 and PS256; the signature itself is WebCrypto's. */
import { type Bytes, concat } from "./bytes.ts";
import { type Cbor, type CborMap, decodeCbor, encodeBytes, Tagged } from "./cbor.ts";
import { Fault } from "./record.ts";

export const es256 = -7;
export const ps256 = -37;
const tags = [18, 61];

export interface Signed {
	protected: Bytes;
	/** Null where it is named by a text or not at all. */
	alg: number | null;
	/** Not trusted for anything but finding keys to try. */
	kid: Bytes | null;
	type: string | null;
	payload: Bytes;
	signature: Bytes;
}

export interface Key {
	alg: number;
	/** SubjectPublicKeyInfo, DER. */
	spki: Bytes;
}

/** Untagged, tagged 18 (Sign1), 61 (CWT) or both; what the protected header says is stronger than the other. */
export function readSigned(bytes: Bytes): Signed {
	const parts = untagged(decodeCbor(bytes));
	if (!Array.isArray(parts) || parts.length !== 4) throw new Fault("cose", "not a message with one signature");
	const [head, beside, payload, signature] = parts;
	if (!(head instanceof Uint8Array) || !(beside instanceof Map)) throw new Fault("cose", "headers of the wrong type");
	if (!(payload instanceof Uint8Array)) throw new Fault("cose", "the content is not here");
	if (!(signature instanceof Uint8Array)) throw new Fault("cose", "the signature is not here");
	const inside = header(head);
	const told = (label: number) => (inside.has(label) ? inside.get(label) : beside.get(label));
	const [alg, kid, type] = [told(1), told(4), told(16)];
	if (inside.has(2) || beside.has(2)) throw new Fault("cose", "asks for something that this reader does not know");
	if (kid !== undefined && !(kid instanceof Uint8Array)) throw new Fault("cose", "the key's name is not bytes");
	return {
		protected: head,
		alg: typeof alg === "number" ? alg : null,
		kid: kid ?? null,
		type: typeof type === "string" ? type : null,
		payload,
		signature,
	};
}

const imported = new WeakMap<Key, Promise<CryptoKey>>();

/** False as well when the key cannot be used: a key that a browser does not take has signed nothing. */
export async function isSignedBy(signed: Signed, key: Key): Promise<boolean> {
	if (key.alg !== signed.alg) return false;
	const how = key.alg === es256 ? { name: "ECDSA", hash: "SHA-256" } : { name: "RSA-PSS", saltLength: 32 };
	try {
		const known = await cryptoKey(key);
		for (const content of whatIsSigned(signed)) {
			if (await crypto.subtle.verify(how, known, signed.signature, content)) return true;
		}
		return false;
	} catch {
		return false;
	}
}

/** Whether a browser can check signatures with it: P-256, or RSA of 2048 bits and more. */
export async function isUsable(key: Key): Promise<boolean> {
	try {
		await cryptoKey(key);
		return true;
	} catch {
		return false;
	}
}

function cryptoKey(key: Key): Promise<CryptoKey> {
	const known = imported.get(key) ?? importKey(key);
	imported.set(key, known);
	return known;
}

async function importKey({ alg, spki }: Key): Promise<CryptoKey> {
	const kind = alg === es256 ? { name: "ECDSA", namedCurve: "P-256" } : { name: "RSA-PSS", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("spki", spki, kind, false, ["verify"]);
	const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
	if (alg !== es256 && modulusLength < 2048) throw new Error("a key too short");
	return key;
}

const context = concat([new Uint8Array([0x84, 0x6a]), new TextEncoder().encode("Signature1")]);

/** An empty map where the standard wants no bytes is signed as written by some, as the standard says by others. */
function whatIsSigned({ protected: head, payload }: Signed): Bytes[] {
	const none = new Uint8Array();
	const heads = head.length === 1 && head[0] === 0xa0 ? [head, none] : [head];
	return heads.map((one) => concat([context, encodeBytes(one), encodeBytes(none), encodeBytes(payload)]));
}

function untagged(item: Cbor): Cbor {
	let inside = item;
	for (const _ of tags) if (inside instanceof Tagged && tags.includes(Number(inside.tag))) inside = inside.value;
	return inside;
}

function header(bytes: Bytes): CborMap {
	if (bytes.length === 0) return new Map();
	try {
		const map = decodeCbor(bytes);
		if (map instanceof Map) return map;
	} catch {
		// The message around it was CBOR.
	}
	throw new Fault("cose", "the protected header is not a map");
}
