/**
 * What a resident downloads at the first view: fails past the limits below.
 * The page itself (100 kB in all) is the server's part of the bargain.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const manifest: Record<string, string> = JSON.parse(readFileSync("dist/manifest.json", "utf8"));
const bytes = (name: string): Buffer => readFileSync(`dist/${manifest[name]}`);
const gz = (name: string): number => gzipSync(bytes(name)).length;

const limits: [string, number, number][] = [
	["portal.css, bytes", bytes("portal.css").length, 20_000],
	["portal.js, bytes", bytes("portal.js").length, 6_000],
	["portal.css + portal.js, gzip", gz("portal.css") + gz("portal.js"), 40_000],
	["gate.css + gate.js + qr-reader.wasm, gzip", gz("gate.css") + gz("gate.js") + gz("qr-reader.wasm"), 520_000],
	["desk.css, gzip", gz("desk.css"), 40_000],
	["desk.js + htmx.js, gzip", gz("desk.js") + gz("htmx.js"), 40_000],
];
for (const [what, size, limit] of limits) {
	console.log(`${size <= limit ? "ok  " : "PAST"} ${what}: ${size} of ${limit}`);
	if (size > limit) process.exitCode = 1;
}
