import { expect, it } from "vitest";
import { mustShrink } from "../src/portal/photo.ts";

it("sends a photo the server takes as it is, with what its camera wrote", () => {
	expect(mustShrink({ size: 2_500_000 })).toBe(false);
	expect(mustShrink({ size: 8 * 1024 * 1024 })).toBe(false);
	expect(mustShrink({ size: 8 * 1024 * 1024 + 1 })).toBe(true);
});
