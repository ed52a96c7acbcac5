// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from "vitest";
import { Arming } from "../src/desk/arming.ts";
import type { Sound } from "../src/desk/sound.ts";

/** What a loudspeaker would have played, in order. */
let played: string[];
let emergency: boolean;
let arming: Arming;

const sound = {
	isOpen: true,
	open: async () => true,
	ring: (seconds: number) => played.push(`ring ${seconds}`),
	silence: () => played.push("silence"),
} as unknown as Sound;

beforeEach(() => {
	played = [];
	emergency = false;
	vi.useFakeTimers();
	sessionStorage.clear();
	document.body.innerHTML = "<button data-ring-arm></button><button data-ring-test></button>";
	vi.stubGlobal("navigator", {
		locks: {
			request: async (_name: string, hold: () => Promise<never>) => void hold(),
			query: async () => ({ held: [] }),
		},
	});
	// As the ring panel lays its sound down.
	arming = new Arming("vx-sound", sound, () => {
		if (emergency) sound.ring(42);
		else sound.silence();
	});
	arming.begin();
	return () => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	};
});

async function press(what: string): Promise<void> {
	document.querySelector<HTMLElement>(`[${what}]`)?.click();
	await vi.advanceTimersByTimeAsync(0);
}

it("a shift begins with a test ring that is heard to its end, and an emergency goes on after one", async () => {
	await press("data-ring-arm");
	expect(arming.holds).toBe(true);
	expect(played).toEqual(["ring 1.8"]);
	await vi.advanceTimersByTimeAsync(1800);
	expect(played).toEqual(["ring 1.8", "silence"]);

	// Pressed again during an emergency it gives way to it.
	emergency = true;
	played = [];
	await press("data-ring-test");
	await vi.advanceTimersByTimeAsync(1800);
	expect(played).toEqual(["ring 1.8", "ring 42"]);
});
