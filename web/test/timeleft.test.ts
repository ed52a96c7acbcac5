import { describe, expect, it } from "vitest";
import { label, tone } from "../src/desk/timeleft.ts";

const words = {
	"left-day": "còn {n} ngày",
	"left-hour": "còn {n} giờ",
	"left-minute": "còn {n} phút",
	"left-second": "còn {n} giây",
	"late-day": "trễ {n} ngày",
	"late-hour": "trễ {n} giờ",
	"late-minute": "trễ {n} phút",
	"late-second": "trễ {n} giây",
};

describe("the label of a deadline", () => {
	it.each([
		[3 * 86_400, "còn 3 ngày"],
		[2 * 86_400 - 1, "còn 47 giờ"],
		[90 * 60, "còn 90 phút"],
		[119, "còn 119 giây"],
		[1, "còn 1 giây"],
		[0, "trễ 0 giây"],
		[-42, "trễ 42 giây"],
		[-3 * 3600, "trễ 3 giờ"],
	])("%i s left reads %s", (seconds, text) => expect(label(words, seconds)).toBe(text));
	it("is empty rather than wrong when the words are missing", () => expect(label({}, 60)).toBe(""));
});

it("grows pressing, then late", () => {
	expect([3601, 3600, 1, 0, -1].map((seconds) => tone(seconds, 3600))).toEqual([
		"calm",
		"soon",
		"soon",
		"late",
		"late",
	]);
});
