/**
 * The ring panel. Every tab shows what is pending; one tab sounds it. All words
 * come from the server: `<template id="ring-card">` and `data-word-*` on the body.
 */
import { Arming } from "./arming.ts";
import { Book, secondsUntil } from "./book.ts";
import { now } from "./clock.ts";
import type { Live } from "./live.ts";
import type { Ring } from "./news.ts";
import { Sound } from "./sound.ts";
import { TitleBlink } from "./title.ts";

const asideKey = "vx-aside";
/** More notices than anybody puts aside in one shift. */
const asideKept = 500;

/** Put aside in any tab of this browser. */
function aside(): string[] {
	return JSON.parse(localStorage.getItem(asideKey) ?? "[]");
}

export class RingPanel {
	readonly #book = new Book(aside());
	readonly #cards = new Map<string, HTMLElement>();
	readonly #sound = new Sound();
	readonly #title = new TitleBlink(document.body.dataset.wordRing ?? "");
	readonly #arming = new Arming("vx-sound", this.#sound, () => this.#play());
	readonly #live: Live;
	#told = false;
	readonly #panel: HTMLElement;
	readonly #list: HTMLElement;
	readonly #template: HTMLTemplateElement;
	/** How many more notices wait, and what is done with all of them. */
	readonly #rest: HTMLElement | null;

	constructor(live: Live, panel: HTMLElement, list: HTMLElement, template: HTMLTemplateElement) {
		this.#live = live;
		this.#panel = panel;
		this.#list = list;
		this.#template = template;
		this.#rest = panel.querySelector("[data-ring-rest]");
	}

