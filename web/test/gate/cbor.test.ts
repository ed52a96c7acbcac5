import { expect, it } from "vitest";
import { type Bytes, concat } from "../../src/gate/bytes.ts";
import { type Cbor, decodeCbor, encodeBytes, Float, Tagged, Twice } from "../../src/gate/cbor.ts";
import { Fault } from "../../src/gate/record.ts";
import { Chance } from "./chance.ts";
import { encode } from "./makers.ts";

const hex = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

it("reads the examples of the standard", () => {
	const examples: [string, Cbor][] = [
		["00", 0],
		["1903e8", 1000],
		["1b000000e8d4a51000", 1_000_000_000_000],
		["1bffffffffffffffff", 18_446_744_073_709_551_615n],
		["20", -1],
		["3903e7", -1000],
		["3bffffffffffffffff", -18_446_744_073_709_551_616n],
		["f93e00", new Float(1.5)],
		["f97bff", new Float(65_504)],
		["f90001", new Float(2 ** -24)],
		["f9c400", new Float(-4)],
		["f97c00", new Float(Number.POSITIVE_INFINITY)],
		["fa47c35000", new Float(100_000)],
		["fb3ff199999999999a", new Float(1.1)],
		["f4", false],
		["f6", null],
		["f7", undefined],
		["4401020304", hex("01020304")],
		["62c3bc", "ü"],
		["83010203", [1, 2, 3]],
		[
			"a201020304",
			new Map([
				[1, 2],
				[3, 4],
			]),
		],
		["5f42010243030405ff", hex("0102030405")],
		["7f657374726561646d696e67ff", "streaming"],
		["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
		[
			"bf61610161629f0203ffff",
			new Map<string, Cbor>([
				["a", 1],
				["b", [2, 3]],
			]),
		],
		["c11a514b67b0", new Tagged(1, 1_363_896_240)],
	];
	for (const [written, item] of examples) expect(decodeCbor(hex(written)), written).toEqual(item);
	expect(decodeCbor(hex("f97e00"))).toEqual(new Float(Number.NaN));
});

it("refuses what could be read in two ways, and what never ends", () => {
	for (const written of [
		"", // nothing
		"0000", // something after the end
		"a1f600", // a key that is no name
		"a1f93e0000",
		"62c328", // no UTF-8
		"18", // ends too early
		"5b7fffffffffffffff00",
		"9bffffffffffffffff",
		"1c", // lengths that do not exist
		"1f",
		"df00",
		"5f6161ff", // a text among bytes
		"5f5f4101ffff",
		"ff",
		"9f01",
		"f8ff", // simple values that nobody knows
		"e0",
		`${"81".repeat(20)}00`, // a tower
		`${"c1".repeat(20)}00`,
		`${"9f".repeat(5000)}`,
	]) {
		expect(() => decodeCbor(hex(written)), written.slice(0, 20)).toThrow(Fault);
	}
});

it("a key that stands twice has no value", () => {
	expect(decodeCbor(hex("a301020303 0104".replace(" ", "")))).toEqual(
		new Map<number, Cbor>([
			[1, new Twice(4)],
			[3, 3],
		]),
	);
});

it("gives back whatever was written, and throws nothing but faults at what was not", () => {
	const chance = new Chance(8949);
	const item = (depth: number): Cbor => {
		const kind = chance.below(depth > 4 ? 5 : 7);
		if (kind === 0) return chance.below(2 ** 40) - 2 ** 39;
		if (kind === 1) return chance.bytes(chance.below(40));
		if (kind === 2) return chance.text("aăâbcdđ 猫😀", chance.below(12));
		if (kind === 3) return chance.pick([true, false, null, undefined, new Float(0.5), new Float(-125e10)]);
		if (kind === 4) return new Tagged(chance.below(1000), chance.below(10));
		if (kind === 5) return Array.from({ length: chance.below(6) }, () => item(depth + 1));
		return new Map(Array.from({ length: chance.below(6) }, (_, at) => [at % 2 ? `k${at}` : at - 3, item(depth + 1)]));
	};
	for (let round = 0; round < 300; round++) {
		const made = item(0);
		const bytes = encode(made);
		expect(decodeCbor(bytes)).toEqual(made);
		const broken = bytes.slice(0, 1 + chance.below(bytes.length));
		broken[chance.below(broken.length)] = chance.below(256);
		for (const some of [broken, chance.bytes(chance.below(60)), concat([broken, broken])]) {
			try {
				decodeCbor(some);
			} catch (error) {
				expect(error).toBeInstanceOf(Fault);
			}
		}
	}
});

it("writes a byte string of any length with its shortest head", () => {
	for (const length of [0, 23, 24, 255, 256, 65_535, 65_536, 100_000]) {
		const bytes = new Chance(length).bytes(length);
		expect(encodeBytes(bytes)).toEqual(encode(bytes));
	}
});
