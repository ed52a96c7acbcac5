import { deflateSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import { type Cbor, Float, Tagged } from "../../src/gate/cbor.ts";
import { dayOfDate } from "../../src/gate/days.ts";
import { verifyCertificate } from "../../src/gate/hcert.ts";
import { attests, type TrustedKey, usage } from "../../src/gate/trust.ts";
import { Chance } from "./chance.ts";
import {
	base45,
	certificate,
	certificateClaims,
	eight,
	encode,
	hour,
	inSeconds,
	packed,
	type Signer,
	sign1,
	signer,
	trusted,
	vaccination,
} from "./makers.ts";

let vietnam: Signer;
let european: Signer;
let keys: TrustedKey[];
beforeAll(async () => {
	[vietnam, european] = await Promise.all([signer(-37), signer()]);
	keys = [vietnam, european].map((one) => trusted(one, usage.foreign));
});

const good = { prefix: true, base45: true, inflate: true, cbor: true, signature: true, expired: false, error: null };
const vaccinated = () => certificateClaims({ v: [vaccination()] });
const verify = (text: string, now = eight) => verifyCertificate(text, keys, now);

it("reads Vietnam's own certificate, which is signed with RSA, and everybody else's", async () => {
	for (const by of [vietnam, european]) {
		const record = await verify(await certificate(by, vaccinated()));
		expect(record).toMatchObject(good);
		expect(record.claims).toMatchObject({
			name: "TRAN LE VAN THU",
			birthYear: 1962,
			number: "URN:UVCI:01:VN:1#A",
			attested: { group: "v", doses: 2, dosesNeeded: 2, day: dayOfDate("2021-08-01") },
		});
	}
});

it("takes what real ones do against their standard", async () => {
	const payload = encode(vaccinated());
	const text = async (item: Cbor) => `HC1:${base45(packed(encode(item)))}`;
	const empty = new Map<number, Cbor>();
	const beside = new Map<number, Cbor>([
		[1, -7],
		[4, european.kid],
	]);
	const quirks: Record<string, string> = {
		"no tag": await text(await sign1(european, payload)),
		"two tags": await text(new Tagged(61, new Tagged(18, await sign1(european, payload)))),
		"key named outside": await text(await sign1(european, payload, new Map([[1, -7]]), beside)),
		"all named outside": await text(await sign1(european, payload, empty, beside)),
		"another key named outside": await text(await sign1(european, payload, undefined, new Map([[4, vietnam.kid]]))),
		"null for none": await certificate(european, certificateClaims({ v: [vaccination()], t: null, r: [] })),
		"tagged times": await certificate(european, certificateClaims({ v: [vaccination()] }, [[6, new Tagged(1, 1e9)]])),
		"a moment for a date": await certificate(
			european,
			certificateClaims({ v: [vaccination([["dt", "2021-08-01T00:00:00"]])] }),
		),
		"null for a name": await certificate(
			european,
			certificateClaims({
				v: [vaccination()],
				nam: new Map<string, Cbor>([
					["fnt", "TRAN"],
					["gnt", null],
				]),
			}),
		),
		"born, no more is known": await certificate(european, certificateClaims({ v: [vaccination()], dob: "" })),
	};
	for (const [quirk, written] of Object.entries(quirks)) expect(await verify(written), quirk).toMatchObject(good);

	const unpacked = `HC1:${base45(encode(new Tagged(18, await sign1(european, payload))))}`;
	expect(await verify(unpacked)).toMatchObject({ ...good, inflate: false });
});

it("times may be broken numbers", async () => {
	const exact = (seconds: number) => new Float(seconds + 0.25);
	const [issued, ends] = [inSeconds(eight) - 86_400, inSeconds(eight) + 86_400];
	const text = await certificate(
		european,
		certificateClaims({ v: [vaccination()] }, [
			[6, exact(issued)],
			[4, exact(ends)],
		]),
	);
	expect(await verify(text)).toMatchObject(good);
	expect(await verify(text, eight + 24 * hour)).toMatchObject({ expired: true, error: { stage: "time" } });
	const whole = certificateClaims({
		v: [
			vaccination([
				["dn", new Float(2)],
				["sd", new Float(2)],
			]),
		],
	});
	expect(await verify(await certificate(european, whole))).toMatchObject(good);
});

it("tests and recoveries are days, whichever way they are written", async () => {
	const entry = (more: [string, Cbor][]) =>
		new Map<string, Cbor>([["tg", "840539006"], ["co", "VN"], ["is", "BYT"], ["ci", "URN:1"], ...more]);
	const test = (sc: Cbor, tr = "260415000") =>
		certificateClaims({
			t: [
				entry([
					["tt", "LP6464-4"],
					["sc", sc],
					["tr", tr],
				]),
			],
		});
	const day = dayOfDate("2021-09-30");
	for (const sampled of [
		"2021-09-29T20:00:00Z",
		"2021-09-30T03:00:00+07:00",
		new Tagged(0, "2021-09-29T20:00:00Z"),
		new Tagged(1, inSeconds(Date.parse("2021-09-29T20:00:00Z"))),
	]) {
		const record = await verify(await certificate(european, test(sampled)));
		expect(record.claims?.attested).toEqual({ group: "t", negative: true, day });
	}
	const positive = await verify(await certificate(european, test("2021-09-30T08:00:00Z", "260373001")));
	expect(positive.claims?.attested).toMatchObject({ group: "t", negative: false });
	const recovered = entry([
		["fr", "2021-06-01"],
		["df", "2021-06-12"],
		["du", "2021-11-28"],
	]);
	const record = await verify(await certificate(european, certificateClaims({ r: [recovered] })));
	expect(record.claims?.attested).toEqual({
		group: "r",
		from: dayOfDate("2021-06-12"),
		until: dayOfDate("2021-11-28"),
	});
});

it("what the schema does not know is not guessed at", async () => {
	for (const body of [
		{},
		{ v: [] },
		{ v: [vaccination()], r: [vaccination()] },
		{ v: [vaccination([["tg", "6142004"]])] },
		{ v: [vaccination([["dn", 0]])] },
		{ v: [vaccination([["dn", "2"]])] },
		{ v: [vaccination([["dt", "01/08/2021"]])] },
		{ v: [vaccination([["ci", null]])] },
		{ v: ["two"] },
		{ v: [vaccination()], nam: new Map([["gnt", "VAN<THU"]]) },
		{ v: [vaccination()], ver: 1 },
		{
			t: [
				vaccination([
					["tt", "LP6464-4"],
					["sc", "2021-09-30T00:00:00Z"],
					["tr", "419984006"],
				]),
			],
		},
	]) {
		const record = await verify(await certificate(european, certificateClaims(body)));
		expect(record, JSON.stringify(body)).toMatchObject({ signature: true, claims: null, error: { stage: "claims" } });
	}
	const other = await verify(await certificate(european, certificateClaims({}, [[-260, "none"]])));
	expect(other).toMatchObject({ cbor: false, error: { stage: "cbor" } });
});

it("a key for tests attests no vaccination", async () => {
	const text = await certificate(european, vaccinated());
	const only = (bits: number) => verifyCertificate(text, [trusted(european, usage.foreign, { attests: bits })], eight);
	expect(await only(attests.t)).toMatchObject({ signature: true, error: { stage: "key" } });
	expect(await only(attests.t | attests.v)).toMatchObject(good);
	expect(await verifyCertificate(text, [trusted(european, usage.person)], eight)).toMatchObject({
		error: { stage: "key" },
	});
});

it("a bomb does not go off", async () => {
	const bomb = new Uint8Array(deflateSync(new Uint8Array(3_000_000)));
	expect(await verify(`HC1:${base45(bomb)}`)).toMatchObject({
		base45: true,
		inflate: false,
		error: { stage: "inflate" },
	});
	const text = await certificate(european, vaccinated());
	expect(await verify(text.slice(0, 301))).toMatchObject({ inflate: false, cbor: null, error: { stage: "inflate" } });
});

it("whatever comes, it answers", async () => {
	const chance = new Chance(260);
	const text = await certificate(european, vaccinated());
	for (let round = 0; round < 300; round++) {
		const at = 4 + chance.below(text.length - 4);
		const flipped = `${text.slice(0, at)}${chance.pick([..."0123456789ABCXYZ $%*+-./:"])}${text.slice(at + 1)}`;
		for (const written of [flipped, `HC1:${base45(packed(chance.bytes(200)))}`, `HC1:${base45(chance.bytes(200))}`]) {
			const record = await verify(written);
			expect(record.error === null).toBe(written === text);
		}
	}
});
