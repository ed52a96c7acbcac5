/** A telephone is given to a gate: by the link of an invitation, or by its letters typed. */
import { Refused } from "./door.ts";
import type { Lifeline } from "./lifeline.ts";
import { found, type Screen } from "./screen.ts";
import { say, type Words } from "./words.ts";

/** The code in `#invite=…`. It is good once, and goes from the address at once: no history keeps it. */
export function invitation(place: Location, history: History): string | null {
	const code = new URLSearchParams(place.hash.slice(1)).get("invite");
	if (code !== null) history.replaceState(null, "", place.pathname);
	return code;
}

/** `enrolled` is called in the gesture's wake: camera and sound may be asked for. */
export function beginEnrolment(screen: Screen, words: Words, lifeline: Lifeline, enrolled: () => void): void {
	const form = found<HTMLFormElement>(screen.page, "form[data-enrol]");
	const [code, name] = [found<HTMLInputElement>(form, "#invite"), found<HTMLInputElement>(form, "#device")];
	const take = () => {
		const invited = invitation(window.location, window.history);
		if (invited) code.value = invited;
	};
	window.addEventListener("hashchange", take);
	take();
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const button = found<HTMLButtonElement>(form, "[type=submit]");
		button.disabled = true;
		screen.write("enrol-fault", "");
		lifeline
			.enrol(code.value.trim(), name.value.trim())
			.then(() => {
				code.value = "";
				enrolled();
			})
			.catch((error: unknown) => screen.write("enrol-fault", fault(words, error)))
			.finally(() => {
				button.disabled = false;
			});
	});
}

function fault(words: Words, error: unknown): string {
	if (!(error instanceof Refused)) return say(words, "gate-app-enrol-unreached");
	return error.words ?? say(words, "gate-app-enrol-refused");
}
