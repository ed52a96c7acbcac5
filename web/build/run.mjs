// Node 20 reads no TypeScript: bundle the named script beside the packages, then run it.

import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = process.argv[2];
const outfile = `${root}node_modules/.cache/vx-${script}.mjs`;
await build({
	absWorkingDir: root,
	entryPoints: [`build/${script}.ts`],
	bundle: true,
	platform: "node",
	format: "esm",
	packages: "external",
	outfile,
	logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
