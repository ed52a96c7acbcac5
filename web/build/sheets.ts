/** The four stylesheets. Tokens go into each, so that a page asks for one file. */
import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { compile } from "sass";
import { tokensCss } from "../src/tokens.ts";

/** In cascade order: bare elements first, paper last. */
const portalParts = ["root", "frame", "choice", "question", "panel", "diary", "track", "pass", "table", "print"];

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
	return minified([tokensCss(), ...parts("portal", portalParts)].join("\n"), ["chrome80", "safari14", "firefox90"]);
}

export async function gateSheet(): Promise<string> {
	return minified(tokensCss() + readFileSync("src/css/gate.css", "utf8"), ["chrome94", "safari15.4", "firefox102"]);
}

/** Order matters: Tabler first, then our tokens (which turn it dark by `color-scheme`), then our parts. */
export async function deskSheet(fontFaces: string): Promise<string> {
	const tabler = compile("src/css/tabler.scss", { loadPaths: ["node_modules"], quietDeps: true }).css;
	const sheet = [fontFaces, tabler, tokensCss(), ...parts("desk", deskParts)].join("\n");
	return minified(sheet, ["chrome123", "safari17.5", "firefox120"]);
}

function parts(folder: string, names: string[]): string[] {
	return names.map((name) => readFileSync(`src/css/${folder}/${name}.css`, "utf8"));
}

async function minified(css: string, target: string[]): Promise<string> {
	const { code } = await transform(css, { loader: "css", minify: true, target, legalComments: "none" });
	return code;
}
