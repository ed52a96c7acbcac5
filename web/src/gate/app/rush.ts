/** Rush hour: one in so many is looked at closely, the others pass at a glance. Which one, nobody in the queue can guess. */
import { isPicked } from "../sample.ts";

/** As it is kept, so that nobody draws anew by closing the app. */
export interface RushState {
	on: boolean;
	seed: number;
	/** How many have come since it began. */
	count: number;
}

export class Rush {
	#state: RushState;

	constructor(state: RushState = { on: false, seed: 0, count: 0 }) {
		this.#state = state;
	}

	get state(): RushState {
		return this.#state;
	}

	/** `seed`: below 2^32, drawn by chance each time it begins. */
	turn(on: boolean, seed: number): void {
		this.#state = { on, seed, count: 0 };
	}

	/** Whether the next person is one to look at closely; null when everybody is. The person has come with this. */
	next(every: number | null): boolean | null {
		if (!this.#state.on || every === null || every < 2) return null;
		const { seed, count } = this.#state;
		this.#state = { ...this.#state, count: count + 1 };
		return isPicked(count, every, seed);
	}
}
