/** A centre as a gate meets it, and the telephone at the gate: both clocks, the network and chance are in the test's hand. */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { Door } from "../../../src/gate/app/door.ts";
import { Gate } from "../../../src/gate/app/gate.ts";
import { Lifeline } from "../../../src/gate/app/lifeline.ts";
import { Pace } from "../../../src/gate/app/pace.ts";
import type { Bytes } from "../../../src/gate/bytes.ts";
import { tableKey } from "../../../src/gate/codes.ts";
import { Queue, type Scan } from "../../../src/gate/queue.ts";
import { openStore } from "../../../src/gate/store.ts";
import { usage } from "../../../src/gate/trust.ts";
import { Chance } from "../chance.ts";
import { code, codeTable, eight, type Signer, signer, statusToken, trusted, trustList } from "../makers.ts";
import { draftOfCards, october } from "../packs.ts";

globalThis.IDBKeyRange = IDBKeyRange;

export const mine = code("40215873396");
export const invite = "7K3M-9QXP-4TNC-8RDW";
export const gateId = "0199a000-0000-7000-8000-000000000001";
const secret = new Chance(7).bytes(32);

const base64 = (bytes: Bytes) => Buffer.from(bytes).toString("base64url");

interface Sent {
	sent: number;
	scans: Scan[];
}

export class Centre {
	now = eight;
	/** What the network and the server do: one after another, then all is well. */
	mishaps: ("down" | "answer lost" | "busy" | "broken")[] = [];
	down = false;
	removed = false;
	sampleOf: number | null = null;
	capacity: number | null = 40;
	sequence = 1;
	/** Scans that are no scans to this centre. */
	strange = new Set<string>();
	readonly rows = new Map<string, Scan>();
	/** Every request that came, and what it carried. */
	readonly asked: { what: string; headers: Headers; scans: Scan[] }[] = [];
	#invites = new Set([invite]);
	/** A day's work; its making takes long, and it is the same until the sequence changes. */
	#supplies: { sequence: number; body: object } | null = null;

	constructor(
		readonly root: Signer,
		readonly issuing: Signer,
	) {}

	static async open(): Promise<Centre> {
		const [root, issuing] = await Promise.all([signer(), signer()]);
		return new Centre(root, issuing);
	}

	invites(code: string): void {
		this.#invites.add(code);
	}

	asks(what: string): number {
		return this.asked.filter((one) => one.what === what).length;
	}

	fetch: typeof globalThis.fetch = async (url, how) => {
		const mishap = this.down ? "down" : this.mishaps.shift();
		if (mishap === "down") throw new TypeError("no network");
		const what = String(url).split("/").at(-1) ?? "";
		const said = typeof how?.body === "string" ? JSON.parse(how.body) : {};
		const headers = new Headers(how?.headers);
		this.asked.push({ what, headers, scans: (said as Sent).scans ?? [] });
		if (mishap === "busy") return new Response("{}", { status: 429, headers: { "retry-after": "90" } });
		if (mishap === "broken") return new Response("", { status: 500 });
		const answer = await this.#answer(what, headers, said);
		if (mishap === "answer lost") throw new TypeError("the answer was lost");
		return answer;
	};

	async #answer(what: string, headers: Headers, said: Record<string, unknown>): Promise<Response> {
		if (what === "enrol") return this.#enrol(String(said.invite));
		if (this.removed || headers.get("authorization") !== "Bearer token-1") return refusal(401, "gone");
		if (what === "supplies") return this.#supply(headers);
		const { scans } = said as unknown as Sent;
		if (scans.length > 50) return refusal(413, "too many");
		if (scans.some(({ key }) => this.strange.has(key))) return refusal(422, "Lượt quét không đọc được.");
		for (const scan of scans) if (!this.rows.has(scan.key)) this.rows.set(scan.key, scan);
		const inside = { [gateId]: this.#inside() };
		return Response.json({ now: this.now, keys: scans.map(({ key }) => key), inside, refused: [] });
	}

	#enrol(code: string): Response {
		if (!this.#invites.delete(code)) return refusal(404, "Mã mời không dùng được.");
		this.removed = false;
		return Response.json({
			device: "0199a000-0000-7000-8000-00000000000d",
			token: "token-1",
			root: base64(this.root.spki),
			tableSecret: base64(secret),
			gate: this.#gate(),
			sampleOf: this.sampleOf,
		});
	}

	async #supply(headers: Headers): Promise<Response> {
		const etag = `"${this.sequence}-${this.sampleOf}"`;
		if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
		if (this.#supplies?.sequence !== this.sequence) {
			this.#supplies = { sequence: this.sequence, body: await this.#made() };
		}
		const { gate, sampleOf } = { gate: this.#gate(), sampleOf: this.sampleOf };
		const body = { now: this.now, ...this.#supplies.body, gate, sampleOf, inside: this.#inside() };
		return Response.json(body, { headers: { etag } });
	}

	async #made(): Promise<object> {
		const { issuing } = this;
		const keys = [trusted(issuing, usage.person | usage.status)];
		const { id } = await tableKey(secret);
		return {
			trust: base64(await trustList(this.root, keys, [[2, this.sequence]])),
			statuses: [base64(await statusToken(issuing, Uint8Array.of(0b10)))],
			codes: base64(await codeTable(issuing, secret, id, [mine])),
			packs: [draftOfCards, october],
		};
	}

	#gate() {
		const place = { kind: "market", role: "visitor", zone: null, level: null, lat: null, lon: null };
		return { id: gateId, name: "Chợ Tân Mỹ", capacity: this.capacity, ...place };
	}

	#inside(): number {
		const moves = [...this.rows.values()].filter(({ colour }) => colour !== "red");
		return moves.reduce((sum, { direction }) => Math.max(0, sum + (direction === "in" ? 1 : -1)), 0);
	}
}

function refusal(status: number, message: string): Response {
	return Response.json({ error: { status, message } }, { status });
}

/** A telephone; its clock may differ from the centre's. */
export class Phone {
	readonly disk = new IDBFactory();
	readonly outside: { now: () => number; chance: (length: number) => Bytes };
	gate!: Gate;
	lifeline!: Lifeline;

	constructor(
		readonly centre: Centre,
		public ahead = 0,
		seed = 11,
	) {
		const chance = new Chance(seed);
		this.outside = { now: () => centre.now + this.ahead, chance: (length) => chance.bytes(length) };
	}

	/** Turned on, or on again after its battery was empty. */
	async on(): Promise<this> {
		const store = await openStore(this.disk);
		this.gate = new Gate(store, new Queue(store), this.outside);
		const door = new Door("/quan7/api/gates", this.outside.now, this.centre.fetch, "vi");
		this.lifeline = new Lifeline(this.gate, door, new Pace());
		await this.gate.open();
		return this;
	}

	async enrolled(): Promise<this> {
		await this.on();
		await this.lifeline.enrol(invite, "Máy cổng A");
		return this;
	}

	/** So many milliseconds go by, then what is due is done. */
	async later(pause: number): Promise<void> {
		this.centre.now += pause;
		await this.lifeline.pulse();
	}
}
