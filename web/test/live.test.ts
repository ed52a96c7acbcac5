import { beforeEach, describe, expect, it, vi } from "vitest";
import { backOff, type Channel, type Ground, Live, type Source } from "../src/desk/live.ts";
import type { News } from "../src/desk/news.ts";

/** A browser of several tabs: one lock, one channel, one list of connections. */
class Browser {
	readonly channels: Channel[] = [];
	readonly sources: FakeSource[] = [];
	readonly waiting: (() => void)[] = [];
	readonly later: { run: () => void; milliseconds: number }[] = [];
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
			later: (run, milliseconds) => this.later.push({ run, milliseconds }),
			chance: () => 0.5,
		};
		const live = new Live("/quan7/desk/live", ground);
		const heard: News[] = [];
		live.listen((news) => heard.push(news));
		return { live, heard };
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
		expect(
			posted.filter((news) => news.kind === "ring").map((news) => news.kind === "ring" && news.ring.attempt),
		).toEqual(["a1"]);
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
	browser.later[0]?.run();
	browser.sources[1]?.onerror?.(event);
	browser.later[1]?.run();
	expect(browser.later.map(({ milliseconds }) => milliseconds)).toEqual([1000, 2000]);
	browser.sources[2]?.onopen?.(event);
	expect(heard).toEqual([
		{ kind: "link", up: true },
		{ kind: "link", up: false },
		{ kind: "link", up: false },
		{ kind: "link", up: true },
		{ kind: "changed", topics: ["*"] },
	]);
});

it("waits at most 15 s, spread by a quarter either way", () => {
	expect(backOff(0, 0)).toBe(750);
	expect(backOff(3, 0.5)).toBe(8000);
	expect(backOff(40, 1)).toBe(18_750);
});
