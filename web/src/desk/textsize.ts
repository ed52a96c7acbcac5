/**
 * `<textarea data-text-size="160 153 70 67">`: how long a text is, told while somebody types it. The four
 * measures are the characters of one text and of each part of a long one, first in the plain alphabet,
 * then with marks. The element named `<id>-size` says it, in the words of its `data-size-words`, with
 * `{n}` and `{parts}`. The server counts again before anything goes.
 */
export interface Size {
	characters: number;
	parts: number;
}

/** What goes in the plain alphabet: `duty::messages::text_size` knows why no more does. */
const plain = /^[\n\r -#%-?A-Za-z0-9]*$/;

export function sizeOf(typed: string, measures: readonly number[]): Size {
	const words = typed.normalize("NFC").trim();
	const narrow = plain.test(words);
	const [one = 1, each = 1] = narrow ? measures : measures.slice(2);
	if (words.length <= one) return { characters: words.length, parts: 1 };
	if (narrow) return { characters: words.length, parts: Math.ceil(words.length / each) };
	let [parts, from] = [1, 0];
	while (words.length - from > each) {
		// No part ends within a character.
		const code = words.charCodeAt(from + each - 1);
		from += code >= 0xd800 && code < 0xdc00 ? each - 1 : each;
		parts += 1;
	}
	return { characters: words.length, parts };
}

export function beginTextSize(): void {
	for (const field of document.querySelectorAll<HTMLTextAreaElement>("[data-text-size]")) {
		const told = document.getElementById(`${field.id}-size`);
		if (!told) continue;
		const measures = (field.dataset.textSize ?? "").split(" ").map(Number);
		const tell = () => {
			const { characters, parts } = sizeOf(field.value, measures);
			const template = told.dataset.sizeWords ?? "";
			told.textContent = template.replace("{n}", String(characters)).replace("{parts}", String(parts));
			told.hidden = characters === 0;
		};
		field.addEventListener("input", tell);
		tell();
	}
}
