/**
 * The page as the server wrote it: parts that come and go (`data-part`), places for words (`data-slot`), notices
 * (`data-notice`), buttons (`data-do`). No part is ever a dialog: nothing has to be answered before the next person.
 */
import type { Sign } from "./sign.ts";

export type Part = (typeof parts)[number];
export type Notice =
	| "unkept"
	| "sound"
	| "clock"
	| "full"
	| "picked"
	| "supplies"
	| "spoiled"
	| "refused"
	| "unfit"
	| "left";

const parts = ["starting", "enrol", "gate", "pad", "verdict", "removed", "left", "give-up", "no-camera"] as const;

/** The last tap of a code must not take its verdict away; milliseconds. */
const steady = 400;

export class Screen {
	readonly #parts: Map<Part, HTMLElement>;
	#off: (() => void) | null = null;

	constructor(readonly page: HTMLElement) {
		this.#parts = new Map(parts.map((part) => [part, found(page, `[data-part="${part}"]`)]));
		this.#part("verdict").addEventListener("click", () => this.#off?.());
	}

	on(what: string, pressed: (button: HTMLElement) => void): void {
		for (const button of this.page.querySelectorAll<HTMLElement>(`[data-do="${what}"]`)) {
			button.addEventListener("click", () => pressed(button));
		}
	}

	button(what: string): HTMLElement {
		return found(this.page, `[data-do="${what}"]`);
	}

	show(part: Part, visible: boolean): void {
		this.#part(part).hidden = !visible;
	}

	isShown(part: Part): boolean {
		return !this.#part(part).hidden;
	}

	write(slot: string, text: string): void {
		const place = found(this.page, `[data-slot="${slot}"]`);
		// A reader of the screen is told of what changes, not of what is written again.
		if (place.textContent !== text) place.textContent = text;
	}

	/** False takes it away; true shows it with the page's own words. */
	notice(which: Notice, text: string | boolean): void {
		const notice = found(this.page, `[data-notice="${which}"]`);
		notice.hidden = text === false;
		if (typeof text === "string" && notice.textContent !== text) notice.textContent = text;
	}

	/** Resolves when the verdict has gone: by itself, or because it was tapped. */
	verdict(sign: Sign): Promise<void> {
		const part = this.#part("verdict");
		part.dataset.tone = sign.tone;
		for (const slot of ["word", "pass", "name", "year", "compare", "unrecorded"] as const) this.write(slot, sign[slot]);
		const reasons = found(this.page, '[data-slot="reasons"]');
		reasons.replaceChildren(...sign.reasons.map((reason) => line(reason)));
		part.hidden = false;
		return new Promise((gone) => {
			const shown = performance.now();
			const end = () => {
				window.clearTimeout(timer);
				this.#off = null;
				part.hidden = true;
				gone();
			};
			const timer = window.setTimeout(end, sign.stays);
			this.#off = () => {
				if (performance.now() - shown > steady) end();
			};
		});
	}

	#part(part: Part): HTMLElement {
		return this.#parts.get(part) as HTMLElement;
	}
}

export function found<Kind extends HTMLElement>(page: ParentNode, selector: string): Kind {
	const element = page.querySelector<Kind>(selector);
	if (!element) throw new Error(`the page has no ${selector}`);
	return element;
}

function line(text: string): HTMLLIElement {
	const item = document.createElement("li");
	item.textContent = text;
	return item;
}
