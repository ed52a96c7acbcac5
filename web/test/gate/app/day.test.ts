/** A telephone's day at a gate, from the invitation to the evening. */
import { IDBDatabase, IDBObjectStore } from "fake-indexeddb";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { Refused, scansWait } from "../../../src/gate/app/door.ts";
import { keep, kept, Unkept } from "../../../src/gate/store.ts";
import { code, hour, pass, passClaims, type Signer } from "../makers.ts";
import { Centre, gateId, invite, mine, otherId, Phone } from "./centre.ts";

const minute = 60_000;
let keys: { root: Signer; issuing: Signer };
let centre: Centre;
let phone: Phone;
beforeAll(async () => {
	keys = await Centre.open();
});
beforeEach(() => {
	centre = new Centre(keys.root, keys.issuing);
	phone = new Phone(centre);
});

const person = (number: number) => {
	const bytes = Uint8Array.of(9, 9, 9, 9, 9, 9, number >> 8, number & 0xff);
	return pass(centre.issuing, passClaims([[1, `NGUOI ${number}`]], [[7, bytes]]));
};

function waitingKeys(): Promise<string[]> {
	return new Promise((done) => {
		const look = phone.gate.store.transaction("scans").objectStore("scans").getAll();
		look.onsuccess = () => done(look.result.map((one: { scan: { key: string } }) => one.scan.key));
	});
}

it("an invitation makes a telephone the gate's, and at once it can judge", async () => {
	await phone.enrolled();
	expect(phone.gate.device?.gate.name).toBe("Chợ Tân Mỹ");
	const seen = await phone.gate.judge(await person(1));
	expect(seen).toMatchObject({ answer: { answer: "verdict", colour: "green", who: { name: "NGUOI 1" } } });
	expect(phone.gate.counts).toEqual({ inside: 1, limit: 40, waiting: 1 });
	await phone.lifeline.pulse();
	expect(phone.gate.counts).toEqual({ inside: 1, limit: 40, waiting: 0 });
	expect([...centre.rows.values()][0]).toMatchObject({ place: gateId, direction: "in", by: "pass", colour: "green" });
	expect(centre.asked.at(-1)?.headers.get("accept-language")).toBe("vi");
});

it("an invitation works once, and its refusal is told in the server's words", async () => {
	await phone.enrolled();
	const other = await new Phone(centre).on();
	await expect(other.lifeline.enrol(invite, "Máy cổng B")).rejects.toThrow(Refused);
	await other.lifeline.enrol(invite, "Máy cổng B").catch((error: Refused) => {
		expect(error.words).toBe("Mã mời không dùng được.");
	});
	expect(other.gate.device).toBeNull();
	centre.down = true;
	await expect(other.lifeline.enrol(invite, "Máy cổng B")).rejects.toThrow("no network");
});

it("three hundred people in a day without a network arrive once each, though the answer is lost twice", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 300; number++) {
		centre.now += 90_000;
		if (number % 3 === 2) await phone.gate.turn("out");
		else await phone.gate.turn("in");
		const seen = await phone.gate.judge(await person(number));
		expect(seen.answer).toMatchObject({ answer: "verdict", colour: "green" });
		if (number % 50 === 0) await phone.lifeline.pulse();
	}
	expect(phone.gate.counts).toMatchObject({ waiting: 300, inside: 100 });
	// At noon the battery was empty.
	await phone.on();
	expect(phone.gate.counts).toMatchObject({ waiting: 300, inside: 100 });
	expect(centre.rows.size).toBe(0);

	centre.down = false;
	centre.mishaps = ["answer lost"];
	await phone.lifeline.pulse(true);
	expect(phone.gate.counts.waiting).toBe(300);
	centre.mishaps = ["answer lost"];
	await phone.lifeline.pulse(true);
	expect(phone.lifeline.reach.reached).toBe(false);
	await phone.lifeline.pulse(true);
	expect(phone.gate.counts).toMatchObject({ waiting: 0, inside: 100 });
	expect(centre.rows.size).toBe(300);
	const sent = centre.asked.flatMap(({ scans }) => scans);
	expect(sent).toHaveLength(400);
	expect([...centre.rows.values()].map(({ number }) => number)).toEqual([...new Set(sent.map(({ number }) => number))]);
}, 60_000);

