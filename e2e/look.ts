/** What every spec may ask of a page: is it accessible, and how does it look. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, type TestInfo, test } from "@playwright/test";

/** Fails on serious and critical faults, naming each and where it stands. */
export async function axe(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).analyze();
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

/** Writes `results/<name>-<project>.png`. */
export async function shot(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path: `results/${name}-${test.info().project.name}.png`, ...options });
}

/** A picture for the README: the desk on a desktop's screen, the portal on a telephone's. `make pictures` keeps them. */
export async function picture(page: Page, name: string, info: TestInfo): Promise<void> {
	if (info.project.name !== (name === "report" ? "phone" : "desktop")) return;
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path: `results/pictures/${name}.png` });
}
