import { beforeAll, expect, it } from "vitest";
import type { Cbor } from "../../src/gate/cbor.ts";
import { entry, readStatusList, statusOf } from "../../src/gate/status.ts";
import { type TrustedKey, usage } from "../../src/gate/trust.ts";
import { eight, hour, packed, type Signer, signer, statusToken, trusted } from "./makers.ts";

let issuing: Signer;
let keys: TrustedKey[];
beforeAll(async () => {
	issuing = await signer();
	keys = [trusted(issuing, usage.status, { territory: "79-778" })];
});

const token = (...content: [Uint8Array<ArrayBuffer>, [number, Cbor][]?, Cbor?]) => statusToken(issuing, ...content);

const pass = (index: number, list = 3, issuer = "79-778") => ({ issuer, status: { list, index } });

it("the draft's own examples come out", () => {
	const one = { bits: 1, list: Uint8Array.of(0xb9, 0xa3) };
	expect(Array.from({ length: 16 }, (_, index) => entry(one, index))).toEqual([
		1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1,
	]);
	const two = { bits: 2, list: Uint8Array.of(0xc9, 0x44, 0xf9) };
	expect(Array.from({ length: 12 }, (_, index) => entry(two, index))).toEqual([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
	expect(entry(one, 16)).toBeNull();
});

it("says of a pass whether it is still in force", async () => {
	const list = await readStatusList(await token(Uint8Array.of(0b0000_0100, 0)), keys, eight);
	expect(list).toMatchObject({ bits: 1, ttl: 3600, territories: ["79-778"] });
	expect(statusOf([list], pass(1), eight)).toBe("good");
	expect(statusOf([list], pass(2), eight)).toBe("revoked");
	expect(statusOf([list], { issuer: "79-778", status: null }, eight)).toBe("unknown");
});

it("what it cannot know is unknown, never revoked", async () => {
	const revoked = await readStatusList(await token(Uint8Array.of(0xff)), keys, eight);
	expect(statusOf([revoked], pass(3), eight)).toBe("revoked");
	expect(statusOf([revoked], pass(3), eight - 25 * hour)).toBe("unknown"); // from the future
	expect(statusOf([revoked], pass(3), eight + 25 * hour)).toBe("unknown"); // too old
	expect(statusOf([revoked], pass(8), eight)).toBe("unknown"); // beyond its end
	expect(statusOf([revoked], pass(3, 4), eight)).toBe("unknown"); // another list
	expect(statusOf([revoked], pass(3, 3, "79-760"), eight)).toBe("unknown"); // another district's pass
	expect(statusOf([], pass(3), eight)).toBe("unknown");
});

it("takes no list from whoever may not sign one, and none that is something else", async () => {
	const [fine, bytes] = [Uint8Array.of(0), await token(Uint8Array.of(0))];
	await expect(readStatusList(bytes, [trusted(issuing, usage.person)], eight)).rejects.toThrow("nobody who may");
	await expect(readStatusList(bytes, [], eight)).rejects.toThrow("nobody who may");
	await expect(readStatusList(bytes, keys, eight + 91 * 24 * hour)).rejects.toThrow("nobody who may");
	await expect(readStatusList(await token(fine, [], "application/cwt"), keys, eight)).rejects.toThrow(
		"not a status list",
	);
	const inside = (bits: Cbor, lst: Cbor) =>
		token(fine, [
			[
				65533,
				new Map<string, Cbor>([
					["bits", bits],
					["lst", lst],
				]),
			],
		]);
	await expect(readStatusList(await inside(3, packed(fine)), keys, eight)).rejects.toThrow("3 bits");
	await expect(readStatusList(await inside(1, fine), keys, eight)).rejects.toThrow("broken");
	const bomb = packed(new Uint8Array(5_000_000));
	await expect(readStatusList(await inside(1, bomb), keys, eight)).rejects.toThrow("far too much");
	await expect(readStatusList(fine, keys, eight)).rejects.toThrow();
});

it("a district's list is small enough to be fetched over a bad line", async () => {
	const list = new Uint8Array(50_000);
	for (let index = 0; index < 400_000; index += 100) list[index >> 3] = (list[index >> 3] ?? 0) | (1 << (index & 7));
	const read = await readStatusList(await token(list), keys, eight);
	expect(statusOf([read], pass(399_900), eight)).toBe("revoked");
	expect(statusOf([read], pass(399_901), eight)).toBe("good");
});
