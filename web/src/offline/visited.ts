/**
 * Pages that were seen once and can be seen again without a network. While there is one the server's word counts:
 * what it has taken back goes from the device, what it has renewed is renewed.
 */
const patience = 4_000;
/** A family's, with some to spare; the longest unseen goes first. */
const most = 12;

export class Visited {
	constructor(
		readonly caches: CacheStorage,
		readonly fetch: typeof globalThis.fetch,
		/** Ends with a slash. */
		readonly scope: string,
		readonly within = patience,
	) {}

	async answer(request: Request): Promise<Response> {
		const cache = await this.#cache();
		const before = await cache.match(request.url);
		const asked = this.#ask(cache, request);
		if (!before) return asked;
		const late = new Promise<Response>((done) => setTimeout(() => done(before), this.within));
		// A server in trouble has not taken anything back.
		return Promise.race([asked.then((answer) => (answer.status >= 500 ? before : answer)).catch(() => before), late]);
	}

	/** The first visit came before the worker: it asks for the page itself. */
	async keep(url: string): Promise<void> {
		await this.#ask(await this.#cache(), new Request(url, { headers: { accept: "text/html" } }));
	}

	async #ask(cache: Cache, request: Request): Promise<Response> {
		const answer = await this.fetch(request);
		if (answer.ok && !answer.redirected) {
			await cache.delete(request.url);
			await cache.put(request.url, answer.clone());
			const [...kept] = await cache.keys();
			await Promise.all(kept.slice(0, -most).map((one) => cache.delete(one)));
		} else if (answer.status === 404 || answer.status === 410) {
			await cache.delete(request.url);
		}
		return answer;
	}

	#cache(): Promise<Cache> {
		return this.caches.open(`vx-visited:${this.scope}`);
	}
}
