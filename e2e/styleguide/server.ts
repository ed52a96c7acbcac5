/** Serves `web/styleguide` as the real server would: strict policy, built assets, a live connection to push on. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const policy =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const types: Record<string, string> = {
	".css": "text/css",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".svg": "image/svg+xml",
	".woff2": "font/woff2",
};

export interface Styleguide {
	url: string;
	/** Browsers that hold a live connection now. */
	listeners(): number;
	/** Live connections opened since the start. */
	connections(): number;
	push(event: string, data: object): void;
	/** Cuts every live connection and answers 503 until it is set back. */
	setDown(down: boolean): void;
	/** POSTs received: path and token. */
	posts: { path: string; token: string }[];
	/** GETs of /part, which `data-refresh` asks for. */
	refreshes(): number;
	close(): Promise<void>;
}

export async function styleguide(): Promise<Styleguide> {
	const manifest: Record<string, string> = JSON.parse(await readFile(`${web}dist/manifest.json`, "utf8"));
	const live = new Set<ServerResponse>();
	const posts: Styleguide["posts"] = [];
	let down = false;
	let refreshes = 0;
	let connections = 0;

	const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const path = new URL(request.url ?? "/", "http://localhost").pathname;
		if (request.method === "POST") {
			posts.push({ path, token: String(request.headers["x-csrf-token"] ?? "") });
			response.writeHead(204).end();
			return;
		}
		if (path === "/live") {
			if (down) {
				response.writeHead(503).end();
				return;
			}
			response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
			response.write(": begin\n\n");
			connections++;
			live.add(response);
			request.on("close", () => live.delete(response));
			return;
		}
		if (path === "/favicon.ico") {
			response.writeHead(204).end();
			return;
		}
		if (path === "/part") {
			refreshes++;
			response.writeHead(200, { "content-type": "text/html" }).end("");
			return;
		}
		const asset = path.startsWith("/assets/") ? path.slice("/assets/".length) : null;
		const file = asset === null ? `${web}styleguide${path}` : `${web}dist/${manifest[asset] ?? asset}`;
		try {
			const body = await readFile(file);
			response.writeHead(200, {
				"content-type": types[extname(file)] ?? "text/plain",
				"content-security-policy": policy,
			});
			response.end(body);
		} catch {
			response.writeHead(404).end();
		}
	};

	const server = createServer((request, response) => void answer(request, response));
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		listeners: () => live.size,
		connections: () => connections,
		push(event, data) {
			for (const response of live) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
		},
		setDown(value) {
			down = value;
			if (down) for (const response of live) response.destroy();
		},
		posts,
		refreshes: () => refreshes,
		close: () =>
			new Promise((done) => {
				server.closeAllConnections();
				server.close(() => done());
			}),
	};
}
