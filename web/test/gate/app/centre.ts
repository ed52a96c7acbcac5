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
import { code, codeTable, eight, hour, type Signer, signer, statusToken, trusted, trustList } from "../makers.ts";
import { draftOfCards, october } from "../packs.ts";

globalThis.IDBKeyRange = IDBKeyRange;

export const mine = code("40215873396");
export const invite = "7K3M-9QXP-4TNC-8RDW";
export const gateId = "0199a000-0000-7000-8000-000000000001";
/** Another gate, for which one is invited as well. */
export const otherId = "0199a000-0000-7000-8000-000000000002";
const names = new Map([
	[gateId, "Chợ Tân Mỹ"],
	[otherId, "Siêu thị Phú Mỹ"],
]);
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
	/** Scans that it would never keep. */
	unfit = new Set<string>();
	/** Ways to count that it has no word for yet. */
	unheard = new Set<string>();
	/** Whose the telephone is. */
	serves = gateId;
	readonly rows = new Map<string, Scan>();
	/** Every request that came, and what it carried. */
	readonly asked: { what: string; headers: Headers; scans: Scan[] }[] = [];
	#invites = new Map([[invite, gateId]]);
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

	invites(code: string, gate = gateId): void {
		this.#invites.set(code, gate);
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
		if (what === "enrol") return this.#enrol(String(said.invite), said.waiting as string[]);
		if (this.removed || headers.get("authorization") !== "Bearer token-1") return refusal(401, "gone");
		if (what === "supplies") return this.#supply(headers);
		const { scans } = said as unknown as Sent;
		if (scans.length > 50) return refusal(413, "too many");
		if (scans.some(({ key }) => this.strange.has(key))) return refusal(422, "Lượt quét không đọc được.");
		const refused: object[] = [];
		const keys: string[] = [];
		for (const [at, scan] of scans.entries()) {
			const { key } = scan;
			if (scan.place !== this.serves) {
				refused.push({ at, key, error: "error-scan-place", final: false, message: "Lượt quét là của chốt khác." });
			} else if (this.unfit.has(key)) {
				refused.push({ key, error: "error-checkin-forgotten", final: true, message: "Lượt quét quá cũ." });
			} else if (this.unheard.has(scan.by)) {
				// A server of before says nothing of whether that is final.
				refused.push({ at, key, error: "error-scan-word", message: "Ứng dụng mới hơn máy chủ." });
			} else if (madeAt(key) > this.now + 48 * hour) {
				refused.push({ key, error: "error-checkin-future", final: false, message: "Máy chạy nhanh." });
			} else {
				if (!this.rows.has(key)) this.rows.set(key, scan);
				keys.push(key);
			}
		}
		const inside = { [this.serves]: this.#inside() };
		return Response.json({ now: this.now, keys, inside, refused });
	}

	#enrol(code: string, waiting: string[]): Response {
		const gate = this.#invites.get(code);
		if (!gate) return refusal(404, "Mã mời không dùng được.");
		if (waiting.length > 0 && !waiting.includes(gate)) {
			return refusal(409, "Điện thoại còn lượt quét của chốt khác chưa gửi.", "error-gate-scans-wait");
		}
		this.#invites.delete(code);
		[this.removed, this.serves] = [false, gate];
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
		return { id: this.serves, name: names.get(this.serves), capacity: this.capacity, ...place };
	}

	#inside(): number {
		const moves = [...this.rows.values()].filter(({ colour, place }) => colour !== "red" && place === this.serves);
		return moves.reduce((sum, { direction }) => Math.max(0, sum + (direction === "in" ? 1 : -1)), 0);
	}
}

/** What a key says of its time. */
function madeAt(key: string): number {
	return Number.parseInt(key.replaceAll("-", "").slice(0, 12), 16);
}

function refusal(status: number, message: string, key?: string): Response {
	return Response.json({ error: { status, key, message } }, { status });
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
