/**
 * `data-refresh="tickets board"` asks again when one of its topics changed. What
 * someone is typing in, has selected or is pressing is left alone until he is done.
 */
import type { Live } from "./live.ts";

const pause = 250;

/** True when one of the element's topics changed; `*` means everything. */
export function concerns(own: string, changed: ReadonlySet<string>): boolean {
	return changed.has("*") || own.split(/\s+/).some((topic) => changed.has(topic));
}

/** What somebody has unfolded to read stays open when its part is drawn anew. */
export function keepOpen(): void {
	let open: string[] = [];
	document.addEventListener("htmx:beforeSwap", () => {
		open = [...document.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map(({ id }) => id);
	});
	document.addEventListener("htmx:afterSwap", () => {
		for (const id of open) {
			const part = document.getElementById(id);
			if (part instanceof HTMLDetailsElement) part.open = true;
		}
	});
}

/** Whether a finger or a button of the mouse is down: a link drawn anew under it would not be opened. */
export function pressing(): () => boolean {
	let down = false;
	const release = () => {
		down = false;
	};
	document.addEventListener("pointerdown", ({ button }) => {
		// The others open nothing, and a menu that they unfold may swallow what follows.
		if (button === 0) down = true;
	});
	for (const over of ["pointerup", "pointercancel"] as const) {
		// The click comes after it.
		document.addEventListener(over, () => window.setTimeout(release));
	}
	// It may be released where this page does not hear of it.
	document.addEventListener("contextmenu", release);
	document.addEventListener("visibilitychange", release);
	window.addEventListener("blur", release);
	document.addEventListener("pointermove", ({ buttons }) => {
		if (buttons === 0) release();
	});
	return () => down;
}

export function refreshOn(live: Live): void {
	const changed = new Set<string>();
	const pressed = pressing();
	let timer: number | undefined;
	const run = () => {
		timer = undefined;
		let waiting = false;
		for (const element of document.querySelectorAll<HTMLElement>("[data-refresh]")) {
			if (!concerns(element.dataset.refresh ?? "", changed)) continue;
			if (pressed() || inUse(element)) waiting = true;
			else window.htmx?.trigger(element, "refresh");
		}
		if (waiting) timer = window.setTimeout(run, 4 * pause);
		else changed.clear();
	};
	// An answer that comes while something is pressed is asked for again.
	document.addEventListener("htmx:beforeSwap", (event) => {
		const element = event.target;
		if (!pressed() || !(element instanceof HTMLElement) || !element.dataset.refresh) return;
		(event as CustomEvent<{ shouldSwap: boolean }>).detail.shouldSwap = false;
		for (const topic of element.dataset.refresh.split(/\s+/)) changed.add(topic);
		timer ??= window.setTimeout(run, pause);
	});
	live.listen((news) => {
		if (news.kind !== "changed") return;
		for (const topic of news.topics) changed.add(topic);
		if (timer === undefined) timer = window.setTimeout(run, pause);
	});
}

function inUse(element: HTMLElement): boolean {
	const focused = document.activeElement;
	const typing =
		focused instanceof HTMLElement && element.contains(focused) && focused.matches("input, textarea, select");
	return typing || element.querySelector("[data-bulk-item]:checked, details[open] form, dialog[open]") !== null;
}
