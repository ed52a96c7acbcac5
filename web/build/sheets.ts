/** The four stylesheets. Tokens go into each, so that a page asks for one file. */
import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { compile } from "sass";
import { tokensCss } from "../src/tokens.ts";

/** In cascade order: what maps Tabler to the tokens first, paper last. */
const deskParts = [
	"root",
	"frame",
	"queue",
	"ticket",
	"ring",
	"board",
	"states",
	"roster",
	"care",
	"chain",
	"print",
	"paper",
];

export async function tokenSheet(): Promise<string> {
	return minified(tokensCss(), ["chrome80", "safari14", "firefox90"]);
}

export async function portalSheet(): Promise<string> {
	return minified(tokensCss() + readFileSync("src/css/portal.css", "utf8"), ["chrome80", "safari14", "firefox90"]);
}

export async function gateSheet(): Promise<string> {
	return minified(tokensCss() + readFileSync("src/css/gate.css", "utf8"), ["chrome94", "safari15.4", "firefox102"]);
}

/** Order matters: Tabler first, then our tokens (which turn it dark by `color-scheme`), then our parts. */
export async function deskSheet(fontFaces: string): Promise<string> {
	const tabler = compile("src/css/tabler.scss", { loadPaths: ["node_modules"], quietDeps: true }).css;
	const parts = deskParts.map((part) => readFileSync(`src/css/desk/${part}.css`, "utf8"));
	return minified([fontFaces, tabler, tokensCss(), ...parts].join("\n"), ["chrome123", "safari17.5", "firefox120"]);
}

async function minified(css: string, target: string[]): Promise<string> {
	const { code } = await transform(css, { loader: "css", minify: true, target, legalComments: "none" });
	return code;
}
