import { beforeAll, expect, it } from "vitest";
import { type Cbor, Float, Tagged } from "../../src/gate/cbor.ts";
import { verifyPass } from "../../src/gate/pass.ts";
import { type TrustedKey, usage } from "../../src/gate/trust.ts";
import { Chance } from "./chance.ts";
import {
	base45,
	eight,
	encode,
	hour,
	inSeconds,
	pass,
	passClaims,
	type Signer,
	sign1,
	signer,
	today,
	trusted,
} from "./makers.ts";

let issuing: Signer;
let keys: TrustedKey[];
beforeAll(async () => {
	issuing = await signer();
	keys = [trusted(issuing, usage.person, { territory: "79-778" })];
});

const good = { prefix: true, base45: true, inflate: null, cbor: true, signature: true, expired: false, error: null };

it("reads what an issuer has signed", async () => {
	const record = await verifyPass(await pass(issuing), keys, eight);
	expect(record).toMatchObject(good);
	expect(record.claims).toMatchObject({
		issuer: "79-778",
		number: "0102030405060708",
		kind: "person",
		name: "NGUYEN THI MAU",
		birthYear: 1958,
		doses: 2,
		lastDose: today - 30,
		lastNegative: null,
		status: { list: 3, index: 0 },
	});
});

it("takes any of the tags, an open end, and what it does not know", async () => {
	const parts = await sign1(issuing, encode(passClaims([[99, "later"]], [[500, [1, 2]]])));
	for (const tagged of [parts, new Tagged(18, parts), new Tagged(61, new Tagged(18, parts))]) {
		const record = await verifyPass(`VX1:${base45(encode(tagged))}`, keys, eight);
		expect(record).toMatchObject(good);
	}
});

it("tries every key that shares a name", async () => {
	const [stranger, other] = await Promise.all([signer(), signer(-37)]);
	const crowd = [stranger, other].map((one) => ({ ...trusted(one, usage.person), kid: issuing.kid }));
	const broken = { ...trusted(issuing, usage.person), spki: new Uint8Array(7) };
	expect(await verifyPass(await pass(issuing), [broken, ...crowd, ...keys], eight)).toMatchObject(good);
	const record = await verifyPass(await pass(issuing), [broken, ...crowd], eight);
	expect(record).toMatchObject({ signature: false, expired: null, claims: null, error: { stage: "signature" } });
});

it("says at which step a text fails", async () => {
	const text = await pass(issuing);
	const signed = async (claims: Cbor) => pass(issuing, claims);
	const seconds = inSeconds(eight);
	const business = passClaims(
		[],
		[
			[
				-65537,
				new Map<number, Cbor>([
					[0, 3],
					[1, "TAP HOA MAU"],
				]),
			],
		],
	);
	const cases: [string, string, object][] = [
		["HC1:ABC", "prefix", { prefix: false, base45: null }],
		[`VX1:${"A".repeat(8190)}`, "prefix", { base45: null }],
		["VX1:a", "base45", { prefix: true, base45: false, cbor: null }],
		[text.slice(0, 100), "cbor", { base45: true, cbor: false, signature: null }],
		["VX1:", "cbor", { cbor: false }],
		[`VX1:${base45(encode([1, 2, 3]))}`, "cose", { cbor: true, signature: false }],
		[await pass({ ...issuing, alg: -8 }), "cose", { cbor: true, signature: false }],
		[await pass(await signer()), "key", { cbor: true, signature: false, claims: null }],
		[await signed(business), "key", { signature: true, expired: false }],
		[await signed(passClaims([], [[1, "79-760"]])), "key", { signature: true, expired: false }],
		[await signed(passClaims([], [[4, seconds]])), "time", { signature: true, expired: true }],
		[await signed(passClaims([], [[6, seconds + 1]])), "time", { signature: true, expired: true }],
		[await signed(passClaims([], [[5, seconds + 1]])), "time", { signature: true, expired: true }],
		[await signed(passClaims([], [[4, "never"]])), "claims", { signature: true, expired: null, claims: null }],
		[
			await signed(
				passClaims(
					[],
					[
						[4, "never"],
						[6, seconds + 1],
					],
				),
			),
			"time",
			{ signature: true, expired: true, claims: null },
		],
		[await signed(7), "cbor", { cbor: false, signature: null }],
	];
	for (const [written, stage, steps] of cases) {
		const record = await verifyPass(written, keys, eight);
		if (stage === "time" && !("claims" in steps)) expect(record.claims?.name).toBe("NGUYEN THI MAU");
		expect(record, stage).toMatchObject({ ...steps, error: { stage } });
	}
	const moved = await pass(issuing);
	const at = moved.length - 20;
	const changed = `${moved.slice(0, at)}${moved.charAt(at) === "0" ? "1" : "0"}${moved.slice(at + 1)}`;
	expect(await verifyPass(changed, keys, eight)).toMatchObject({ signature: false, error: { stage: "signature" } });
});

