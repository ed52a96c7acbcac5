/** The quiet bar of a lost connection: `[data-live-status]`, shown after three seconds without. */
import type { Live } from "./live.ts";

const patience = 3000;

export function showStatus(live: Live): void {
	let timer: number | undefined;
	live.listen((news) => {
		if (news.kind !== "link") return;
		if (news.up) {
			window.clearTimeout(timer);
			timer = undefined;
			show(false);
		} else {
			timer ??= window.setTimeout(() => show(true), patience);
		}
	});
}

function show(down: boolean): void {
	for (const bar of document.querySelectorAll<HTMLElement>("[data-live-status]")) bar.hidden = !down;
}
