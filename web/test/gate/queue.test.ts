import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { beforeEach, expect, it } from "vitest";
import { corrected, differenceOf, isWrong, wentBack } from "../../src/gate/clock.ts";
import { batch, Queue, type Scan } from "../../src/gate/queue.ts";
import { keep, kept, openStore } from "../../src/gate/store.ts";
import { uuidV7 } from "../../src/gate/uuid.ts";
import { Chance } from "./chance.ts";
import { eight, hour } from "./makers.ts";

globalThis.IDBKeyRange = IDBKeyRange;

const chance = new Chance(50);
let device: IDBFactory;
let queue: Queue;
beforeEach(async () => {
	device = new IDBFactory();
	queue = new Queue(await openStore(device));
});

function scan(number: number, more: Partial<Scan> = {}): Scan {
	return {
		key: uuidV7(eight + number * 1000, chance.bytes(10)),
		at: eight + number * 1000,
		clock: { add: 1500, heard: eight - hour },
		place: "cho-tan-my",
		direction: "in",
		by: "pass",
		number: `${number}`,
		colour: "green",
		reasons: [],
		rules: "tu-1-10-2021",
		pickedOf: null,
		...more,
	};
}

/** What a server does: a key that it has is a row that it has, once. */
class Server {
	readonly rows: Scan[] = [];
	readonly sizes: number[] = [];

	post = async (scans: Scan[]) => {
		this.sizes.push(scans.length);
		for (const one of scans) if (!this.rows.some(({ key }) => key === one.key)) this.rows.push(one);
		return { keys: scans.map(({ key }) => key) };
	};
}

async function filled(count: number, more: (number: number) => Partial<Scan> = () => ({})): Promise<Scan[]> {
	const scans = Array.from({ length: count }, (_, number) => scan(number, more(number)));
	for (const one of scans) await queue.add(one);
	return scans;
}

it("a day's scans are sent in order, fifty at a time, each once", async () => {
	const scans = await filled(123);
	const server = new Server();
	expect(await queue.waiting()).toBe(123);
	expect(await queue.send(server.post)).toBe(123);
	expect(server.sizes).toEqual([batch, batch, 23]);
	expect(server.rows).toEqual(scans);
	expect(await queue.waiting()).toBe(0);
	expect(await queue.send(server.post)).toBe(0);
	expect(server.sizes).toHaveLength(3);
});

it("an answer that was lost on the way costs nothing but a second sending", async () => {
	const scans = await filled(60);
	const server = new Server();
	const lost = async (batch: Scan[]) => {
		await server.post(batch);
		throw new TypeError("network");
	};
	await expect(queue.send(lost)).rejects.toThrow("network");
	expect(await queue.waiting()).toBe(60);
	await queue.send(server.post);
	expect(server.rows).toEqual(scans);
	expect(await queue.waiting()).toBe(0);
});

it("the queue outlives the browser", async () => {
	const scans = await filled(3);
	const again = new Queue(await openStore(device));
	const server = new Server();
	await again.send(server.post);
	expect(server.rows).toEqual(scans);
	expect(await queue.waiting()).toBe(0);
});

it("what the server does not name waits, and holds nobody up", async () => {
	const scans = await filled(120);
	const stubborn = new Set([scans[0]?.key, scans[70]?.key]);
	const server = new Server();
	const partly = async (batch: Scan[]) => server.post(batch.filter(({ key }) => !stubborn.has(key)));
	expect(await queue.send(partly)).toBe(118);
	expect(await queue.waiting()).toBe(2);
	const told: string[] = [];
	await queue.send(async (batch) => {
		told.push(...batch.map(({ key }) => key));
		return { keys: ["a key that nobody sent"] };
	});
	expect(told).toEqual([...stubborn]);
	expect(await queue.waiting()).toBe(2);
});

it("the same scan five times is one", async () => {
	const one = scan(1);
	await Promise.all(Array.from({ length: 5 }, () => queue.add(one)));
	await queue.add({ ...one, colour: "red" });
	const server = new Server();
	await queue.send(server.post);
	expect(server.rows).toEqual([one]);
});

it("what is held is left out of a sending of what is new, and goes with the next of all", async () => {
	const scans = await filled(120);
	const server = new Server();
	await queue.send(async () => ({ keys: [] }));
	expect(await queue.offers("cho-tan-my")).toEqual({ fresh: 0, held: 120 });
	expect(await queue.inside("cho-tan-my")).toBe(0);
	await queue.add(scan(200));
	expect(await queue.offers("cho-tan-my")).toEqual({ fresh: 1, held: 120 });
	expect(await queue.send(server.post, "cho-tan-my", "fresh")).toBe(1);
	expect(server.sizes).toEqual([1]);
	expect(await queue.send(server.post)).toBe(120);
	expect(server.rows.slice(1)).toEqual(scans);
	expect(await queue.offers("cho-tan-my")).toEqual({ fresh: 0, held: 0 });
});

it("two windows of one telephone see each other's scans", async () => {
	await filled(2);
	expect(await queue.inside("cho-tan-my")).toBe(2);
	const other = new Queue(await openStore(device));
	await other.add(scan(3));
	expect(await queue.inside("cho-tan-my")).toBe(3);
	expect((await queue.places()).get("cho-tan-my")).toBe(3);
	await other.send(new Server().post);
	expect((await queue.places()).size).toBe(0);
	expect(await queue.inside("cho-tan-my")).toBe(3);
});

