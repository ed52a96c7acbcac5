/** A telephone is given to a gate: by the link of an invitation, or by its letters typed. */
import { Unkept } from "../store.ts";
import { Refused, scansWait } from "./door.ts";
import type { Lifeline } from "./lifeline.ts";
import { found, type Screen } from "./screen.ts";
import { ofLeft } from "./status.ts";
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
	const send = (givingUp: boolean) => {
		const button = found<HTMLButtonElement>(form, "[type=submit]");
		button.disabled = true;
		screen.write("enrol-fault", "");
		screen.show("left", false);
		lifeline
			.enrol(code.value.trim(), name.value.trim(), givingUp)
			.then(() => {
				code.value = "";
				enrolled();
			})
			.catch((error: unknown) => {
				if (error instanceof Refused && error.key === scansWait) offer(screen, words, lifeline);
				else screen.write("enrol-fault", fault(words, error));
			})
			.finally(() => {
				button.disabled = false;
			});
	};
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		send(false);
	});
	screen.on("give-up", () => screen.show("give-up", true));
	screen.on("give-up-not", () => screen.show("left", false));
	screen.on("give-up-sure", () => send(true));
}

/** The invitation is another gate's: first what waits for the one before, or it is given up, which is asked twice. */
function offer(screen: Screen, words: Words, { gate }: Lifeline): void {
	const n = gate.left.reduce((sum, { scans }) => sum + scans, 0);
	screen.write("left", gate.left.map((one) => ofLeft(words, "gate-app-left", one)).join(" "));
	screen.write("give-up", say(words, "gate-app-give-up", { n }));
	screen.write("give-up-ask", gate.left.map((one) => ofLeft(words, "gate-app-give-up-ask", one)).join(" "));
	screen.write("give-up-sure", say(words, "gate-app-give-up-sure", { n }));
	screen.show("give-up", false);
	screen.show("left", true);
}

function fault(words: Words, error: unknown): string {
	if (error instanceof Unkept) return say(words, "gate-app-no-store");
	if (!(error instanceof Refused)) return say(words, "gate-app-enrol-unreached");
	return error.words ?? say(words, "gate-app-enrol-refused");
}
