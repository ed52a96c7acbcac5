/**
 * "1 in n" at rush hours: the guard looks closely at one person of every n, and lets the camera pass the
 * rest. Exactly one in each n, at a place in the n that nobody in the queue can guess.
 */

/** `count`: how many came before this one since the seed was drawn. `every` below 2 picks everybody. */
export function isPicked(count: number, every: number, seed: number): boolean {
	if (every < 2) return true;
	const round = Math.floor(count / every);
	return count % every === scatter(seed, round) % every;
}

/** A whole number below 2^32 that looks like chance and is the same each time. */
function scatter(seed: number, round: number): number {
	let mixed = (Math.imul(round + 1, 0x9e3779b9) ^ seed) >>> 0;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}
