// A message centre for tests (SMPP 3.4), on a loopback port of its own. Prints {"port":…} and then one JSON line for
// each thing that happens, read by a library that knows nothing of the sender. Ends when its standard input closes.
//
// It is driven by lines of JSON on its standard input:
//   {"do":"mode","mode":"take|throttle|silent|unknown","times":n}  how the next texts are answered (times: then take)
//   {"do":"receipt","id":…,"stat":"DELIVRD"}                      a receipt
//   {"do":"text","from":…,"parts":[…],"order":[…],"ref":n}        a text that comes in, its parts in that order
//   {"do":"broken"}                                               a delivery that nobody can read
//   {"do":"drop"}                                                 breaks every connection
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import smpp from "smpp";

const { values: asked } = parseArgs({
	options: {
		port: { type: "string", default: "0" },
		user: { type: "string", default: "quan7" },
		password: { type: "string", default: "secret" },
	},
});

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const sessions = new Set();
const gathered = new Map();
let mode = "take";
let times = 0;
let count = 0xa0;

function answered() {
	const now = mode;
	if (mode !== "take" && times > 0) {
		times -= 1;
		if (times === 0) mode = "take";
	}
	return now;
}

/** Puts the parts of a text together by their headers, as a telephone does. */
function gather(pdu, id) {
	const { message, udh = [] } = pdu.short_message;
	const head = udh.find((element) => element[0] === 0);
	const [reference, of, number] = head ? [head[2], head[3], head[4]] : [0, 1, 1];
	say({ part: number, of, reference, coding: pdu.data_coding, length: message.length, id });
	const key = `${pdu.destination_addr}.${reference}`;
	const parts = gathered.get(key) ?? [];
	parts[number - 1] = message;
	gathered.set(key, parts);
	if (Object.keys(parts).length < of) return;
	gathered.delete(key);
	say({
		whole: parts.join(""),
		to: pdu.destination_addr,
		from: pdu.source_addr,
		ton: pdu.dest_addr_ton,
		registered: pdu.registered_delivery,
	});
}

const server = smpp.createServer((session) => {
	sessions.add(session);
	session.on("close", () => {
		sessions.delete(session);
		say({ closed: true });
	});
	session.on("error", () => {});
	session.on("bind_transceiver", (pdu) => {
		const right = pdu.system_id === asked.user && pdu.password === asked.password;
		session.send(pdu.response(right ? {} : { command_status: smpp.ESME_RINVPASWD }));
		say({ bound: right, version: pdu.interface_version });
	});
	session.on("enquire_link", (pdu) => {
		if (mode !== "silent") session.send(pdu.response());
	});
	session.on("unbind", (pdu) => {
		session.send(pdu.response());
		session.close();
	});
	session.on("submit_sm", (pdu) => {
		const how = answered();
		if (how === "silent") return say({ silent: true });
		if (how === "throttle" || how === "unknown") {
			const status = how === "throttle" ? smpp.ESME_RTHROTTLED : smpp.ESME_RINVDSTADR;
			session.send(pdu.response({ command_status: status }));
			return say({ refused: how });
		}
		count += 1;
		const id = count.toString(16);
		session.send(pdu.response({ message_id: id }));
		gather(pdu, id);
	});
});
server.on("error", (error) => process.stderr.write(`${error.message}\n`));
server.listen(Number(asked.port), "127.0.0.1", () => say({ port: server.address().port }));

const wide = (text) => Buffer.from(text, "utf16le").swap16();

function deliver(told) {
	for (const session of sessions) {
		const { parts, order = parts.map((_, index) => index), ref = 7 } = told;
		for (const index of order) {
			const head = parts.length > 1 ? [5, 0, 3, ref, parts.length, index + 1] : [];
			const pdu = {
				source_addr_ton: 1,
				source_addr_npi: 1,
				source_addr: told.from,
				destination_addr: "8099",
				esm_class: head.length ? 0x40 : 0,
				data_coding: 8,
				short_message: Buffer.concat([Buffer.from(head), wide(parts[index])]),
			};
			session.deliver_sm(pdu, (answer) => say({ delivered: index + 1, status: answer.command_status }));
		}
	}
}

function receipt({ id, stat }) {
	const words = `id:${id} sub:001 dlvrd:001 submit date:2109250705 done date:2109250706 stat:${stat} err:000 text:`;
	for (const session of sessions) {
		const pdu = {
			source_addr: "84903123456",
			destination_addr: "8099",
			esm_class: 4,
			short_message: Buffer.from(words),
		};
		session.deliver_sm(pdu, (answer) => say({ receipt: id, status: answer.command_status }));
	}
}

/** A deliver_sm whose body ends within its first field. */
function broken() {
	const octets = Buffer.from([0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0x78, 0x79]);
	for (const session of sessions) {
		session.once("deliver_sm_resp", (answer) => say({ broken: answer.command_status }));
		session.socket.write(octets);
	}
}

createInterface({ input: process.stdin })
	.on("line", (line) => {
		const told = JSON.parse(line);
		if (told.do === "mode") [mode, times] = [told.mode, told.times ?? 0];
		else if (told.do === "receipt") receipt(told);
		else if (told.do === "text") deliver(told);
		else if (told.do === "broken") broken();
		else if (told.do === "drop") for (const session of sessions) session.destroy();
		say({ did: told.do });
	})
	.on("close", () => process.exit(0));
