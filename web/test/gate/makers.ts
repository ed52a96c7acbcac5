/** Issues what the gate reads: keys, passes, lists. The program itself only reads. */
import { createHmac } from "node:crypto";
import { deflateSync } from "node:zlib";
import { type Bytes, compare, concat } from "../../src/gate/bytes.ts";
import { type Cbor, Float, Tagged, Twice } from "../../src/gate/cbor.ts";
import type { TrustedKey, TrustList } from "../../src/gate/trust.ts";
import { checkDigit } from "../../src/gate/verhoeff.ts";

export const eight = Date.parse("2021-10-01T08:00:00+07:00");
export const inSeconds = (moment: number) => Math.floor(moment / 1000);
export const hour = 3_600_000;
/** 1 October 2021, as passes count days. */
export const today = 639;

export function encode(item: Cbor): Bytes {
	if (item === null) return Uint8Array.of(0xf6);
	if (item === undefined) return Uint8Array.of(0xf7);
	if (typeof item === "boolean") return Uint8Array.of(item ? 0xf5 : 0xf4);
	if (typeof item === "bigint") return item < 0n ? head(1, -1n - item) : head(0, item);
	if (typeof item === "number") {
		return item < 0 ? head(1, BigInt(-1 - item)) : head(0, BigInt(item));
	}
	if (typeof item === "string") {
		const bytes = new TextEncoder().encode(item);
		return concat([head(3, BigInt(bytes.length)), bytes]);
	}
	if (item instanceof Uint8Array) return concat([head(2, BigInt(item.length)), item]);
	if (item instanceof Float) return float(item.value);
	if (item instanceof Tagged) return concat([head(6, BigInt(item.tag)), encode(item.value)]);
	if (item instanceof Twice) throw new Error("not to be written");
	if (Array.isArray(item)) return concat([head(4, BigInt(item.length)), ...item.map(encode)]);
	return concat([head(5, BigInt(item.size)), ...[...item].flatMap(([key, value]) => [encode(key), encode(value)])]);
}

function float(value: number): Bytes {
	const bytes = new Uint8Array(9);
	bytes[0] = 0xfb;
	new DataView(bytes.buffer).setFloat64(1, value);
	return bytes;
}

function head(major: number, size: bigint): Bytes {
	const [info, length] =
		size < 24n
			? [Number(size), 0]
			: size < 0x100n
				? [24, 1]
				: size < 0x10000n
					? [25, 2]
					: size < 2n ** 32n
						? [26, 4]
						: [27, 8];
	const bytes = new Uint8Array(1 + length);
	bytes[0] = (major << 5) | info;
	for (let at = 0; at < length; at++) bytes[length - at] = Number((size >> BigInt(8 * at)) & 0xffn);
	return bytes;
}

export function base45(bytes: Bytes): string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
	let text = "";
	for (let at = 0; at < bytes.length; at += 2) {
		const [first = 0, second] = bytes.subarray(at, at + 2);
		let value = second === undefined ? first : first * 256 + second;
		for (let digit = 0; digit < (second === undefined ? 2 : 3); digit++) {
			text += alphabet[value % 45];
			value = Math.floor(value / 45);
		}
	}
	return text;
}

export interface Signer {
	alg: number;
	kid: Bytes;
	spki: Bytes;
	sign(content: Bytes): Promise<Bytes>;
}

