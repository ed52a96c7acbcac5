import { expect, it } from "vitest";
import { Book, secondsUntil } from "../src/desk/book.ts";
import type { Ring } from "../src/desk/news.ts";

const eight = Date.parse("2021-09-24T08:00:00+07:00");

function ring(attempt: string, seconds: number, tone: Ring["tone"] = "ring"): Ring {
	const until = new Date(eight + seconds * 1000).toISOString();
	return {
		attempt,
		ticket: "",
		code: "",
		title: "",
		unit: "",
		level: "1",
		tone,
		until,
		accept: "",
		pass: "",
		open: "",
		csrf: "",
	};
}

it("sounds an attempt once, however often it is told", () => {
	const book = new Book();
	expect(book.add(ring("a", 60), eight)).toBe("fresh");
	expect(book.add(ring("a", 60), eight)).toBe("known");
	expect(book.list()).toHaveLength(1);
});

it("does not take up a ring whose minute is over", () => {
	const book = new Book();
	expect(book.add(ring("a", 0), eight)).toBe("known");
	expect(book.loudest()).toBeNull();
});

it("an answer on the telephone moves the deadline at the desk too", () => {
	const book = new Book();
	book.add(ring("a", 60), eight);
	expect(book.add(ring("a", 85), eight)).toBe("moved");
	expect(book.ringsUntil()).toBe(eight + 85_000);
	expect(book.expire(eight + 60_000)).toBe(false);
});

it("a new connection's rings take the place of the old ones", () => {
	const book = new Book();
	book.add(ring("ended", 60), eight);
	book.add(ring("goes on", 60), eight);
	const fresh = book.replace([ring("goes on", 60), ring("new", 60), ring("over", 0)], eight);
	expect(fresh.map(({ attempt }) => attempt)).toEqual(["new"]);
	expect(
		book
			.list()
			.map(({ attempt }) => attempt)
			.sort(),
	).toEqual(["goes on", "new"]);
});

it("puts emergencies before notices, then the nearest deadline first", () => {
	const book = new Book();
	for (const one of [ring("notice", 5, "notice"), ring("late", 50), ring("soon", 20)]) book.add(one, eight);
	expect(book.list().map(({ attempt }) => attempt)).toEqual(["soon", "late", "notice"]);
	expect(book.loudest()).toBe("ring");
	expect(book.ringsUntil()).toBe(eight + 50_000);
});

it("falls quiet when the last emergency is stopped, though a notice still stands", () => {
	const book = new Book();
	book.add(ring("a", 60), eight);
	book.add(ring("n", 600, "notice"), eight);
	expect(book.stop("a")).toBe(true);
	expect(book.stop("a")).toBe(false);
	expect(book.ringsUntil()).toBeNull();
	expect(book.loudest()).toBe("notice");
});

it("lets go of what nobody can answer any more", () => {
	const book = new Book();
	book.add(ring("a", 60), eight);
	expect(book.expire(eight + 59_999)).toBe(false);
	expect(book.expire(eight + 60_000)).toBe(true);
	expect(book.list()).toEqual([]);
});

it("counts whole seconds down to nought", () => {
	const until = "2021-09-24T08:01:00+07:00";
	expect(secondsUntil(until, eight)).toBe(60);
	expect(secondsUntil(until, eight + 59_001)).toBe(1);
	expect(secondsUntil(until, eight + 61_000)).toBe(0);
});

it("puts a notice aside for good, an emergency never", () => {
	const book = new Book(["old"]);
	for (const one of [ring("a", 60), ring("n", 600, "notice")]) book.add(one, eight);
	expect(book.putAside("a")).toEqual(["old"]);
	expect(book.putAside("n")).toEqual(["old", "n"]);
	expect(book.list().map(({ attempt }) => attempt)).toEqual(["a"]);
	const told = book.replace([ring("a", 60), ring("n", 600, "notice"), ring("old", 600, "notice")], eight);
	expect(told).toEqual([]);
});

it("shows every emergency, and of the notices the first while nothing rings", () => {
	const book = new Book();
	for (const one of [ring("n1", 600, "notice"), ring("n2", 700, "notice"), ring("a", 60), ring("b", 50)]) {
		book.add(one, eight);
	}
	const shown = () => book.shown().map(({ attempt }) => attempt);
	expect(shown()).toEqual(["b", "a"]);
	book.stop("a");
	book.stop("b");
	expect(shown()).toEqual(["n1"]);
	expect(book.putAside("n1", "n2")).toEqual(["n1", "n2"]);
	expect(shown()).toEqual([]);
});
