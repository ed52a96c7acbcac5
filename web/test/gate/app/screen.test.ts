// @vitest-environment jsdom
/** The page as the server's template writes it, and what the script does on it. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Refused, scansWait } from "../../../src/gate/app/door.ts";
import { beginEnrolment, invitation } from "../../../src/gate/app/enrolment.ts";
import type { Gate, Seen } from "../../../src/gate/app/gate.ts";
import type { Lifeline } from "../../../src/gate/app/lifeline.ts";
import { beginPad } from "../../../src/gate/app/pad.ts";
import { Screen } from "../../../src/gate/app/screen.ts";
import { signOf } from "../../../src/gate/app/sign.ts";
import { showStatus } from "../../../src/gate/app/status.ts";
import { say, sayReason } from "../../../src/gate/app/words.ts";
import { Unkept } from "../../../src/gate/store.ts";

// Where this file stands: jsdom has another idea of addresses.
const root = `${process.cwd()}/..`;

/** The messages of a language, with `{name}` for their figures, as the server hands them over. */
function messages(file: string): Record<string, string> {
	const lines = readFileSync(`${root}/messages/vi/${file}.ftl`, "utf8").split("\n");
	const read = lines.flatMap((line) => {
		const [, key, text] = /^([\w-]+) = (.*)$/.exec(line) ?? [];
		return key && text ? [[key, text.replace(/\{ \$(\w+) \}/g, "{$1}")] as const] : [];
	});
	return Object.fromEntries(read);
}

const words = {
	...messages("gate_app"),
	"gate-has-doses": "Đã tiêm {has} mũi",
	"gate-place-asks": "Nơi này cần thẻ {colour} {scope}",
	"gate-colour-green": "xanh",
	"gate-colour-yellow": "vàng",
	"gate-scope-full": "đầy đủ",
};

let screen: Screen;
beforeEach(() => {
	vi.useFakeTimers();
	const page = readFileSync(`${root}/crates/portal/templates/gate.html`, "utf8");
	const digit = '<button data-do="digit" data-digit="0">0</button>';
	const keys = Array.from({ length: 9 }, (_, at) => digit.replaceAll("0", String(at + 1))).join("");
	const loop = /\{% for digit[\s\S]*?endfor %\}/;
	document.documentElement.innerHTML = page.replace(loop, keys).replace(/\{%.*?%\}|\{\{.*?\}\}/g, "");
	screen = new Screen(document.body);
});
afterEach(() => {
	vi.useRealTimers();
});

const text = (slot: string) => document.querySelector(`[data-slot="${slot}"]`)?.textContent;
const press = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();

const seen = (more: object = {}, rest: object = {}): Seen => ({
	direction: "in",
	pickedOf: null,
	glance: false,
	unrecorded: false,
	...rest,
	answer: {
		answer: "verdict",
		by: "pass",
		who: { name: "NGUYEN THI MAU", birthYear: 1958 },
		number: "1",
		colour: "green",
		card: "green",
		scope: null,
		reasons: [{ key: "gate-has-doses", figures: { has: 2 } }],
		rules: "tu-1-10-2021",
		...more,
	},
});

it("a verdict fills the screen with colour, word, name and year, and goes by itself after two seconds", async () => {
	const gone = vi.fn();
	void screen.verdict(signOf(seen(), words, 0)).then(gone);
	expect(screen.isShown("verdict")).toBe(true);
	expect(document.querySelector<HTMLElement>("[data-part=verdict]")?.dataset.tone).toBe("green");
	expect([text("word"), text("pass"), text("name"), text("year")]).toEqual([
		"XANH",
		"Được vào",
		"NGUYEN THI MAU",
		"1958",
	]);
	expect(text("reasons")).toBe("Đã tiêm 2 mũi");
	await vi.advanceTimersByTimeAsync(1_900);
	expect(gone).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(200);
	expect(gone).toHaveBeenCalled();
	expect(screen.isShown("verdict")).toBe(false);
});