it("a server that is gone is tried again at a growing pace, and at once when the network is back", async () => {
	await phone.enrolled();
	await phone.gate.judge(mine);
	centre.down = true;
	let tries = 0;
	const { fetch } = centre;
	centre.fetch = (...asked) => {
		tries++;
		return fetch(...asked);
	};
	await phone.on();
	for (let second = 0; second < 600; second += 5) await phone.later(5_000);
	expect(tries).toBeGreaterThan(4);
	expect(tries).toBeLessThan(25);
	centre.down = false;
	await phone.lifeline.pulse(true);
	expect(centre.rows.size).toBe(1);
	expect(phone.lifeline.reach.reached).toBe(true);
});

it("a server that asks for a pause gets it, whoever looks", async () => {
	await phone.enrolled();
	await phone.gate.judge(mine);
	centre.mishaps = ["busy"];
	await phone.lifeline.pulse();
	const asked = centre.asked.length;
	await phone.later(60_000);
	await phone.lifeline.pulse(true);
	expect(centre.asked).toHaveLength(asked);
	expect(phone.lifeline.reach.reached).toBe(true);
	await phone.later(31_000);
	expect(centre.rows.size).toBe(1);
});

it("a device that was removed keeps no secret, and what it has counted until it serves again", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 3; number++) await phone.gate.judge(await person(number));
	[centre.down, centre.removed] = [false, true];
	await phone.lifeline.pulse(true);
	expect(phone.gate.device).toBeNull();
	expect(phone.gate.removedFrom).toBe("Chợ Tân Mỹ");
	expect(phone.gate.counts.waiting).toBe(3);
	for (const secret of ["device", "codes", "trust", "statuses", "packs", "etag"]) {
		expect(await kept(phone.gate.store, secret), secret).toBeUndefined();
	}
	// Nothing of the gate is left: neither to judge with nor to ask with.
	expect((await phone.gate.judge(mine)).answer).toEqual({ answer: "unable", reasons: [{ key: "gate-no-rules" }] });
	const asked = centre.asked.length;
	await phone.later(10 * minute);
	expect(centre.asked).toHaveLength(asked);

	await phone.on();
	expect(phone.gate.removedFrom).toBe("Chợ Tân Mỹ");
	centre.invites("AAAA-AAAA-AAAA-AAAA");
	await phone.lifeline.enrol("AAAA-AAAA-AAAA-AAAA", "Máy cổng A");
	expect(phone.gate.removedFrom).toBeNull();
	expect(phone.gate.counts.waiting).toBe(0);
	expect(centre.rows.size).toBe(3);
});

it("scans of the gate before wait for its own invitation; another's is not used up, and nothing is lost", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 3; number++) await phone.gate.judge(await person(number));
	[centre.down, centre.removed] = [false, true];
	await phone.lifeline.pulse(true);
	expect(phone.gate.left).toEqual([{ name: "Chợ Tân Mỹ", scans: 3 }]);
	// Its battery was empty; the name is still there.
	await phone.on();
	expect(phone.gate.left).toEqual([{ name: "Chợ Tân Mỹ", scans: 3 }]);

	centre.invites("BBBB-BBBB-BBBB-BBBB", otherId);
	const refused = await phone.lifeline.enrol("BBBB-BBBB-BBBB-BBBB", "Máy A").catch((error: unknown) => error);
	expect(refused).toBeInstanceOf(Refused);
	expect((refused as Refused).key).toBe(scansWait);
	expect(phone.gate.device).toBeNull();

	centre.invites("AAAA-AAAA-AAAA-AAAA");
	await phone.lifeline.enrol("AAAA-AAAA-AAAA-AAAA", "Máy A");
	expect(centre.rows.size).toBe(3);
	expect([...centre.rows.values()].every(({ place }) => place === gateId)).toBe(true);
	expect(phone.gate.left).toEqual([]);
	centre.removed = true;
	await phone.later(3 * minute);
	await phone.lifeline.enrol("BBBB-BBBB-BBBB-BBBB", "Máy A");
	expect(phone.gate.device?.gate.name).toBe("Siêu thị Phú Mỹ");
});

