import { deflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { concat } from "../../src/gate/bytes.ts";
import { inflate } from "../../src/gate/inflate.ts";
import { Chance } from "./chance.ts";

const cap = 16_384;
const zlib = (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(deflateSync(bytes));

it("gives back what was packed, up to the cap and not a byte more", async () => {
	const chance = new Chance(1950);
	for (const length of [0, 1, 300, 16_384]) {
		const bytes = chance.bytes(length);
		expect(await inflate(zlib(bytes), cap)).toEqual(bytes);
	}
	await expect(inflate(zlib(new Uint8Array(16_385)), cap)).rejects.toThrow("far too much");
	await expect(inflate(zlib(new Uint8Array(10_000_000)), cap)).rejects.toThrow("far too much");
});

it("takes a stream with bytes behind its end, never one that lacks some", async () => {
	const chance = new Chance(7);
	const bytes = chance.bytes(200);
	const packed = zlib(bytes);
	expect(await inflate(concat([packed, Uint8Array.of(0, 0)]), cap)).toEqual(bytes);
	for (const length of [0, 1, 2, 10, packed.length - 5, packed.length - 4, packed.length - 1]) {
		await expect(inflate(packed.slice(0, length), cap), `${length}`).rejects.toThrow("broken");
	}
	for (let round = 0; round < 50; round++) {
		const broken = packed.slice();
		const at = chance.below(broken.length);
		broken[at] = (broken[at] ?? 0) ^ (1 << chance.below(8));
		await expect(inflate(broken, cap), `${at}`).rejects.toThrow("broken");
	}
});
