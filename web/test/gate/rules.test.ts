import { describe, expect, it } from "vitest";
import { dateOfDay, dayOf, dayOfDate } from "../../src/gate/days.ts";
import { packOf, readPack } from "../../src/gate/pack.ts";
import { atBest, type Facts, limitOf, type Place, rule } from "../../src/gate/rules.ts";
import { Chance } from "./chance.ts";
import { eight, hour, today } from "./makers.ts";
import { draftOfCards, draftOfTrades, october } from "./packs.ts";

const nothing: Facts = {
	kind: "person",
	force: null,
	doses: null,
	dosesNeeded: null,
	lastDose: null,
	lastNegative: null,
	recovered: null,
};
const street: Place = { kind: "checkpoint", role: "visitor", zone: null, level: null, capacity: null };
const person = (more: Partial<Facts>): Facts => ({ ...nothing, ...more });
const at = (more: Partial<Place>): Place => ({ ...street, ...more });

describe("the draft of cards", () => {
	const pack = readPack(draftOfCards);
	const colour = (facts: Partial<Facts>, place: Partial<Place> = {}) =>
		rule(pack, person(facts), at(place), today).colour;

	it("two doses and fourteen days are green, one day less is not", () => {
		expect(colour({ doses: 2, lastDose: today - 14 })).toBe("green");
		expect(colour({ doses: 2, lastDose: today - 13 })).toBe("red");
		expect(colour({ doses: 2, lastDose: today + 300 })).toBe("red");
		expect(colour({ doses: 3, lastDose: null })).toBe("red");
	});

	it("one dose of one is a full course, one of two is yellow while the test is new", () => {
		expect(colour({ doses: 1, dosesNeeded: 1, lastDose: today - 20 })).toBe("green");
		expect(colour({ doses: 1, dosesNeeded: 2, lastDose: today - 20, lastNegative: today - 3 })).toBe("yellow");
		expect(colour({ doses: 1, dosesNeeded: 2, lastDose: today - 20, lastNegative: today - 4 })).toBe("red");
	});

	it("recovered is green for a hundred and eighty days", () => {
		expect(colour({ recovered: today - 180 })).toBe("green");
		expect(colour({ recovered: today - 181 })).toBe("red");
		expect(colour({ recovered: today + 1 })).toBe("red");
	});

	it("some workplaces ask for a test besides, some places take no yellow card", () => {
		const staff = { kind: "factory", role: "staff" };
		expect(colour({ doses: 2, lastDose: today - 30 }, staff)).toBe("red");
		expect(colour({ doses: 2, lastDose: today - 30, lastNegative: today - 7 }, staff)).toBe("green");
		const yellow = person({ doses: 1, lastDose: today - 20, lastNegative: today });
		expect(rule(pack, yellow, at({ kind: "cinema" }), today)).toMatchObject({
			colour: "red",
			card: "yellow",
			reasons: [{ key: "gate-place-asks", figures: { colour: "green" } }],
		});
	});

	it("a shop's own pass needs no dose", () => {
		expect(colour({ kind: "business" })).toBe("green");
	});
});

it("the rules of trades tell a full green card from a restricted one", () => {
	const pack = readPack(draftOfTrades);
	const oneDose = person({ doses: 1, lastDose: today - 15, lastNegative: today - 1 });
	const counter = at({ kind: "supermarket", role: "customer-facing" });
	expect(rule(pack, oneDose, at({ kind: "supermarket", role: "staff" }), today)).toMatchObject({
		colour: "green",
		scope: "restricted",
	});
	expect(rule(pack, oneDose, counter, today)).toMatchObject({ colour: "red", card: "green", scope: "restricted" });
	const full = person({ doses: 2, lastDose: today - 15 });
	expect(rule(pack, full, counter, today)).toMatchObject({
		colour: "red",
		reasons: [{ key: "gate-lacks-negative-test", figures: { needs: 5 } }],
	});
	expect(rule(pack, { ...full, lastNegative: today - 5 }, counter, today)).toMatchObject({
		colour: "green",
		scope: "full",
	});
});

describe("from 1 October", () => {
	const pack = readPack(october);

	it("one dose of fourteen days or a recovery below a hundred and eighty", () => {
		expect(rule(pack, person({ doses: 1, lastDose: today - 14 }), street, today).colour).toBe("green");
		expect(rule(pack, person({ recovered: today - 179 }), street, today).colour).toBe("green");
		expect(rule(pack, person({ recovered: today - 180 }), street, today).colour).toBe("red");
	});

	it("a bar is closed to everybody, a red zone open to shippers with a fresh test", () => {
		const dosed = { doses: 2, lastDose: today - 60 };
		expect(rule(pack, person(dosed), at({ kind: "bar" }), today).reasons).toEqual([{ key: "gate-place-closed" }]);
		const zone = at({ zone: "red" });
		const shipper = person({ ...dosed, kind: "force", force: 5 });
		expect(rule(pack, { ...shipper, lastNegative: today - 2 }, zone, today)).toMatchObject({
			colour: "green",
			scope: "shipper",
		});
		expect(rule(pack, shipper, zone, today).colour).toBe("red");
		expect(rule(pack, person(dosed), zone, today)).toMatchObject({ colour: "red", card: "green" });
		expect(rule(pack, person(dosed), at({ zone: "red", role: "staff" }), today).colour).toBe("green");
	});

	it("an office holds fewer at each level", () => {
		const office = (level: number | null) => limitOf(pack, at({ kind: "office", level, capacity: 100 }));
		expect([office(null), office(2), office(3), office(4)]).toEqual([100, 100, 60, 50]);
		expect(limitOf(pack, at({ kind: "office", level: 3 }))).toBe(60);
		expect(limitOf(pack, street)).toBeNull();
	});
});

