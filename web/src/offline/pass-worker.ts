/** Keeps a person's own pass on his telephone: the page once it was seen, and the styles and scripts it needs. */
import { clear, fill, kept } from "./shell-cache.ts";
import { Visited } from "./visited.ts";
import type { Worker } from "./worker.ts";

const worker = self as unknown as Worker;
const { caches, vxShell: shell } = worker;
const visited = new Visited(caches, worker.fetch.bind(worker), shell.scope);

worker.addEventListener("install", (event) => {
	event.waitUntil(fill(caches, shell).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => event.waitUntil(begin()));

/** The page that has brought this worker is not yet kept by it. */
async function begin(): Promise<void> {
	await clear(caches, shell);
	await worker.clients.claim();
	await keepOpen();
}

/** What came as the answer to a form did not come through here, and says so itself. */
worker.addEventListener("message", (event) => {
	if (event.data === "keep") event.waitUntil(keepOpen());
});

async function keepOpen(): Promise<void> {
	const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
	const pages = open.map(({ url }) => new URL(url)).filter(({ pathname }) => isPage(pathname));
	await Promise.allSettled(pages.map(({ origin, pathname }) => visited.keep(origin + pathname)));
}

function isPage(path: string): boolean {
	return path.startsWith(shell.scope) && path !== shell.scope && !path.endsWith("/worker.js");
}

worker.addEventListener("fetch", (event) => {
	const { request } = event;
	const address = new URL(request.url);
	if (request.method !== "GET" || address.origin !== self.location.origin || address.search) return;
	if (shell.assets.includes(address.pathname)) {
		event.respondWith(kept(caches, shell, address).then((answer) => answer ?? worker.fetch(request)));
	} else if (isPage(address.pathname) && (request.mode === "navigate" || request.destination === "image")) {
		event.respondWith(visited.answer(request));
	}
});
