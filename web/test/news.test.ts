import { describe, expect, it } from "vitest";
import { isOwnPath, readEvent } from "../src/desk/news.ts";

const ring = {
	attempt: "a1",
	level: 2,
	tone: "ring",
	until: "2021-09-24T08:01:00+07:00",
	accept: "/quan7/desk/attempts/a1/accept",
	pass: "",
	open: "/quan7/desk/tickets/t1",
};

describe("a ring", () => {
	it("is read with its level as text", () => {
		expect(readEvent("ring", JSON.stringify(ring))?.[0]).toMatchObject({
			kind: "ring",
			ring: { attempt: "a1", level: "2" },
		});
	});
	it("is refused without an attempt or a deadline", () => {
		expect(readEvent("ring", JSON.stringify({ ...ring, attempt: "" }))).toBeNull();
		expect(readEvent("ring", JSON.stringify({ ...ring, until: "soon" }))).toBeNull();
	});
	it.each(["https://other.example/accept", "//other.example", "/\\other.example", "javascript:alert(1)"])(
		"is refused when it leads to %s",
		(accept) => {
			expect(isOwnPath(accept)).toBe(false);
			expect(readEvent("ring", JSON.stringify({ ...ring, accept }))).toBeNull();
		},
	);
});

it("takes the centre's time along", () => {
	expect(readEvent("changed", '{"topics":["tickets",7],"now":"2021-09-26T08:00:00Z"}')).toEqual([
		{ kind: "clock", now: "2021-09-26T08:00:00Z" },
		{ kind: "changed", topics: ["tickets"] },
	]);
});

it("a snapshot keeps what can be read of it, and may be empty", () => {
	const read = (rings: unknown) => readEvent("rings", JSON.stringify({ rings }));
	expect(read([ring, { ...ring, attempt: "" }, null])?.[0]).toMatchObject({
		kind: "rings",
		rings: [{ attempt: "a1" }],
	});
	expect(read([])).toEqual([{ kind: "rings", rings: [] }]);
	expect(read("none")).toBeNull();
});

it("a tick brings the time and nothing else", () => {
	expect(readEvent("tick", '{"now":"2021-09-26T08:00:00Z"}')).toEqual([{ kind: "clock", now: "2021-09-26T08:00:00Z" }]);
	expect(readEvent("tick", "{}")).toEqual([]);
});

it.each([
	["stop", "{}"],
	["changed", '{"topics":"tickets"}'],
	["ring", "null"],
	["ring", "{broken"],
	["unknown", "{}"],
])("refuses %s %s", (name, data) => {
	expect(readEvent(name, data)).toBeNull();
});
