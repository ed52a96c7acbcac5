/**
 * The telephone network on one machine: a SIP proxy that finds the phone by the number called and stands in the way
 * of nothing else. It keeps no record of its route, so that what follows the answer runs between the two ends.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

/** Where a phone listens, and under which name. */
export interface Line {
	user: string;
	port: number;
}

const host = "127.0.0.1";
/** Branches of which the way back is remembered. */
const most = 10_000;

export class Carrier {
	readonly #socket: Socket = createSocket("udp4");
	readonly #lines = new Map<string, Line>();
	/** Where the request of a branch came from. */
	readonly #back = new Map<string, RemoteInfo>();
	/** The phone of every number that has none of its own. */
	others: Line | undefined;
	/** The numbers of the INVITEs, in their order. */
	readonly called: { number: string; at: number }[] = [];

	async open(): Promise<void> {
		this.#socket.on("message", (datagram, from) => this.#relay(datagram.toString("latin1"), from));
		this.#socket.bind(0, host);
		await once(this.#socket, "listening");
	}

	close(): void {
		try {
			this.#socket.close();
		} catch {
			// It was never opened.
		}
	}

	get port(): number {
		return this.#socket.address().port;
	}

	/** The file of trunks for a centre that telephones through it. */
	trunks(tenant: string): string {
		return `[[trunk]]\nname = "carrier"\nserver = "${host}:${this.port}"\ntenant = "${tenant}"\nfrom = "02838110000"\n`;
	}

	/** From now on these numbers ring this phone. */
	put(line: Line, ...numbers: string[]): void {
		for (const number of numbers) this.#lines.set(number, line);
	}

	#relay(message: string, from: RemoteInfo): void {
		const end = message.indexOf("\r\n");
		const first = message.slice(0, end);
		const rest = message.slice(end + 2);
		if (first.startsWith("SIP/2.0 ")) this.#respond(first, rest);
		else this.#request(first, rest, from);
	}

	/** To the phone of the number called, or to whom it names. */
	#request(first: string, rest: string, from: RemoteInfo): void {
		const [method = "", uri = "", version] = first.split(" ");
		const branch = rest.match(/^(?:Via|v):.*?;branch=([^;,\s]+)/im)?.[1];
		const called = uri.match(/^sip:(?:([^@;>]+)@)?([\d.]+)(?::(\d+))?/i);
		// What is no SIP of ours is kept alive by silence, like the two line ends that phones send.
		if (version !== "SIP/2.0" || !branch || !called) return;
		const [, number = "", , port] = called;
		const ours = Number(port ?? 5060) === this.port;
		const line = ours ? (this.#lines.get(number) ?? this.others) : undefined;
		if (ours && !line) {
			this.#refuse(method, rest, from);
			return;
		}
		// The same for a CANCEL and for the ACK of a refusal, which belong to their INVITE.
		const own = `z9hG4bKvx${branch}`;
		if (ours && method === "INVITE" && !this.#back.has(own)) this.called.push({ number, at: Date.now() });
		const to = line ? line.port : Number(port);
		const target = line ? `sip:${line.user}@${host}:${line.port}` : uri;
		this.#remember(own, from);
		const via = `Via: SIP/2.0/UDP ${host}:${this.port};branch=${own}`;
		this.#send(`${method} ${target} SIP/2.0\r\n${via}\r\n${rest}`, to, host);
	}

	/** Back to whoever has asked, without our own Via. */
	#respond(status: string, rest: string): void {
		const own = rest.match(/^(?:Via|v):[^\r\n]*;branch=(z9hG4bKvx[^;,\s]+)[^\r\n,]*(?:\r\n|,)/im);
		const back = own?.[1] && this.#back.get(own[1]);
		if (!own || !back) return;
		// Several may stand in one line.
		const left = rest.replace(own[0], own[0].endsWith(",") ? "Via:" : "");
		this.#send(`${status}\r\n${left}`, back.port, back.address);
	}

	/** Nobody has this number. */
	#refuse(method: string, rest: string, from: RemoteInfo): void {
		if (method === "ACK") return;
		const kept = rest.match(/^(?:Via|v|From|f|To|t|Call-ID|i|CSeq):[^\r\n]*/gim) ?? [];
		const tagged = kept.map((one) => (/^(?:To|t):/i.test(one) && !one.includes(";tag=") ? `${one};tag=nobody` : one));
		const answer = ["SIP/2.0 404 Not Found", ...tagged, "Content-Length: 0", "", ""].join("\r\n");
		this.#send(answer, from.port, from.address);
	}

	#remember(branch: string, from: RemoteInfo): void {
		this.#back.set(branch, from);
		const [oldest] = this.#back.keys();
		if (this.#back.size > most && oldest) this.#back.delete(oldest);
	}

	#send(message: string, port: number, address: string): void {
		this.#socket.send(Buffer.from(message, "latin1"), port, address);
	}
}
