/** A version of what a worker keeps: there as a whole, or not at all. */
import type { Shell } from "./worker.ts";

const mark = (scope: string) => `vx-shell:${scope}:`;

export function nameOf({ scope, version }: Shell): string {
	return `${mark(scope)}${version}`;
}

/** Rejects when a part does not come: then this version does not begin, and the one before goes on. */
export async function fill(caches: CacheStorage, shell: Shell): Promise<void> {
	const cache = await caches.open(nameOf(shell));
	await cache.addAll([...shell.assets, ...shell.pages.map((path) => new Request(path, { cache: "reload" }))]);
}

/** Takes the versions before this one away. */
export async function clear(caches: CacheStorage, shell: Shell): Promise<void> {
	const ours = (await caches.keys()).filter((name) => name.startsWith(mark(shell.scope)));
	await Promise.all(ours.filter((name) => name !== nameOf(shell)).map((name) => caches.delete(name)));
}

/** What is kept under this address, whatever stands behind its question mark; undefined when it is not ours. */
export async function kept(caches: CacheStorage, shell: Shell, address: URL): Promise<Response | undefined> {
	const { pathname } = address;
	if (!shell.assets.includes(pathname) && !shell.pages.includes(pathname)) return undefined;
	return (await caches.open(nameOf(shell))).match(pathname);
}
