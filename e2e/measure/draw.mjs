/**
 * Measures how long Chromium takes from asking for a page until its drawing stands on the screen:
 * `node draw.mjs URL COOKIE SELECTOR TIMES`. Prints one JSON line: the milliseconds of each time, how many
 * parts the drawing has, and the same drawing alone on an empty page, which is the limit.
 */
import { chromium } from "@playwright/test";

const [url, cookie, selector, times] = process.argv.slice(2);
if (!url || !cookie || !selector || !times) {
	console.error("usage: draw.mjs URL COOKIE SELECTOR TIMES");
	process.exit(2);
}
const at = cookie.indexOf("=");
const browser = await chromium.launch({
	executablePath: process.env.VX_CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
try {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "vi-VN" });
	await context.addCookies([{ name: cookie.slice(0, at), value: cookie.slice(at + 1), url }]);
	const page = await context.newPage();
	/** Two frames after the drawing is there it has been laid out and painted. */
	const painted = async () => {
		const drawing = page.locator(selector);
		await drawing.waitFor({ state: "visible" });
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
		return drawing;
	};
	const whole = [];
	const alone = [];
	let parts = 0;
	let size = { width: 0, height: 0 };
	for (let time = 0; time < Number(times); time++) {
		await page.goto("about:blank");
		const from = performance.now();
		const answer = await page.goto(url, { waitUntil: "load" });
		if (answer?.status() !== 200) throw new Error(`${new URL(url).pathname} answers ${answer?.status()}`);
		const drawing = await painted();
		whole.push(performance.now() - from);
		parts = await drawing.evaluate((svg) => svg.querySelectorAll("*").length);
		const box = await drawing.boundingBox();
		if (!box || box.width < 100 || box.height < 100) throw new Error("the drawing has no size");
		size = { width: Math.round(box.width), height: Math.round(box.height) };
		const markup = await drawing.evaluate((svg) => svg.outerHTML);
		await page.goto("about:blank");
		const begun = performance.now();
		await page.setContent(`<!doctype html>${markup}`);
		await painted();
		alone.push(performance.now() - begun);
	}
	console.log(JSON.stringify({ whole, alone, parts, ...size }));
} finally {
	await browser.close();
}