it("scans that are given up go only when the other gate has the telephone", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 3; number++) await phone.gate.judge(await person(number));
	[centre.down, centre.removed] = [false, true];
	await phone.lifeline.pulse(true);
	centre.invites("BBBB-BBBB-BBBB-BBBB", otherId);
	centre.down = true;
	await expect(phone.lifeline.enrol("BBBB-BBBB-BBBB-BBBB", "Máy A", true)).rejects.toThrow("no network");
	expect(phone.gate.counts.waiting).toBe(3);
	centre.down = false;
	await phone.lifeline.enrol("BBBB-BBBB-BBBB-BBBB", "Máy A", true);
	expect(phone.gate.device?.gate.name).toBe("Siêu thị Phú Mỹ");
	expect([phone.gate.left, await phone.gate.queue.waiting(), centre.rows.size]).toEqual([[], 0, 0]);
});

it("scans of another gate that lie here are not sent from this one, and are told of", async () => {
	await phone.enrolled();
	const key = "0199a000-0000-7000-8000-0000000000aa";
	const scan = { key, at: centre.now, clock: null, place: otherId, direction: "in", by: "hand" } as const;
	const rest = { number: null, colour: "green", reasons: [], rules: null, pickedOf: null } as const;
	await phone.gate.queue.add({ ...scan, ...rest, reasons: [] });
	await phone.gate.judge(await person(1));
	await phone.lifeline.pulse();
	expect(phone.gate.counts.waiting).toBe(0);
	expect([...centre.rows.values()].map(({ place }) => place)).toEqual([gateId]);
	expect(centre.asked.flatMap(({ scans }) => scans.map(({ place }) => place))).toEqual([gateId]);
	expect(phone.gate.left).toEqual([{ name: "", scans: 1 }]);
});

it("what the server refuses for good leaves the queue, is counted until somebody has read it, and is not sent again", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 60; number++) await phone.gate.judge(await person(number));
	centre.down = false;
	const [first = "", , third = ""] = await waitingKeys();
	centre.unfit = new Set([first, third]);
	await phone.lifeline.pulse(true);
	expect(centre.rows.size).toBe(58);
	expect(phone.gate.counts.waiting).toBe(0);
	expect(phone.gate.unfit).toEqual({ n: 2, words: "Lượt quét quá cũ." });
	expect(phone.lifeline.reach.refused).toEqual([]);
	const asked = centre.asks("scans");
	for (let hour = 0; hour < 12; hour++) await phone.later(15 * minute);
	expect(centre.asked.flatMap(({ scans }) => scans).filter(({ key }) => key === first)).toHaveLength(1);
	expect(centre.asks("scans")).toBeGreaterThan(asked);

	await phone.on();
	expect(phone.gate.unfit).toMatchObject({ n: 2 });
	await phone.gate.unfitRead();
	expect(phone.gate.unfit).toBeNull();
});

it("a day scanned by a clock three days ahead stays on the telephone and arrives when its time has come", async () => {
	await phone.enrolled();
	centre.down = true;
	await phone.gate.turn("in");
	phone.ahead = 72 * hour;
	for (let number = 0; number < 120; number++) await phone.gate.countByHand();
	centre.down = false;
	await phone.lifeline.pulse(true);
	expect([centre.rows.size, phone.gate.counts.waiting, phone.gate.unfit]).toEqual([0, 120, null]);
	expect(new Set(phone.lifeline.reach.refused)).toEqual(new Set(["Máy chạy nhanh."]));
	expect(phone.lifeline.reach.refused).toHaveLength(120);
	// They count nobody: the server does not know of them, and they may wait for days.
	expect(phone.gate.counts.inside).toBe(0);

	// Whoever comes now goes alone, and is not held up.
	const before = centre.asked.length;
	await phone.gate.countByHand();
	await phone.later(5_000);
	expect(centre.asked.slice(before).map(({ scans }) => scans.length)).toEqual([1]);
	expect([centre.rows.size, phone.gate.counts.inside, phone.gate.counts.waiting]).toEqual([1, 1, 120]);
	expect(phone.lifeline.reach.refused).toHaveLength(120);
	// The battery was empty: they are there, and offered again at the slow pace.
	await phone.on();
	await phone.lifeline.pulse(true);
	const offered = centre.asked.flatMap(({ scans }) => scans).length;
	await phone.later(5 * minute);
	expect(centre.asked.flatMap(({ scans }) => scans)).toHaveLength(offered);
	await phone.later(6 * minute);
	expect(centre.asked.flatMap(({ scans }) => scans)).toHaveLength(offered + 120);
	await phone.later(24 * hour);
	expect([centre.rows.size, phone.gate.counts.waiting]).toEqual([121, 0]);
	expect([phone.gate.unfit, phone.lifeline.reach.refused]).toEqual([null, []]);
});

