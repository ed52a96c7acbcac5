/**
 * The parts of a service worker that ours use. The types of workers and of pages exclude each other, so what is
 * used is named here.
 */
export interface Later {
	waitUntil(done: Promise<unknown>): void;
}
export interface Asked extends Later {
	request: Request;
	respondWith(answer: Promise<Response>): void;
}
export interface Said extends Later {
	data: unknown;
}
export interface Worker {
	/** What the server writes in front of the worker's code. */
	vxShell: Shell;
	caches: CacheStorage;
	fetch: typeof fetch;
	registration: ServiceWorkerRegistration;
	clients: { claim(): Promise<void>; matchAll(asked: object): Promise<{ url: string }[]> };
	skipWaiting(): Promise<void>;
	addEventListener(kind: "install" | "activate", heard: (event: Later) => void): void;
	addEventListener(kind: "fetch", heard: (event: Asked) => void): void;
	addEventListener(kind: "message", heard: (event: Said) => void): void;
}

/** What a worker keeps on the device. */
export interface Shell {
	/** The path below which it answers; ends with a slash. */
	scope: string;
	/** Another one for every change of what is kept. */
	version: string;
	/** Paths that are good for ever: their names hold the hash of what is in them. */
	assets: string[];
	/** Paths that this version is made of and that keep their names. */
	pages: string[];
}
