/**
 * A living centre for each worker: the binary named by `VX_BINARY`, in demo, on its
 * own port and its own data, ended by its process id.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base, expect, type Page } from "@playwright/test";
import { Carrier } from "./carrier.ts";

export { axe, fitsAcross, picture, recoloured, shot } from "./look.ts";
export { expect };

/** How long a centre may take to make its database and load the demo district. */
const startLimit = 120_000;

export interface Centre {
	/** `http://127.0.0.1:…`, without a slash at the end. */
	url: string;
	pid: number;
	/** Signs in by one click on a demo account (`data-demo-account`). */
	signIn(page: Page, role: string): Promise<void>;
	/** Moves the demo clock by an ISO 8601 duration such as `PT48H`. */
	advance(duration: string): Promise<void>;
	/** Stops the demo clock, which then only `advance` moves, however slow the machine is; `false` lets it run on. */
	hold(still?: boolean): Promise<void>;
}

interface Given {
	district: string;
	still: boolean;
	telephones: boolean;
	carrier: Carrier;
	centre: Centre;
}

export const test = base.extend<object, Given>({
	/** Specs that name another one have a centre of their own: rings of other stories do not stand in their way. */
	district: ["quan7", { option: true, scope: "worker" }],
	/** Nothing has happened and nothing happens by itself; `false` for a district with a past, in which life goes on. */
	still: [true, { option: true, scope: "worker" }],
	/** Calls are not simulated: they go out by SIP, to whatever phones stand behind `carrier`. */
	telephones: [false, { option: true, scope: "worker" }],
	carrier: [
		async ({ telephones }, use) => {
			const carrier = new Carrier();
			if (telephones) await carrier.open();
			await use(carrier);
			carrier.close();
		},
		{ scope: "worker" },
	],
	centre: [
		async ({ district, still, telephones, carrier }, use) => {
			const binary = process.env.VX_BINARY;
			if (!binary) throw new Error("VX_BINARY must name the vungxanh binary");
			const data = await mkdtemp(join(tmpdir(), `vx-e2e-${district}-`));
			const options = still ? ["--still"] : [];
			if (telephones) {
				const trunks = join(data, "trunks.toml");
				await writeFile(trunks, carrier.trunks("quan7"), { mode: 0o600 });
				options.push("--sip-trunks", trunks, "--sip-listen", "127.0.0.1:0");
			}
			const child = spawn(binary, ["serve", "--demo", ...options, "--listen", "127.0.0.1:0", "--data", data], {
				stdio: ["ignore", "pipe", "inherit"],
			});
			try {
				const { url, pid } = await address(child);
				const root = url.replace(/\/$/, "");
				await ready(root);
				await use({
					url: root,
					pid,
					signIn: async (page, role) => {
						await page.goto(`${root}/quan7/desk/sign-in`);
						await page.locator(`[data-demo-account="${role}"]`).click();
						await page.waitForURL((to) => !to.pathname.endsWith("/sign-in"));
					},
					advance: (duration) => setClock(root, { advance: duration }),
					hold: (still = true) => setClock(root, { hold: still }),
				});
			} finally {
				await end(child);
				// Where the database's user may not enter the folder, its cluster lies elsewhere.
				const elsewhere = await readFile(join(data, "pg", "pgbox.location"), "utf8").catch(() => "");
				for (const folder of [elsewhere.trim(), data]) if (folder) await rm(folder, { recursive: true, force: true });
			}
		},
		{ scope: "worker", timeout: startLimit },
	],
	baseURL: async ({ centre }, use) => use(centre.url),
});

async function setClock(url: string, how: { advance: string } | { hold: boolean }): Promise<void> {
	const answer = await fetch(`${url}/demo/clock`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(how),
	});
	expect(answer.ok, `the demo clock answered ${answer.status}`).toBe(true);
}

/** The first line on stdout; the rest is read and let go, so that the pipe never fills. */
async function address(child: ChildProcess): Promise<{ url: string; pid: number }> {
	const out = child.stdout;
	if (!out) throw new Error("no stdout");
	return new Promise((done, fail) => {
		child.once("error", fail);
		child.once("exit", (code) => fail(new Error(`vungxanh ended with ${code} before it spoke`)));
		const lines = createInterface({ input: out });
		lines.once("line", (line) => {
			try {
				const { url, pid } = JSON.parse(line);
				done({ url, pid });
			} catch {
				fail(new Error(`the first line is not {"url", "pid"}: ${line}`));
			}
			lines.on("line", () => {});
		});
	});
}

async function ready(url: string): Promise<void> {
	await expect
		.poll(async () => (await fetch(`${url}/readyz`).catch(() => null))?.status, { timeout: startLimit })
		.toBe(200);
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
	const gone = new Promise((done) => child.once("exit", done));
	process.kill(child.pid, "SIGTERM");
	const patience = setTimeout(() => child.kill("SIGKILL"), 15_000);
	await gone;
	clearTimeout(patience);
}
