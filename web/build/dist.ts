/**
 * Writes `dist/`: every file under a name that carries the hash of its content
 * (so it can be cached for ever) and `manifest.json`, {logical name: file}.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { build } from "esbuild";
import { fontFaces } from "./fonts.ts";
import { iconSprite } from "./icons.ts";
import { deskSheet, gateSheet, portalSheet, tokenSheet } from "./sheets.ts";

const target = "dist";

/** Entry → the oldest engines it must run in. Officials have current browsers, residents may not. */
const scripts: Record<string, { entry: string; target: string[] }> = {
	"desk.js": { entry: "src/desk/desk.ts", target: ["es2022"] },
	"passkey.js": { entry: "src/desk/passkey.ts", target: ["es2022"] },
	"push.js": { entry: "src/desk/push.ts", target: ["es2022"] },
	"push-worker.js": { entry: "src/desk/push-worker.ts", target: ["es2022"] },
	"phones.js": { entry: "src/desk/phones.ts", target: ["es2022"] },
	"theme-init.js": { entry: "src/desk/theme-init.ts", target: ["es2019"] },
	"htmx.js": { entry: "src/desk/htmx.ts", target: ["es2022"] },
	"gate.js": { entry: "src/gate/app/app.ts", target: ["es2022"] },
	"gate-worker.js": { entry: "src/offline/gate-worker.ts", target: ["es2022"] },
	"pass-worker.js": { entry: "src/offline/pass-worker.ts", target: ["es2022"] },
	"portal.js": { entry: "src/portal/portal.ts", target: ["es2019"] },
};

async function main(): Promise<void> {
	const started = performance.now();
	rmSync(target, { recursive: true, force: true });
	mkdirSync(target);
	const manifest: Record<string, string> = {};
	const put = (name: string, content: string | Uint8Array): string => {
		const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
		const extension = extname(name);
		const file = `${basename(name, extension)}-${hash}${extension}`;
		writeFileSync(`${target}/${file}`, content);
		manifest[name] = file;
		return file;
	};

	const fonts = fontFaces(put);
	put("icons.svg", iconSprite());
	for (const image of ["mark.svg", "icon-192.png", "icon-512.png", "icon-maskable-512.png"]) {
		put(image, readFileSync(`src/images/${image}`));
	}
	// Beside the script that reads codes with it, so that no other machine is asked for it.
	put("qr-reader.wasm", readFileSync("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"));
	put("tokens.css", await tokenSheet());
	put("portal.css", await portalSheet());
	put("gate.css", await gateSheet());
	put("desk.css", await deskSheet(fonts));
	await Promise.all(
		Object.entries(scripts).map(async ([name, { entry, target: engines }]) => {
			const { outputFiles } = await build({
				entryPoints: [entry],
				bundle: true,
				minify: true,
				write: false,
				format: "iife",
				target: engines,
				legalComments: "none",
			});
			put(name, outputFiles[0]?.contents ?? new Uint8Array());
		}),
	);

	const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => a.localeCompare(b)));
	writeFileSync(`${target}/manifest.json`, `${JSON.stringify(sorted, null, "\t")}\n`);
	console.log(`${readdirSync(target).length} files in ${Math.round(performance.now() - started)} ms`);
}

await main();