it("two that send at once send once, and what comes meanwhile goes along or waits", async () => {
	await filled(10);
	const server = new Server();
	const slow = async (batch: Scan[]) => {
		if (server.sizes.length === 0) await queue.add(scan(99));
		return server.post(batch);
	};
	expect(await Promise.all([queue.send(slow), queue.send(slow)])).toEqual([11, 11]);
	expect(server.rows.map(({ number }) => number).at(-1)).toBe("99");
	expect(new Set(server.rows.map(({ key }) => key)).size).toBe(server.rows.length);
	expect(await queue.waiting()).toBe(0);
});

it("counts who is inside, before and after the scans have left", async () => {
	const inside = () => queue.inside("cho-tan-my");
	expect(await inside()).toBe(0);
	await queue.add(scan(0, { direction: "out" }));
	await queue.add(scan(1));
	await queue.add(scan(2));
	await queue.add(scan(3, { colour: "red" }));
	await queue.add(scan(4, { colour: "yellow" }));
	await queue.add(scan(5, { direction: "out", by: "hand", number: null }));
	await queue.add(scan(6, { place: "sieu-thi" }));
	expect(await inside()).toBe(2);
	expect(await queue.inside("sieu-thi")).toBe(1);
	await queue.send(new Server().post);
	expect(await inside()).toBe(2);
	await queue.add(scan(7));
	expect(await inside()).toBe(3);
	expect(await queue.inside("sieu-thi")).toBe(1);
});

it("takes the server's count, to which other gates of the place have added", async () => {
	await filled(4);
	await queue.send(async (batch) => ({ keys: batch.map(({ key }) => key), inside: { "cho-tan-my": 17 } }));
	expect(await queue.inside("cho-tan-my")).toBe(17);
	await queue.add(scan(9));
	expect(await queue.inside("cho-tan-my")).toBe(18);
});

it("whatever the network does, every scan arrives once and in order", async () => {
	for (let round = 0; round < 15; round++) {
		queue = new Queue(await openStore(new IDBFactory()));
		const server = new Server();
		const scans: Scan[] = [];
		const shaky = async (batch: Scan[]) => {
			const luck = chance.below(4);
			if (luck === 0) throw new TypeError("network");
			const receipt = await server.post(batch.slice(0, luck === 1 ? chance.below(batch.length) : undefined));
			if (luck === 2) throw new TypeError("network");
			return receipt;
		};
		for (let turn = 0; turn < 8; turn++) {
			for (let one = chance.below(40); one > 0; one--) {
				scans.push(scan(scans.length, { direction: chance.pick(["in", "in", "out"]) }));
				await queue.add(scans.at(-1) as Scan);
			}
			await queue.send(shaky).catch(() => {});
		}
		await queue.send(server.post);
		expect(await queue.waiting()).toBe(0);
		expect(server.rows.map(({ key }) => key).sort()).toEqual(scans.map(({ key }) => key).sort());
	}
});

it("keeps what the gate was given", async () => {
	const store = await openStore(device);
	expect(await kept(store, "trust")).toBeUndefined();
	await keep(store, "trust", Uint8Array.of(1, 2, 3));
	await keep(store, "trust", Uint8Array.of(4));
	expect(await kept(await openStore(device), "trust")).toEqual(Uint8Array.of(4));
});

it("a key sorts by its time and says its version", () => {
	const keys = Array.from({ length: 50 }, (_, second) => uuidV7(eight + second, chance.bytes(10)));
	expect([...keys].sort()).toEqual(keys);
	for (const key of keys) expect(key).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
	expect(uuidV7(0x017f22e279b0, new Uint8Array(10))).toBe("017f22e2-79b0-7000-8000-000000000000");
});

it("a clock that is wrong is noticed, and put right for the verdict", () => {
	const ahead = eight + 24 * hour;
	const difference = differenceOf("Fri, 01 Oct 2021 01:00:00 GMT", ahead, ahead + 400);
	expect(difference).toEqual({ add: -24 * hour + 300, heard: ahead + 400 });
	expect(isWrong(difference, 60_000)).toBe(true);
	expect(corrected(ahead + 10_000, difference)).toBe(eight + 10_300);
	expect(isWrong(differenceOf("Fri, 01 Oct 2021 01:00:00 GMT", eight, eight + 400), 60_000)).toBe(false);
	for (const date of [null, "", "yesterday"]) expect(differenceOf(date, eight, eight)).toBeNull();
	expect(differenceOf("Fri, 01 Oct 2021 01:00:00 GMT", eight, eight - 1)).toBeNull();
	expect(isWrong(null, 60_000)).toBe(false);
	expect(corrected(eight, null)).toBe(eight);
});

it("a clock that was set back is noticed without a network", () => {
	const difference = { add: 0, heard: eight };
	expect(wentBack(eight + 1, eight, difference)).toBe(false);
	expect(wentBack(eight - 1, null, difference)).toBe(true);
	expect(wentBack(eight + 1, eight + 2, difference)).toBe(true);
	expect(wentBack(eight, null, null)).toBe(false);
});
