/** `[data-worker]`: the page can be opened again without a network, by the worker of that address. */
export function beginOffline(): void {
	const worker = document.querySelector<HTMLElement>("[data-worker]")?.dataset.worker;
	if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
}
