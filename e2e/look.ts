/** What every spec may ask of a page: is it accessible, and how does it look. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, type TestInfo, test } from "@playwright/test";

/** Fails on serious and critical faults, naming each and where it stands. */
export async function axe(page: Page): Promise<void> {
	// What is well is not told one by one: on a page of thousands of rows that takes longer than the search.
	const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).analyze();
	const grave = violations
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.target.join(" ")).join("\n  ")}`);
	expect(grave, `axe on ${page.url()}`).toEqual([]);
}

/** Nothing may stand beyond the right edge of the screen. */
export async function fitsAcross(page: Page): Promise<void> {
	const [content, screen] = await page.evaluate(() => [
		document.documentElement.scrollWidth,
		document.documentElement.clientWidth,
	]);
	expect(content, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(screen ?? 0);
}

/** Waits until a page that stands has taken on other colours: half of the old ones are no theme to be judged. */
export async function recoloured(page: Page, colorScheme: "light" | "dark"): Promise<void> {
	await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
	await page.evaluate(async () => {
		const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		await painted();
		const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
		await Promise.allSettled(ending.map((one) => one.finished));
		await painted();
	});
}

/** Pixels of a picture, from the top. */
const longest = 9_000;

/** Writes `results/<name>-<project>.png`. */
export async function shot(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
	await page.evaluate(() => document.fonts.ready);
	const path = `results/${name}-${test.info().project.name}.png`;
	if (!options.fullPage) {
		await page.screenshot({ path });
		return;
	}
	// Of a list without end its beginning shows how it looks.
	const [width, height] = await page.evaluate(() => [
		document.documentElement.clientWidth,
		document.documentElement.scrollHeight,
	]);
	await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, longest) } });
}

/** A picture for the README: the desk on a desktop's screen, the portal on a telephone's. `make pictures` keeps them. */
export async function picture(page: Page, name: string, info: TestInfo): Promise<void> {
	if (info.project.name !== (name === "report" ? "phone" : "desktop")) return;
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path: `results/pictures/${name}.png` });
}
