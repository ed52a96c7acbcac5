/** What a verdict looks like on the screen: colour, words, how long. Pure; the words come from the page. */
import type { Seen } from "./gate.ts";
import { say, sayReason, type Words } from "./words.ts";

/** Three colours with a shape each; grey for what is no verdict on anybody. */
export type Tone = "green" | "yellow" | "red" | "again" | "unable";

export interface Sign {
	tone: Tone;
	/** XANH, VÀNG, ĐỎ, or what is to be done. */
	word: string;
	/** Whether the person may pass. */
	pass: string;
	name: string;
	year: string;
	reasons: string[];
	/** To compare with a card; empty where there is nothing to compare. */
	compare: string;
	/** That the device has not kept it, and what to do; else empty. */
	unrecorded: string;
	/** How long it stays unless it is tapped away, milliseconds. */
	stays: number;
}

const stays = { glance: 900, usual: 2_000, picked: 6_000, again: 1_200 };

/** `now` by the device's clock. */
export function signOf(seen: Seen, words: Words, now: number): Sign {
	const { answer } = seen;
	if (answer.answer === "wait") {
		const minutes = Math.max(1, Math.ceil((answer.until - now) / 60_000));
		return { ...nobody, word: say(words, "gate-app-wait"), reasons: [say(words, "gate-app-wait-text", { minutes })] };
	}
	const reasons = answer.reasons.map((reason) => sayReason(words, reason));
	if (answer.answer === "again") {
		return { ...nobody, tone: "again", word: say(words, "gate-app-again"), reasons, stays: stays.again };
	}
	if (answer.answer === "unable") return { ...nobody, word: say(words, "gate-app-unable"), reasons };
	const { colour, who } = answer;
	const { direction, pickedOf, glance, unrecorded } =
		"pickedOf" in seen ? seen : { direction: "in", pickedOf: null, glance: false, unrecorded: false };
	const closely = pickedOf === null ? "gate-app-compare" : "gate-app-compare-closely";
	return {
		tone: colour,
		word: say(words, `gate-app-colour-${colour}`),
		pass: say(words, direction === "in" ? `gate-app-pass-${colour}` : "gate-app-pass-out"),
		name: who?.name ?? "",
		year: who?.birthYear ? String(who.birthYear) : "",
		reasons,
		compare: who && !glance ? say(words, closely) : "",
		unrecorded: unrecorded ? say(words, "gate-app-unrecorded") : "",
		stays: pickedOf !== null || unrecorded ? stays.picked : glance && colour === "green" ? stays.glance : stays.usual,
	};
}

const nobody: Sign = {
	tone: "unable",
	word: "",
	pass: "",
	name: "",
	year: "",
	reasons: [],
	compare: "",
	unrecorded: "",
	stays: stays.usual,
};
