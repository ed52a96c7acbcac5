/** The demo's clock, read and set as people speak of it. */
import type { Centre } from "./centre.ts";

/** Seconds east of Greenwich of the whole district; it keeps no summer time. */
const zone = 7 * 3600;

export class Clock {
	readonly #centre: Centre;

	constructor(centre: Centre) {
		this.#centre = centre;
	}

	/** Seconds since 1970 on the walls of the district. */
	async #now(): Promise<number> {
		const answer = await fetch(`${this.#centre.url}/demo/clock`);
		const { now } = (await answer.json()) as { now: string };
		return Math.floor(Date.parse(now) / 1000) + zone;
	}

	async advance(seconds: number): Promise<void> {
		await this.#centre.advance(`PT${seconds}S`);
	}

	/** On to the next time that it is so late, and so many days beyond: `07:30` is today's where it is still to come. */
	async until(time: string, days = 0): Promise<void> {
		const [hours = 0, minutes = 0] = time.split(":").map(Number);
		const now = await this.#now();
		const wanted = now - (now % 86_400) + hours * 3600 + minutes * 60;
		await this.advance(wanted - now + (wanted > now ? 0 : 86_400) + days * 86_400);
	}

	/** `29/11/2026` */
	async today(): Promise<string> {
		const [year, month, day] = new Date((await this.#now()) * 1000).toISOString().slice(0, 10).split("-");
		return `${day}/${month}/${year}`;
	}
}
