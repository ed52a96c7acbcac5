/** What the live connection says, and how each message is checked before it is believed. */

export type Tone = "ring" | "notice";

export interface Ring {
	attempt: string;
	ticket: string;
	code: string;
	title: string;
	unit: string;
	level: string;
	/** An emergency rings until someone accepts; a notice sounds once. */
	tone: Tone;
	/** RFC 3339, in the centre's time. */
	until: string;
	accept: string;
	pass: string;
	open: string;
	csrf: string;
}

export type News =
	/** Everything that rings now, in place of whatever was known: each connection begins with it. */
	| { kind: "rings"; rings: Ring[] }
	/** A new ring, or a known one whose deadline has moved. */
	| { kind: "ring"; ring: Ring }
	| { kind: "stop"; attempt: string }
	| { kind: "changed"; topics: string[] }
	/** The connection came up or went down. */
	| { kind: "link"; up: boolean }
	/** A tab has opened and asks the leader what is pending. */
	| { kind: "hello" }
	| { kind: "clock"; now: string };

/** The server-sent events by name. `null` when the data is not what the name promises. */
export function readEvent(name: string, data: string): News[] | null {
	let value: unknown;
	try {
		value = JSON.parse(data);
	} catch {
		return null;
	}
	if (typeof value !== "object" || value === null) return null;
	const fields = value as Record<string, unknown>;
	const clock: News[] = typeof fields.now === "string" ? [{ kind: "clock", now: fields.now }] : [];
	if (name === "tick") return clock;
	if (name === "rings") {
		if (!Array.isArray(fields.rings)) return null;
		const rings = fields.rings.map((item) => (typeof item === "object" && item !== null ? readRing(item) : null));
		return [...clock, { kind: "rings", rings: rings.filter((ring) => ring !== null) }];
	}
	if (name === "ring") {
		const ring = readRing(fields);
		return ring && [...clock, { kind: "ring", ring }];
	}
	if (name === "stop") {
		return typeof fields.attempt === "string" ? [...clock, { kind: "stop", attempt: fields.attempt }] : null;
	}
	if (name === "changed" && Array.isArray(fields.topics)) {
		return [...clock, { kind: "changed", topics: fields.topics.filter((topic) => typeof topic === "string") }];
	}
	return null;
}

function readRing(fields: Record<string, unknown>): Ring | null {
	const text = (name: string): string => {
		const value = fields[name];
		return typeof value === "string" || typeof value === "number" ? String(value) : "";
	};
	const ring: Ring = {
		attempt: text("attempt"),
		ticket: text("ticket"),
		code: text("code"),
		title: text("title"),
		unit: text("unit"),
		level: text("level"),
		tone: fields.tone === "notice" ? "notice" : "ring",
		until: text("until"),
		accept: text("accept"),
		pass: text("pass"),
		open: text("open"),
		csrf: text("csrf"),
	};
	const links = [ring.accept, ring.pass, ring.open].every((link) => link === "" || isOwnPath(link));
	return ring.attempt && links && !Number.isNaN(Date.parse(ring.until)) ? ring : null;
}

/** A path of this centre: never another host, never a script. */
export function isOwnPath(link: string): boolean {
	return /^\/(?![/\\])/.test(link);
}
