/**
 * What the guard sees for a text: a colour with its reasons and a name to compare, "scan again", or that the
 * gate itself lacks something. Never throws, whatever it is given.
 */
import { find } from "./codes.ts";
import { dayOf } from "./days.ts";
import { type Certificate, verifyCertificate } from "./hcert.ts";
import { type Pack, packOf } from "./pack.ts";
import { type Pass, type PassFacts, verifyPass } from "./pass.ts";
import { read } from "./read.ts";
import type { Reason, ReasonKey } from "./reasons.ts";
import type { Verification } from "./record.ts";
import { atBest, type Facts, type Ruling, rule, ruleIdentity } from "./rules.ts";
import { type Status, statusOf } from "./status.ts";
import type { Supplies } from "./supplies.ts";
import { isCurrent, type TrustList } from "./trust.ts";
import type { Identity } from "./vietnamese.ts";

/** To compare with a card. Null where the text does not say. */
export interface Who {
	name: string;
	birthYear: number | null;
}

export type Answer =
	| { answer: "again"; reasons: Reason[] }
	| { answer: "unable"; reasons: Reason[] }
	| ({
			answer: "verdict";
			by: "pass" | "certificate" | "code" | "identity";
			who: Who | null;
			number: string | null;
	  } & Ruling);

type Verdict = Extract<Answer, { answer: "verdict" }>;

/** `now` in milliseconds since 1970, by the server as well as it is known. */
export async function judge(text: string, supplies: Supplies, now: number): Promise<Answer> {
	try {
		return await answerTo(text, supplies, now);
	} catch {
		return again("gate-scan-again");
	}
}

async function answerTo(text: string, supplies: Supplies, now: number): Promise<Answer> {
	const pack = packOf(supplies.packs, dayOf(now));
	if (!pack) return unable("gate-no-rules");
	const known = read(text);
	const gate = { ...supplies, pack, now };
	switch (known.kind) {
		case "unreadable":
			return again("gate-scan-again");
		case "mistyped":
			return again("gate-code-mistyped");
		case "identity":
			return ofIdentity(known.identity, gate);
		case "code":
			return ofCode(known.code, gate);
		case "pass":
			return withKeys(gate, async (keys) => ofPass(await verifyPass(known.text, keys, now), gate));
		case "certificate":
			return withKeys(gate, async (keys) => ofCertificate(await verifyCertificate(known.text, keys, now), gate));
	}
}

type Gate = Supplies & { pack: Pack; now: number };

async function withKeys({ trust, now }: Gate, next: (keys: TrustList["keys"]) => Promise<Answer>): Promise<Answer> {
	if (!trust) return unable("gate-no-trust-list");
	return isCurrent(trust, now) ? next(trust.keys) : unable("gate-trust-list-too-old");
}

function ofPass(record: Verification<Pass>, gate: Gate): Answer {
	const pass = record.claims;
	const refused = refusal(record, "pass", gate);
	if (refused || !pass) return refused ?? again("gate-scan-again");
	const ruling = ruled(pass, statusOf(gate.statuses, pass, gate.now), gate);
	return { answer: "verdict", by: "pass", who: whoOf(pass), number: pass.number, ...ruling };
}

function ofCertificate(record: Verification<Certificate>, gate: Gate): Answer {
	const certificate = record.claims;
	const refused = refusal(record, "certificate", gate);
	if (refused || !certificate) return refused ?? again("gate-scan-again");
	const { attested, number } = certificate;
	if (attested.group === "t" && !attested.negative) {
		return red("certificate", [{ key: "gate-positive-test" }], whoOf(certificate), number, gate.pack);
	}
	const ruling = rule(gate.pack, factsOf(certificate), gate.place, dayOf(gate.now));
	return { answer: "verdict", by: "certificate", who: whoOf(certificate), number, ...ruling };
}

async function ofCode(code: string, gate: Gate): Promise<Answer> {
	if (!gate.codes) return unable("gate-no-code-table");
	const { table, key } = gate.codes;
	if (!isCurrent(table, gate.now)) return unable("gate-code-table-too-old");
	const [row, ...more] = await find(table, key, code);
	if (!row) return red("code", [{ key: "gate-code-unknown" }], null, code, gate.pack);
	if (more.length) return red("code", [{ key: "gate-code-of-two" }], null, code, gate.pack);
	const ruling = ruled(row, statusOf(gate.statuses, { ...row, issuer: table.issuer }, gate.now), gate);
	return { answer: "verdict", by: "code", who: whoOf(row), number: code, ...ruling };
}

/** Such a card names its owner and proves nothing: the rules say how far that goes. */
function ofIdentity(identity: Identity, { pack, place, now }: Gate): Answer {
	const ruling = ruleIdentity(pack, place, dayOf(now));
	return { answer: "verdict", by: "identity", who: whoOf(identity), number: identity.number, ...ruling };
}

/** A damaged picture asks to be scanned again; what was read well and is not right is red. Null when all is right. */
function refusal<Claims extends Who & { number: string; issuedAt: number | null; notBefore: number | null }>(
	{ error, claims }: Verification<Claims>,
	by: Verdict["by"],
	{ pack, now }: Gate,
): Answer | null {
	const refused = (key: ReasonKey) => red(by, [{ key }], claims && whoOf(claims), claims?.number ?? null, pack);
	const begins = Math.max(claims?.issuedAt ?? 0, claims?.notBefore ?? 0);
	switch (error?.stage) {
		case undefined:
			return null;
		case "cose":
		case "claims":
			return refused("gate-not-understood");
		case "key":
			return refused("gate-signer-unknown");
		case "signature":
			return refused("gate-not-genuine");
		case "time":
			return refused(now < begins * 1000 ? "gate-not-yet-valid" : "gate-expired");
		default:
			return again("gate-scan-again");
	}
}

/** The colour of our own pass's facts, with what the status list says of them. */
function ruled(facts: PassFacts, status: Status, { pack, place, now }: Gate): Ruling {
	const ruling = rule(pack, { ...facts, dosesNeeded: null }, place, dayOf(now));
	if (status === "revoked") return { ...ruling, colour: "red", reasons: [{ key: "gate-revoked" }] };
	if (status === "good") return ruling;
	const colour = atBest(pack.whenStatusUnknown, ruling.colour);
	return { ...ruling, colour, reasons: [{ key: "gate-status-unknown" }, ...ruling.reasons] };
}

function factsOf({ attested }: Certificate): Facts {
	const none = { kind: "person", force: null, doses: null, dosesNeeded: null, lastDose: null } as const;
	switch (attested.group) {
		case "v":
			return { ...none, ...attested, lastDose: attested.day, lastNegative: null, recovered: null };
		case "t":
			return { ...none, lastNegative: attested.day, recovered: null };
		case "r":
			return { ...none, lastNegative: null, recovered: attested.from };
	}
}

function whoOf({ name, birthYear }: Who): Who {
	return { name, birthYear };
}

function red(by: Verdict["by"], reasons: Reason[], who: Who | null, number: string | null, pack: Pack): Verdict {
	return { answer: "verdict", by, who, number, colour: "red", card: "red", scope: null, reasons, rules: pack.version };
}

function again(key: ReasonKey): Answer {
	return { answer: "again", reasons: [{ key }] };
}

function unable(key: ReasonKey): Answer {
	return { answer: "unable", reasons: [{ key }] };
}
