/** One SVG sprite of the icons named in `icons.txt`, drawn by `<use href="…/icons-HASH.svg#name">`. */
import { readFileSync } from "node:fs";

const folder = "node_modules/@tabler/icons/icons/outline";

export function iconSprite(): string {
	const symbols = iconNames().map((name) => {
		const source = readFileSync(`${folder}/${name}.svg`, "utf8");
		const shapes = source
			.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"))
			.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
			.replace(/\s+/g, " ")
			.replace(/ \/>/g, "/>")
			.replace(/> </g, "><")
			.trim();
		return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
	});
	return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

export function iconNames(): string[] {
	return readFileSync("icons.txt", "utf8")
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line && !line.startsWith("#"));
}
