/** The law of cards on which the server and the gate have to agree (`crates/health/vectors/cards.json`). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dayOfDate } from "../../src/gate/days.ts";
import { packOf, readPack } from "../../src/gate/pack.ts";
import type { Kind } from "../../src/gate/pass.ts";
import { reasonKeys } from "../../src/gate/reasons.ts";
import { type Facts, limitOf, type Place, type Ruling, rule } from "../../src/gate/rules.ts";

interface Case {
	name: string;
	pack: string;
	facts: {
		kind: Kind;
		force: number | null;
		doses: number | null;
		doses_needed: number | null;
		last_dose: string | null;
		last_negative: string | null;
		recovered: string | null;
	};
	place: Place;
	day: string;
	expect: Ruling;
	limit: number | null;
}

const vectors: { packs: unknown[]; refused: { pack: unknown; where: string }[]; cases: Case[] } = JSON.parse(
	readFileSync(new URL("../../../crates/health/vectors/cards.json", import.meta.url), "utf8"),
);
const packs = vectors.packs.map(readPack);

const dayOf = (date: string | null) => (date === null ? null : dayOfDate(date));

function factsOf({ facts }: Case): Facts {
	return {
		kind: facts.kind,
		force: facts.force,
		doses: facts.doses,
		dosesNeeded: facts.doses_needed,
		lastDose: dayOf(facts.last_dose),
		lastNegative: dayOf(facts.last_negative),
		recovered: dayOf(facts.recovered),
	};
}

describe("the vectors of cards", () => {
	it("each case gets the verdict and the limit that are written down", () => {
		for (const one of vectors.cases) {
			const pack = packs.find(({ version }) => version === one.pack);
			const day = dayOfDate(one.day);
			if (!pack || day === null) throw new Error(one.name);
			expect(rule(pack, factsOf(one), one.place, day), one.name).toEqual(one.expect);
			expect(limitOf(pack, one.place), one.name).toBe(one.limit);
		}
	});

	it("a pack that says half is refused, and told where", () => {
		for (const { pack, where } of vectors.refused) expect(() => readPack(pack), where).toThrow(where);
	});

	it("each day from the middle of September on has its law", () => {
		const version = (date: string) => packOf(packs.slice(0, 7), dayOfDate(date) ?? 0)?.version ?? null;
		expect(version("2021-09-09")).toBeNull();
		for (let day = dayOfDate("2021-09-15") ?? 0; day < 1100; day++) expect(packOf(packs, day)).not.toBeNull();
		expect(version("2021-09-15")).toBe("pass.cards/2");
		expect(version("2021-10-01")).toBe("pass.cards/3");
		expect(version("2021-11-17")).toBe("pass.cards/5");
		expect(version("2030-01-01")).toBe("pass.cards/7");
	});
});

describe("the words of the gate", () => {
	const messages = (language: string) => {
		const read = (file: string) =>
			readFileSync(new URL(`../../../messages/${language}/${file}`, import.meta.url), "utf8");
		const text = ["gate.ftl", "gates.ftl"].map(read).join("\n");
		return new Map([...text.matchAll(/^([a-z][a-z0-9-]*) = (.+)$/gm)].map(([, key = "", words = ""]) => [key, words]));
	};

	it.each(["vi", "en"])("every reason has its words, short ones, and what to do next (%s)", (language) => {
		const words = messages(language);
		const met = (key: string) => key.startsWith("gate-has-");
		for (const key of reasonKeys) {
			expect(words.get(key)?.length ?? 99, key).toBeLessThan(60);
			if (!met(key)) expect(words.has(key.replace("gate-", "card-next-")), key).toBe(true);
		}
	});

	it.each(["vi", "en"])("every word of the law has its words (%s)", (language) => {
		const words = messages(language);
		const has = (group: string, codes: (string | number)[]) => {
			for (const code of codes)
				expect(words.has(`gate-${group}-${String(code).replaceAll("_", "-")}`), code.toString()).toBe(true);
		};
		for (const { cards, places } of packs.slice(0, 7)) {
			for (const card of cards) {
				has("colour", [card.colour]);
				has("scope", card.scope === null ? [] : [card.scope]);
				has("kind", card.kinds ?? []);
				has("force", card.forces ?? []);
			}
			for (const place of places) {
				has("place-kind", place.places ?? []);
				has("role", place.roles ?? []);
				has("zone", place.zones ?? []);
			}
		}
		has("place-kind", ["checkpoint", "office", "hotel", "school", "hospital", "block", "other"]);
		has("kind", ["person", "household", "neighbourhood", "business", "force"]);
		has("force", [1, 2, 3, 4, 5, 6, 7]);
		has("zone", ["green", "yellow", "orange", "red"]);
		has("colour", ["green", "yellow", "red"]);
	});
});
