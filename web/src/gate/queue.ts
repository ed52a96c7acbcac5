/**
 * Scans that wait for the network. A scan gets its key once, when it is made, and is sent under it however
 * often it takes; the server's table has the key as its primary key, so it counts once. It leaves the
 * queue only when the server has named its key: as kept, or as one that it will never keep.
 */
import type { Difference } from "./clock.ts";
import type { Colour } from "./pack.ts";
import type { ReasonKey } from "./reasons.ts";
import { answer, done, keep, kept, type Store, Unkept } from "./store.ts";

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
	/** Those that it will never keep, however often they are sent. What is not named at all may be kept another time. */
	unfit?: Unfit[];
}

/** A scan that the server refuses for good, and why, in words. */
export interface Unfit {
	key: string;
	words: string;
}

/** How many were refused for good, and why the last of them. */
export interface UnfitCount {
	n: number;
	words: string;
}

/** Sends one batch; rejects when it did not arrive or the answer did not. */
export type Post = (scans: Scan[]) => Promise<Receipt>;

/** What a sending takes along: all that waits, or only what the server has given no answer to yet. */
export type Which = "all" | "fresh";

interface Waiting {
	/** Its number in the queue. */
	turn: number;
	scan: Scan;
}

/** What is known without reading it of a scan that waits. */
interface Mark {
	place: string;
	/** What it does to the count inside. */
	move: -1 | 0 | 1;
	/** The server was asked and has not taken it; it may yet. */
	held: boolean;
}

export const batch = 50;

export class Queue {
	readonly #store: Store;
	/** By turn, oldest first: after a day offline there are thousands, and nobody at the gate waits for their reading. */
	#marks = new Map<number, Mark>();
	#sending: Promise<number> | null = null;

	constructor(store: Store) {
		this.#store = store;
	}

