/**
 * The worker that keeps this page on the device, and the change to a newer one: never between two people at the
 * gate. What waits to be sent lies in the database of the device, which no renewal touches.
 */
const everyLook = 3_600_000;
const everyChance = 5_000;

/** `quiet`: whether nobody would be disturbed by the page coming up anew. */
export async function keepShell(worker: string, quiet: () => boolean): Promise<void> {
	if (!("serviceWorker" in navigator)) return;
	const { serviceWorker } = navigator;
	// The first worker takes a page over that is as new as itself.
	let first = serviceWorker.controller === null;
	serviceWorker.addEventListener("controllerchange", () => {
		if (!first) window.location.reload();
		first = false;
	});
	const registration = await serviceWorker.register(worker);
	window.setInterval(() => {
		if (registration.waiting && quiet()) registration.waiting.postMessage("take over");
	}, everyChance);
	window.setInterval(() => void registration.update().catch(() => {}), everyLook);
	// A browser short of space must not throw the scans of a day away.
	await navigator.storage?.persist?.();
}
