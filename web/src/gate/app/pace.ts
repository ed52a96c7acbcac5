/** When the server may be asked again: pauses that grow while it does not answer, and those that it asks for itself. */

const first = 2_000;
const longest = 60_000;
/** A pause that the server asks for is kept, up to an hour: beyond that it is a mistake. */
const patience = 3_600_000;

export class Pace {
	#failures = 0;
	#own = 0;
	#asked = 0;

	/** A clock that was set back must not make an hour of a pause of seconds. */
	isFree(now: number): boolean {
		const own = this.#own - now > longest * 1.5 ? now : this.#own;
		const asked = this.#asked - now > patience ? now : this.#asked;
		return now >= Math.max(own, asked);
	}

	/** `chance` from 0 to 1: a hundred gates that lost one network must not come back in one second. */
	failed(now: number, chance: number): void {
		const pause = Math.min(longest, first * 2 ** this.#failures);
		this.#failures++;
		this.#own = now + pause * (0.5 + chance);
	}

	/** The server has asked for a pause. */
	wait(now: number, seconds: number): void {
		this.#asked = now + Math.min(patience, Math.max(1, seconds) * 1000);
	}

	done(): void {
		[this.#failures, this.#own, this.#asked] = [0, 0, 0];
	}

	/** The network is back, or somebody looks: our own pause has no reason any more, the server's has. */
	hurry(): void {
		[this.#failures, this.#own] = [0, 0];
	}
}
