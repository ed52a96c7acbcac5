/**
 * Sound is armed by a gesture and then held by one tab of the browser, under a
 * lock, so that a ring sounds once however many tabs are open. `data-sound` on
 * `<html>` says whether any tab holds it; the red bar stands while none does.
 */
import type { Sound } from "./sound.ts";

const testSeconds = 1.8;

export class Arming {
	readonly #name: string;
	readonly #sound: Sound;
	#asked = false;
	#holds = false;
	readonly #armed: () => void;
	#testing: number | undefined;

	/**
	 * `name` is the lock and the key in this tab's session; theme-init.ts reads the desk's,
	 * so that the bar does not flash between two pages of a shift. `armed` runs when this tab becomes the one that sounds,
	 * and after a test ring: something may be ringing already.
	 */
	constructor(name: string, sound: Sound, armed: () => void) {
		this.#name = name;
		this.#sound = sound;
		this.#armed = armed;
	}

	get holds(): boolean {
		return this.#holds && this.#sound.isOpen;
	}

	begin(): void {
		document.addEventListener("click", (event) => {
			const button = event.target instanceof Element ? event.target.closest("[data-ring-arm], [data-ring-test]") : null;
			if (button) void this.#arm(true);
		});
		if (sessionStorage.getItem(this.#name)) void this.#resume();
		else void this.#show();
		window.setInterval(() => void this.#show(), 3000);
	}

	async #arm(test: boolean): Promise<void> {
		if (!(await this.#sound.open())) return this.#show();
		sessionStorage.setItem(this.#name, "1");
		if (test) this.#test();
		if (!this.#asked) {
			this.#asked = true;
			void navigator.locks.request(this.#name, () => {
				this.#holds = true;
				// A test ring is heard to its end; what is ringing goes on after it.
				if (this.#testing === undefined) this.#armed();
				void this.#show();
				return new Promise<never>(() => {});
			});
		}
		return this.#show();
	}

	/** Heard before it is needed. It is the sound of an emergency, so that one which rings meanwhile loses nothing. */
	#test(): void {
		window.clearTimeout(this.#testing);
		this.#sound.ring(testSeconds);
		this.#testing = window.setTimeout(() => {
			this.#testing = undefined;
			this.#armed();
		}, testSeconds * 1000);
	}

	/** The next page of the same shift: most browsers allow sound at once, the others at the first touch. */
	async #resume(): Promise<void> {
		const attempt = async () => {
			await this.#arm(false);
			if (!this.#sound.isOpen) return;
			document.removeEventListener("pointerdown", touch, true);
			document.removeEventListener("keydown", touch, true);
		};
		const touch = () => void attempt();
		// Before the first try, and until one has succeeded: a touch while it is still waited for would be lost.
		document.addEventListener("pointerdown", touch, true);
		document.addEventListener("keydown", touch, true);
		await attempt();
	}

	async #show(): Promise<void> {
		const { held = [] } = await navigator.locks.query();
		const on = this.#holds ? this.#sound.isOpen : held.some(({ name }) => name === this.#name);
		document.documentElement.dataset.sound = on ? "on" : "off";
	}
}
