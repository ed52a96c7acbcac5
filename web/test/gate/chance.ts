/** Chance that is the same each time (mulberry32). */
export class Chance {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	/** From 0 up to but not including `end`. */
	below(end: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
	}

	bytes(length: number): Uint8Array<ArrayBuffer> {
		return Uint8Array.from({ length }, () => this.below(256));
	}

	pick<One>(from: readonly One[]): One {
		return from[this.below(from.length)] as One;
	}

	text(alphabet: string, length: number): string {
		return Array.from({ length }, () => this.pick([...alphabet])).join("");
	}
}
