/**
 * One live connection per browser. The tab that holds the lock is the leader: it
 * listens to the server and repeats everything on a channel; the others listen to
 * the channel. When the leader closes, the lock passes on by itself.
 */
import { Book } from "./book.ts";
import { now } from "./clock.ts";
import { type News, readEvent } from "./news.ts";

const events = ["rings", "ring", "stop", "changed", "tick"] as const;

/**
 * The server ticks every 15 s. A connection that says nothing for this long is dead, whatever the
 * browser believes: after a lost Wi-Fi it may hold a dead connection open for minutes.
 */
export const silence = 40_000;

export interface Source {
	onopen: ((event: Event) => void) | null;
	onerror: ((event: Event) => void) | null;
	addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
	close(): void;
}

export interface Channel {
	onmessage: ((event: MessageEvent<News>) => void) | null;
	postMessage(news: News): void;
}

export interface Ground {
	/** Calls back once this tab leads, and holds the lead until the page is gone. */
	lead(name: string, begin: () => void): void;
	channel(name: string): Channel;
	source(url: string): Source;
	/** Runs once, unless the returned function is called before. */
	later(run: () => void, milliseconds: number): () => void;
	/** Between 0 and 1: spreads the reconnections of many browsers. */
	chance(): number;
}

/** Pause before the nth attempt (0 first) to reconnect: 1 s, 2 s, 4 s … 15 s, spread by ± 25 %. */
export function backOff(attempt: number, chance: number): number {
	return Math.min(15_000, 1000 * 2 ** Math.min(attempt, 10)) * (0.75 + chance / 2);
}

export class Live {
	readonly #listeners: ((news: News) => void)[] = [];
	readonly #pending = new Book();
	readonly #channel: Channel;
	readonly #url: string;
	readonly #ground: Ground;
	#leads = false;
	#up = false;
	#wasDown = false;
	#failures = 0;

	constructor(url: string, ground: Ground) {
		this.#url = url;
		this.#ground = ground;
		const name = `vx-live:${url}`;
		this.#channel = ground.channel(name);
		this.#channel.onmessage = ({ data }) => this.#heard(data);
		this.#channel.postMessage({ kind: "hello" });
		ground.lead(name, () => {
			this.#leads = true;
			this.#connect();
		});
	}

	listen(listener: (news: News) => void): void {
		this.#listeners.push(listener);
	}

	/** For every tab of this browser, this one included. */
	tell(news: News): void {
		this.#keep(news);
		this.#channel.postMessage(news);
		this.#say(news);
	}

	#heard(news: News): void {
		if (news.kind === "hello") {
			if (!this.#leads) return;
			this.#channel.postMessage({ kind: "link", up: this.#up });
			this.#pending.expire(now());
			this.#channel.postMessage({ kind: "rings", rings: this.#pending.list() });
			return;
		}
		this.#keep(news);
		this.#say(news);
	}

	#keep(news: News): void {
		if (news.kind === "rings") this.#pending.replace(news.rings, now());
		if (news.kind === "ring") this.#pending.add(news.ring, now());
		if (news.kind === "stop") this.#pending.stop(news.attempt);
	}

	#say(news: News): void {
		for (const listener of this.#listeners) listener(news);
	}

	#connect(): void {
		const source = this.#ground.source(this.#url);
		const lost = () => {
			source.close();
			still();
			this.#wasDown = true;
			this.#up = false;
			this.tell({ kind: "link", up: false });
			this.#ground.later(() => this.#connect(), backOff(this.#failures++, this.#ground.chance()));
		};
		let still = this.#ground.later(lost, silence);
		const alive = () => {
			still();
			still = this.#ground.later(lost, silence);
		};
		source.onopen = () => {
			alive();
			this.#up = true;
			this.#failures = 0;
			this.tell({ kind: "link", up: true });
			// What happened in between was not heard: everything shown is asked for again.
			if (this.#wasDown) this.tell({ kind: "changed", topics: ["*"] });
			this.#wasDown = false;
		};
		source.onerror = lost;
		for (const name of events) {
			source.addEventListener(name, ({ data }) => {
				alive();
				const news = readEvent(name, data);
				if (!news) console.warn(`live: ${name} not understood`);
				for (const item of news ?? []) this.tell(item);
			});
		}
	}
}

/** The browser itself. */
export const browser: Ground = {
	lead(name, begin) {
		void navigator.locks.request(name, () => {
			begin();
			return new Promise<never>(() => {});
		});
	},
	channel: (name) => new BroadcastChannel(name),
	source: (url) => new EventSource(url),
	later: (run, milliseconds) => {
		const timer = window.setTimeout(run, milliseconds);
		return () => window.clearTimeout(timer);
	},
	chance: Math.random,
};
