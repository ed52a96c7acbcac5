import { expect, it } from "vitest";
import { isPicked } from "../../src/gate/sample.ts";
import { Chance } from "./chance.ts";

const picked = (every: number, seed: number, people: number) =>
	Array.from({ length: people }, (_, count) => count).filter((count) => isPicked(count, every, seed));

it("looks closely at exactly one in every five, whoever it is", () => {
	const chosen = picked(5, 20_211_001, 1000);
	expect(chosen.map((count) => Math.floor(count / 5))).toEqual(Array.from({ length: 200 }, (_, round) => round));
	expect(picked(5, 20_211_001, 1000)).toEqual(chosen);
});

it("cannot be guessed by counting, and is another on another day", () => {
	for (const every of [2, 3, 5, 10]) {
		const places = picked(every, 7, 10_000 * every).map((count) => count % every);
		for (let place = 0; place < every; place++) {
			const share = places.filter((one) => one === place).length / places.length;
			expect(Math.abs(share - 1 / every), `${place} of ${every}`).toBeLessThan(0.02);
		}
		expect(picked(every, 8, 200)).not.toEqual(picked(every, 7, 200));
	}
});

it("one in one is everybody, and any seed will do", () => {
	const chance = new Chance(3);
	for (let round = 0; round < 100; round++) {
		expect(isPicked(chance.below(1e9), chance.pick([0, 1]), chance.below(2 ** 32))).toBe(true);
		const [every, seed, start] = [2 + chance.below(30), chance.below(2 ** 32), chance.below(1e6)];
		const looked = Array.from({ length: every }, (_, at) => isPicked(start * every + at, every, seed));
		expect(looked.filter(Boolean)).toHaveLength(1);
	}
});
