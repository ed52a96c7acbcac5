import { expect, it } from "vitest";
import { sizeOf } from "../src/desk/textsize.ts";

const measures = [160, 153, 70, 67];
const counted = (words: string) => {
	const { characters, parts } = sizeOf(words, measures);
	return [characters, parts];
};

it("counts a text as the server does", () => {
	expect(counted("")).toEqual([0, 1]);
	expect(counted("a".repeat(160))).toEqual([160, 1]);
	expect(counted("a".repeat(161))).toEqual([161, 2]);
	expect(counted(`${"a".repeat(70)}ế`)).toEqual([71, 2]);
	expect(counted("ế".repeat(134))).toEqual([134, 2]);
	expect(counted(`${"ế".repeat(66)}😷${"ô".repeat(66)}`)).toEqual([134, 3]);
	// Two marks that were typed apart are one letter.
	expect(counted("é".normalize("NFD"))).toEqual([1, 1]);
});
