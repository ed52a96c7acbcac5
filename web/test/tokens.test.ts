import { describe, expect, it } from "vitest";
import { contrast } from "../src/contrast.ts";
import { colours, edges, pairs, sizes, tokensCss } from "../src/tokens.ts";

describe.each([
	["light", 0],
	["dark", 1],
] as const)("in %s", (_name, index) => {
	it.each(pairs)("%s can be read on %s", (text, ground) => {
		expect(contrast(colours[text][index], colours[ground][index])).toBeGreaterThanOrEqual(4.5);
	});
	it.each(edges)("the edge %s can be seen on %s", (edge, ground) => {
		expect(contrast(colours[edge][index], colours[ground][index])).toBeGreaterThanOrEqual(3);
	});
});

describe("the token sheet", () => {
	it("knows black on white", () => expect(contrast("#000000", "#ffffff")).toBeCloseTo(21));
	it("has six sizes", () => expect(sizes).toHaveLength(6));
	it("turns dark by machine and by choice, and stays light on paper", () => {
		const css = tokensCss();
		expect(css).toContain('@media screen and (prefers-color-scheme:dark){:root:not([data-bs-theme="light"])');
		expect(css).toContain('@media screen{:root[data-bs-theme="dark"]');
	});
});
