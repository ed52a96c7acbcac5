/** The server's door for gates: what is asked there, and what its answers mean for the gate. */
import { type Difference, differenceTo } from "../clock.ts";
import type { Receipt, Scan, Unfit } from "../queue.ts";
import type { Delivery } from "../supplies.ts";
import { fromBase64 } from "./base64.ts";
import type { Checkpoint, Enrolled } from "./device.ts";

/** The device serves no gate any more: what it was entrusted with goes. */
export class Removed extends Error {}

/** The server asks for a pause. */
export class Wait extends Error {
	constructor(readonly seconds: number) {
		super(`in ${seconds} s`);
	}
}

/** The server does not take this, and says why in the reader's language; null when it does not. */
export class Refused extends Error {
	constructor(
		readonly status: number,
		readonly words: string | null,
		/** The key of the words; null when it says none. */
		readonly key: string | null = null,
	) {
		super(`answered ${status}`);
	}
}

export interface Supplied {
	clock: Difference | null;
	etag: string | null;
	delivery: Delivery;
	gate: Checkpoint;
	sampleOf: number | null;
	/** Null where the server does not count. */
	inside: number | null;
}

/** What became of scans that were sent. */
export interface Taken extends Receipt {
	clock: Difference | null;
	unfit: Unfit[];
	/** Why a scan was not taken that may be taken another time, in the reader's language. */
	refused: string[];
}

/** The invitation is of another gate than the one for which scans wait. */
export const scansWait = "error-gate-scans-wait";

interface SuppliesJson {
	now: number;
	trust: string | null;
	statuses: string[];
	codes: string | null;
	packs: unknown[];
	gate: Checkpoint;
	sampleOf: number | null;
	inside: number | null;
}

interface ScansJson extends Receipt {
	now: number;
	/** `final`: it will never be taken. A server that does not say so may take it yet. */
	refused?: { at?: number; key: string | null; final?: boolean; message: string }[];
}

/** An answer; the device's clock when it was asked for, and when it began: a long one takes its time. */
interface Said {
	sent: number;
	begun: number;
	etag: string | null;
	/** Null when the server says that nothing has changed. */
	json: unknown;
}

/** A table of codes may take long on a slow line; an answer that small ones wait for may not. */
const patience = { small: 20_000, large: 120_000 };

export class Door {
	constructor(
		/** The path before `enrol`, `supplies` and `scans`. */
		readonly path: string,
		readonly now: () => number,
		readonly fetch: typeof globalThis.fetch,
		/** In which it says why it refuses something. */
		readonly language: string,
	) {}

	/** `waiting`: gates whose scans wait on this telephone. An invitation of none of them is refused and not used up. */
	async enrol(invite: string, name: string, waiting: string[]): Promise<Enrolled> {
		const { json } = await this.#ask("enrol", { method: "POST", body: JSON.stringify({ invite, name, waiting }) });
		return json as Enrolled;
	}

	/** Null when nothing has changed since the answer of that ETag. */
	async supplies(token: string, etag: string | null): Promise<Supplied | null> {
		const headers: Record<string, string> = { "x-gate-clock": String(this.now()) };
		if (etag) headers["if-none-match"] = etag;
		const answer = await this.#ask("supplies", { headers }, token, patience.large);
		if (answer.json === null) return null;
		const { now, trust, statuses, codes, packs, gate, sampleOf, inside } = answer.json as SuppliesJson;
		const delivery: Delivery = { statuses: statuses.map(fromBase64), packs };
		if (trust) delivery.trust = fromBase64(trust);
		if (codes) delivery.codes = fromBase64(codes);
		const clock = differenceTo(now, answer.sent, answer.begun);
		return { clock, etag: answer.etag, delivery, gate, sampleOf, inside };
	}

	/** With none, only the clocks are compared. */
	async scans(token: string, scans: Scan[]): Promise<Taken> {
		const body = JSON.stringify({ sent: this.now(), scans });
		const answer = await this.#ask("scans", { method: "POST", body }, token);
		const { now, keys, inside = {}, refused = [] } = answer.json as ScansJson;
		const clock = differenceTo(now, answer.sent, answer.begun);
		const unfit: Unfit[] = [];
		const other: string[] = [];
		for (const { at, key, final, message } of refused) {
			// What has no key that could be read is named by its place in what was sent.
			const known = key ?? (at === undefined ? undefined : scans[at]?.key);
			if (final && known !== undefined) unfit.push({ key: known, words: message });
			else other.push(message);
		}
		return { keys, inside, clock, unfit, refused: other };
	}

	async #ask(what: string, how: RequestInit, token?: string, within = patience.small): Promise<Said> {
		const headers = new Headers(how.headers);
		headers.set("accept", "application/json");
		headers.set("accept-language", this.language);
		if (how.body) headers.set("content-type", "application/json");
		if (token) headers.set("authorization", `Bearer ${token}`);
		const end = new AbortController();
		const late = setTimeout(() => end.abort(), within);
		try {
			const sent = this.now();
			const url = `${this.path}/${what}`;
			const answer = await this.fetch(url, { ...how, headers, cache: "no-store", signal: end.signal });
			const begun = this.now();
			const unchanged = answer.status === 304;
			if (!answer.ok && !unchanged) throw await fault(answer, token !== undefined);
			return { sent, begun, etag: answer.headers.get("etag"), json: unchanged ? null : await answer.json() };
		} finally {
			clearTimeout(late);
		}
	}
}

async function fault(answer: Response, known: boolean): Promise<Error> {
	const { status } = answer;
	const after = Number(answer.headers.get("retry-after"));
	if (status === 401 && known) return new Removed();
	if (status === 429 || (status === 503 && after > 0)) return new Wait(after > 0 ? after : 30);
	if (status >= 400 && status < 500) {
		const { key, message } = await said(answer);
		return new Refused(status, message ?? null, key ?? null);
	}
	return new Error(`answered ${status}`);
}

async function said(answer: Response): Promise<{ key?: string; message?: string }> {
	try {
		const { error } = (await answer.json()) as { error?: { key?: string; message?: string } };
		return error ?? {};
	} catch {
		return {};
	}
}