it("a tap takes it away, but not the tap that has brought it", async () => {
	const gone = vi.fn();
	void screen.verdict(signOf(seen(), words, 0)).then(gone);
	press("[data-part=verdict]");
	await vi.advanceTimersByTimeAsync(0);
	expect(gone).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(500);
	press("[data-part=verdict] button");
	await vi.advanceTimersByTimeAsync(0);
	expect(gone).toHaveBeenCalledOnce();
});

it("what is no verdict has no colour of one, and what cannot be read is never 'not valid'", () => {
	const again = signOf(
		{ ...seen(), answer: { answer: "again", reasons: [{ key: "gate-scan-again" }] } } as Seen,
		words,
		0,
	);
	expect(again).toMatchObject({ tone: "again", word: "QUÉT LẠI", name: "", pass: "" });
	const unable = signOf(
		{ ...seen(), answer: { answer: "unable", reasons: [{ key: "gate-no-rules" }] } } as Seen,
		words,
		0,
	);
	expect(unable).toMatchObject({ tone: "unable", word: "CHƯA XEM ĐƯỢC" });
	const wait = signOf({ answer: { answer: "wait", until: 130_000 } }, words, 0);
	expect(wait.reasons).toEqual([say(words, "gate-app-wait-text", { minutes: 3 })]);
});

it("who goes out is not told that he may come in; who is picked stays until he is looked at", () => {
	expect(signOf(seen({}, { direction: "out" }), words, 0).pass).toBe("Đã ghi lượt ra");
	const picked = signOf(seen({}, { pickedOf: 5 }), words, 0);
	expect(picked.compare).toContain("Soát kỹ");
	expect(picked.stays).toBeGreaterThan(5_000);
	const glance = signOf(seen({}, { glance: true }), words, 0);
	expect([glance.compare, glance.stays < 1_000]).toEqual(["", true]);
	expect(signOf(seen({ colour: "red" }, { glance: true }), words, 0).stays).toBe(2_000);
});

it("a verdict that the device has not kept stands as it is, says so and what to do, and stays longer", async () => {
	const sign = signOf(seen({}, { unrecorded: true }), words, 0);
	expect(sign).toMatchObject({ tone: "green", word: "XANH", name: "NGUYEN THI MAU", stays: 6_000 });
	void screen.verdict(sign);
	expect(text("unrecorded")).toContain("CHƯA GHI");
	expect(text("unrecorded")).toContain("sổ giấy");
	await vi.advanceTimersByTimeAsync(7_000);
	void screen.verdict(signOf(seen(), words, 0));
	expect(text("unrecorded")).toBe("");
});

it("what is not as it should be stands above the picture in words: nothing kept, refused for good, another gate's", () => {
	const gate = {
		device: { gate: { name: "Siêu thị Phú Mỹ" }, sampleOf: null },
		counts: { inside: 3, limit: null, waiting: 0 },
		left: [{ name: "", scans: 2 }],
		unfit: { n: 4, words: "Lượt quét quá cũ." },
		unkept: true,
		unrecorded: 5,
		rush: { state: { on: false } },
		clock: null,
		suppliedAt: 0,
		now: () => 0,
		clockWentBack: () => false,
	} as unknown as Gate;
	const lifeline = { reach: { reached: true, refused: ["Máy chạy nhanh."], spoiled: [] } } as unknown as Lifeline;
	const notice = (which: string) => document.querySelector<HTMLElement>(`[data-notice="${which}"]`);
	showStatus(screen, words, gate, lifeline, true);
	expect(notice("unkept")?.textContent).toMatch(/không lưu được.*bộ nhớ.*sổ giấy.*5 lượt chưa ghi/);
	expect(notice("unfit")?.textContent).toContain("không nhận 4 lượt");
	expect(notice("unfit")?.textContent).toContain("Lượt quét quá cũ.");
	expect(notice("refused")?.textContent).toBe("Máy chủ chưa nhận 1 lượt, vẫn giữ trên máy. Máy chạy nhanh.");
	expect(notice("left")?.textContent).toContain("Còn 2 lượt quét của chốt trước trên máy");
	Object.assign(gate, { unkept: false, unfit: null, left: [] });
	showStatus(screen, words, gate, lifeline, true);
	for (const which of ["unkept", "unfit", "left"]) expect(notice(which)?.hidden, which).toBe(true);
});

