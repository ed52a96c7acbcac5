/**
 * A telephone at a gate, without its screen: what it was entrusted with, what it judges, whom it counts.
 * Everything it must not forget lies on the device before anybody is told.
 */
import { corrected, type Difference, isWrong, wentBack } from "../clock.ts";
import { Guesses } from "../codes.ts";
import { dayOf } from "../days.ts";
import { packOf } from "../pack.ts";
import type { Queue, Scan, UnfitCount } from "../queue.ts";
import { read } from "../read.ts";
import { limitOf } from "../rules.ts";
import { keep, kept, type Store, Unkept, wipe } from "../store.ts";
import { type Supplies, supplies } from "../supplies.ts";
import { uuidV7 } from "../uuid.ts";
import { type Answer, judge } from "../verdict.ts";
import { type Device, enrolmentOf, placeOf } from "./device.ts";
import { Rush, type RushState } from "./rush.ts";

/** The device's clock and its chance. */
export interface Outside {
	now(): number;
	/** So many bytes. */
	chance(length: number): Uint8Array<ArrayBuffer>;
}

export type Direction = Scan["direction"];

/** What came of a text. */
export type Seen =
	| {
			answer: Answer;
			direction: Direction /** One of so many, to be looked at closely; null: at a glance. */;
			pickedOf: number | null;
			glance: boolean;
			/** The device has not kept it: it counts nobody. */
			unrecorded: boolean;
	  }
	/** Too many codes that nobody has: when the next may be tried, by the device's clock. */
	| { answer: { answer: "wait"; until: number } };

/** What the counters show. */
export interface Counts {
	inside: number;
	limit: number | null;
	waiting: number;
}

/** Scans of a gate that this telephone does not serve: its invitation lets them go. */
export interface Left {
	/** Empty where it is not known any more. */
	name: string;
	scans: number;
}

/** As large as a scan, written to see whether the device keeps anything. */
const probe = "-".repeat(1_000);
/** Five codes that nobody has are slips of the thumb; a hundred are a try. */
const guesses = { most: 8, within: 10 * 60_000 };
/** From here on people are told that the clock is wrong. */
export const toleratedClock = 120_000;
/** A clock that is put right by its network goes back by a little, and that is no fault. */
const nudge = 5_000;

export class Gate {
	device: Device | null = null;
	/** The gate that was taken from this device, until it serves another. */
	removedFrom: string | null = null;
	held: Supplies | null = null;
	clock: Difference | null = null;
	/** When the supplies were last found to be those of the server; the server's time. */
	suppliedAt: number | null = null;
	direction: Direction = "in";
	rush = new Rush();
	/** Somebody counted by hand was picked: whoever is read next is that one. */
	awaited = false;
	counts: Counts = { inside: 0, limit: null, waiting: 0 };
	left: Left[] = [];
	/** What the server has refused for good; null when nothing was, or somebody has read of it. */
	unfit: UnfitCount | null = null;
	/** The device does not keep what is written to it, and how many were judged meanwhile whom nobody counts. */
	unkept = false;
	unrecorded = 0;
	/** Told after everything that a screen may show. */
	changed: () => void = () => {};
	#guesses = new Guesses(guesses.most, guesses.within);
	#last: number | null = null;
	/** Of the gates whose scans may lie here, by their ids. */
	#names: Record<string, string> = {};

	constructor(
		readonly store: Store,
		readonly queue: Queue,
		readonly outside: Outside,
	) {}

	/** Takes up what lies on the device. */
	async open(): Promise<void> {
		const { store } = this;
		this.device = (await kept<Device>(store, "device")) ?? null;
		this.removedFrom = (await kept<string>(store, "removed")) ?? null;
		this.#names = (await kept<Record<string, string>>(store, "names")) ?? {};
		this.clock = (await kept<Difference>(store, "clock")) ?? null;
		this.suppliedAt = (await kept<number>(store, "supplied")) ?? null;
		this.direction = (await kept<Direction>(store, "direction")) ?? "in";
		this.rush = new Rush(await kept<RushState>(store, "rush"));
		this.#guesses = new Guesses(guesses.most, guesses.within, await kept<number[]>(store, "misses"));
		this.#last = (await kept<number>(store, "last")) ?? null;
		await this.restock();
	}