it("what a server older than the app has no word for is kept until the server is updated", async () => {
	await phone.enrolled();
	centre.unheard.add("hand");
	for (let number = 0; number < 3; number++) await phone.gate.countByHand();
	await phone.gate.judge(await person(1));
	await phone.lifeline.pulse();
	expect([centre.rows.size, phone.gate.counts.waiting, phone.gate.unfit]).toEqual([1, 3, null]);
	expect(phone.lifeline.reach.refused).toHaveLength(3);
	// Another is refused like them, and is told of with them.
	await phone.gate.countByHand();
	await phone.later(5_000);
	expect(phone.lifeline.reach.refused).toHaveLength(4);
	centre.unheard.clear();
	await phone.later(11 * minute);
	expect([centre.rows.size, phone.gate.counts.waiting, phone.lifeline.reach.refused]).toEqual([5, 0, []]);
});

it("after a day offline a verdict reads none of what waits", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 200; number++) await phone.gate.countByHand();
	const read = vi.spyOn(IDBObjectStore.prototype, "getAll");
	for (let number = 0; number < 5; number++) await phone.gate.judge(await person(number));
	await phone.gate.count();
	expect(read).not.toHaveBeenCalled();
	expect(phone.gate.counts).toMatchObject({ waiting: 205, inside: 205 });
	// Opened anew it is read once.
	await phone.on();
	expect(read).toHaveBeenCalledTimes(1);
	expect(phone.gate.counts).toMatchObject({ waiting: 205, inside: 205 });
	read.mockRestore();
	centre.down = false;
	await phone.lifeline.pulse(true);
	expect([phone.gate.counts.waiting, phone.gate.counts.inside, centre.rows.size]).toEqual([0, 205, 205]);
});

it("a device that is full judges all the same, says that nobody is counted, and goes on by itself", async () => {
	await phone.enrolled();
	const full = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(() => {
		throw new DOMException("no space", "QuotaExceededError");
	});
	const seen = await phone.gate.judge(await person(1));
	expect(seen).toMatchObject({ answer: { answer: "verdict", colour: "green" }, unrecorded: true });
	expect(await phone.gate.countByHand()).toBe(false);
	expect([phone.gate.unkept, phone.gate.unrecorded, phone.gate.counts.waiting]).toEqual([true, 2, 0]);
	await phone.gate.turn("out");
	await phone.gate.turn("in");
	// The network is not to blame, and a pulse does not fail.
	await phone.lifeline.pulse(true);
	expect(phone.lifeline.reach.reached).toBe(true);
	expect(phone.gate.unkept).toBe(true);
	// No invitation is used up by a telephone that could not keep what comes of it.
	centre.invites("AAAA-AAAA-AAAA-AAAA");
	await expect(phone.lifeline.enrol("AAAA-AAAA-AAAA-AAAA", "Máy A")).rejects.toThrow(Unkept);
	expect(centre.asks("enrol")).toBe(1);

	full.mockRestore();
	await phone.later(5_000);
	expect([phone.gate.unkept, phone.gate.unrecorded]).toEqual([false, 0]);
	expect(await phone.gate.judge(await person(1))).toMatchObject({ unrecorded: false });
	await phone.lifeline.pulse(true);
	expect(centre.rows.size).toBe(1);
});

it("a database that the browser has closed is opened anew, and nobody is lost", async () => {
	await phone.enrolled();
	const spied = vi.spyOn(IDBDatabase.prototype, "transaction");
	await phone.gate.count();
	const [database] = spied.mock.contexts as IDBDatabase[];
	spied.mockRestore();
	database?.close();
	expect(await phone.gate.judge(await person(1))).toMatchObject({ unrecorded: false });
	expect([phone.gate.unkept, phone.gate.counts.waiting]).toEqual([false, 1]);
});

it("a scan that was kept, though the end of its change was lost, is recorded and counts once", async () => {
	await phone.enrolled();
	const begin = IDBDatabase.prototype.transaction;
	vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(function (this: IDBDatabase, ...asked) {
		const change = begin.apply(this, asked);
		change.addEventListener("complete", () => change.onabort?.(new Event("abort")));
		Object.defineProperty(change, "oncomplete", { set() {} });
		return change;
	});
	expect(await phone.gate.countByHand()).toBe(true);
	vi.restoreAllMocks();
	expect([phone.gate.unkept, phone.gate.unrecorded]).toEqual([false, 0]);
	expect(phone.gate.counts).toMatchObject({ inside: 1, waiting: 1 });
	await phone.lifeline.pulse();
	expect([centre.rows.size, phone.gate.counts.waiting]).toEqual([1, 0]);
});