it("a reason says figures as people say them", () => {
	const asks = { key: "gate-place-asks" as const, figures: { colour: "green", scope: "full" } };
	expect(sayReason(words, asks)).toBe("Nơi này cần thẻ xanh đầy đủ");
	expect(sayReason(words, { ...asks, figures: { colour: "yellow", scope: "" } })).toBe("Nơi này cần thẻ vàng");
});

it("the keys give twelve digits, say what is wrong above them, and go when a verdict came", async () => {
	const given: string[] = [];
	const answers = ["Gõ sai", null];
	beginPad(screen, async (code) => {
		given.push(code);
		return answers.shift() ?? null;
	});
	press("[data-do=pad]");
	expect(screen.isShown("pad")).toBe(true);
	const type = async (digits: string) => {
		for (const digit of digits) press(`[data-digit="${digit}"]`);
		await vi.advanceTimersByTimeAsync(0);
	};
	await type("402158733960");
	expect(given).toEqual(["402158733960"]);
	expect([text("digits"), text("pad-fault")]).toEqual(["4021 5873 3960", "Gõ sai"]);
	press("[data-do=back]");
	expect([text("digits"), text("pad-fault")]).toEqual(["4021 5873 396_", ""]);
	await type("1");
	expect(given).toEqual(["402158733960", "402158733961"]);
	expect(screen.isShown("pad")).toBe(false);
	press("[data-do=pad]");
	expect(text("digits")).toBe("____ ____ ____");
});

it("an invitation goes from the address as soon as it is read", () => {
	window.history.replaceState(null, "", "/quan7/gate/#invite=7K3M-9QXP-4TNC-8RDW");
	expect(invitation(window.location, window.history)).toBe("7K3M-9QXP-4TNC-8RDW");
	expect(window.location.href).toMatch(/\/quan7\/gate\/$/);
	expect(invitation(window.location, window.history)).toBeNull();
});

/** A telephone with seven scans of another gate; what its enrolment comes to, one after another. */
function enrolment(...outcomes: (Error | null)[]) {
	const asked: boolean[] = [];
	const enrol = async (_invite: string, _name: string, givingUp: boolean) => {
		asked.push(givingUp);
		const outcome = outcomes.shift();
		if (outcome) throw outcome;
	};
	const gate = { left: [{ name: "Chợ Tân Mỹ", scans: 7 }] };
	const enrolled = vi.fn();
	beginEnrolment(screen, words, { gate, enrol } as unknown as Lifeline, enrolled);
	const submit = async () => {
		document.querySelector("form[data-enrol]")?.dispatchEvent(new Event("submit", { cancelable: true }));
		await vi.advanceTimersByTimeAsync(0);
	};
	return { asked, enrolled, submit };
}

it("another gate's invitation says what waits for the one before, and gives it up only when asked twice", async () => {
	const { asked, enrolled, submit } = enrolment(new Refused(409, "…", scansWait), null);
	await submit();
	expect(screen.isShown("left")).toBe(true);
	expect(text("left")).toContain("7 lượt quét của Chợ Tân Mỹ chưa gửi. Hãy dùng mã mời của Chợ Tân Mỹ để gửi trước.");
	expect([text("give-up"), screen.isShown("give-up"), text("enrol-fault")]).toEqual(["Bỏ 7 lượt quét này", false, ""]);
	press("[data-do=give-up]");
	expect(screen.isShown("give-up")).toBe(true);
	expect(text("give-up-ask")).toContain("7 lượt quét của Chợ Tân Mỹ");
	press("[data-do=give-up-not]");
	expect(screen.isShown("left")).toBe(false);
	expect(asked).toEqual([false]);

	press("[data-do=give-up-sure]");
	await vi.advanceTimersByTimeAsync(0);
	expect(asked).toEqual([false, true]);
	expect(enrolled).toHaveBeenCalledOnce();
});

it("a browser that keeps nothing is told of before an invitation is used up", async () => {
	const { submit } = enrolment(new Unkept(null));
	await submit();
	expect(text("enrol-fault")).toContain("không lưu được dữ liệu");
	expect(screen.isShown("left")).toBe(false);
});
