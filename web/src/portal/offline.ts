/** `[data-worker]`: the page can be opened again without a network, by the worker of that address. */
export function beginOffline(): void {
	const worker = document.querySelector<HTMLElement>("[data-worker]")?.dataset.worker;
	if (!worker || !("serviceWorker" in navigator)) return;
	const { serviceWorker } = navigator;
	serviceWorker
		.register(worker)
		.then(() => serviceWorker.ready)
		.then(({ active }) => {
			// The answer to a form is another page at the same address, and no worker has seen it pass.
			if (isAnswer()) active?.postMessage("keep");
		})
		.catch(() => {});
}

function isAnswer(): boolean {
	const [visit] = performance.getEntriesByType("navigation");
	return ((visit as PerformanceNavigationTiming | undefined)?.redirectCount ?? 0) > 0;
}