it("a clock that is a day ahead is told, allowed for, and sent along", async () => {
	phone.ahead = 24 * hour;
	await phone.enrolled();
	expect(phone.gate.clockIsWrong()).toBe(true);
	const begun = phone.outside.now();
	// A pass that has expired by this telephone's clock, and one that has by the server's.
	const today = await pass(centre.issuing, passClaims([], [[4, centre.now / 1000 + 3600]]));
	const over = await pass(centre.issuing, passClaims([], [[4, centre.now / 1000 - 3600]]));
	expect((await phone.gate.judge(today)).answer).toMatchObject({ colour: "green" });
	expect((await phone.gate.judge(over)).answer).toMatchObject({ reasons: [{ key: "gate-expired" }] });
	await phone.lifeline.pulse();
	const [first] = centre.rows.values();
	expect(first).toMatchObject({ at: begun, clock: { add: -24 * hour } });

	// Without a network it is set back: what was known of it holds no more, and that is said.
	centre.down = true;
	phone.ahead = 0;
	expect(phone.gate.clockWentBack()).toBe(true);
	expect((await phone.gate.judge(today)).answer).toMatchObject({ colour: "green" });
	centre.down = false;
	await phone.lifeline.pulse(true);
	expect(phone.gate.clockWentBack()).toBe(false);
	expect(phone.gate.clockIsWrong()).toBe(false);
	expect([...centre.rows.values()].at(-1)).toMatchObject({ clock: null });
});

it("supplies are asked for every three minutes, and a list that has not changed is not sent again", async () => {
	await phone.enrolled();
	expect(centre.asks("supplies")).toBe(1);
	await phone.later(minute);
	expect(centre.asks("supplies")).toBe(1);
	await phone.later(2 * minute);
	expect(centre.asks("supplies")).toBe(2);
	expect(
		centre.asked
			.filter(({ what }) => what === "supplies")
			.at(-1)
			?.headers.get("if-none-match"),
	).toBe('"1-null"');
	// The clock was compared nevertheless.
	expect(phone.gate.clock?.heard).toBe(centre.now);
	expect(phone.gate.suppliedAt).toBe(centre.now);
	[centre.sequence, centre.sampleOf] = [2, 5];
	await phone.later(3 * minute);
	expect(phone.gate.held?.trust?.sequence).toBe(2);
	expect(phone.gate.device?.sampleOf).toBe(5);
});

it("an older list is refused and told, what is held goes on, and a newer one is taken again", async () => {
	centre.sequence = 5;
	await phone.enrolled();
	centre.sequence = 4;
	await phone.later(3 * minute);
	expect(phone.lifeline.reach.spoiled).toEqual(["trust"]);
	expect(phone.gate.held?.trust?.sequence).toBe(5);
	expect((await phone.gate.judge(mine)).answer).toMatchObject({ colour: "green" });
	centre.sequence = 6;
	await phone.later(3 * minute);
	expect(phone.lifeline.reach.spoiled).toEqual([]);
	expect(phone.gate.held?.trust?.sequence).toBe(6);
});

it("one scan that the server refuses keeps no other from arriving, and is not lost", async () => {
	await phone.enrolled();
	centre.down = true;
	for (let number = 0; number < 70; number++) await phone.gate.judge(await person(number));
	centre.down = false;
	const waiting = await waitingKeys();
	centre.strange.add(waiting[33] ?? "");
	await phone.lifeline.pulse(true);
	expect(centre.rows.size).toBe(69);
	expect(phone.gate.counts.waiting).toBe(1);
	expect(phone.lifeline.reach.refused).toEqual(["Lượt quét không đọc được."]);
	// It is not sent at every breath, but it is offered again.
	const asked = centre.asks("scans");
	await phone.later(5_000);
	expect(centre.asks("scans")).toBe(asked);
	centre.strange.clear();
	await phone.later(11 * minute);
	expect(centre.rows.size).toBe(70);
	expect(phone.lifeline.reach.refused).toEqual([]);
});