	/** The server's time, as well as it is known. */
	now(): number {
		return corrected(this.outside.now(), this.clockWentBack() ? null : this.clock);
	}

	clockIsWrong(): boolean {
		return isWrong(this.clock, toleratedClock);
	}

	/** The device's clock was set back while nobody could tell by how much. */
	clockWentBack(): boolean {
		return wentBack(this.outside.now() + nudge, this.#last, this.clock);
	}

	async hear(clock: Difference | null): Promise<void> {
		if (!clock) return;
		this.clock = clock;
		this.#last = clock.heard;
		await this.#write(async () => {
			await keep(this.store, "clock", clock);
			await keep(this.store, "last", clock.heard);
		});
	}

	async serve(device: Device): Promise<void> {
		await this.#nameLeft();
		await wipe(this.store, { device, clock: this.clock, names: this.#names });
		this.device = device;
		this.removedFrom = null;
		this.suppliedAt = null;
		await this.restock();
	}

	/** What was entrusted to this device goes; what it has counted stays until somebody takes it. */
	async removed(): Promise<void> {
		const from = this.device?.gate.name ?? this.removedFrom ?? "";
		// Where it does not go from the disk the next answer of the server says so again.
		await this.#write(async () => {
			await this.#nameLeft();
			await wipe(this.store, { removed: from, clock: this.clock, names: this.#names });
		});
		this.device = null;
		this.removedFrom = from;
		this.suppliedAt = null;
		await this.restock();
	}

	/** Reads the supplies again, as they now lie on the device. */
	async restock(): Promise<void> {
		this.held = this.device && (await supplies(this.store, enrolmentOf(this.device), this.now()));
		await this.count();
	}

	async turn(direction: Direction): Promise<void> {
		this.direction = direction;
		await this.#write(() => keep(this.store, "direction", direction));
		this.changed();
	}

	/** Rush hour begins or ends. */
	async hurry(on: boolean): Promise<void> {
		const [seed = 0] = new Uint32Array(this.outside.chance(4).buffer);
		this.rush.turn(on, seed);
		this.awaited = false;
		await this.#write(() => keep(this.store, "rush", this.rush.state));
		this.changed();
	}

	async judge(text: string): Promise<Seen> {
		const now = this.outside.now();
		const isCode = read(text).kind === "code";
		const until = isCode ? this.#guesses.freeAt(now) : now;
		if (until > now) return { answer: { answer: "wait", until } };
		const answer = await judge(text, this.held ?? bare, this.now());
		const { direction } = this;
		if (answer.answer !== "verdict") return { answer, direction, pickedOf: null, glance: false, unrecorded: false };
		if (isCode && answer.reasons.some(({ key }) => key === "gate-code-unknown")) await this.#miss(now);
		const picked = await this.#pick();
		const pickedOf = picked ? (this.device?.sampleOf ?? null) : null;
		const { by, number, colour, reasons, rules } = answer;
		// A card may leave its number out; what is not there is not an empty one.
		const counted = { by, number: number || null, colour, reasons: reasons.map(({ key }) => key), rules, pickedOf };
		const unrecorded = !(await this.#add(counted));
		return { answer, direction, pickedOf, glance: picked === false, unrecorded };
	}

	/**
	 * Somebody without a code, or of the many at rush hour. False when he does not count: he must be looked at closely
	 * first, or the device has not kept it.
	 */
	async countByHand(): Promise<boolean> {
		if (!this.awaited && (await this.#pick())) {
			this.awaited = true;
			this.changed();
			return false;
		}
		this.awaited = false;
		return this.#add({ by: "hand", number: null, colour: "green", reasons: [], rules: null, pickedOf: null });
	}

	/** Looks again at who is inside, how many may be, what waits, and what nobody takes. */
	async count(): Promise<void> {
		const gate = this.device?.gate;
		const pack = this.held && packOf(this.held.packs, dayOf(this.now()));
		try {
			const places = await this.queue.places();
			this.counts = {
				inside: gate ? await this.queue.inside(gate.id) : 0,
				limit: gate && pack ? limitOf(pack, placeOf(gate)) : null,
				waiting: gate ? (places.get(gate.id) ?? 0) : await this.queue.waiting(),
			};
			const others = [...places].filter(([place]) => place !== gate?.id);
			this.left = others.map(([place, scans]) => ({ name: this.#names[place] ?? "", scans }));
			this.unfit = await this.queue.unfit();
		} catch (error) {
			if (!(error instanceof Unkept)) throw error;
			this.unkept = true;
		}
		this.changed();
	}

	/** Somebody has read how many were refused for good. */
	async unfitRead(): Promise<void> {
		await this.#write(() => this.queue.unfitRead());
		await this.count();
	}

	/** Whether the device keeps what is written to it. */
	async probe(): Promise<boolean> {
		const held = await this.#write(() => keep(this.store, "probe", probe));
		if (held) this.#recovered();
		return held;
	}

	/** When the next code may be typed, by the device's clock. */
	codesFreeAt(): number {
		return this.#guesses.freeAt(this.outside.now());
	}

	async #miss(now: number): Promise<void> {
		this.#guesses.miss(now);
		await this.#write(() => keep(this.store, "misses", this.#guesses.misses));
	}

	/** Null when everybody is looked at. Whoever goes out is nobody to look at closely. */
	async #pick(): Promise<boolean | null> {
		if (this.awaited) {
			this.awaited = false;
			return true;
		}
		if (this.direction === "out") return null;
		const picked = this.rush.next(this.device?.sampleOf ?? null);
		if (picked !== null) await this.#write(() => keep(this.store, "rush", this.rush.state));
		return picked;
	}

	/** False when the device has not kept it. */
	async #add(counted: Pick<Scan, "by" | "number" | "colour" | "reasons" | "rules" | "pickedOf">): Promise<boolean> {
		const at = this.outside.now();
		const place = this.device?.gate.id;
		if (!place) return true;
		const clock = this.clockWentBack() ? null : this.clock;
		// The key says when it was made: by the server's time, as well as it is known.
		const key = uuidV7(corrected(at, clock), this.outside.chance(10));
		const scan: Scan = { key, at, clock, place, direction: this.direction, ...counted };
		if (!(await this.#write(() => this.queue.add(scan)))) {
			this.unrecorded++;
			this.changed();
			return false;
		}
		this.#recovered();
		const last = Math.max(at, this.#last ?? at);
		this.#last = last;
		await this.#write(() => keep(this.store, "last", last));
		await this.count();
		return true;
	}

	/**
	 * False when the device does not keep it, not even with its database opened anew: then that is told, and goes on
	 * being told until something as large as a scan was kept. Nobody at the gate waits for it.
	 */
	async #write(change: () => Promise<void>): Promise<boolean> {
		try {
			await change();
			return true;
		} catch {
			try {
				await this.store.mend();
				await change();
				return true;
			} catch {
				this.unkept = true;
				return false;
			}
		}
	}

	#recovered(): void {
		[this.unkept, this.unrecorded] = [false, 0];
	}

	/** The names of the gates whose scans lie here, this one's among them; they go with the last of their scans. */
	async #nameLeft(): Promise<void> {
		const names = { ...this.#names };
		const gate = this.device?.gate;
		if (gate) names[gate.id] = gate.name;
		const places = await this.queue.places();
		this.#names = Object.fromEntries(Object.entries(names).filter(([id]) => places.has(id)));
	}
}

/** A gate that was never supplied says so itself. */
const bare: Supplies = {
	trust: null,
	statuses: [],
	codes: null,
	packs: [],
	place: { kind: "", role: "", zone: null, level: null, capacity: null },
};