it("a fact of the wrong type or of another kind of pass is a fault, not a guess", async () => {
	const facts: [number, Cbor][][] = [
		[[0, 5]],
		[[0, "person"]],
		[[1, "Nguyễn Thị Mẫu"]],
		[[1, "NGUYEN  THI"]],
		[[1, "N".repeat(81)]],
		[[2, 1899]],
		[[2, "1958"]],
		[[3, 10]],
		[[3, -1]],
		[[3, new Float(2)]],
		[[4, "2021-09-01"]],
		[[4, 70_000]],
		[[7, "3"]],
		[[9, 5]],
		[[10, "27310"]],
		[[0, 1]],
		[[0, 4]],
		[
			[0, 4],
			[9, 0],
		],
		[
			[0, 4],
			[9, 8],
		],
	];
	for (const wrong of facts) {
		const record = await verifyPass(await pass(issuing, passClaims(wrong)), keys, eight);
		expect(record, JSON.stringify(wrong)).toMatchObject({ signature: true, claims: null, error: { stage: "claims" } });
	}
	const half = new Map<number, Cbor>([
		[0, 0],
		[1, "NGUYEN THI MAU"],
		[2, 1958],
		[7, 3],
	]);
	const halved = await verifyPass(await pass(issuing, passClaims([], [[-65537, half]])), keys, eight);
	expect(halved).toMatchObject({ error: { stage: "claims" } });
	const household = new Map<number, Cbor>([
		[0, 1],
		[1, "HO NGUYEN"],
		[10, "27310"],
		[11, 5],
	]);
	const record = await verifyPass(await pass(issuing, passClaims([], [[-65537, household]])), keys, eight);
	expect(record.claims).toMatchObject({ kind: "household", place: "27310", people: 5, birthYear: null });
	const short = new Map<number, Cbor>([...passClaims(), [7, new Uint8Array(4)]]);
	expect(await verifyPass(await pass(issuing, short), keys, eight)).toMatchObject({ error: { stage: "claims" } });
});

it("is good from its first second to the one before its end", async () => {
	const text = await pass(issuing, passClaims([], [[5, inSeconds(eight)]]));
	const at = async (now: number) => (await verifyPass(text, keys, now)).error?.stage ?? null;
	expect(await at(eight - 1)).toBe("time");
	expect(await at(eight)).toBeNull();
	expect(await at(eight + 7 * 24 * hour - 1)).toBeNull();
	expect(await at(eight + 7 * 24 * hour)).toBe("time");
});

it("whatever comes, it answers", async () => {
	const chance = new Chance(18);
	const text = await pass(issuing);
	for (let round = 0; round < 400; round++) {
		const bytes = chance.bytes(chance.below(300));
		const cut = text.slice(0, chance.below(text.length));
		const at = 4 + chance.below(text.length - 4);
		const flipped = `${text.slice(0, at)}${chance.pick([..."0123456789ABCXYZ $%*+-./:"])}${text.slice(at + 1)}`;
		for (const written of [`VX1:${base45(bytes)}`, cut, flipped, chance.text("VX1:AB \u0000é", 30)]) {
			const record = await verifyPass(written, keys, eight);
			expect(record.error === null).toBe(written === text);
			if (record.error) expect(record.error.stage).toMatch(/^(prefix|base45|cbor|cose|key|signature|time|claims)$/);
		}
	}
});
