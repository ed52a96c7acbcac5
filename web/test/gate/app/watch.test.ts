import { expect, it } from "vitest";
import { nearest } from "../../../src/gate/app/detector.ts";
import { Pace } from "../../../src/gate/app/pace.ts";
import { Sightings } from "../../../src/gate/app/sightings.ts";
import { Typed } from "../../../src/gate/app/typed.ts";
import { watch } from "../../../src/gate/app/watch.ts";

/** What a camera reads, frame by frame, a tenth of a second apart; `!` fails, `.` is nothing. What was taken, and at which frame. */
async function film(frames: string): Promise<string> {
	let at = -1;
	const taken: string[] = [];
	const eyes = {
		read: async () => {
			at++;
			const frame = frames[at] ?? ".";
			if (frame === "!") throw new Error("out of memory");
			return frame === "." ? null : frame;
		},
		now: () => at * 100,
		rest: async () => {},
	};
	const take = async (text: string) => {
		taken.push(`${text}${at}`);
	};
	await watch(eyes, new Sightings(), take, () => at >= frames.length);
	return taken.join(" ");
}

it("counts what it has read twice in a row, and nothing that it has read once", async () => {
	expect(await film("a")).toBe("");
	expect(await film("ab")).toBe("");
	expect(await film("abab")).toBe("");
	expect(await film("..aa..")).toBe("a3");
	expect(await film("aabb")).toBe("a1 b3");
});

it("frames that cannot be read say nothing, neither for nor against", async () => {
	expect(await film("!!!...!!!")).toBe("");
	expect(await film("a.!.a")).toBe("a4");
	expect(await film(`a${".".repeat(20)}a`)).toBe("");
});

it("does not count again while it stays in sight, nor for some seconds after", async () => {
	expect(await film("a".repeat(300))).toBe("a1");
	expect(await film(`aa${".".repeat(20)}aa`)).toBe("a1");
	expect(await film(`aa${".".repeat(45)}aa`)).toBe("a1 a48");
	expect(await film("aabbaabb")).toBe("a1 b3");
});

it("who turns round counts again at once", () => {
	const sightings = new Sightings();
	sightings.see("a", 0);
	expect(sightings.see("a", 100)).toBe("a");
	sightings.forget();
	sightings.see("a", 200);
	expect(sightings.see("a", 300)).toBe("a");
});

it("while a verdict is shown nothing is read", async () => {
	const order: string[] = [];
	let frames = 0;
	const eyes = {
		read: async () => {
			frames++;
			order.push("read");
			return "a";
		},
		now: () => frames * 100,
		rest: async () => {},
	};
	const take = async () => {
		order.push("shown");
		await Promise.resolve();
		order.push("gone");
	};
	await watch(eyes, new Sightings(), take, () => frames === 3);
	expect(order).toEqual(["read", "read", "shown", "gone", "read"]);
});

it("what fails at one person stops nothing: he counts when he is read again, and so does whoever comes next", async () => {
	const frames = "aaaabb";
	let at = -1;
	const eyes = { read: async () => frames[++at] ?? null, now: () => at * 100, rest: async () => {} };
	const taken: string[] = [];
	const take = async (text: string) => {
		taken.push(`${text}${at}`);
		if (taken.length === 1) throw new Error("the device is full");
	};
	await watch(eyes, new Sightings(), take, () => at >= frames.length);
	expect(taken).toEqual(["a1", "a3", "b5"]);
});

it("of several codes in the picture the one in the middle is meant", () => {
	const at = (rawValue: string, x: number, y: number) => ({ rawValue, boundingBox: { x, y, width: 100, height: 100 } });
	expect(nearest([at("corner", 0, 0), at("middle", 240, 260), at("", 250, 250)], 600, 600)).toBe("middle");
	expect(nearest([], 600, 600)).toBeNull();
});

it("twelve digits are shown in fours and given when they are twelve", () => {
	const typed = new Typed();
	for (const digit of "40215873396") expect(typed.press(digit)).toBeNull();
	expect(typed.shown).toBe("4021 5873 396_");
	expect(typed.press("x")).toBeNull();
	typed.back();
	expect(typed.press("6")).toBeNull();
	expect(typed.press("1")).toBe("402158733961");
	expect(typed.press("1")).toBeNull();
	typed.clear();
	expect(typed.shown).toBe("____ ____ ____");
});

it("pauses grow up to a minute, are none after a success, and outlive no clock that was set back", () => {
	const pace = new Pace();
	const pauses = Array.from({ length: 12 }, () => {
		pace.failed(0, 0.5);
		let pause = 0;
		while (!pace.isFree(pause)) pause += 1000;
		return pause / 1000;
	});
	expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60]);
	expect(pace.isFree(-86_400_000)).toBe(true);
	pace.done();
	expect(pace.isFree(0)).toBe(true);
	pace.wait(0, 90);
	pace.hurry();
	expect(pace.isFree(89_000)).toBe(false);
	expect(pace.isFree(90_000)).toBe(true);
});
