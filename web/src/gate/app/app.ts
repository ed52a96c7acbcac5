/** The gate's app: one page that scans, judges and counts, with or without a network. Here its parts are put together. */
import { Queue } from "../queue.ts";
import { keep, kept, openStore, type Store } from "../store.ts";
import { stayAwake } from "./awake.ts";
import { Camera, type Trouble } from "./camera.ts";
import { Detector } from "./detector.ts";
import { Door } from "./door.ts";
import { beginEnrolment } from "./enrolment.ts";
import { type Direction, Gate, type Seen } from "./gate.ts";
import { Lifeline } from "./lifeline.ts";
import { Pace } from "./pace.ts";
import { beginPad } from "./pad.ts";
import { keepShell } from "./renewal.ts";
import { found, Screen } from "./screen.ts";
import { Sightings } from "./sightings.ts";
import { signOf } from "./sign.ts";
import { Sound } from "./sound.ts";
import { showStatus } from "./status.ts";
import { watch } from "./watch.ts";
import { say, type Words } from "./words.ts";

/** How often what is due is done, and the breath between two frames; milliseconds. */
const beat = 5_000;
const breath = 60;
/** So long nobody came: the page may come up anew. */
const quiet = 60_000;
/** So long until a device that keeps nothing is asked again. */
const patience = 3_000;

const { door: doorPath = "", tenant = "", wasm = "", worker = "", words: written = "{}" } = document.body.dataset;
const words = JSON.parse(written) as Words;
const screen = new Screen(document.body);
const sound = new Sound();
const sightings = new Sightings();
const camera = new Camera(found<HTMLVideoElement>(document, "video"));
const detector = new Detector(wasm);
let busyAt = performance.now();

void begin();

async function begin(): Promise<void> {
	// A language that was chosen is in a cookie; the address without it is the one that is kept on the device.
	if (window.location.search) history.replaceState(null, "", window.location.pathname + window.location.hash);
	const gate = await awake();
	const door = new Door(doorPath, Date.now, window.fetch.bind(window), document.documentElement.lang);
	const lifeline = new Lifeline(gate, door, new Pace());
	const show = () => {
		showStatus(screen, words, gate, lifeline, navigator.onLine);
		screen.notice("sound", !sound.isOpen);
		if (!gate.device) camera.stop();
	};
	gate.changed = show;
	show();
	brighten((await kept<boolean>(gate.store, "day").catch(() => false)) === true);
	beginButtons(gate);
	beginEnrolment(screen, words, lifeline, () => void film(gate));
	beginPad(screen, (code) => typed(gate, lifeline, code));
	// Which of the two counts as a gesture differs from browser to browser.
	for (const touch of ["pointerup", "click"]) document.addEventListener(touch, () => void sound.open().then(show));
	beginNetwork(lifeline, show);
	stayAwake();
	void keepShell(worker, isQuiet);
	await detector.prepare();
	document.addEventListener("visibilitychange", () => void film(gate));
	void film(gate);
	await look(gate, lifeline);
}

/** The gate as it lies on the device. A browser that keeps nothing is told of, and asked again until it does. */
async function awake(): Promise<Gate> {
	const chance = (length: number) => crypto.getRandomValues(new Uint8Array(length));
	for (;;) {
		try {
			const store: Store = await openStore(indexedDB, `vx-gate-${tenant}`);
			const gate = new Gate(store, new Queue(store), { now: Date.now, chance });
			await gate.open();
			return gate;
		} catch {
			screen.write("starting", say(words, "gate-app-no-store"));
			await new Promise((done) => window.setTimeout(done, patience));
		}
	}
}

function isQuiet(): boolean {
	const types = screen.isShown("pad") || document.activeElement instanceof HTMLInputElement;
	return performance.now() - busyAt > quiet && !types;
}

function look(gate: Gate, lifeline: Lifeline): Promise<void> {
	const isOpen = () => gate.device !== null && camera.isOn && !screen.isShown("pad") && !screen.isShown("verdict");
	const read = async () => {
		const frame = isOpen() ? camera.frame() : null;
		return frame && detector.read(frame);
	};
	const rest = () => new Promise<void>((done) => window.setTimeout(done, breath));
	const taken = async (text: string) => {
		// Meanwhile the keys may have come up, or the gate may be gone.
		if (isOpen()) await told(await gate.judge(text), lifeline);
	};
	return watch({ read, rest, now: () => performance.now() }, sightings, taken, () => false);
}

/** Shows a verdict and lets it go again; meanwhile the scan may already be on its way. */
async function told(seen: Seen, lifeline: Lifeline): Promise<void> {
	busyAt = performance.now();
	const sign = signOf(seen, words, Date.now());
	sound.play(sign.tone);
	void lifeline.pulse();
	await screen.verdict(sign);
}

/** What stands above the keys when the code is no verdict: mistyped, or too many tries. */
async function typed(gate: Gate, lifeline: Lifeline, code: string): Promise<string | null> {
	const seen = await gate.judge(code);
	if (seen.answer.answer === "again" || seen.answer.answer === "wait") {
		const { reasons, tone } = signOf(seen, words, Date.now());
		sound.play(tone);
		return reasons.join(" ");
	}
	await told(seen, lifeline);
	return null;
}

function beginButtons(gate: Gate): void {
	for (const button of document.querySelectorAll<HTMLElement>("[data-turn]")) {
		button.addEventListener("click", () => {
			sightings.forget();
			void gate.turn(button.dataset.turn as Direction);
		});
	}
	screen.on("hand", () => {
		busyAt = performance.now();
		void gate.countByHand().then((counted) => sound.play(counted ? "again" : "yellow"));
	});
	screen.on("rush", () => void gate.hurry(!gate.rush.state.on));
	screen.on("unfit", () => void gate.unfitRead());
	screen.on("camera", () => void film(gate));
	screen.on("light", (button) => {
		void camera.light(!camera.isLit).then(() => button.setAttribute("aria-pressed", String(camera.isLit)));
	});
	screen.on("day", () => {
		const day = document.documentElement.dataset.bsTheme !== "light";
		brighten(day);
		void keep(gate.store, "day", day).catch(() => {});
	});
}

/** In the sun a bright ground is easier to read; at night it blinds. */
function brighten(day: boolean): void {
	document.documentElement.dataset.bsTheme = day ? "light" : "dark";
	screen.button("day").setAttribute("aria-pressed", String(day));
}

function beginNetwork(lifeline: Lifeline, show: () => void): void {
	const hurry = () => void lifeline.pulse(true).then(show);
	window.addEventListener("online", hurry);
	window.addEventListener("offline", show);
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible") hurry();
	});
	window.setInterval(() => void lifeline.pulse().then(show), beat);
	hurry();
}

/** The camera films while somebody looks at the page and a gate is to be served. */
async function film(gate: Gate): Promise<void> {
	if (document.visibilityState !== "visible" || !gate.device) {
		camera.stop();
		return;
	}
	if (camera.isOn) return;
	showTrouble(await camera.start(() => void film(gate)));
}

function showTrouble(trouble: Trouble | null): void {
	screen.show("no-camera", trouble !== null);
	if (trouble) screen.write("camera", say(words, `gate-app-camera-${trouble}`));
	const light = screen.button("light");
	light.hidden = !camera.hasLight;
	light.setAttribute("aria-pressed", "false");
}
