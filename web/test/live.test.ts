import { beforeEach, describe, expect, it, vi } from "vitest";
import { backOff, type Channel, type Ground, Live, type Source, silence } from "../src/desk/live.ts";
import type { News } from "../src/desk/news.ts";

/** A browser of several tabs: one lock, one channel, one list of connections. */
class Browser {
	readonly channels: Channel[] = [];
	readonly sources: FakeSource[] = [];
	readonly waiting: (() => void)[] = [];
	readonly timers: { run: () => void; milliseconds: number; off: boolean }[] = [];
	#leading = false;

	tab(): { live: Live; heard: News[] } {
		const ground: Ground = {
			lead: (_name, begin) => {
				if (this.#leading) this.waiting.push(begin);
				else {
					this.#leading = true;
					begin();
				}
			},
			channel: () => {
				const own: Channel = {
					onmessage: null,
					postMessage: (data) => {
						for (const other of this.channels) if (other !== own) other.onmessage?.({ data } as MessageEvent<News>);
					},
				};
				this.channels.push(own);
				return own;
			},
			source: (url) => {
				const source = new FakeSource(url);
				this.sources.push(source);
				return source;
			},
			later: (run, milliseconds) => {
				const timer = { run, milliseconds, off: false };
				this.timers.push(timer);
				return () => {
					timer.off = true;
				};
			},
			chance: () => 0.5,
		};
		const live = new Live("/quan7/desk/live", ground);
		const heard: News[] = [];
		live.listen((news) => heard.push(news));
		return { live, heard };
	}

	/** The pauses before the attempts to reconnect. */
	pauses(): { run: () => void; milliseconds: number }[] {
		return this.timers.filter(({ milliseconds }) => milliseconds !== silence);
	}

	/** Nothing is heard for as long as a connection may be silent; how many connections were given up for it. */
	fallSilent(): number {
		const waiting = this.timers.filter(({ milliseconds, off }) => milliseconds === silence && !off);
		for (const timer of waiting) {
			timer.off = true;
			timer.run();
		}
		return waiting.length;
	}
}

class FakeSource implements Source {
	onopen: Source["onopen"] = null;
	onerror: Source["onerror"] = null;
	closed = false;
	readonly #listeners = new Map<string, (event: MessageEvent<string>) => void>();
	constructor(readonly url: string) {}
	addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
		this.#listeners.set(name, listener);
	}
	close(): void {
		this.closed = true;
	}
	send(name: string, data: object): void {
		this.#listeners.get(name)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
	}
}

const event = {} as Event;
let browser: Browser;
beforeEach(() => {
	browser = new Browser();
	vi.useFakeTimers({ now: Date.parse("2021-09-24T08:00:00+07:00") });
	return () => vi.useRealTimers();
});

describe("two tabs", () => {
	it("hold one connection and both hear what it says", () => {
		const leader = browser.tab();
		const follower = browser.tab();
		expect(browser.sources).toHaveLength(1);
		browser.sources[0]?.send("stop", { attempt: "a1" });
		expect(leader.heard).toEqual([{ kind: "stop", attempt: "a1" }]);
		expect(follower.heard).toEqual([{ kind: "stop", attempt: "a1" }]);
	});

	it("a tab opened during a ring learns of it from the leader", () => {
		browser.tab();
		browser.sources[0]?.onopen?.(event);
		browser.sources[0]?.send("ring", { attempt: "a1", until: "2021-09-24T08:01:00+07:00", tone: "ring" });
		browser.sources[0]?.send("ring", { attempt: "a0", until: "2021-09-24T08:00:01+07:00", tone: "ring" });
		vi.setSystemTime(Date.parse("2021-09-24T08:00:02+07:00"));
		const posted: News[] = [];
		browser.channels.push({ onmessage: ({ data }) => posted.push(data), postMessage: () => {} });
		browser.tab();
		expect(posted.flatMap((news) => (news.kind === "rings" ? news.rings.map(({ attempt }) => attempt) : []))).toEqual([
			"a1",
		]);
	});

	it("an answer in one tab ends the ring in the other", () => {
		const leader = browser.tab();
		const follower = browser.tab();
		follower.live.tell({ kind: "stop", attempt: "a1" });
		expect(leader.heard).toEqual([{ kind: "stop", attempt: "a1" }]);
	});
});

it("comes back after a loss, later each time, and then asks for everything again", () => {
	const { heard } = browser.tab();
	browser.sources[0]?.onopen?.(event);
	browser.sources[0]?.onerror?.(event);
	expect(browser.sources[0]?.closed).toBe(true);
	browser.pauses()[0]?.run();
	browser.sources[1]?.onerror?.(event);
	browser.pauses()[1]?.run();
	expect(browser.pauses().map(({ milliseconds }) => milliseconds)).toEqual([1000, 2000]);
	browser.sources[2]?.onopen?.(event);
	expect(heard).toEqual([
		{ kind: "link", up: true },
		{ kind: "link", up: false },
		{ kind: "link", up: false },
		{ kind: "link", up: true },
		{ kind: "changed", topics: ["*"] },
	]);
});

it("a connection that is silent for 40 s is dead, whatever the browser believes", () => {
	const { heard } = browser.tab();
	browser.sources[0]?.onopen?.(event);
	browser.sources[0]?.send("tick", { now: "2021-09-24T08:00:00+07:00" });
	expect(silence).toBe(40_000);
	expect(browser.fallSilent()).toBe(1);
	expect(browser.sources[0]?.closed).toBe(true);
	expect(heard.at(-1)).toEqual({ kind: "link", up: false });
	browser.pauses()[0]?.run();
	expect(browser.sources).toHaveLength(2);
	// The next try hangs too: it is given up like the first.
	expect(browser.fallSilent()).toBe(1);
	browser.pauses()[1]?.run();
	browser.sources[2]?.onopen?.(event);
	expect(heard.filter((news) => news.kind === "link").at(-1)).toEqual({ kind: "link", up: true });
});

it("what ended while nobody was listening is gone at the next connection, for every tab", () => {
	const leader = browser.tab();
	const follower = browser.tab();
	const ring = (attempt: string) => ({ attempt, until: "2021-09-24T08:01:00+07:00", tone: "ring" });
	browser.sources[0]?.send("ring", ring("a1"));
	browser.sources[0]?.onerror?.(event);
	browser.pauses()[0]?.run();
	browser.sources[1]?.send("rings", { rings: [ring("a2")], now: "2021-09-24T08:00:01+07:00" });
	for (const { heard } of [leader, follower]) {
		const last = heard.filter((news) => news.kind === "rings").at(-1);
		expect(last?.kind === "rings" && last.rings.map(({ attempt }) => attempt)).toEqual(["a2"]);
	}
});

it("waits at most 15 s, spread by a quarter either way", () => {
	expect(backOff(0, 0)).toBe(750);
	expect(backOff(3, 0.5)).toBe(8000);
	expect(backOff(40, 1)).toBe(18_750);
});