it("says what is there and, of what is missing, the least", () => {
	const pack = readPack(october);
	expect(rule(pack, person({ doses: 2, lastDose: today - 30 }), street, today).reasons).toEqual([
		{ key: "gate-has-doses", figures: { has: 2 } },
		{ key: "gate-has-days-since-dose", figures: { has: 30 } },
	]);
	expect(rule(pack, person({ doses: 1, lastDose: today - 10 }), street, today).reasons).toEqual([
		{ key: "gate-lacks-days-since-dose", figures: { needs: 14, has: 10 } },
	]);
	expect(rule(pack, person({ recovered: today - 200 }), street, today).reasons).toEqual([
		{ key: "gate-lacks-recent-recovery", figures: { needs: 179, has: 200 } },
	]);
	expect(rule(pack, person({}), street, today).reasons.map(({ key }) => key)).toEqual([
		"gate-lacks-doses",
		"gate-lacks-days-since-dose",
	]);
	expect(rule(pack, person({ kind: "household" }), street, today).reasons).toEqual([
		{ key: "gate-no-card-for-kind", figures: { kind: "household" } },
	]);
});

it("the pack of the day is the one that began last", () => {
	const packs = [draftOfCards, october].map(readPack);
	const version = (date: string) => packOf(packs, dayOfDate(date) ?? 0)?.version ?? null;
	expect(version("2021-09-15")).toBeNull();
	expect(version("2021-09-30")).toBe("the-2021-09-du-thao-1");
	expect(version("2021-10-01")).toBe("tu-1-10-2021");
	expect(version("2022-01-01")).toBe("tu-1-10-2021");
	const next = readPack({ ...october, version: "sau", valid_from: "2021-10-20" });
	expect(packOf([next, ...packs], 700)?.version).toBe("sau");
});

it("half a law is none: a pack with an unknown word is refused, and told where", () => {
	const [card] = october.cards;
	for (const [wrong, where] of [
		[null, "the pack"],
		[[october], "the pack"],
		[{ ...october, colour: "green" }, "colour"],
		[{ ...october, valid_from: "1/10/2021" }, "valid_from"],
		[{ ...october, valid_from: "2021-02-30" }, "valid_from"],
		[{ ...october, when_status_unknown: "blue" }, "when_status_unknown"],
		[{ ...october, cards: [{ ...card, any: [{ days_since_booster_at_most: 90 }] }] }, "days_since_booster_at_most"],
		[{ ...october, cards: [{ ...card, any: [{ doses_at_least: "2" }] }] }, "doses_at_least"],
		[{ ...october, cards: [{ ...card, colour: "red" }] }, "colour"],
		[{ ...october, cards: [{ ...card, kinds: ["tourist"] }] }, "kinds"],
		[{ ...october, places: [{ accepts: [], share_at_most: 2 }] }, "share_at_most"],
		[{ ...october, places: [{}] }, "accepts"],
		[{ ...october, version: "" }, "version"],
	] as [unknown, string][]) {
		expect(() => readPack(wrong), where).toThrow(where);
	}
});

it("more doses and newer tests never make a card worse", () => {
	const chance = new Chance(18);
	const rank = { green: 0, yellow: 1, red: 2 };
	const days = () => chance.pick([null, today - chance.below(250)]);
	for (const pack of [draftOfCards, draftOfTrades, october].map(readPack)) {
		for (let round = 0; round < 500; round++) {
			const facts = person({
				doses: chance.below(4),
				lastDose: today - chance.below(60),
				lastNegative: days(),
				recovered: days(),
			});
			const place = at({
				kind: chance.pick(["checkpoint", "factory", "supermarket", "office"]),
				role: chance.pick(["staff", "visitor"]),
			});
			const before = rank[rule(pack, facts, place, today).card];
			for (const better of [{ doses: (facts.doses ?? 0) + 1 }, { lastNegative: today }, { recovered: today }]) {
				expect(rank[rule(pack, { ...facts, ...better }, place, today).card]).toBeLessThanOrEqual(before);
			}
		}
	}
});

it("the worse of two colours stands", () => {
	expect(atBest("yellow", "green")).toBe("yellow");
	expect(atBest("green", "red")).toBe("red");
	expect(atBest("green", "green")).toBe("green");
});

it("a day begins at midnight in Vietnam", () => {
	expect(dayOf(eight)).toBe(today);
	expect(dateOfDay(today)).toBe("2021-10-01");
	expect(dayOf(eight - 8 * hour)).toBe(today);
	expect(dayOf(eight - 8 * hour - 1)).toBe(today - 1);
	expect(dayOfDate("2020-01-01")).toBe(0);
	for (const none of ["2021-02-29", "2021-13-01", "21-01-01", "2021-01-01x", ""]) expect(dayOfDate(none)).toBeNull();
});
