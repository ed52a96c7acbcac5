// A mail server for tests, on a loopback port of its own. Prints {"port":…} and then one JSON line
// for each letter it took, decoded by a parser that knows nothing of the sender. Ends when its
// standard input closes, so that a test that dies leaves no server behind.
//
// What it answers is in the recipient's local part: "khong-co" no such mailbox, "bi-chan" refused by
// policy, "ban" busy at the first try of each letter; everyone else is taken.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

const { values: asked } = parseArgs({
	options: {
		port: { type: "string", default: "0" },
		cert: { type: "string" },
		key: { type: "string" },
		user: { type: "string" },
		password: { type: "string" },
	},
});

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });
const tried = new Set();

const server = new SMTPServer({
	disabledCommands: [...(asked.cert ? [] : ["STARTTLS"]), ...(asked.user ? [] : ["AUTH"])],
	authOptional: !asked.user,
	...(asked.cert ? { cert: readFileSync(asked.cert), key: readFileSync(asked.key) } : {}),
	disableReverseLookup: true,
	onAuth(login, _session, done) {
		const right = login.username === asked.user && login.password === asked.password;
		done(right ? null : refusal(535, "5.7.8 authentication failed"), right ? { user: login.username } : undefined);
	},
	onRcptTo({ address }, _session, done) {
		const name = address.split("@")[0];
		if (name === "khong-co") done(refusal(550, `5.1.1 <${address}>: no such mailbox`));
		else if (name === "bi-chan") done(refusal(550, "5.7.1 relaying denied"));
		else if (name === "ban" && !tried.has(address)) {
			tried.add(address);
			done(refusal(451, "4.7.1 greylisted, try again"));
		} else done();
	},
	async onData(stream, session, done) {
		const parts = [];
		for await (const part of stream) parts.push(part);
		const raw = Buffer.concat(parts);
		const mail = await PostalMime.parse(raw);
		say({
			from: session.envelope.mailFrom.address,
			to: session.envelope.rcptTo.map((to) => to.address),
			secure: session.secure,
			user: session.user ?? null,
			subject: mail.subject,
			text: mail.text,
			id: mail.messageId,
			date: mail.date,
			headers: Object.fromEntries(mail.headers.map((header) => [header.key, header.value])),
			ascii: raw.every((byte) => byte < 128),
		});
		done();
	},
});
server.on("error", (error) => process.stderr.write(`${error.message}\n`));
server.listen(Number(asked.port), "127.0.0.1", () => say({ port: server.server.address().port }));

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
