/** The rings that are pending now, oldest deadline first. Pure: the time is handed in. */
import type { Ring, Tone } from "./news.ts";

export class Book {
	readonly #rings = new Map<string, Ring>();
	readonly #aside: Set<string>;

	constructor(aside: Iterable<string> = []) {
		this.#aside = new Set(aside);
	}

	/** `fresh` when this attempt was not known: only then does it sound; `moved` when its deadline is another. */
	add(ring: Ring, now: number): "fresh" | "moved" | "known" {
		if (Date.parse(ring.until) <= now) return "known";
		const known = this.#rings.get(ring.attempt);
		this.#rings.set(ring.attempt, ring);
		if (!known) return "fresh";
		return known.until === ring.until ? "known" : "moved";
	}

	/** Forgets everything for what rings now; the rings that were not known. */
	replace(rings: Ring[], now: number): Ring[] {
		const known = new Set(this.#rings.keys());
		this.#rings.clear();
		for (const ring of rings) this.add(ring, now);
		return this.list().filter((ring) => !known.has(ring.attempt));
	}

	stop(attempt: string): boolean {
		return this.#rings.delete(attempt);
	}

	/** Notices leave the screen, their tickets wait in the queue; emergencies stay. What has been put aside, newest last. */
	putAside(...attempts: string[]): string[] {
		for (const attempt of attempts) if (this.#rings.get(attempt)?.tone === "notice") this.#aside.add(attempt);
		return [...this.#aside];
	}

	/** Drops what nobody can answer any more; true when something went. */
	expire(now: number): boolean {
		const before = this.#rings.size;
		for (const ring of this.#rings.values()) {
			if (Date.parse(ring.until) <= now) this.#rings.delete(ring.attempt);
		}
		return this.#rings.size !== before;
	}

	/** Emergencies before notices, then by the time that is left. */
	list(): Ring[] {
		const rank = (ring: Ring) => (ring.tone === "ring" ? 0 : 1);
		return [...this.#rings.values()]
			.filter((ring) => ring.tone === "ring" || !this.#aside.has(ring.attempt))
			.sort(
				(a, b) => rank(a) - rank(b) || Date.parse(a.until) - Date.parse(b.until) || a.attempt.localeCompare(b.attempt),
			);
	}

	/** What stands on the screen: every emergency; of the notices the first, and none beside an emergency. */
	shown(): Ring[] {
		const list = this.list();
		return this.loudest() === "ring" ? list.filter((ring) => ring.tone === "ring") : list.slice(0, 1);
	}

	loudest(): Tone | null {
		return this.list()[0]?.tone ?? null;
	}

	/** When the last emergency ends, in milliseconds since 1970; `null` when none rings. */
	ringsUntil(): number | null {
		const ends = this.list()
			.filter((ring) => ring.tone === "ring")
			.map((ring) => Date.parse(ring.until));
		return ends.length ? Math.max(...ends) : null;
	}
}

/** Whole seconds until then, never below 0. */
export function secondsUntil(until: string, now: number): number {
	return Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
}
