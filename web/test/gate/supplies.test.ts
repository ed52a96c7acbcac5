import { IDBFactory } from "fake-indexeddb";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { tableKey } from "../../src/gate/codes.ts";
import { keep, openStore, type Store } from "../../src/gate/store.ts";
import { type Enrolment, supplies, take } from "../../src/gate/supplies.ts";
import { usage } from "../../src/gate/trust.ts";
import { judge } from "../../src/gate/verdict.ts";
import { Chance } from "./chance.ts";
import {
	code,
	codeTable,
	eight,
	hour,
	inSeconds,
	pass,
	passClaims,
	type Signer,
	signer,
	statusToken,
	trusted,
	trustList,
} from "./makers.ts";
import { draftOfCards, october } from "./packs.ts";

const secret = new Chance(7).bytes(32);
const [mine, stranger] = [code("40215873396"), code("11111111111")];
let root: Signer;
let issuing: Signer;
let store: Store;
let enrolment: Enrolment;

beforeAll(async () => {
	[root, issuing] = await Promise.all([signer(), signer()]);
});
beforeEach(async () => {
	store = await openStore(new IDBFactory());
	const place = { kind: "market", role: "visitor", zone: null, level: null, capacity: null };
	enrolment = { root: root.spki, tableKey: await tableKey(secret), place };
});

const list = (sequence = 1) => trustList(root, [trusted(issuing, usage.person | usage.status)], [[2, sequence]]);
const table = () => codeTable(issuing, secret, enrolment.tableKey?.id ?? new Uint8Array(), [mine]);

async function day() {
	return {
		trust: await list(),
		statuses: [await statusToken(issuing, Uint8Array.of(0b10))],
		codes: await table(),
		packs: [draftOfCards, october],
	};
}

it("after one delivery a gate works for a day without a network, for cards, codes and phones alike", async () => {
	expect(await take(store, enrolment, await day(), eight)).toEqual([]);
	const ours = await pass(
		issuing,
		passClaims([
			[7, 1],
			[8, 3],
		]),
	);
	for (const now of [eight, eight + 23 * hour]) {
		const gate = await supplies(store, enrolment, now);
		expect(await judge(ours, gate, now)).toMatchObject({ colour: "red", reasons: [{ key: "gate-revoked" }] });
		expect(await judge(await pass(issuing), gate, now)).toMatchObject({ colour: "green", by: "pass" });
		expect(await judge(mine, gate, now)).toMatchObject({
			colour: "green",
			by: "code",
			who: { name: "NGUOI 0", birthYear: 1940 },
		});
		expect(await judge(stranger, gate, now)).toMatchObject({ colour: "red", reasons: [{ key: "gate-code-unknown" }] });
	}
	const late = await supplies(store, enrolment, eight + 25 * hour);
	expect((await judge(ours, late, eight + 25 * hour)).reasons[0]).toEqual({ key: "gate-status-unknown" });
	expect(await judge(mine, late, eight + 25 * hour)).toEqual({
		answer: "unable",
		reasons: [{ key: "gate-code-table-too-old" }],
	});
});

it("a code that two share asks for the card", async () => {
	const twice = await codeTable(issuing, secret, enrolment.tableKey?.id ?? new Uint8Array(), [mine, mine]);
	await take(store, enrolment, { ...(await day()), codes: twice }, eight);
	expect(await judge(mine, await supplies(store, enrolment, eight), eight)).toMatchObject({
		colour: "red",
		reasons: [{ key: "gate-code-of-two" }],
	});
});

it("nothing older comes back, and a part alone may be renewed", async () => {
	await take(store, enrolment, { ...(await day()), trust: await list(5) }, eight);
	expect(await take(store, enrolment, { trust: await list(4) }, eight)).toEqual(["trust"]);
	expect(await take(store, enrolment, { trust: await list(6) }, eight)).toEqual([]);
	const status = (issued: number, byte: number) =>
		statusToken(issuing, Uint8Array.of(byte), [[6, inSeconds(eight) + issued]]);
	expect(await take(store, enrolment, { statuses: [await status(-7200, 0)] }, eight)).toEqual(["status"]);
	expect(await take(store, enrolment, { statuses: [await status(-60, 0b11)] }, eight)).toEqual([]);
	const held = await supplies(store, enrolment, eight);
	expect(held.trust?.sequence).toBe(6);
	expect(held.statuses).toHaveLength(1);
	expect(held.statuses[0]?.list).toEqual(Uint8Array.of(0b11));
	const old = await codeTable(issuing, secret, enrolment.tableKey?.id ?? new Uint8Array(), [], [[6, 1]]);
	expect(await take(store, enrolment, { codes: old }, eight)).toEqual(["codes"]);
});

it("what is forged is not kept, and what lies there is not believed for lying there", async () => {
	const other = await signer();
	const forged = {
		trust: await trustList(other, [trusted(other, usage.status)]),
		statuses: [await statusToken(other, Uint8Array.of(0))],
		codes: await codeTable(other, secret, new Uint8Array(8), []),
		packs: [{ ...october, cards: "all" }],
	};
	expect(await take(store, enrolment, forged, eight)).toEqual(["trust", "status", "codes", "packs"]);
	for (const [name, value] of Object.entries(forged)) await keep(store, name, value);
	expect(await supplies(store, enrolment, eight)).toMatchObject({ trust: null, statuses: [], codes: null, packs: [] });
	expect(await take(store, enrolment, await day(), eight)).toEqual([]);
	expect(await supplies(store, enrolment, eight)).toMatchObject({ trust: { sequence: 1 }, packs: { length: 2 } });
});
