import { defineConfig } from "@playwright/test";

const chromium = {
	browserName: "chromium" as const,
	launchOptions: {
		executablePath: process.env.VX_CHROMIUM ?? "/usr/bin/chromium",
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	},
	locale: "vi-VN",
	timezoneId: "Asia/Ho_Chi_Minh",
};

/** What is made for the screen on the wall, by the titles of its tests. */
const wall = /the wall shows|wall in (light|dark)/;
/** Long stories that open the screens they need, telephones beside desks: told once. */
const once = /(two-weeks|morning|calls|gate)\.spec\.ts$/;

export default defineConfig({
	testDir: ".",
	outputDir: "results/traces",
	fullyParallel: false,
	// Each has a centre of its own; most of the long stories wait for a minute to pass.
	workers: 2,
	forbidOnly: Boolean(process.env.CI),
	timeout: 60_000,
	// A machine that builds at the same time is slow to paint.
	expect: { timeout: 15_000 },
	reporter: [["list"]],
	// Traces are asked for: to record one of every test takes a third of its time.
	use: {
		trace: process.env.VX_TRACE ? "retain-on-failure" : "off",
		screenshot: "only-on-failure",
		actionTimeout: 20_000,
		navigationTimeout: 30_000,
	},
	projects: [
		{
			name: "phone",
			grepInvert: wall,
			testIgnore: once,
			use: { ...chromium, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
		},
		{ name: "desktop", grepInvert: wall, use: { ...chromium, viewport: { width: 1440, height: 900 } } },
		// Nobody works at the wall: it shows what is made for it.
		{ name: "wall", grep: wall, use: { ...chromium, viewport: { width: 1920, height: 1080 } } },
	],
});
