/** The twelve digits as they are typed, with gloves on: shown in groups of four, judged when they are twelve. */

export const digits = 12;

export class Typed {
	#text = "";

	get text(): string {
		return this.#text;
	}

	/** "4021 5873 ____": what is still to come stands as a line. */
	get shown(): string {
		return (this.#text.padEnd(digits, "_").match(/.{4}/g) ?? []).join(" ");
	}

	/** The whole code once the last digit is there; null before, and when nothing was added. */
	press(digit: string): string | null {
		if (!/^\d$/.test(digit) || this.#text.length >= digits) return null;
		this.#text += digit;
		return this.#text.length === digits ? this.#text : null;
	}

	back(): void {
		this.#text = this.#text.slice(0, -1);
	}

	clear(): void {
		this.#text = "";
	}
}