export async function signer(alg = -7): Promise<Signer> {
	const made =
		alg === -7
			? { name: "ECDSA", namedCurve: "P-256" }
			: { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
	const pair = (await crypto.subtle.generateKey(made, true, ["sign", "verify"])) as CryptoKeyPair;
	const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
	const kid = new Uint8Array(await crypto.subtle.digest("SHA-256", spki)).slice(0, 8);
	const how = alg === -7 ? { name: "ECDSA", hash: "SHA-256" } : { name: "RSA-PSS", saltLength: 32 };
	return {
		alg,
		kid,
		spki,
		sign: async (content) => new Uint8Array(await crypto.subtle.sign(how, pair.privateKey, content)),
	};
}

export function trusted(by: Signer, usage: number, more: Partial<TrustedKey> = {}): TrustedKey {
	const always = { notBefore: inSeconds(eight) - 86_400, expires: inSeconds(eight) + 90 * 86_400 };
	return { alg: by.alg, kid: by.kid, spki: by.spki, usage, territory: "", attests: null, ...always, ...more };
}

export function listed(...keys: TrustedKey[]): TrustList {
	const [issuedAt, expires] = [inSeconds(eight) - 3600, inSeconds(eight) + 7 * 86_400];
	return { publisher: "79", sequence: 1, issuedAt, expires, keys };
}

/** Protected and unprotected header as they are to stand. */
export async function sign1(
	by: Signer,
	payload: Bytes,
	inside?: Map<number, Cbor>,
	beside?: Map<number, Cbor>,
): Promise<Cbor[]> {
	const header =
		inside ??
		new Map<number, Cbor>([
			[1, by.alg],
			[4, by.kid],
		]);
	const protectedHeader = header.size ? encode(header) : new Uint8Array();
	const signature = await by.sign(encode(["Signature1", protectedHeader, new Uint8Array(), payload]));
	return [protectedHeader, beside ?? new Map(), payload, signature];
}

export function passClaims(facts: [number, Cbor][] = [], more: [number, Cbor][] = []): Map<number, Cbor> {
	return new Map<number, Cbor>([
		[1, "79-778"],
		[4, inSeconds(eight) + 7 * 86_400],
		[6, inSeconds(eight) - 86_400],
		[7, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
		[
			-65537,
			new Map<number, Cbor>([
				[0, 0],
				[1, "NGUYEN THI MAU"],
				[2, 1958],
				[3, 2],
				[4, today - 30],
				[7, 0],
				[8, 3],
				...facts,
			]),
		],
		...more,
	]);
}

export async function pass(by: Signer, claims: Cbor = passClaims()): Promise<string> {
	return `VX1:${base45(encode(await sign1(by, encode(claims))))}`;
}

export function certificateClaims(body: Record<string, Cbor>, more: [number, Cbor][] = []): Map<number, Cbor> {
	const certificate = new Map<string, Cbor>([
		["ver", "1.3.0"],
		[
			"nam",
			new Map([
				["fnt", "TRAN<LE"],
				["gnt", "VAN<THU"],
			]),
		],
		["dob", "1962-02-03"],
		...Object.entries(body),
	]);
	return new Map<number, Cbor>([
		[1, "VN"],
		[4, inSeconds(eight) + 86_400],
		[6, inSeconds(eight) - 86_400],
		[-260, new Map([[1, certificate]])],
		...more,
	]);
}

export function vaccination(more: [string, Cbor][] = []): Map<string, Cbor> {
	return new Map<string, Cbor>([
		["tg", "840539006"],
		["vp", "1119349007"],
		["mp", "EU/1/20/1528"],
		["ma", "ORG-100030215"],
		["dn", 2],
		["sd", 2],
		["dt", "2021-08-01"],
		["co", "VN"],
		["is", "Cục Y tế dự phòng"],
		["ci", "URN:UVCI:01:VN:1#A"],
		...more,
	]);
}

export const packed = (bytes: Bytes): Bytes => new Uint8Array(deflateSync(bytes));

export async function certificate(by: Signer, claims: Cbor): Promise<string> {
	return `HC1:${base45(packed(encode(new Tagged(18, await sign1(by, encode(claims))))))}`;
}

export const code = (eleven: string): string => `${eleven}${checkDigit(eleven)}`;

/** Each row is somebody of her own: NGUOI 0, NGUOI 1, … */
export async function codeTable(
	by: Signer,
	secret: Bytes,
	keyId: Bytes,
	codes: string[],
	more: [number, Cbor][] = [],
): Promise<Bytes> {
	const little = (number: number) => {
		const bytes = new Uint8Array(4);
		new DataView(bytes.buffer).setUint32(0, number, true);
		return bytes;
	};
	const hash = (one: string) => new Uint8Array(createHmac("sha256", secret).update(one).digest()).slice(0, 5);
	const entries = codes.map((one, row) => concat([hash(one), little(row)])).sort(compare);
	const row = (name: string) =>
		new Map<number, Cbor>([
			[0, 0],
			[1, name],
			[2, 1940],
			[3, 2],
			[4, today - 20],
			[7, 5],
			[8, 3],
		]);
	const claims = new Map<number, Cbor>([
		[1, "79-778"],
		[3, concat([new TextEncoder().encode("VXC1"), keyId, little(codes.length), ...entries])],
		[4, inSeconds(eight) + 86_400],
		[6, inSeconds(eight) - 3600],
		[8, codes.map((_, number) => row(`NGUOI ${number}`))],
		...more,
	]);
	return encode(await sign1(by, encode(claims)));
}

export async function statusToken(
	by: Signer,
	list: Bytes,
	more: [number, Cbor][] = [],
	type: Cbor = "application/statuslist+cwt",
): Promise<Bytes> {
	const claims = new Map<number, Cbor>([
		[2, "https://quan7.example/quan7/status/3"],
		[6, inSeconds(eight) - 3600],
		[4, inSeconds(eight) + 86_400],
		[65534, 3600],
		[
			65533,
			new Map<string, Cbor>([
				["bits", 1],
				["lst", packed(list)],
			]),
		],
		...more,
	]);
	return encode(
		await sign1(
			by,
			encode(claims),
			new Map<number, Cbor>([
				[1, -7],
				[16, type],
				[4, by.kid],
			]),
		),
	);
}

export async function trustList(root: Signer, keys: TrustedKey[], more: [number, Cbor][] = []): Promise<Bytes> {
	const written = keys.map(
		({ kid, alg, spki, notBefore, expires, usage, territory }) =>
			new Map<number, Cbor>([
				[1, kid],
				[2, alg],
				[3, spki],
				[4, notBefore],
				[5, expires],
				[6, usage],
				[7, territory],
			]),
	);
	const { publisher, sequence, issuedAt, expires } = listed();
	const list = new Map<number, Cbor>([
		[1, publisher],
		[2, sequence],
		[3, written],
		[4, expires],
		[6, issuedAt],
		...more,
	]);
	return encode(await sign1(root, encode(list)));
}
