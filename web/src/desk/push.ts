/**
 * Notices to this browser. `<form data-push data-key="…" data-save="…" data-worker="…" data-next="…" hidden>` with the
 * hidden field `csrf`: shown where the browser can take notices, else `[data-push-unable]` is. A press asks the person,
 * gets the centre's key, and hands the browser's address over; then the page moves to `next`. `[data-push-denied]`
 * appears where the browser refuses, `[data-push-fault]` where something fails.
 */
import { fromBase64url, toBase64url } from "./base64url.ts";
import { isOwnPath } from "./news.ts";

const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

for (const unable of document.querySelectorAll<HTMLElement>("[data-push-unable]")) unable.hidden = able;
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-push]")) {
	form.hidden = !able;
	// A newer worker takes the place of the one this browser has.
	if (able && Notification.permission === "granted") void register(form);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		void turnOn(form);
	});
}

async function turnOn(form: HTMLFormElement): Promise<void> {
	const part = (name: string) => form.querySelector<HTMLElement>(`[data-push-${name}]`);
	const [denied, fault] = [part("denied"), part("fault")];
	const button = form.querySelector<HTMLButtonElement>("[type=submit]");
	for (const message of [denied, fault]) if (message) message.hidden = true;
	if (button) button.disabled = true;
	try {
		if ((await Notification.requestPermission()) !== "granted") {
			if (denied) denied.hidden = false;
			return;
		}
		const { key: keyAt = "", save: saveAt = "", next = "/" } = form.dataset;
		const csrf = String(new FormData(form).get("csrf") ?? "");
		const registration = await register(form);
		const { key } = (await send(keyAt, csrf, "{}")) as { key: string };
		const subscription = await subscribe(registration, key);
		await send(saveAt, csrf, JSON.stringify(subscription.toJSON()));
		if (!isOwnPath(next)) throw new Error(`not a path of this centre: ${next}`);
		window.location.assign(next);
	} catch (error) {
		console.warn(error);
		if (fault) fault.hidden = false;
	} finally {
		if (button) button.disabled = false;
	}
}

async function register(form: HTMLFormElement): Promise<ServiceWorkerRegistration> {
	const registration = await navigator.serviceWorker.register(form.dataset.worker ?? "");
	const coming = registration.installing ?? registration.waiting;
	if (!registration.active && coming) {
		await new Promise<void>((resolve) => {
			coming.addEventListener("statechange", () => {
				if (coming.state === "activated" || coming.state === "redundant") resolve();
			});
		});
	}
	return registration;
}

/** A subscription under another key, of a centre that has been restored without its own, gives way. */
async function subscribe(registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
	const known = await registration.pushManager.getSubscription();
	const under = known?.options.applicationServerKey;
	if (known && under && toBase64url(under) === key) return known;
	await known?.unsubscribe();
	return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(key) });
}

async function send(url: string, csrf: string, body: string): Promise<Record<string, unknown>> {
	const headers = { accept: "application/json", "content-type": "application/json", "x-csrf-token": csrf };
	const answer = await fetch(url, { method: "POST", headers, body });
	if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
	const text = await answer.text();
	return text ? JSON.parse(text) : {};
}
