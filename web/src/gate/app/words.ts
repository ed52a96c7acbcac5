/**
 * The words of the screens, in the language in which the server wrote the page: `data-words`, a JSON object of
 * key → text, with `{name}` where a figure belongs.
 */
import type { Reason } from "../reasons.ts";

export type Words = Record<string, string>;
export type Figures = Record<string, number | string>;

export function say(words: Words, key: string, figures: Figures = {}): string {
	return (words[key] ?? key)
		.replace(/\{(\w+)\}/g, (_, name: string) => String(figures[name] ?? ""))
		.replace(/\s{2,}/g, " ")
		.trim();
}

/** A reason as the guard reads it: what the rules call by a code word has a word of people. */
export function sayReason(words: Words, { key, figures = {} }: Reason): string {
	const told = Object.entries(figures).map(([name, value]) => [name, words[`gate-${name}-${value}`] ?? value]);
	return say(words, key, Object.fromEntries(told));
}
