import { beforeAll, expect, it } from "vitest";
import type { Cbor } from "../../src/gate/cbor.ts";
import { readPack } from "../../src/gate/pack.ts";
import type { StatusList } from "../../src/gate/status.ts";
import type { Supplies } from "../../src/gate/supplies.ts";
import { usage } from "../../src/gate/trust.ts";
import { judge } from "../../src/gate/verdict.ts";
import { checkDigit } from "../../src/gate/verhoeff.ts";
import { Chance } from "./chance.ts";
import {
	certificate,
	certificateClaims,
	eight,
	hour,
	inSeconds,
	listed,
	pass,
	passClaims,
	type Signer,
	signer,
	today,
	trusted,
	vaccination,
} from "./makers.ts";
import { draftOfCards, october } from "./packs.ts";

let issuing: Signer;
let health: Signer;
let gate: Supplies;
beforeAll(async () => {
	[issuing, health] = await Promise.all([signer(), signer(-37)]);
	gate = {
		trust: listed(trusted(issuing, usage.person, { territory: "79-778" }), trusted(health, usage.foreign)),
		statuses: [statuses({})],
		codes: null,
		packs: [draftOfCards, october].map(readPack),
		place: { kind: "checkpoint", role: "visitor", zone: null, level: null, capacity: null },
	};
});

function statuses(more: Partial<StatusList>): StatusList {
	const life = { issuedAt: inSeconds(eight) - 3600, expires: inSeconds(eight) + 86_400, ttl: 3600 };
	return {
		uri: "https://quan7.example/status/3",
		...life,
		territories: [""],
		bits: 1,
		list: Uint8Array.of(0b10),
		...more,
	};
}

const ours = (facts: [number, Cbor][] = [], more: [number, Cbor][] = []) => pass(issuing, passClaims(facts, more));
const keysOf = (answer: { reasons: { key: string }[] }) => answer.reasons.map(({ key }) => key);

it("a good pass is green, with the name and year to compare", async () => {
	expect(
		await judge(
			await ours([
				[7, 0],
				[8, 3],
			]),
			gate,
			eight,
		),
	).toEqual({
		answer: "verdict",
		by: "pass",
		colour: "green",
		card: "green",
		scope: null,
		who: { name: "NGUYEN THI MAU", birthYear: 1958 },
		number: "0102030405060708",
		reasons: [
			{ key: "gate-has-doses", figures: { has: 2 } },
			{ key: "gate-has-days-since-dose", figures: { has: 30 } },
		],
		rules: "tu-1-10-2021",
	});
});

it("the same pass under yesterday's rules needs no re-issue", async () => {
	const text = await ours(
		[
			[3, 1],
			[4, today - 20],
		],
		[[6, inSeconds(eight) - 10 * 86_400]],
	);
	expect(await judge(text, gate, eight)).toMatchObject({ colour: "green" });
	const before = { ...gate, trust: { ...listed(...(gate.trust?.keys ?? [])), issuedAt: 0 } };
	expect(await judge(text, before, eight - 9 * hour)).toMatchObject({ colour: "red", rules: "the-2021-09-du-thao-1" });
});

it("a pass taken back is red, whatever it says, and nobody reads why", async () => {
	const answer = await judge(
		await ours([
			[7, 1],
			[8, 3],
		]),
		gate,
		eight,
	);
	expect(answer).toMatchObject({ colour: "red", reasons: [{ key: "gate-revoked" }], who: { name: "NGUYEN THI MAU" } });
});

it("a status that nobody knows has its own reason, and the rules say what it costs", async () => {
	const text = await ours([
		[7, 1],
		[8, 3],
	]);
	for (const list of [
		[],
		[statuses({ issuedAt: inSeconds(eight) + 60 })],
		[statuses({ expires: inSeconds(eight) - 60 })],
	]) {
		const answer = await judge(text, { ...gate, statuses: list }, eight);
		expect(answer).toMatchObject({ colour: "green" });
		expect(keysOf(answer)[0]).toBe("gate-status-unknown");
		const careful = { ...gate, statuses: list, packs: [readPack({ ...october, when_status_unknown: "yellow" })] };
		expect(await judge(text, careful, eight)).toMatchObject({ colour: "yellow", card: "green" });
	}
});

it("red says what it is: expired, not yet valid, not genuine, not ours to sign", async () => {
	const seconds = inSeconds(eight);
	const text = await ours();
	const at = text.length - 20;
	const forged = `${text.slice(0, at)}${text.charAt(at) === "0" ? "1" : "0"}${text.slice(at + 1)}`;
	for (const [written, key] of [
		[await ours([], [[4, seconds - 1]]), "gate-expired"],
		[await ours([], [[6, seconds + 60]]), "gate-not-yet-valid"],
		[await ours([], [[5, seconds + 60]]), "gate-not-yet-valid"],
		[forged, "gate-not-genuine"],
		[await pass(await signer()), "gate-signer-unknown"],
		[await ours([], [[1, "79-760"]]), "gate-signer-unknown"],
		[await ours([[3, 12]]), "gate-not-understood"],
	] as const) {
		expect(await judge(written, gate, eight), key).toMatchObject({
			answer: "verdict",
			colour: "red",
			reasons: [{ key }],
		});
	}
	expect(await judge(await ours([], [[4, seconds - 1]]), gate, eight)).toMatchObject({
		who: { name: "NGUYEN THI MAU" },
	});
	expect(await judge(forged, gate, eight)).toMatchObject({ who: null, number: null });
});

