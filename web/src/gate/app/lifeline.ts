/**
 * What passes between a gate and the server, whenever there is a network: scans go out, supplies come in, clocks
 * are compared. One conversation at a time; what fails is tried again at a growing pace, and nothing waits for it.
 */

import type { Receipt, Scan } from "../queue.ts";
import { keep, kept } from "../store.ts";
import { take } from "../supplies.ts";
import { deviceOf, enrolmentOf } from "./device.ts";
import { type Door, Refused, Removed, Wait } from "./door.ts";
import type { Gate } from "./gate.ts";
import type { Pace } from "./pace.ts";

/** Supplies are looked for so often; a clock that was not heard for so long is worth a whole answer. */
const everySupplies = 180_000;
const everyClock = 3_600_000;

/** What the guard is told of the network. */
export interface Reach {
	/** Null before the first try. */
	reached: boolean | null;
	/** Scans that the server does not take, in its own words. They stay. */
	refused: { count: number; words: string | null } | null;
	/** Parts of the supplies that were not genuine, or older than what is here. */
	spoiled: string[];
}

export class Lifeline {
	reach: Reach = { reached: null, refused: null, spoiled: [] };
	#running: Promise<void> | null = null;
	#askedAt: number | null = null;

	constructor(
		readonly gate: Gate,
		readonly door: Door,
		readonly pace: Pace,
	) {}

	/** Throws `Refused` with the server's words, or any other error when it could not be reached. */
	async enrol(invite: string, name: string): Promise<void> {
		await this.gate.serve(await deviceOf(await this.door.enrol(invite, name)));
		this.#askedAt = null;
		this.reach = { reached: true, refused: null, spoiled: [] };
		await this.pulse(true);
	}

	/** Does what is due. `hurry`: the network has come back, or somebody looks. */
	pulse(hurry = false): Promise<void> {
		if (hurry) this.pace.hurry();
		this.#running ??= this.#run().finally(() => {
			this.#running = null;
		});
		return this.#running;
	}

	async #run(): Promise<void> {
		const { gate, pace } = this;
		if (!gate.device || !pace.isFree(gate.outside.now())) return;
		try {
			const sent = await this.#send();
			const fetched = await this.#fetch();
			if (sent || fetched) pace.done();
			if (sent || fetched) this.reach.reached = true;
		} catch (error) {
			await this.#failed(error);
		}
		await gate.count();
	}

	async #failed(error: unknown): Promise<void> {
		const { gate, pace } = this;
		const now = gate.outside.now();
		if (error instanceof Removed) {
			await gate.removed();
		} else if (error instanceof Wait) {
			pace.wait(now, error.seconds);
		} else {
			const [luck = 128] = gate.outside.chance(1);
			pace.failed(now, luck / 256);
			this.reach.reached = false;
		}
	}

	async #send(): Promise<boolean> {
		if (!(await this.gate.queue.waiting())) {
			this.reach.refused = null;
			return false;
		}
		const refused: { count: number; words: string | null } = { count: 0, words: null };
		await this.gate.queue.send((scans) => this.#post(scans, refused));
		this.reach.refused = refused.count ? refused : null;
		return true;
	}

	/** A batch that is refused is sent in halves, so that one bad scan keeps no other one from arriving. */
	async #post(scans: Scan[], refused: { count: number; words: string | null }): Promise<Receipt> {
		const token = this.gate.device?.token;
		if (!token) throw new Removed();
		try {
			const { clock, ...receipt } = await this.door.scans(token, scans);
			await this.gate.hear(clock);
			return receipt;
		} catch (error) {
			if (!(error instanceof Refused) || ![400, 413, 422].includes(error.status)) throw error;
			if (scans.length === 1) {
				refused.count++;
				refused.words = error.words;
				return { keys: [] };
			}
			const middle = Math.ceil(scans.length / 2);
			const first = await this.#post(scans.slice(0, middle), refused);
			const second = await this.#post(scans.slice(middle), refused);
			return { keys: [...first.keys, ...second.keys], inside: { ...first.inside, ...second.inside } };
		}
	}

	async #fetch(): Promise<boolean> {
		const { gate } = this;
		const { device, store } = gate;
		if (!device || !this.#isDue()) return false;
		const heard = gate.clock && !gate.clockWentBack() && gate.outside.now() - gate.clock.heard < everyClock;
		const etag = heard && gate.held ? ((await kept<string>(store, "etag")) ?? null) : null;
		const supplied = await this.door.supplies(device.token, etag);
		this.#askedAt = gate.outside.now();
		if (supplied) {
			await gate.hear(supplied.clock);
			gate.device = { ...device, gate: supplied.gate, sampleOf: supplied.sampleOf };
			await keep(store, "device", gate.device);
			this.reach.spoiled = await take(store, enrolmentOf(gate.device), supplied.delivery, gate.now());
			await gate.queue.counted(supplied.gate.id, supplied.inside);
			// What was refused is asked for again: it may have been this device's clock.
			await keep(store, "etag", this.reach.spoiled.length ? null : supplied.etag);
			await gate.restock();
		}
		gate.suppliedAt = gate.now();
		await keep(store, "supplied", gate.suppliedAt);
		return true;
	}

	/** A clock that was moved makes it due at once. */
	#isDue(): boolean {
		return this.#askedAt === null || Math.abs(this.gate.outside.now() - this.#askedAt) >= everySupplies;
	}
}
