/**
 * What the camera reads, frame by frame, and what of it counts. A text counts when it was read twice in a row:
 * a slip of one frame shows nobody a colour. It does not count again while it stays in sight, nor for some
 * seconds after. A frame in which nothing is read says nothing.
 */

/** How far two readings may lie apart, and how long a text is away before it counts anew; milliseconds. */
const near = 1500;
const away = 4000;

export class Sightings {
	#last: { text: string; at: number } | null = null;
	readonly #taken = new Map<string, number>();

	/** The text when it counts now. `now` in milliseconds, of any clock that only goes forward. */
	see(text: string | null, now: number): string | null {
		if (text === null) return null;
		for (const [taken, at] of this.#taken) if (now - at >= away) this.#taken.delete(taken);
		if (this.#taken.has(text)) {
			this.#taken.set(text, now);
			this.#last = null;
			return null;
		}
		const again = this.#last?.text === text && now - this.#last.at <= near;
		this.#last = { text, at: now };
		if (!again) return null;
		this.#taken.set(text, now);
		return text;
	}

	/** Who comes in and goes out again at once counts both times. */
	forget(): void {
		this.#last = null;
		this.#taken.clear();
	}
}
