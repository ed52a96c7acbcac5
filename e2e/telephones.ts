/**
 * Telephones that really ring. An official's is a whole baresip, which a test picks up and whose keys it presses; a
 * family's is a sipp that answers, while the test holds its sound: it hears when a question ends, and presses keys
 * as RFC 4733 sends them.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket as Stream } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import type { Line } from "./carrier.ts";

const host = "127.0.0.1";
const modules = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"];
/** Longer than a telephone needs for anything on a loaded machine. */
const long = 20_000;

/** Skips what needs a program that is not here, and says so where `make test` gathers what was skipped. */
export function needs(...programs: string[]): void {
	for (const program of programs) {
		const { error } = spawnSync(program, ["-h"], { stdio: "ignore", timeout: 5_000 });
		const there = !(error && "code" in error && error.code === "ENOENT");
		if (there && (program !== "baresip" || modules.some((folder) => existsSync(folder)))) continue;
		const words = `skipped: needs ${program}`;
		console.log(words);
		if (process.env.VX_TEST_LOG) appendFileSync(process.env.VX_TEST_LOG, `${words}\n`);
		test.skip(true, `needs ${program}`);
	}
}

async function freePort(): Promise<number> {
	const socket = createSocket("udp4");
	socket.bind(0, host);
	await once(socket, "listening");
	const { port } = socket.address();
	socket.close();
	return port;
}

