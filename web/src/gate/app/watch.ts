/** Frame after frame, as long as the gate is open: what counts is handed over, and nothing is read meanwhile. */
import type { Sightings } from "./sightings.ts";

export interface Eyes {
	/** The text in sight now; null when there is none. What cannot be read is none. */
	read(): Promise<string | null>;
	/** Milliseconds of a clock that only goes forward. */
	now(): number;
	/** A breath between two frames. */
	rest(): Promise<void>;
}

/**
 * Goes on until `isOver`. `taken` resolves when the next person may step up; where it fails the same text counts as
 * soon as it is read again, and the one after it in any case.
 */
export async function watch(
	eyes: Eyes,
	sightings: Sightings,
	taken: (text: string) => Promise<void>,
	isOver: () => boolean,
): Promise<void> {
	while (!isOver()) {
		const seen = await eyes.read().catch(() => null);
		const text = sightings.see(seen, eyes.now());
		if (text !== null) await taken(text).catch(() => sightings.forget());
		await eyes.rest();
	}
}
