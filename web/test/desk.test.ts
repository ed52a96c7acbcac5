import { expect, it } from "vitest";
import { fromBase64url, toBase64url } from "../src/desk/base64url.ts";
import { step } from "../src/desk/keys.ts";
import { concerns } from "../src/desk/refresh.ts";

it("asks again only for what changed", () => {
	expect(concerns("tickets board", new Set(["board"]))).toBe(true);
	expect(concerns("tickets", new Set(["board"]))).toBe(false);
	expect(concerns("tickets", new Set(["*"]))).toBe(true);
});

it("j and k stop at the ends", () => {
	expect(step(-1, 1, 3)).toBe(0);
	expect(step(-1, -1, 3)).toBe(2);
	expect(step(2, 1, 3)).toBe(2);
	expect(step(0, -1, 3)).toBe(0);
});

it("base64url goes there and back without padding", () => {
	const bytes = Uint8Array.from({ length: 256 }, (_, at) => at).buffer;
	const text = toBase64url(bytes);
	expect(text).not.toMatch(/[+/=]/);
	expect(new Uint8Array(fromBase64url(text))).toEqual(new Uint8Array(bytes));
	expect(() => fromBase64url("*")).toThrow();
});
