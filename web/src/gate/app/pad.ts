/** The keys for the twelve digits. They work without a network and with gloves on. */
import type { Screen } from "./screen.ts";
import { Typed } from "./typed.ts";

/** `whole` gets the twelve digits; what it answers stands above the keys, null takes the pad away. */
export function beginPad(screen: Screen, whole: (code: string) => Promise<string | null>): void {
	const typed = new Typed();
	let judging = false;
	const show = (fault = "") => {
		screen.write("digits", typed.shown);
		screen.write("pad-fault", fault);
	};
	const close = () => {
		typed.clear();
		show();
		screen.show("pad", false);
	};
	const press = async (digit: string) => {
		if (judging) return;
		const code = typed.press(digit);
		show();
		if (code === null) return;
		judging = true;
		const fault = await whole(code).finally(() => {
			judging = false;
		});
		if (fault === null) close();
		else show(fault);
	};
	const back = () => {
		typed.back();
		show();
	};
	screen.on("pad", () => {
		show();
		screen.show("pad", true);
	});
	screen.on("scan", close);
	screen.on("digit", ({ dataset }) => void press(dataset.digit ?? ""));
	screen.on("back", back);
	screen.on("clear", () => {
		typed.clear();
		show();
	});
	window.addEventListener("keydown", (event) => {
		if (!screen.isShown("pad") || screen.isShown("verdict")) return;
		if (/^\d$/.test(event.key)) void press(event.key);
		if (event.key === "Backspace") back();
		if (event.key === "Escape") close();
	});
}
