/** Be Vietnam Pro from its npm package: the two subsets Vietnamese needs, four weights, woff2 only. */
import { readFileSync } from "node:fs";

const folder = "node_modules/@fontsource/be-vietnam-pro";
const weights = [400, 500, 600, 700];
const subsets = ["vietnamese", "latin"];

/** Puts the font files and returns the `@font-face` rules that name them. */
export function fontFaces(put: (name: string, content: Uint8Array) => string): string {
	const ranges: Record<string, string> = JSON.parse(readFileSync(`${folder}/unicode.json`, "utf8"));
	return weights
		.flatMap((weight) =>
			subsets.map((subset) => {
				const range = ranges[subset];
				if (!range) throw new Error(`${folder}/unicode.json has no range for ${subset}`);
				const file = put(
					`be-vietnam-pro-${subset}-${weight}.woff2`,
					readFileSync(`${folder}/files/be-vietnam-pro-${subset}-${weight}-normal.woff2`),
				);
				return `@font-face{font-family:"Be Vietnam Pro";font-style:normal;font-weight:${weight};font-display:swap;src:url("./${file}") format("woff2");unicode-range:${range}}`;
			}),
		)
		.join("\n");
}
