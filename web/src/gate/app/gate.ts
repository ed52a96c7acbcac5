/**
 * A telephone at a gate, without its screen: what it was entrusted with, what it judges, whom it counts.
 * Everything it must not forget lies on the device before anybody is told.
 */
import { corrected, type Difference, isWrong, wentBack } from "../clock.ts";
import { Guesses } from "../codes.ts";
import { dayOf } from "../days.ts";
import { packOf } from "../pack.ts";
import type { Queue, Scan } from "../queue.ts";
import { read } from "../read.ts";
import { limitOf } from "../rules.ts";
import { keep, kept, type Store, wipe } from "../store.ts";
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
	  }
	/** Too many codes that nobody has: when the next may be tried, by the device's clock. */
	| { answer: { answer: "wait"; until: number } };

/** What the counters show. */
export interface Counts {
	inside: number;
	limit: number | null;
	waiting: number;
}

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
	/** Told after everything that a screen may show. */
	changed: () => void = () => {};
	#guesses = new Guesses(guesses.most, guesses.within);
	#last: number | null = null;

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
		await keep(this.store, "clock", clock);
		await keep(this.store, "last", clock.heard);
	}

	async serve(device: Device): Promise<void> {
		await wipe(this.store, { device, clock: this.clock });
		this.device = device;
		this.removedFrom = null;
		this.suppliedAt = null;
		await this.restock();
	}

	/** What was entrusted to this device goes; what it has counted stays until somebody takes it. */
	async removed(): Promise<void> {
		const from = this.device?.gate.name ?? this.removedFrom ?? "";
		await wipe(this.store, { removed: from, clock: this.clock });
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
		await keep(this.store, "direction", direction);
		this.changed();
	}

	/** Rush hour begins or ends. */
	async hurry(on: boolean): Promise<void> {
		const [seed = 0] = new Uint32Array(this.outside.chance(4).buffer);
		this.rush.turn(on, seed);
		this.awaited = false;
		await keep(this.store, "rush", this.rush.state);
		this.changed();
	}

	async judge(text: string): Promise<Seen> {
		const now = this.outside.now();
		const isCode = read(text).kind === "code";
		const until = isCode ? this.#guesses.freeAt(now) : now;
		if (until > now) return { answer: { answer: "wait", until } };
		const answer = await judge(text, this.held ?? bare, this.now());
		const { direction } = this;
		if (answer.answer !== "verdict") return { answer, direction, pickedOf: null, glance: false };
		if (isCode && answer.reasons.some(({ key }) => key === "gate-code-unknown")) await this.#miss(now);
		const picked = await this.#pick();
		const pickedOf = picked ? (this.device?.sampleOf ?? null) : null;
		const { by, number, colour, reasons, rules } = answer;
		// A card may leave its number out; what is not there is not an empty one.
		await this.#add({ by, number: number || null, colour, reasons: reasons.map(({ key }) => key), rules, pickedOf });
		return { answer, direction, pickedOf, glance: picked === false };
	}

	/** Somebody without a code, or of the many at rush hour. False when it must be looked at closely first. */
	async countByHand(): Promise<boolean> {
		if (!this.awaited && (await this.#pick())) {
			this.awaited = true;
			this.changed();
			return false;
		}
		this.awaited = false;
		await this.#add({ by: "hand", number: null, colour: "green", reasons: [], rules: null, pickedOf: null });
		return true;
	}

	/** Looks again at who is inside, how many may be, and what waits. */
	async count(): Promise<void> {
		const gate = this.device?.gate;
		const pack = this.held && packOf(this.held.packs, dayOf(this.now()));
		this.counts = {
			inside: gate ? await this.queue.inside(gate.id) : 0,
			limit: gate && pack ? limitOf(pack, placeOf(gate)) : null,
			waiting: await this.queue.waiting(),
		};
		this.changed();
	}

	/** When the next code may be typed, by the device's clock. */
	codesFreeAt(): number {
		return this.#guesses.freeAt(this.outside.now());
	}

	async #miss(now: number): Promise<void> {
		this.#guesses.miss(now);
		await keep(this.store, "misses", this.#guesses.misses);
	}

	/** Null when everybody is looked at. Whoever goes out is nobody to look at closely. */
	async #pick(): Promise<boolean | null> {
		if (this.awaited) {
			this.awaited = false;
			return true;
		}
		if (this.direction === "out") return null;
		const picked = this.rush.next(this.device?.sampleOf ?? null);
		if (picked !== null) await keep(this.store, "rush", this.rush.state);
		return picked;
	}

	async #add(counted: Pick<Scan, "by" | "number" | "colour" | "reasons" | "rules" | "pickedOf">): Promise<void> {
		const at = this.outside.now();
		const place = this.device?.gate.id;
		if (!place) return;
		const clock = this.clockWentBack() ? null : this.clock;
		// The key says when it was made: by the server's time, as well as it is known.
		const key = uuidV7(corrected(at, clock), this.outside.chance(10));
		await this.queue.add({ key, at, clock, place, direction: this.direction, ...counted });
		this.#last = Math.max(at, this.#last ?? at);
		await keep(this.store, "last", this.#last);
		await this.count();
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