it("what is damaged asks to be scanned again, and is never called invalid", async () => {
	const text = await ours();
	const written = [
		text.slice(0, 90),
		text.toLowerCase(),
		"VX1:",
		"HC1:ABC",
		"https://example.org",
		"",
		"\u0000",
		"VX1:".padEnd(10_000, "A"),
	];
	for (const one of written) {
		expect(await judge(one, gate, eight), one.slice(0, 20)).toEqual({
			answer: "again",
			reasons: [{ key: "gate-scan-again" }],
		});
	}
	const mistyped = `40215873396${(Number(checkDigit("40215873396")) + 1) % 10}`;
	expect(await judge(mistyped, gate, eight)).toEqual({ answer: "again", reasons: [{ key: "gate-code-mistyped" }] });
});

it("a gate that lacks something says so, and turns nobody away for it", async () => {
	const text = await ours();
	const lacking = async (more: Partial<Supplies>, written = text, now = eight) =>
		judge(written, { ...gate, ...more }, now);
	expect(await lacking({ packs: [] })).toEqual({ answer: "unable", reasons: [{ key: "gate-no-rules" }] });
	expect(await lacking({ trust: null })).toEqual({ answer: "unable", reasons: [{ key: "gate-no-trust-list" }] });
	expect(await lacking({}, text, eight + 8 * 24 * hour)).toMatchObject({
		reasons: [{ key: "gate-trust-list-too-old" }],
	});
	expect(await lacking({}, text, eight - 24 * hour)).toMatchObject({ reasons: [{ key: "gate-trust-list-too-old" }] });
	const code = `40215873396${checkDigit("40215873396")}`;
	expect(await lacking({}, code)).toEqual({ answer: "unable", reasons: [{ key: "gate-no-code-table" }] });
});

it("a certificate of the state or of another country is evidence under the same rules", async () => {
	const text = (more: [string, Cbor][]) => certificate(health, certificateClaims({ v: [vaccination(more)] }));
	expect(await judge(await text([]), gate, eight)).toMatchObject({
		by: "certificate",
		colour: "green",
		who: { birthYear: 1962 },
	});
	const fresh = await text([
		["dn", 1],
		["dt", "2021-09-28"],
	]);
	expect(await judge(fresh, gate, eight)).toMatchObject({
		colour: "red",
		reasons: [{ key: "gate-lacks-days-since-dose" }],
	});
	const single = await text([
		["dn", 1],
		["sd", 1],
	]);
	const drafted = { ...gate, packs: [readPack({ ...draftOfCards, valid_to: null })] };
	expect(await judge(single, drafted, eight)).toMatchObject({ colour: "green" });
	const sampled = new Map<string, Cbor>([
		["tg", "840539006"],
		["co", "VN"],
		["is", "BYT"],
		["ci", "URN:2"],
		["tt", "LP6464-4"],
		["sc", "2021-10-01T00:00:00Z"],
		["tr", "260373001"],
	]);
	const positive = await certificate(health, certificateClaims({ t: [sampled] }));
	expect(await judge(positive, gate, eight)).toMatchObject({ colour: "red", reasons: [{ key: "gate-positive-test" }] });
});

it("a citizen's card says who, and the rules say how far that goes", async () => {
	const card = "079158000001||Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu, Tân Phong, Quận 7|15042021";
	const expected = {
		by: "identity",
		who: { name: "Nguyễn Thị Mẫu", birthYear: 1958 },
		reasons: [{ key: "gate-only-identity" }],
	};
	expect(await judge(card, gate, eight)).toMatchObject({ ...expected, colour: "yellow", card: "yellow" });
	const strict = { ...gate, packs: [readPack({ ...october, when_only_identity: "red" })] };
	expect(await judge(card, strict, eight)).toMatchObject({ ...expected, colour: "red" });
	const bar = { ...gate, place: { ...gate.place, kind: "bar" } };
	const closed = await judge(card, bar, eight);
	expect(closed).toMatchObject({ by: "identity", colour: "red" });
	expect(keysOf(closed)).toEqual(["gate-only-identity", "gate-place-closed"]);
});

it("whatever comes, it answers, and nothing by chance is green", async () => {
	const chance = new Chance(115);
	const texts = [await ours(), await certificate(health, certificateClaims({ v: [vaccination()] }))];
	for (let round = 0; round < 400; round++) {
		const text = chance.pick(texts);
		const at = chance.below(text.length);
		const damaged = chance.pick([
			`${text.slice(0, at)}${chance.pick([..."0123456789ABCXYZ $%*+-./:|é\u0000"])}${text.slice(at + 1)}`,
			text.slice(0, at),
			text.slice(at),
			`${text}${text}`,
			chance.text("|0123456789ABCDEFabcdef VXHC1:ễ\ud800", 100),
		]);
		const answer = await judge(damaged, gate, eight);
		expect(answer.reasons.length).toBeGreaterThan(0);
		if (answer.answer === "verdict" && answer.by !== "identity" && damaged !== text) expect(answer.colour).toBe("red");
	}
});