	/** Kept for good when this resolves. A scan whose key waits already changes nothing. */
	async add(scan: Scan): Promise<void> {
		const change = this.#store.transaction("scans", "readwrite");
		const finished = done(change);
		const turn = await turnOf(change.objectStore("scans"), scan);
		await finished;
		if (!this.#marks.has(turn)) this.#marks.set(turn, markOf(scan));
	}

	async waiting(): Promise<number> {
		return answer(this.#store.transaction("scans").objectStore("scans").count());
	}

	/** How many wait for each gate: a telephone may have served another before. */
	async places(): Promise<Map<string, number>> {
		const counts = new Map<string, number>();
		for (const { place } of (await this.#look()).values()) counts.set(place, (counts.get(place) ?? 0) + 1);
		return counts;
	}

	/** How many of a gate's the server has given no answer to yet, and how many it has not taken that it may yet take. */
	async offers(place: string): Promise<{ fresh: number; held: number }> {
		const ours = [...(await this.#look()).values()].filter((mark) => mark.place === place);
		const held = ours.filter((mark) => mark.held).length;
		return { fresh: ours.length - held, held };
	}

	/**
	 * Sends what waits, oldest first, in batches; how many have left the queue. Where a place is named, its scans
	 * alone: the server takes those of another gate from nobody. What it refuses for good leaves the queue and is
	 * counted; what it does not name is held for the next time and does not hold up what comes after it. One sending
	 * at a time; a rejected batch ends it.
	 */
	send(post: Post, place?: string, which: Which = "all"): Promise<number> {
		this.#sending ??= this.#sendAll(post, place, which).finally(() => {
			this.#sending = null;
		});
		return this.#sending;
	}

	/**
	 * Who is inside now: what the server last counted, and what still waits. Never below nought. What is held counts
	 * nobody: it may wait for days, and whoever it was has gone home.
	 */
	async inside(place: string): Promise<number> {
		const look = this.#store.transaction(["scans", "kept"]);
		const counted = answer<number | undefined>(look.objectStore("kept").get(insideOf(place)));
		const marks = await this.#look(look);
		return walk(
			(await counted) ?? 0,
			[...marks.values()].filter((mark) => !mark.held),
			place,
		);
	}

	/** What was refused for good since somebody has last read of it; null when nothing was. */
	async unfit(): Promise<UnfitCount | null> {
		return (await kept<UnfitCount | null>(this.#store, "unfit")) ?? null;
	}

	/** Somebody has read of it. */
	unfitRead(): Promise<void> {
		return keep(this.#store, "unfit", null);
	}

	/** Takes away what waits for other gates than this one. */
	async giveUp(but: string): Promise<void> {
		const others = [...(await this.#look())].filter(([, { place }]) => place !== but);
		const change = this.#store.transaction("scans", "readwrite");
		for (const [turn] of others) change.objectStore("scans").delete(turn);
		await done(change);
		for (const [turn] of others) this.#marks.delete(turn);
	}

	/** The server has counted who is inside, without what waits here. */
	counted(place: string, inside: number): Promise<void> {
		return keep(this.#store, insideOf(place), inside);
	}

	async #sendAll(post: Post, place: string | undefined, which: Which): Promise<number> {
		const isDue = (mark: Mark) => (place === undefined || mark.place === place) && !(which === "fresh" && mark.held);
		let [left, after] = [0, 0];
		// Thousands that are held are not read to come to the one that is not.
		for (const [turn, mark] of await this.#look()) {
			if (isDue(mark)) break;
			after = turn;
		}
		for (;;) {
			const read = await this.#after(after);
			const last = read.at(-1);
			if (!last) return left;
			after = last.turn;
			const next = read.filter(({ turn, scan }) => isDue(this.#marks.get(turn) ?? markOf(scan)));
			if (next.length === 0) continue;
			const receipt = await post(next.map(({ scan }) => scan));
			left += await this.#release(next, receipt);
		}
	}

	/**
	 * The marks of all that waits. Read from the device once, and again when it holds more or less than is known here:
	 * the app may be open in a second window, or the end of a change was lost.
	 */
	async #look(look = this.#store.transaction("scans")): Promise<Map<number, Mark>> {
		const scans = look.objectStore("scans");
		if ((await answer(scans.count())) !== this.#marks.size) {
			const all = await answer<Waiting[]>(scans.getAll());
			const known = this.#marks;
			this.#marks = new Map(all.map(({ turn, scan }) => [turn, known.get(turn) ?? markOf(scan)]));
		}
		return this.#marks;
	}

	async #after(turn: number): Promise<Waiting[]> {
		const range = IDBKeyRange.lowerBound(turn, true);
		return answer(this.#store.transaction("scans").objectStore("scans").getAll(range, batch));
	}

	/** The counts move in the same change, so that no scan counts twice or not at all. */
	async #release(sent: Waiting[], { keys, inside, unfit = [] }: Receipt): Promise<number> {
		const named = new Set(keys);
		const gone = sent.filter(({ scan }) => named.has(scan.key));
		const why = new Map(unfit.map(({ key, words }) => [key, words]));
		const refused = sent.filter(({ scan }) => why.has(scan.key) && !named.has(scan.key));
		const change = this.#store.transaction(["scans", "kept"], "readwrite");
		const finished = done(change);
		for (const { turn } of [...gone, ...refused]) change.objectStore("scans").delete(turn);
		const kept = change.objectStore("kept");
		const last = refused.at(-1);
		if (last) {
			const before = await answer<UnfitCount | null | undefined>(kept.get("unfit"));
			kept.put({ n: (before?.n ?? 0) + refused.length, words: why.get(last.scan.key) ?? "" }, "unfit");
		}
		for (const place of new Set(gone.map(({ scan }) => scan.place))) {
			const counted =
				inside?.[place] ??
				walk(
					(await answer<number | undefined>(kept.get(insideOf(place)))) ?? 0,
					gone.map(({ scan }) => markOf(scan)),
					place,
				);
			kept.put(counted, insideOf(place));
		}
		await finished;
		for (const { turn, scan } of sent) {
			if (named.has(scan.key) || why.has(scan.key)) this.#marks.delete(turn);
			else this.#marks.set(turn, markOf(scan, true));
		}
		return gone.length + refused.length;
	}
}

function insideOf(place: string): string {
	return `inside:${place}`;
}

/** Whoever was turned away is not inside. */
function markOf({ place, direction, colour }: Scan, held = false): Mark {
	if (direction === "out") return { place, move: -1, held };
	return { place, move: colour === "red" ? 0 : 1, held };
}

/** Who leaves without having been counted in does not make less than nobody. */
function walk(counted: number, marks: Mark[], place: string): number {
	return marks.filter((mark) => mark.place === place).reduce((sum, { move }) => Math.max(0, sum + move), counted);
}

/**
 * Puts a scan at the end of the queue; its turn. The index of keys says when it waits there already, as when the end
 * of the change that put it there was lost: then it is kept, and has the turn that it got.
 */
function turnOf(scans: IDBObjectStore, scan: Scan): Promise<number> {
	return new Promise((resolve, reject) => {
		const request = scans.add({ scan });
		request.onsuccess = () => resolve(Number(request.result));
		request.onerror = (event) => {
			if (request.error?.name !== "ConstraintError") return reject(new Unkept(request.error));
			// It is no fault of the change, which would end with it.
			event.preventDefault();
			event.stopPropagation();
			resolve(answer(scans.index("key").getKey(scan.key)).then(Number));
		};
	});
}