	begin(): void {
		this.#arming.begin();
		this.#rest?.querySelector("button")?.addEventListener("click", () => {
			this.#putAside(...this.#book.list().map(({ attempt }) => attempt));
		});
		this.#live.listen((news) => {
			if (news.kind === "rings") this.#replace(news.rings);
			if (news.kind === "ring") this.#add(news.ring);
			if (news.kind === "stop" && this.#book.stop(news.attempt)) this.#show();
		});
		window.setInterval(() => {
			if (this.#book.expire(now())) this.#show();
			else this.#count();
		}, 250);
	}

	#add(ring: Ring): void {
		const what = this.#book.add(ring, now());
		if (what === "known") return;
		this.#show();
		if (what === "fresh") this.#chime([ring]);
	}

	/** What has ended while nobody heard it goes, what has begun comes. */
	#replace(rings: Ring[]): void {
		const fresh = this.#book.replace(rings, now());
		this.#show();
		// A page that opens shows the notices of hours ago; they have sounded once.
		if (this.#told) this.#chime(fresh);
		this.#told = true;
	}

	#chime(fresh: Ring[]): void {
		if (this.#arming.holds && fresh.some((ring) => ring.tone === "notice")) this.#sound.chime();
	}

	/** Lays the ring down anew for what is pending now. */
	#play(): void {
		const until = this.#book.ringsUntil();
		if (until !== null && this.#arming.holds) this.#sound.ring((until - now()) / 1000);
		else this.#sound.silence();
	}

	#show(): void {
		const shown = this.#book.shown();
		for (const [attempt, card] of this.#cards) {
			if (shown.some((ring) => ring.attempt === attempt)) continue;
			card.remove();
			this.#cards.delete(attempt);
		}
		for (const [place, ring] of shown.entries()) {
			const card = this.#cards.get(ring.attempt) ?? this.#card(ring);
			if (this.#list.children[place] !== card) this.#list.insertBefore(card, this.#list.children[place] ?? null);
		}
		this.#showRest(this.#book.list().length - shown.length);
		const tone = this.#book.loudest();
		const appears = this.#panel.hidden && tone === "ring";
		this.#panel.hidden = tone === null;
		this.#panel.dataset.tone = tone ?? "";
		this.#title.set(tone === "ring");
		this.#count();
		this.#play();
		if (appears && !isTyping()) this.#panel.focus();
	}

	#showRest(notices: number): void {
		if (!this.#rest) return;
		this.#rest.hidden = notices === 0;
		const slot = this.#rest.querySelector('[data-slot="notices"]');
		if (slot) slot.textContent = String(notices);
	}

	#count(): void {
		for (const ring of this.#book.shown()) {
			const slot = this.#cards.get(ring.attempt)?.querySelector('[data-slot="seconds"]');
			const seconds = String(secondsUntil(ring.until, now()));
			if (slot && slot.textContent !== seconds) slot.textContent = seconds;
		}
	}

	#card(ring: Ring): HTMLElement {
		const copy = this.#template.content.cloneNode(true) as DocumentFragment;
		const card = copy.firstElementChild as HTMLElement;
		card.dataset.tone = ring.tone;
		for (const part of card.querySelectorAll<HTMLElement>("[data-only]")) {
			if (part.dataset.only !== ring.tone) part.remove();
		}
		for (const slot of card.querySelectorAll<HTMLElement>("[data-slot]")) {
			const value = ring[slot.dataset.slot as keyof Ring];
			if (value !== undefined) slot.textContent = value;
		}
		for (const act of card.querySelectorAll<HTMLElement>("[data-ring-do]")) {
			const link =
				act.dataset.ringDo === "accept" ? ring.accept : act.dataset.ringDo === "pass" ? ring.pass : ring.open;
			if (act.dataset.ringDo === "later") act.addEventListener("click", () => this.#putAside(ring.attempt));
			else if (!link) act.remove();
			else if (act instanceof HTMLAnchorElement) act.href = link;
			else act.addEventListener("click", () => void this.#answer(ring, link, card));
		}
		this.#cards.set(ring.attempt, card);
		return card;
	}

	#putAside(...attempts: string[]): void {
		localStorage.setItem(asideKey, JSON.stringify(this.#book.putAside(...attempts).slice(-asideKept)));
		this.#show();
		this.#list.querySelector<HTMLElement>("button, a")?.focus();
	}

	async #answer(ring: Ring, link: string, card: HTMLElement): Promise<void> {
		const buttons = card.querySelectorAll<HTMLButtonElement>("button");
		const fault = card.querySelector<HTMLElement>('[data-slot="fault"]');
		for (const button of buttons) button.disabled = true;
		if (fault) fault.hidden = true;
		const answer = await post(link, ring.csrf);
		if (answer === "moved") {
			window.location.assign(ring.open || link);
			return;
		}
		if (answer === "done") {
			this.#live.tell({ kind: "stop", attempt: ring.attempt });
			this.#live.tell({ kind: "changed", topics: ["tickets"] });
			return;
		}
		for (const button of buttons) button.disabled = false;
		if (fault) fault.hidden = false;
	}
}

/**
 * `done`: the server took it, or someone else was first (404, 409, 410), so the ring
 * is over either way. `moved`: it sent us elsewhere, most likely to sign in again.
 */
async function post(link: string, csrf: string): Promise<"done" | "moved" | "failed"> {
	try {
		const answer = await fetch(link, {
			method: "POST",
			headers: { accept: "application/json", "x-csrf-token": csrf },
			redirect: "manual",
		});
		if (answer.type === "opaqueredirect") return "moved";
		return answer.ok || [404, 409, 410].includes(answer.status) ? "done" : "failed";
	} catch {
		return "failed";
	}
}

function isTyping(): boolean {
	return document.activeElement?.matches("input, textarea, select, [contenteditable]") ?? false;
}

export function beginRings(live: Live): void {
	const panel = document.querySelector<HTMLElement>("[data-ring-panel]");
	const list = panel?.querySelector<HTMLElement>("[data-ring-list]");
	const template = document.querySelector<HTMLTemplateElement>("template#ring-card");
	if (panel && list && template) new RingPanel(live, panel, list, template).begin();
}
