/**
 * Keeps the gate's app on the device: page, script, styles, the reader of codes. A newer version is fetched as a whole
 * beside the old one and takes over when the app says that nobody stands at the gate. Scans and supplies are not here.
 */
import { clear, fill, kept } from "./shell-cache.ts";
import type { Worker } from "./worker.ts";

const worker = self as unknown as Worker;
const { caches, vxShell: shell } = worker;

worker.addEventListener("install", (event) => event.waitUntil(fill(caches, shell)));

worker.addEventListener("activate", (event) => {
	event.waitUntil(clear(caches, shell).then(() => worker.clients.claim()));
});

worker.addEventListener("message", (event) => {
	if (event.data === "take over") event.waitUntil(worker.skipWaiting());
});

worker.addEventListener("fetch", (event) => {
	const { request } = event;
	const address = new URL(request.url);
	const ours = request.method === "GET" && address.origin === self.location.origin;
	// Who asks for another language asks the server, which then makes another version.
	if (!ours || address.search || ![...shell.assets, ...shell.pages].includes(address.pathname)) return;
	event.respondWith(kept(caches, shell, address).then((answer) => answer ?? worker.fetch(request)));
});
