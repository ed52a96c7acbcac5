import { beforeEach, expect, it } from "vitest";
import { clear, fill, kept, nameOf } from "../src/offline/shell-cache.ts";
import { Visited } from "../src/offline/visited.ts";
import type { Shell } from "../src/offline/worker.ts";

const origin = "https://quan7.example";
const page = `${origin}/quan7/pass/7K3M-9QXP-4TNC-8RDW`;

/** The browser's caches, as far as ours use them; what is fetched comes from `server`. */
class Caches {
	readonly all = new Map<string, Store>();
	constructor(readonly server: Server) {}

	open = async (name: string) => {
		const cache = this.all.get(name) ?? new Store(this.server);
		this.all.set(name, cache);
		return cache;
	};
	keys = async () => [...this.all.keys()];
	delete = async (name: string) => this.all.delete(name);
}

const path = (asked: string | { url: string }) => new URL(typeof asked === "string" ? asked : asked.url, origin).href;

class Store {
	readonly held = new Map<string, Response>();
	constructor(readonly server: Server) {}

	match = async (asked: string | { url: string }) => this.held.get(path(asked))?.clone();
	put = async (asked: string | { url: string }, answer: Response) => void this.held.set(path(asked), answer);
	delete = async (asked: string | { url: string }) => this.held.delete(path(asked));
	keys = async () => [...this.held.keys()].map((url) => ({ url }));
	/** All or nothing, as browsers do it. */
	addAll = async (asked: (string | { url: string })[]) => {
		const answers = await Promise.all(asked.map((one) => this.server.fetch(path(one))));
		if (answers.some(({ ok }) => !ok)) throw new TypeError("not all came");
		for (const [at, answer] of answers.entries()) await this.put(asked[at] ?? "", answer);
	};
}

class Server {
	down = false;
	status = 200;
	slow: Promise<void> | null = null;
	version = 1;
	readonly missing = new Set<string>();

	fetch = async (asked: string | { url: string }): Promise<Response> => {
		if (this.down) throw new TypeError("no network");
		await this.slow;
		if (this.missing.has(new URL(path(asked)).pathname)) return new Response("", { status: 404 });
		return new Response(`${new URL(path(asked)).pathname} ${this.version}`, { status: this.status });
	};
}

let server: Server;
let caches: Caches;
let visited: Visited;
beforeEach(() => {
	server = new Server();
	caches = new Caches(server);
	visited = new Visited(caches as unknown as CacheStorage, server.fetch as unknown as typeof fetch, "/quan7/pass/", 20);
	globalThis.Request = class {
		url: string;
		constructor(url: string) {
			this.url = path(url);
		}
	} as unknown as typeof Request;
});

const shell = (version: string): Shell => ({
	scope: "/quan7/gate/",
	version,
	assets: [`/assets/gate-${version}.js`, "/assets/icons-1.svg"],
	pages: ["/quan7/gate/"],
});
const storage = () => caches as unknown as CacheStorage;
const ask = async () => (await visited.answer({ url: page } as Request)).text();

it("a version is there as a whole or not at all, and the one before stays until the next has begun", async () => {
	await fill(storage(), shell("a"));
	server.missing.add("/assets/gate-b.js");
	await expect(fill(storage(), shell("b"))).rejects.toThrow("not all came");
	server.missing.clear();
	await fill(storage(), shell("b"));
	expect(await caches.keys()).toEqual([nameOf(shell("a")), nameOf(shell("b"))]);
	await caches.open("vx-visited:/quan7/pass/");
	await clear(storage(), shell("b"));
	expect(await caches.keys()).toEqual([nameOf(shell("b")), "vx-visited:/quan7/pass/"]);
	server.down = true;
	const answer = await kept(storage(), shell("b"), new URL(`${origin}/quan7/gate/#invite=A`));
	expect(await answer?.text()).toBe("/quan7/gate/ 1");
	expect(await kept(storage(), shell("b"), new URL(`${origin}/quan7/api/gates/supplies`))).toBeUndefined();
});

it("a pass that was seen once is seen without a network", async () => {
	await visited.keep(page);
	server.down = true;
	expect(await ask()).toBe("/quan7/pass/7K3M-9QXP-4TNC-8RDW 1");
	await expect(visited.answer({ url: `${page}X` } as Request)).rejects.toThrow("no network");
});

it("while there is a network the newest counts, and a slow one keeps nobody waiting", async () => {
	await visited.keep(page);
	server.version = 2;
	expect(await ask()).toContain(" 2");
	server.version = 3;
	let free = () => {};
	server.slow = new Promise((done) => {
		free = done;
	});
	expect(await ask()).toContain(" 2");
	free();
	await server.slow;
	server.slow = null;
	expect(await ask()).toContain(" 3");
});

it("what the server has taken back goes from the telephone; a server in trouble takes nothing back", async () => {
	await visited.keep(page);
	server.status = 503;
	expect(await ask()).toContain(" 1");
	server.status = 404;
	expect((await visited.answer({ url: page } as Request)).status).toBe(404);
	server.down = true;
	await expect(visited.answer({ url: page } as Request)).rejects.toThrow("no network");
});

it("keeps a family's passes, and of more the newest", async () => {
	for (let one = 0; one < 20; one++) await visited.keep(`${page}${one}`);
	await visited.keep(`${page}9`);
	const held = (await caches.open("vx-visited:/quan7/pass/")).held;
	expect(held.size).toBe(12);
	expect([...held.keys()].at(-1)).toBe(`${page}9`);
	expect(held.has(`${page}0`)).toBe(false);
});
