/** The texts on which the server's verifier and the gate's have to agree (`crates/pass/vectors`). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Bytes } from "../../src/gate/bytes.ts";
import { find, readCodeTable, tableKey } from "../../src/gate/codes.ts";
import { dateOfDay } from "../../src/gate/days.ts";
import { type Certificate, verifyCertificate } from "../../src/gate/hcert.ts";
import { type Pass, type PassFacts, verifyPass } from "../../src/gate/pass.ts";
import { read } from "../../src/gate/read.ts";
import { Fault, type Verification } from "../../src/gate/record.ts";
import { readStatusList, statusOf } from "../../src/gate/status.ts";
import { isCurrent, readTrustList, type TrustedKey } from "../../src/gate/trust.ts";

const folder = new URL("../../../crates/pass/vectors/", import.meta.url);

interface Vector {
	name: string;
	text: string;
	now: string;
	root: string;
	trust: string;
	status: string | null;
	expect: Verification<Record<string, unknown>>;
	expect_status: string | null;
}

interface TrustVector {
	name: string;
	list: string;
	root: string;
	now: string;
	expect: object;
}

interface CodeVectors {
	digits: { code: string; good: boolean }[];
	tables: (Pick<Vector, "name" | "now" | "root" | "trust"> & {
		table: string;
		secret: string;
		code: string;
		expect: object;
	})[];
}

interface ScanVector {
	name: string;
	text: string;
	expect: { kind: string; value?: string | Record<string, unknown> };
}

describe("the vectors of the pass", () => {
	it("passes get the verdict that is written down", async () => {
		for (const { name, text, now, ...vector } of load<Vector[]>("pass.json")) {
			const at = Date.parse(now);
			const keys = await keysOf(vector);
			const record = await verifyPass(text, keys, at);
			const expected = { ...vector.expect, error: stageOf(vector.expect) };
			expect({ ...record, error: stageOf(record), claims: record.claims && passJson(record.claims) }, name).toEqual(
				expected,
			);
			if (vector.status === null) continue;
			const lists = await readStatusList(hex(vector.status), keys, at).then(
				(list) => [list],
				() => [],
			);
			expect(record.claims && statusOf(lists, record.claims, at), name).toBe(vector.expect_status);
		}
	});

	it("certificates get the verdict that is written down", async () => {
		for (const { name, text, now, ...vector } of load<Vector[]>("hcert.json")) {
			const record = await verifyCertificate(text, await keysOf(vector), Date.parse(now));
			const expected = { ...vector.expect, error: stageOf(vector.expect), claims: null };
			expect({ ...record, error: stageOf(record), claims: null }, name).toEqual(expected);
			if (!record.error)
				expect(record.claims && certificateJson(record.claims), name).toEqual(said(vector.expect.claims));
		}
	});

	it("trust lists are read as written down", async () => {
		for (const { name, list, root, now, expect: expected } of load<TrustVector[]>("trust.json")) {
			const outcome = await readTrustList(hex(list), hex(root)).then(
				(read) => timed(read, now) ?? { keys: read.keys.length, fault: null },
				(fault) => ({ keys: null, fault: faultOf(fault) }),
			);
			expect({ keys: null, ...outcome }, name).toEqual(expected);
		}
	});

	it("codes find the rows that are written down", async () => {
		const { digits, tables } = load<CodeVectors>("codes.json");
		for (const { code, good } of digits) expect(read(code).kind === "code", code).toBe(good);
		for (const { name, table, now, secret, code, expect: expected, ...vector } of tables) {
			const key = await tableKey(hex(secret));
			const outcome = await readCodeTable(hex(table), await keysOf(vector), Date.parse(now)).then(
				async (read) => timed(read, now) ?? { rows: (await find(read, key, code)).map(factsJson), fault: null },
				(fault) => ({ fault: faultOf(fault) }),
			);
			expect({ rows: null, ...outcome }, name).toEqual(expected);
		}
	});

	it("scans are told apart as written down", () => {
		for (const { name, text, expect: expected } of load<ScanVector[]>("scans.json")) {
			expect(scanJson(text), name).toEqual(known(expected));
		}
	});
});

function load<Content>(file: string): Content {
	return JSON.parse(readFileSync(new URL(file, folder), "utf8"));
}

function hex(text: string): Bytes {
	return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

async function keysOf({ trust, root }: { trust: string; root: string }): Promise<TrustedKey[]> {
	return (await readTrustList(hex(trust), hex(root))).keys;
}

/** Messages are for logs; the step is what has to agree. */
function stageOf({ error }: Verification<unknown>) {
	return error && { stage: error.stage };
}

function faultOf(fault: unknown): string {
	return fault instanceof Fault && fault.stage === "signature" ? "signature" : "unreadable";
}

function timed(list: { issuedAt: number; expires: number }, now: string): { fault: string } | null {
	if (isCurrent(list, Date.parse(now))) return null;
	return { fault: list.issuedAt * 1000 > Date.parse(now) ? "future" : "expired" };
}

const forces = [
	"epidemic_worker",
	"official",
	"business_representative",
	"shopping_helper",
	"shipper",
	"transport",
	"household_representative",
];

function factsJson(facts: PassFacts): Record<string, unknown> {
	const day = (count: number | null) => (count === null ? null : dateOfDay(count));
	return withoutNull({
		kind: facts.kind,
		name: facts.name,
		birth_year: facts.birthYear,
		doses: facts.doses,
		people: facts.people,
		status_index: facts.status?.index ?? null,
		status_list: facts.status?.list ?? null,
		last_dose: day(facts.lastDose),
		last_negative: day(facts.lastNegative),
		recovered: day(facts.recovered),
		force: facts.force === null ? null : forces[facts.force - 1],
		place: facts.place,
	});
}

function passJson(pass: Pass): Record<string, unknown> {
	const { issuer, issuedAt, notBefore, expires, number } = pass;
	return withoutNull({ iss: issuer, iat: issuedAt, nbf: notBefore, exp: expires, cti: number, ...factsJson(pass) });
}

/** Of a certificate the gate keeps what it needs; the server's record has all of it. */
function certificateJson({ name, birthYear, number, attested }: Certificate) {
	return { name, birthYear, number, group: attested.group };
}

function said(claims: Record<string, unknown> | null) {
	const body = claims as { nam: Record<string, string>; dob: string } & Record<string, { ci: string }[] | null>;
	const group = ["v", "t", "r"].find((one) => body[one]?.length) ?? "";
	const name = `${body.nam.fnt} ${body.nam.gnt ?? ""}`.replaceAll("<", " ").trim();
	return { name, birthYear: Number(body.dob.slice(0, 4)), number: body[group]?.[0]?.ci, group };
}

const documents = { personal: "national", citizen: "citizen_card", insurance: "insurance" } as const;

function scanJson(text: string) {
	const scan = read(text);
	switch (scan.kind) {
		case "identity": {
			const { document, ...identity } = scan.identity;
			return { kind: documents[document], ...identity };
		}
		case "code":
			return { kind: "code", value: scan.code };
		default:
			return {
				kind: { pass: "pass", certificate: "hcert", mistyped: "mistyped_code", unreadable: "unknown" }[scan.kind],
			};
	}
}

/** Of a card the gate keeps number, name and year. */
function known({ kind, value }: ScanVector["expect"]) {
	if (typeof value !== "object") return value === undefined ? { kind } : { kind, value };
	const { number, paper, name, born } = value;
	return { kind, number: number ?? paper ?? "", name, birthYear: born ? Number(String(born).slice(0, 4)) : null };
}

function withoutNull(map: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}
