/**
 * The service worker of notices: shows what a push says, opens its ticket on a press. It holds no page and
 * answers no request. The types of workers and of pages exclude each other, so what is used is named here.
 */
import { readTold } from "./push-told.ts";

interface Later {
	waitUntil(done: Promise<unknown>): void;
}
interface Pushed extends Later {
	data: { json(): unknown } | null;
}
interface Pressed extends Later {
	notification: Notification;
}
interface Page {
	url: string;
	focus(): Promise<unknown>;
}
interface Worker {
	registration: ServiceWorkerRegistration;
	clients: { matchAll(asked: object): Promise<Page[]>; openWindow(path: string): Promise<unknown> };
	skipWaiting(): Promise<void>;
	addEventListener(kind: "push", heard: (event: Pushed) => void): void;
	addEventListener(kind: "notificationclick", heard: (event: Pressed) => void): void;
	addEventListener(kind: "install", heard: (event: Later) => void): void;
}

const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));

worker.addEventListener("push", (event) => {
	const told = said(event);
	if (!told) return;
	event.waitUntil(
		worker.registration.showNotification(told.title, {
			body: told.body,
			tag: told.tag,
			lang: told.lang,
			requireInteraction: told.urgent,
			data: { path: told.path },
		}),
	);
});

function said(event: Pushed): ReturnType<typeof readTold> {
	try {
		return readTold(event.data?.json());
	} catch {
		return null;
	}
}

worker.addEventListener("notificationclick", (event) => {
	event.notification.close();
	const { path } = event.notification.data as { path: string };
	event.waitUntil(open(path));
});

/** The tab that shows the ticket already, or a new one. */
async function open(path: string): Promise<unknown> {
	const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
	const there = pages.find(({ url }) => new URL(url).pathname === path);
	return there ? there.focus() : worker.clients.openWindow(path);
}
