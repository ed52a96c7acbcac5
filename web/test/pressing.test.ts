// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from "vitest";
import { pressing } from "../src/desk/refresh.ts";

function point(type: string, at: MouseEventInit = {}): void {
	document.dispatchEvent(new MouseEvent(type, at));
}

beforeEach(() => {
	vi.useFakeTimers();
	return () => {
		vi.useRealTimers();
	};
});

it("a link under a finger is left alone until it was clicked", () => {
	const pressed = pressing();
	expect(pressed()).toBe(false);
	point("pointerdown");
	point("pointermove", { buttons: 1 });
	point("pointerup");
	expect(pressed()).toBe(true);
	vi.runAllTimers();
	expect(pressed()).toBe(false);
});

it("a button of the mouse that opens no link is not waited for", () => {
	const pressed = pressing();
	point("pointerdown", { button: 2, buttons: 2 });
	expect(pressed()).toBe(false);
});

it("what is released where the page does not hear of it is released", () => {
	const pressed = pressing();
	for (const release of [
		() => point("contextmenu"),
		() => point("visibilitychange"),
		() => point("pointermove", { buttons: 0 }),
		() => window.dispatchEvent(new Event("blur")),
	]) {
		point("pointerdown", { buttons: 1 });
		expect(pressed()).toBe(true);
		release();
		expect(pressed()).toBe(false);
	}
});
