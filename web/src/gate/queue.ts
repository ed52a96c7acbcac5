/**
 * Scans that wait for the network. A scan gets its key once, when it is made, and is sent under it however
 * often it takes; the server's table has the key as its primary key, so it counts once. It leaves the
 * queue only when the server has named its key.
 */
import type { Difference } from "./clock.ts";
import type { Colour } from "./pack.ts";
import type { ReasonKey } from "./reasons.ts";
import { answer, done, keep, type Store } from "./store.ts";

export interface Scan {
	/** uuid v7. */
	key: string;
	/** Milliseconds since 1970 by the device's clock, uncorrected. */
	at: number;
	/** What was to be added to that clock, as far as it was known. */
	clock: Difference | null;
	place: string;
	direction: "in" | "out";
	/** How the person was known: pass, certificate, code, identity, or counted by hand. */
	by: "pass" | "certificate" | "code" | "identity" | "hand";
	/** The pass's number, the code, the certificate's or the card's number. */
	number: string | null;
	colour: Colour;
	reasons: ReasonKey[];
	/** The version of the rules that gave the colour. */
	rules: string | null;
	/** Looked at closely, as one in so many; null when everybody is. */
	pickedOf: number | null;
}

/** What the server answers to a batch: the keys that it has, new or known before, and how many it counts in each place. */
export interface Receipt {
	keys: string[];
	inside?: Record<string, number>;
}

/** Sends one batch; rejects when it did not arrive or the answer did not. */
export type Post = (scans: Scan[]) => Promise<Receipt>;

interface Waiting {
	/** Its number in the queue. */
	turn: number;
	scan: Scan;
}

export const batch = 50;

export class Queue {
	readonly #store: Store;
	#sending: Promise<number> | null = null;

	constructor(store: Store) {
		this.#store = store;
	}

	/** Kept for good when this resolves. A scan whose key waits already changes nothing. */
	async add(scan: Scan): Promise<void> {
		const change = this.#store.transaction(["scans", "kept"], "readwrite");
		const scans = change.objectStore("scans");
		const finished = done(change);
		if ((await answer(scans.index("key").getKey(scan.key))) === undefined) scans.add({ scan });
		await finished;
	}

	waiting(): Promise<number> {
		return answer(this.#store.transaction("scans").objectStore("scans").count());
	}

	/**
	 * Sends what waits, oldest first, in batches; how many have left the queue. What the server does not name
	 * stays for the next time and does not hold up what comes after it. One sending at a time; a rejected
	 * batch ends it.
	 */
	send(post: Post): Promise<number> {
		this.#sending ??= this.#sendAll(post).finally(() => {
			this.#sending = null;
		});
		return this.#sending;
	}

	/** Who is inside now: what the server last counted, and what still waits. Never below nought. */
	async inside(place: string): Promise<number> {
		const look = this.#store.transaction(["scans", "kept"]);
		const counted = answer<number | undefined>(look.objectStore("kept").get(insideOf(place)));
		const scans = answer<Waiting[]>(look.objectStore("scans").getAll());
		return walk((await counted) ?? 0, await scans, place);
	}

	/** The server has counted who is inside, without what waits here. */
	counted(place: string, inside: number): Promise<void> {
		return keep(this.#store, insideOf(place), inside);
	}

	async #sendAll(post: Post): Promise<number> {
		let [left, after] = [0, 0];
		for (;;) {
			const next = await this.#after(after);
			const last = next.at(-1);
			if (!last) return left;
			const receipt = await post(next.map(({ scan }) => scan));
			left += await this.#release(next, receipt);
			after = last.turn;
		}
	}

	#after(turn: number): Promise<Waiting[]> {
		const range = IDBKeyRange.lowerBound(turn, true);
		return answer(this.#store.transaction("scans").objectStore("scans").getAll(range, batch));
	}

	/** The count inside moves in the same change, so that no scan counts twice or not at all. */
	async #release(sent: Waiting[], { keys, inside }: Receipt): Promise<number> {
		const named = new Set(keys);
		const gone = sent.filter(({ scan }) => named.has(scan.key));
		const change = this.#store.transaction(["scans", "kept"], "readwrite");
		const finished = done(change);
		for (const { turn } of gone) change.objectStore("scans").delete(turn);
		const kept = change.objectStore("kept");
		for (const place of new Set(gone.map(({ scan }) => scan.place))) {
			const counted =
				inside?.[place] ?? walk((await answer<number | undefined>(kept.get(insideOf(place)))) ?? 0, gone, place);
			kept.put(counted, insideOf(place));
		}
		await finished;
		return gone.length;
	}
}

function insideOf(place: string): string {
	return `inside:${place}`;
}

/** Whoever was turned away is not inside; who leaves without having been counted in does not make less than nobody. */
function walk(counted: number, scans: Waiting[], place: string): number {
	return scans
		.filter(({ scan }) => scan.place === place)
		.reduce((sum, { scan }) => {
			if (scan.direction === "out") return Math.max(0, sum - 1);
			return scan.colour === "red" ? sum : sum + 1;
		}, counted);
}