async function freeTcpPort(): Promise<number> {
	const server = createServer().listen(0, host);
	await once(server, "listening");
	const address = server.address();
	server.close();
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

/** Waits until something listens at a UDP port of this machine. */
async function listens(port: number, child: ChildProcess): Promise<void> {
	const there = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
	const heard = () => child.exitCode === null && readFileSync("/proc/net/udp", "utf8").includes(there);
	await expect.poll(heard, { timeout: long, intervals: [20] }).toBe(true);
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	const gone = once(child, "exit");
	process.kill(child.pid, "SIGTERM");
	const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
	await gone;
	clearTimeout(patience);
}

/** What a baresip tells: `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` … */
interface Told {
	type: string;
	param: string;
	at: number;
}

/** An official's telephone. */
export class Telephone {
	readonly told: Told[] = [];
	readonly line: Line;
	readonly #child: ChildProcess;
	readonly #control: Stream;
	readonly #folder: string;
	#answers: { ok: boolean; data: string }[] = [];
	#read = Buffer.alloc(0);

	private constructor(line: Line, child: ChildProcess, control: Stream, folder: string) {
		this.line = line;
		this.#child = child;
		this.#control = control;
		this.#folder = folder;
		control.on("data", (some) => this.#take(some));
	}

	/** A phone that rings until somebody does something with it. */
	static async start(user: string): Promise<Telephone> {
		const folder = await mkdtemp(join(tmpdir(), "vx-phone-"));
		const [port, control] = [await freePort(), await freeTcpPort()];
		const config = [
			`poll_method epoll\nsip_listen ${host}:${port}\ncall_local_timeout 300\ncall_max_calls 64`,
			"audio_player aubridge,line\naudio_source aubridge,line\naudio_alert aubridge,bell",
			`net_interface ${host}\nmodule_path ${modules.find((one) => existsSync(one))}`,
			"module g711.so\nmodule aubridge.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so",
			`ctrl_tcp_listen ${host}:${control}\n`,
		];
		await writeFile(join(folder, "config"), config.join("\n"));
		await writeFile(join(folder, "accounts"), `<sip:${user}@${host}:${port}>;regint=0;answermode=manual\n`);
		await writeFile(join(folder, "contacts"), "");
		const child = spawn("baresip", ["-f", folder], { stdio: "ignore" });
		await listens(port, child);
		const stream = await reached(control);
		return new Telephone({ user, port }, child, stream, folder);
	}

	/** How often it has told this. */
	count(type: string): number {
		return this.told.filter((one) => one.type === type).length;
	}

	/** Rings for the first time, or for the nth. */
	async rings(times = 1, timeout = long): Promise<Told> {
		await expect.poll(() => this.count("CALL_INCOMING"), { timeout }).toBeGreaterThanOrEqual(times);
		return this.told.filter((one) => one.type === "CALL_INCOMING")[times - 1] as Told;
	}

	/** Picks up. */
	async answer(): Promise<void> {
		await this.order("accept");
		await expect.poll(() => this.count("CALL_ESTABLISHED"), { timeout: long }).toBeGreaterThan(0);
	}

	async press(keys: string): Promise<void> {
		await this.order("sndcode", keys);
	}

	async hangUp(): Promise<void> {
		await this.order("hangup");
	}

	async end(): Promise<void> {
		this.#control.destroy();
		await end(this.#child);
		await rm(this.#folder, { recursive: true, force: true });
	}

	async order(command: string, params?: string): Promise<void> {
		const order = JSON.stringify({ command, params });
		this.#answers = [];
		this.#control.write(`${Buffer.byteLength(order)}:${order},`);
		await expect.poll(() => this.#answers.length, { timeout: long, intervals: [20] }).toBeGreaterThan(0);
		expect(this.#answers[0]?.ok, `the phone does not ${command}: ${this.#answers[0]?.data}`).toBe(true);
	}

	/** Netstrings: `12:{"event":…},` */
	#take(some: Buffer): void {
		this.#read = Buffer.concat([this.#read, some]);
		for (;;) {
			const colon = this.#read.indexOf(":");
			const from = colon + 1;
			const length = Number(this.#read.subarray(0, colon).toString());
			if (colon < 0 || this.#read.length <= from + length) return;
			const told = JSON.parse(this.#read.subarray(from, from + length).toString());
			this.#read = this.#read.subarray(from + length + 1);
			if (told.response) this.#answers.push({ ok: told.ok, data: String(told.data ?? "") });
			else if (told.event) this.told.push({ type: told.type, param: told.param ?? "", at: Date.now() });
		}
	}
}

async function reached(port: number): Promise<Stream> {
	const until = Date.now() + long;
	for (;;) {
		const stream = connect(port, host);
		try {
			await once(stream, "connect");
			return stream;
		} catch (error) {
			if (Date.now() > until) throw error;
			await new Promise((done) => setTimeout(done, 50));
		}
	}
}

/** What stands in a packet of sound: 20 ms of A-law. */
const law = 8;
const keyType = 101;
/** Above this an A-law byte, its sign taken away and its bits put right, is heard. */
const audible = 0x30;

function heard(packet: Buffer): boolean {
	const kind = (packet[1] ?? 0) & 0x7f;
	return kind === law && packet.subarray(12).some((byte) => ((byte ^ 0x55) & 0x7f) > audible);
}

/** A family's telephone: answers the first call after a second, and stays until the other side hangs up. */
export class Family {
	readonly line: Line;
	/** When it was answered and when it was over, as sipp's scenario came to it. */
	answeredAt: number | undefined;
	overAt: number | undefined;
	readonly #child: ChildProcess;
	readonly #sound: Socket;
	readonly #folder: string;
	#there: RemoteInfo | undefined;
	/** When sound began that has not ended yet, and when it was heard last. */
	#began = 0;
	#last = 0;
	#sequence = 1;
	#timestamp = 8_000;

	private constructor(line: Line, child: ChildProcess, sound: Socket, folder: string) {
		this.line = line;
		this.#child = child;
		this.#sound = sound;
		this.#folder = folder;
		child.once("exit", () => {
			this.overAt ??= Date.now();
		});
		sound.on("message", (packet, from) => {
			this.#there = from;
			const now = Date.now();
			this.answeredAt ??= now;
			if (!heard(packet)) return;
			if (this.#began === 0) this.#began = now;
			this.#last = now;
		});
	}

	static async start(): Promise<Family> {
		const folder = await mkdtemp(join(tmpdir(), "vx-family-"));
		const sound = createSocket("udp4");
		sound.bind(0, host);
		await once(sound, "listening");
		const port = await freePort();
		await writeFile(join(folder, "scenario.xml"), scenario(sound.address().port));
		const arguments_ = ["-sf", "scenario.xml", "-i", host, "-p", `${port}`, "-t", "u1", "-m", "1", "-nostdin", "-nd"];
		const traces = ["-trace_err", "-error_file", "errors.log", "-timeout", "900", "-timeout_error"];
		const child = spawn("sipp", [...arguments_, ...traces], {
			cwd: folder,
			stdio: "ignore",
			env: { ...process.env, TERM: "dumb" },
		});
		await listens(port, child);
		return new Family({ user: "family", port }, child, sound, folder);
	}

	get isOver(): boolean {
		return this.overAt !== undefined;
	}

	/** Hears something to its end: sound, and then no more of it for so long. */
	async hears(quiet: number, timeout = 90_000): Promise<void> {
		const ended = () => this.isOver || (this.#began > 0 && Date.now() - this.#last > quiet);
		await expect.poll(ended, { timeout, intervals: [50] }).toBe(true);
		expect(this.isOver, `the call ended before the question: ${await this.faults()}`).toBe(false);
	}

	/** Presses keys one after the other, as a hand does. */
	async press(keys: string): Promise<void> {
		for (const key of keys) {
			await this.#key(key);
			await pause(160);
		}
		this.#began = 0;
	}

	async isHungUp(timeout = long): Promise<void> {
		await expect.poll(() => this.isOver, { timeout }).toBe(true);
		expect(this.#child.exitCode, await this.faults()).toBe(0);
	}

	/** What sipp complains of. */
	async faults(): Promise<string> {
		return readFile(join(this.#folder, "errors.log"), "utf8").catch(() => "");
	}

	async end(): Promise<void> {
		await end(this.#child);
		this.#sound.close();
		await rm(this.#folder, { recursive: true, force: true });
	}

	/** The key grows longer in packets of one time, and its end comes three times. */
	async #key(key: string): Promise<void> {
		const event = "0123456789*#".indexOf(key);
		const steps = [160, 320, 480, 640, 800];
		for (const [at, duration] of [...steps, 800, 800].entries()) {
			const packet = Buffer.alloc(16);
			packet.writeUInt8(0x80, 0);
			packet.writeUInt8(keyType | (at === 0 ? 0x80 : 0), 1);
			packet.writeUInt16BE(this.#sequence++ & 0xffff, 2);
			packet.writeUInt32BE(this.#timestamp, 4);
			packet.writeUInt32BE(0x51617233, 8);
			packet.writeUInt8(event, 12);
			packet.writeUInt8(at >= steps.length - 1 ? 0x8a : 0x0a, 13);
			packet.writeUInt16BE(duration, 14);
			if (this.#there) this.#sound.send(packet, this.#there.port, this.#there.address);
			await pause(20);
		}
		this.#timestamp += 2_400;
	}
}

function pause(milliseconds: number): Promise<void> {
	return new Promise((done) => setTimeout(done, milliseconds));
}

/** Rings, answers with the sound at `rtp`, and waits for the other side to hang up. */
function scenario(rtp: number): string {
	const back = "[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]family\n[last_Call-ID:]\n[last_CSeq:]";
	const contact = "Contact: <sip:family@[local_ip]:[local_port]>";
	const session = [
		`v=0\no=family 1 1 IN IP4 ${host}\ns=-\nc=IN IP4 ${host}\nt=0 0\nm=audio ${rtp} RTP/AVP ${law} ${keyType}`,
		`a=rtpmap:${law} PCMA/8000\na=rtpmap:${keyType} telephone-event/8000\na=fmtp:${keyType} 0-15\na=sendrecv\n`,
	].join("\n");
	const send = (text: string, again = "") => `<send${again}><![CDATA[\n\n${text}\n]]></send>`;
	return [
		'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="family">',
		'<recv request="INVITE"/>',
		send(`SIP/2.0 180 Ringing\n${back}\n${contact}\nContent-Length: 0\n`),
		'<pause milliseconds="1000"/>',
		send(
			`SIP/2.0 200 OK\n${back}\n${contact}\nContent-Type: application/sdp\nContent-Length: [len]\n\n${session}`,
			' retrans="500"',
		),
		'<recv request="ACK"/>',
		'<recv request="BYE"/>',
		send("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n"),
		"</scenario>\n",
	].join("\n");
}
