import { beforeAll, expect, it } from "vitest";
import type { Cbor } from "../../src/gate/cbor.ts";
import { attests, isCurrent, isOlder, named, readTrustList, unfit, usage } from "../../src/gate/trust.ts";
import { eight, encode, hour, inSeconds, listed, type Signer, sign1, signer, trusted } from "./makers.ts";

let root: Signer;
let issuing: Signer;
beforeAll(async () => {
	[root, issuing] = await Promise.all([signer(), signer()]);
});

const day = 86_400;
const seconds = inSeconds(eight);

function list(keys: Cbor[], more: [number, Cbor][] = []): Map<number, Cbor> {
	return new Map<number, Cbor>([[1, "79"], [2, 4], [3, keys], [4, seconds + 7 * day], [6, seconds - day], ...more]);
}

function key(more: [number, Cbor][] = []): Map<number, Cbor> {
	return new Map<number, Cbor>([
		[1, issuing.kid],
		[2, -7],
		[3, issuing.spki],
		[4, seconds - day],
		[5, seconds + 90 * day],
		[6, usage.person | usage.status],
		[7, "79-778"],
		...more,
	]);
}

const signed = async (by: Signer, content: Cbor) => encode(await sign1(by, encode(content)));

it("is believed when the root has signed it, and only then", async () => {
	const read = await readTrustList(await signed(root, list([key()])), root.spki);
	expect(read).toMatchObject({ publisher: "79", sequence: 4 });
	expect(read.keys).toMatchObject([{ kid: issuing.kid, usage: 9, territory: "79-778", attests: null }]);
	await expect(readTrustList(await signed(issuing, list([key()])), root.spki)).rejects.toThrow("the root");
	const forged = await signed(root, list([key()]));
	forged[60] = (forged[60] ?? 0) ^ 1;
	await expect(readTrustList(forged, root.spki)).rejects.toThrow();
});

it("leaves out a key of a kind that it does not know, and refuses one that is not written right", async () => {
	const known = await readTrustList(await signed(root, list([key([[2, -8]]), key([[8, 4]])])), root.spki);
	expect(known.keys).toMatchObject([{ attests: 4 }]);
	for (const wrong of [[key([[1, "kid"]])], [key([[5, "soon"]])], [7]]) {
		await expect(readTrustList(await signed(root, list(wrong)), root.spki)).rejects.toThrow();
	}
	await expect(readTrustList(await signed(root, new Map([[1, "79"]])), root.spki)).rejects.toThrow();
});

it("an old list does not come back, and a gate a day off knows that its list is not of today", () => {
	const held = { ...listed(), sequence: 4 };
	expect(isOlder({ ...listed(), sequence: 3 }, held)).toBe(true);
	expect(isOlder(held, held)).toBe(false);
	expect(isCurrent(held, eight)).toBe(true);
	expect(isCurrent(held, eight - 24 * hour)).toBe(false);
	expect(isCurrent(held, eight + 8 * 24 * hour)).toBe(false);
});

it("hands out every key that shares a name, and says why one may not sign this", () => {
	const other = { ...trusted(root, usage.person), kid: issuing.kid };
	const ours = trusted(issuing, usage.person | usage.foreign, { territory: "79-778", attests: attests.t });
	expect(named({ alg: -7, kid: issuing.kid }, [other, ours])).toEqual([other, ours]);
	expect(() => named({ alg: -7, kid: null }, [ours])).toThrow("does not say which key");
	expect(() => named({ alg: -7, kid: root.kid }, [ours])).toThrow("nobody on the trust list");
	expect(() => named({ alg: -8, kid: issuing.kid }, [ours])).toThrow("method");
	const pass = { usage: usage.person, issuer: "79-778" };
	expect(unfit(ours, pass, eight)).toBeNull();
	expect(unfit(ours, { ...pass, usage: usage.business }, eight)).toContain("this kind");
	expect(unfit(ours, { ...pass, issuer: "79-760" }, eight)).toContain("this issuer");
	expect(unfit(ours, pass, eight + 91 * 24 * hour)).toContain("at this time");
	expect(unfit(ours, pass, eight - 25 * hour)).toContain("at this time");
	const foreign = { usage: usage.foreign, issuer: "79-778" };
	expect(unfit(ours, { ...foreign, attests: attests.t }, eight)).toBeNull();
	expect(unfit(ours, { ...foreign, attests: attests.v }, eight)).toContain("attest");
});
