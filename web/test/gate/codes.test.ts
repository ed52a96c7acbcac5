import { beforeAll, expect, it } from "vitest";
import type { Cbor } from "../../src/gate/cbor.ts";
import { find, Guesses, isCode, readCodeTable, type TableKey, tableKey } from "../../src/gate/codes.ts";
import { read } from "../../src/gate/read.ts";
import { type TrustedKey, usage } from "../../src/gate/trust.ts";
import { checkDigit } from "../../src/gate/verhoeff.ts";
import { Chance } from "./chance.ts";
import { code, codeTable, eight, hour, type Signer, signer, trusted } from "./makers.ts";

const secret = new Chance(12).bytes(32);
let issuing: Signer;
let keys: TrustedKey[];
let key: TableKey;
beforeAll(async () => {
	issuing = await signer();
	keys = [trusted(issuing, usage.status, { territory: "79-778" })];
	key = await tableKey(secret);
});

const table = (codes: string[], more: [number, Cbor][] = []) => codeTable(issuing, secret, key.id, codes, more);

it("the check digit finds every wrong digit and every swap", () => {
	expect(checkDigit("236")).toBe("3");
	const chance = new Chance(1969);
	for (let round = 0; round < 100; round++) {
		const right = code(chance.text("0123456789", 11));
		expect(isCode(right)).toBe(true);
		for (let at = 0; at < 12; at++) {
			for (const digit of "0123456789") {
				const wrong = `${right.slice(0, at)}${digit}${right.slice(at + 1)}`;
				expect(isCode(wrong)).toBe(wrong === right);
			}
			const swapped = `${right.slice(0, at)}${right.charAt(at + 1)}${right.charAt(at)}${right.slice(at + 2)}`;
			if (at < 11) expect(isCode(swapped)).toBe(swapped === right);
		}
	}
});

it("is read as it is typed, and a slip of the hand is not a person turned away", () => {
	const right = code("40215873396");
	for (const typed of [
		right,
		` ${right} `,
		right.replace(/(....)(....)/, "$1 $2 "),
		right.replace(/(...)/g, "$1-").slice(0, -1),
	]) {
		expect(read(typed), typed).toEqual({ kind: "code", code: right });
	}
	expect(read(`${right.slice(0, 11)}${(Number(right.charAt(11)) + 1) % 10}`)).toEqual({ kind: "mistyped" });
	for (const other of [right.slice(0, 11), `${right}1`, "٠١٢٣٤٥٦٧٨٩٠١"])
		expect(read(other)).toEqual({ kind: "unreadable" });
});

it("opens the row of its owner, without a network", async () => {
	const chance = new Chance(7);
	const codes = Array.from({ length: 300 }, () => code(chance.text("0123456789", 11)));
	const read = await readCodeTable(await table(codes), keys, eight);
	for (const [row, one] of codes.entries()) {
		const [found, ...more] = await find(read, key, one);
		expect(more).toEqual([]);
		expect(found).toMatchObject({ name: `NGUOI ${row}`, birthYear: 1940, status: { list: 3, index: 5 } });
	}
	for (let guess = 0; guess < 300; guess++)
		expect(await find(read, key, code(chance.text("0123456789", 11)))).toEqual([]);
	expect(await find(read, await tableKey(new Uint8Array(32)), codes[0] ?? "")).toEqual([]);
	const none = await readCodeTable(await table([]), keys, eight);
	expect(await find(none, key, codes[0] ?? "")).toEqual([]);
});

it("two owners of one hash are both named", async () => {
	const one = code("40215873396");
	const read = await readCodeTable(await table([one, one]), keys, eight);
	expect((await find(read, key, one)).map(({ name }) => name)).toEqual(["NGUOI 0", "NGUOI 1"]);
});

it("takes no table from whoever may not sign one, and none that is not whole", async () => {
	const fine = await table([code("40215873396")]);
	for (const wrong of [
		[],
		[trusted(issuing, usage.person)],
		[trusted(issuing, usage.status, { territory: "79-760" })],
	]) {
		await expect(readCodeTable(fine, wrong, eight)).rejects.toThrow("nobody who may");
	}
	await expect(readCodeTable(fine, keys, eight + 91 * 24 * hour)).rejects.toThrow("nobody who may");
	for (const more of [
		[[3, new Uint8Array(16)]],
		[[3, new Uint8Array(3)]],
		[[3, "VXC1"]],
		[[8, []]],
		[[8, 5]],
		[[4, "never"]],
		[[1, 79]],
	] as [number, Cbor][][]) {
		await expect(readCodeTable(await table([code("40215873396")], more), keys, eight)).rejects.toThrow();
	}
});

it("guessing has to wait", () => {
	const guesses = new Guesses(5, 10 * 60_000);
	for (let miss = 0; miss < 4; miss++) guesses.miss(eight + miss * 1000);
	expect(guesses.freeAt(eight + 4000)).toBe(eight + 4000);
	guesses.miss(eight + 4000);
	expect(guesses.freeAt(eight + 5000)).toBe(eight + 10 * 60_000);
	expect(guesses.freeAt(eight + 10 * 60_000)).toBe(eight + 10 * 60_000);
	expect(guesses.freeAt(eight - hour)).toBe(eight - hour); // a clock set back locks nobody out
});
