/**
 * What passes between a gate and the server, whenever there is a network: scans go out, supplies come in, clocks
 * are compared. One conversation at a time; what fails is tried again at a growing pace, and nothing waits for it.
 */
import type { Receipt, Scan } from "../queue.ts";
import { keep, kept, Unkept } from "../store.ts";
import { take } from "../supplies.ts";
import { type Device, deviceOf, enrolmentOf } from "./device.ts";
import { type Door, Refused, Removed, type Supplied, Wait } from "./door.ts";
import type { Gate } from "./gate.ts";
import type { Pace } from "./pace.ts";

/** So often supplies are looked for; a clock that was heard within half of it is good. */
const everySupplies = 180_000;
/** So often what the server has not taken is offered again. */
const everyRefused = 600_000;

/** What the guard is told of the network. */
export interface Reach {
	/** Null before the first try. */
	reached: boolean | null;
	/** Why scans were not taken, one line a scan. They stay. */
	refused: string[];
	/** Parts of the supplies that were not genuine, or older than what is here. */
	spoiled: string[];
}

export class Lifeline {
	reach: Reach = { reached: null, refused: [], spoiled: [] };
	#running: Promise<void> | null = null;
	#askedAt: number | null = null;
	/** When what the server has not taken was last offered; null: it is offered at once. */
	#offeredAt: number | null = null;

	constructor(
		readonly gate: Gate,
		readonly door: Door,
		readonly pace: Pace,
	) {}

	/**
	 * `givingUp`: scans of other gates that wait here are taken away once this one has the telephone. Throws `Refused`
	 * with the server's words, `Unkept` when the device keeps nothing, or any other error when the server could not be
	 * reached.
	 */
	async enrol(invite: string, name: string, givingUp = false): Promise<void> {
		const { gate, door } = this;
		// An invitation works once: what comes of it must find its place.
		if (!(await gate.probe())) throw new Unkept(null);
		const waiting = givingUp ? [] : [...(await gate.queue.places()).keys()];
		await gate.serve(await deviceOf(await door.enrol(invite, name, waiting)));
		if (givingUp && gate.device) await gate.queue.giveUp(gate.device.gate.id);
		[this.#askedAt, this.#offeredAt] = [null, null];
		this.reach = { reached: true, refused: [], spoiled: [] };
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
		if (gate.unkept && (await gate.probe())) await gate.count();
		if (!gate.device || !pace.isFree(gate.outside.now())) return;
		try {
			const sent = await this.#send();
			const asked = await this.#ask();
			if (!sent && !asked) return;
			pace.done();
			this.reach.reached = true;
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
			if (error instanceof Unkept) gate.unkept = true;
			else this.reach.reached = false;
		}
	}

	async #send(): Promise<boolean> {
		const { queue, outside, device } = this.gate;
		const place = device?.gate.id ?? "";
		const { fresh, held } = await queue.offers(place);
		const now = outside.now();
		const again = held > 0 && (this.#offeredAt === null || Math.abs(now - this.#offeredAt) >= everyRefused);
		if (fresh === 0 && !again) return false;
		if (held === 0) [this.reach.refused, this.#offeredAt] = [[], now];
		// What is new goes alone and first: thousands that are not taken would hold it up.
		const { refused } = this.reach;
		if (fresh > 0) await queue.send((scans) => this.#post(scans, refused), place, "fresh");
		if (!again) return true;
		const still: string[] = [];
		await queue.send((scans) => this.#post(scans, still), place);
		[this.reach.refused, this.#offeredAt] = [still, now];
		return true;
	}

	/** A batch that is refused as a whole is sent in halves, so that one bad scan keeps no other from arriving. */
	async #post(scans: Scan[], refused: string[]): Promise<Receipt> {
		try {
			const { clock, refused: why, ...receipt } = await this.door.scans(this.#token(), scans);
			await this.gate.hear(clock);
			refused.push(...why);
			return receipt;
		} catch (error) {
			if (!(error instanceof Refused) || ![413, 422].includes(error.status)) throw error;
			if (scans.length === 1) {
				refused.push(error.words ?? "");
				return { keys: [] };
			}
			const middle = Math.ceil(scans.length / 2);
			const first = await this.#post(scans.slice(0, middle), refused);
			const second = await this.#post(scans.slice(middle), refused);
			return {
				keys: [...first.keys, ...second.keys],
				inside: { ...first.inside, ...second.inside },
				unfit: [...(first.unfit ?? []), ...(second.unfit ?? [])],
			};
		}
	}

	#token(): string {
		const token = this.gate.device?.token;
		if (!token) throw new Removed();
		return token;
	}

	/** Asks for newer supplies when it is time. A clock that was moved makes it time at once. */
	async #ask(): Promise<boolean> {
		const { gate } = this;
		const { device, store, outside } = gate;
		const first = this.#askedAt === null;
		if (!device || Math.abs(outside.now() - (this.#askedAt ?? 0)) < everySupplies) return false;
		const etag = (await kept<string>(store, "etag")) ?? null;
		const supplied = await this.door.supplies(device.token, etag);
		if (supplied) await this.#take(device, supplied);
		else if (first || this.#isClockOld()) await gate.hear((await this.door.scans(device.token, [])).clock);
		this.#askedAt = outside.now();
		gate.suppliedAt = gate.now();
		await keep(store, "supplied", gate.suppliedAt);
		return true;
	}

	async #take(before: Device, { clock, etag, delivery, gate: at, sampleOf, inside }: Supplied): Promise<void> {
		const { gate } = this;
		const { store } = gate;
		await gate.hear(clock);
		const device = { ...before, gate: at, sampleOf };
		gate.device = device;
		await keep(store, "device", device);
		this.reach.spoiled = await take(store, enrolmentOf(device), delivery, gate.now());
		if (inside !== null) await gate.queue.counted(at.id, inside);
		// What was refused is asked for again: the fault may have been this device's clock.
		await keep(store, "etag", this.reach.spoiled.length ? null : etag);
		await gate.restock();
	}

	#isClockOld(): boolean {
		const { clock, outside } = this.gate;
		return clock === null || this.gate.clockWentBack() || outside.now() - clock.heard > everySupplies / 2;
	}
}