it("after eight codes that nobody has, codes wait and passes do not; closing the app does not help", async () => {
	await phone.enrolled();
	for (let guess = 0; guess < 8; guess++) {
		centre.now += 1000;
		const seen = await phone.gate.judge(code(String(10_000_000_000 + guess)));
		expect(seen.answer).toMatchObject({ colour: "red", reasons: [{ key: "gate-code-unknown" }] });
	}
	const first = centre.now - 7_000;
	expect((await phone.gate.judge(mine)).answer).toEqual({ answer: "wait", until: first + 10 * minute });
	await phone.on();
	expect((await phone.gate.judge(mine)).answer).toMatchObject({ answer: "wait" });
	expect(phone.gate.codesFreeAt()).toBe(first + 10 * minute);
	expect((await phone.gate.judge(await person(1))).answer).toMatchObject({ colour: "green" });
	// A slip of the thumb is no guess, and waits for nothing.
	const slip = mine.replace(/\d$/, (last) => String((Number(last) + 1) % 10));
	expect((await phone.gate.judge(slip)).answer).toMatchObject({ answer: "again" });
	centre.now += 10 * minute;
	expect((await phone.gate.judge(mine)).answer).toMatchObject({ colour: "green", by: "code" });
});

it("the place is full by the rule of the day, and who leaves makes room", async () => {
	centre.capacity = 2;
	await phone.enrolled();
	for (let number = 0; number < 2; number++) await phone.gate.judge(await person(number));
	expect(phone.gate.counts).toMatchObject({ inside: 2, limit: 2 });
	await phone.gate.turn("out");
	await phone.gate.countByHand();
	expect(phone.gate.counts.inside).toBe(1);
	await phone.on();
	expect(phone.gate.direction).toBe("out");
});

it("at rush hour one in five is looked at closely, scanned or counted by hand", async () => {
	centre.sampleOf = 5;
	await phone.enrolled();
	await phone.gate.hurry(true);
	const picked: boolean[] = [];
	for (let number = 0; number < 20; number++) {
		const seen = await phone.gate.judge(await person(number));
		if (!("pickedOf" in seen)) throw new Error("no wait");
		expect(seen.glance).toBe(seen.pickedOf === null);
		picked.push(seen.pickedOf === 5);
	}
	expect(picked.filter(Boolean)).toHaveLength(4);
	for (let round = 0; round < 4; round++) {
		expect(picked.slice(round * 5, round * 5 + 5).filter(Boolean)).toHaveLength(1);
	}
	// Who is counted by hand and picked is scanned first, and counts once.
	let byHand = 0;
	while (await phone.gate.countByHand()) byHand++;
	expect(byHand).toBeLessThan(5);
	expect(phone.gate.awaited).toBe(true);
	expect(await phone.gate.judge(await person(99))).toMatchObject({ pickedOf: 5 });
	expect(phone.gate.awaited).toBe(false);
	expect(phone.gate.counts.inside).toBe(20 + byHand + 1);
	await phone.lifeline.pulse();
	const rows = [...centre.rows.values()];
	expect(rows.filter(({ pickedOf }) => pickedOf === 5)).toHaveLength(5);
	expect(rows.filter(({ by, number }) => by === "hand" && number === null)).toHaveLength(byHand);
	await phone.gate.hurry(false);
	expect(await phone.gate.judge(await person(100))).toMatchObject({ pickedOf: null, glance: false });
});

it("a card that hides its number counts without one", async () => {
	await phone.enrolled();
	const seen = await phone.gate.judge("|NGUYEN VAN AN|1990-**-**|0|Q1|");
	expect(seen.answer).toMatchObject({ by: "identity", who: { name: "NGUYEN VAN AN", birthYear: 1990 } });
	await phone.lifeline.pulse();
	expect([...centre.rows.values()][0]).toMatchObject({ by: "identity", number: null });
});

it("what cannot be read, or read by this gate, counts nobody", async () => {
	await phone.on();
	expect((await phone.gate.judge(mine)).answer).toMatchObject({ answer: "unable" });
	await phone.enrolled();
	const damaged = (await person(1)).replace(/.$/, "");
	for (const text of ["https://quan7.example/v/ABC", "", damaged.slice(0, 40), "VX1:"]) {
		expect((await phone.gate.judge(text)).answer, text).toMatchObject({ answer: "again" });
	}
	expect(phone.gate.counts.waiting).toBe(0);
	await keep(phone.gate.store, "packs", []);
	await phone.gate.restock();
	expect((await phone.gate.judge(mine)).answer).toMatchObject({ answer: "unable" });
	expect(phone.gate.counts.waiting).toBe(0);
});
