/**
 * Whether the device's clock is right, by the `Date` that the server put on its answers. A gate that has
 * been off the network for a day still knows the last difference; with it, it judges passes at the right
 * time, and each scan carries it so that the centre can put the scan where it belongs.
 */

/** Milliseconds to add to the device's clock, and when that was last heard (device's clock). */
export interface Difference {
	add: number;
	heard: number;
}

/** `sent`, `received`: the device's clock around the question. A `Date` is whole seconds, rounded down. Null without one. */
export function differenceOf(date: string | null, sent: number, received: number): Difference | null {
	return differenceTo(Date.parse(date ?? "") + 500, sent, received);
}

/** The same by a server that says the moment itself, in milliseconds. */
export function differenceTo(server: number, sent: number, received: number): Difference | null {
	if (Number.isNaN(server) || received < sent) return null;
	return { add: Math.round(server - (sent + received) / 2), heard: received };
}

/** The time by the server, as well as it is known. */
export function corrected(now: number, difference: Difference | null): number {
	return now + (difference?.add ?? 0);
}

/** `tolerated` in milliseconds. What was never heard is not wrong, only unknown. */
export function isWrong(difference: Difference | null, tolerated: number): boolean {
	return difference !== null && Math.abs(difference.add) > tolerated;
}

/** The device's clock was set back since the server was heard, or since the last scan: what was known no longer holds. */
export function wentBack(now: number, last: number | null, difference: Difference | null): boolean {
	return now < Math.max(last ?? now, difference?.heard ?? now);
}
