/** The lines around the picture: where, how many, what waits, how old, and what is not as it should be. */
import { type Gate, type Left, toleratedClock } from "./gate.ts";
import type { Lifeline } from "./lifeline.ts";
import type { Screen } from "./screen.ts";
import { say, type Words } from "./words.ts";

/** Older than this the guard is told: lists of a day may have run out. */
const old = 20 * 3_600_000;
const zone = "Asia/Ho_Chi_Minh";

export function showStatus(screen: Screen, words: Words, gate: Gate, lifeline: Lifeline, online: boolean): void {
	const { device, removedFrom, counts } = gate;
	screen.show("starting", false);
	screen.show("enrol", device === null);
	screen.show("removed", device === null && removedFrom !== null);
	screen.show("gate", device !== null);
	if (!device) {
		screen.write("removed", say(words, "gate-app-removed", { gate: removedFrom ?? "" }));
		screen.write("kept", gate.left.map((one) => ofLeft(words, "gate-app-removed-kept", one)).join(" "));
		return;
	}
	screen.write("gate", device.gate.name);
	screen.write("inside", String(counts.inside));
	screen.write("limit", counts.limit === null ? say(words, "gate-app-no-limit") : String(counts.limit));
	screen.write("waiting", String(counts.waiting));
	screen.write("net", say(words, net(lifeline, online)));
	screen.page.dataset.net = online && lifeline.reach.reached !== false ? "on" : "off";
	screen.write("supplied", supplied(words, gate));
	for (const button of screen.page.querySelectorAll<HTMLElement>("[data-turn]")) {
		button.setAttribute("aria-pressed", String(button.dataset.turn === gate.direction));
	}
	const rush = screen.button("rush");
	rush.hidden = device.sampleOf === null || device.sampleOf < 2;
	rush.setAttribute("aria-pressed", String(gate.rush.state.on));
	screen.write("rush", say(words, "gate-app-rush", { n: device.sampleOf ?? 1 }));
	showNotices(screen, words, gate, lifeline);
}

function showNotices(screen: Screen, words: Words, gate: Gate, { reach }: Lifeline): void {
	const { inside, limit } = gate.counts;
	const unrecorded = gate.unrecorded > 0 ? say(words, "gate-app-unkept-count", { n: gate.unrecorded }) : "";
	screen.notice("unkept", gate.unkept && `${say(words, "gate-app-unkept")} ${unrecorded}`.trim());
	const full = gate.direction === "in" && limit !== null && inside >= limit;
	screen.notice("full", full && say(words, "gate-app-full", { inside, limit }));
	screen.notice("picked", gate.awaited && say(words, "gate-app-picked"));
	screen.notice("clock", clockOf(words, gate) ?? false);
	screen.notice("supplies", suppliesOf(words, gate) ?? false);
	screen.notice("spoiled", reach.spoiled.length > 0 && say(words, "gate-app-spoiled"));

	const [why = ""] = reach.refused;
	screen.notice(
		"refused",
		reach.refused.length > 0 && say(words, "gate-app-refused", { n: reach.refused.length, words: why }),
	);
	screen.notice("unfit", gate.unfit !== null && say(words, "gate-app-unfit", { ...gate.unfit }));
	const left = gate.left.map((one) => ofLeft(words, "gate-app-left-here", one)).join(" ");
	screen.notice("left", left !== "" && left);
}

/** What is said of the scans of another gate. */
export function ofLeft(words: Words, key: string, { name, scans }: Left): string {
	return say(words, key, { n: scans, gate: name || say(words, "gate-app-left-unnamed") });
}

function suppliesOf(words: Words, gate: Gate): string | null {
	if (gate.suppliedAt === null) return say(words, "gate-app-never-supplied");
	return gate.now() - gate.suppliedAt > old ? say(words, "gate-app-old") : null;
}

function clockOf(words: Words, gate: Gate): string | null {
	if (gate.clockWentBack()) return say(words, "gate-app-clock-back");
	const { clock } = gate;
	if (!clock || Math.abs(clock.add) <= toleratedClock) return null;
	return say(words, clock.add > 0 ? "gate-app-clock-slow" : "gate-app-clock-fast", { span: span(words, clock.add) });
}

/** "5 phút", "3 giờ", "2 ngày": as exact as one needs it to put a clock right. */
function span(words: Words, difference: number): string {
	const minutes = Math.abs(difference) / 60_000;
	if (minutes < 120) return say(words, "gate-app-minutes", { n: Math.round(minutes) });
	if (minutes < 48 * 60) return say(words, "gate-app-hours", { n: Math.round(minutes / 60) });
	return say(words, "gate-app-days", { n: Math.round(minutes / 1440) });
}

function net({ reach }: Lifeline, online: boolean): string {
	if (!online) return "gate-app-offline";
	return reach.reached === false ? "gate-app-unreached" : "gate-app-online";
}

function supplied(words: Words, { suppliedAt }: Gate): string {
	if (suppliedAt === null) return "";
	const at = new Intl.DateTimeFormat("vi-VN", {
		timeZone: zone,
		hour: "2-digit",
		minute: "2-digit",
		day: "2-digit",
		month: "2-digit",
	});
	const part = Object.fromEntries(at.formatToParts(suppliedAt).map(({ type, value }) => [type, value]));
	return say(words, "gate-app-supplied", { at: `${part.hour}:${part.minute} ${part.day}/${part.month}` });
}
