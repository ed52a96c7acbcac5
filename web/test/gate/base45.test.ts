import { expect, it } from "vitest";
import { decodeBase45 } from "../../src/gate/base45.ts";
import { Chance } from "./chance.ts";
import { base45 } from "./makers.ts";

it("reads the standard's own examples", () => {
	const text = (written: string) => new TextDecoder().decode(decodeBase45(written));
	expect(text("BB8")).toBe("AB");
	expect(text("%69 VD92EX0")).toBe("Hello!!");
	expect(text("UJCLQE7W581")).toBe("base-45");
	expect(text("")).toBe("");
});

it("gives back whatever was written", () => {
	const chance = new Chance(45);
	for (let round = 0; round < 200; round++) {
		const bytes = chance.bytes(chance.below(300));
		expect(decodeBase45(base45(bytes))).toEqual(bytes);
	}
});

it("refuses what nobody writes", () => {
	for (const text of ["A", "BB8B", "bb8", "GGW", ":::", "::", "BB!", "BBÀ"]) {
		expect(() => decodeBase45(text), text).toThrow();
	}
});
