/**
 * `<time class="left" data-due="RFC 3339" data-soon="3600">`: label and tone follow
 * the clock. The words are templates on the body, `data-words`, a JSON object with
 * left-day … left-second and late-day … late-second, each with `{n}`.
 */
import { now } from "./clock.ts";

export type Words = Record<string, string>;

const units = [
	["day", 86_400],
	["hour", 3600],
	["minute", 60],
	["second", 1],
] as const;

/**
 * The largest unit that is there twice: "còn 90 phút" says more than "còn 1 giờ".
 * Seconds are negative once it is late. Empty when the words lack that unit.
 */
export function label(words: Words, seconds: number): string {
	const size = Math.abs(seconds);
	const [unit, length] = units.find(([, each]) => size >= 2 * each) ?? units[3];
	const template = words[`${seconds > 0 ? "left" : "late"}-${unit}`] ?? "";
	return template.replace("{n}", String(Math.floor(size / length)));
}

/** Seconds left → tone; `soon` is how many seconds before the end it becomes pressing. */
export function tone(seconds: number, soon: number): "calm" | "soon" | "late" {
	if (seconds <= 0) return "late";
	return seconds <= soon ? "soon" : "calm";
}

export function beginTimeLeft(): void {
	const words = readWords();
	if (!words) return;
	const tick = () => {
		for (const element of document.querySelectorAll<HTMLElement>("[data-due]")) relabel(element, words);
	};
	tick();
	window.setInterval(tick, 1000);
	document.addEventListener("htmx:afterSwap", tick);
}

function relabel(element: HTMLElement, words: Words): void {
	const due = Date.parse(element.dataset.due ?? "");
	if (Number.isNaN(due)) return;
	const seconds = Math.trunc((due - now()) / 1000);
	const text = label(words, seconds);
	const slot = element.querySelector("[data-slot]") ?? element;
	if (text && slot.textContent !== text) slot.textContent = text;
	element.dataset.left = tone(seconds, Number(element.dataset.soon ?? 3600));
}

function readWords(): Words | null {
	try {
		return JSON.parse(document.body.dataset.words ?? "null");
	} catch {
		return null;
	}
}
