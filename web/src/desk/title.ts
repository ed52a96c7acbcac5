/** The page's title speaks in turn with a word while something rings; without motion the word just stands before it. */
export class TitleBlink {
	readonly #word: string;
	#title = "";
	#timer: number | undefined;

	constructor(word: string) {
		this.#word = word;
	}

	set(on: boolean): void {
		if (on === (this.#timer !== undefined) || !this.#word) return;
		if (!on) {
			window.clearInterval(this.#timer);
			this.#timer = undefined;
			document.title = this.#title;
			return;
		}
		this.#title = document.title;
		const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
		let word = false;
		const turn = () => {
			word = still || !word;
			document.title = word ? `● ${this.#word} · ${this.#title}` : this.#title;
		};
		turn();
		this.#timer = window.setInterval(turn, 1000);
	}
}
