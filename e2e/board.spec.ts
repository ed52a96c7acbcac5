/** The board as leaders see it: each figure opens its list, and the wall needs no hand. */
import { expect } from "@playwright/test";
import { axe, fitsAcross, picture, shot, test } from "./centre.ts";

test.use({ still: false });

test("each figure of the board opens the list behind it", async ({ centre, page }, info) => {
	await centre.signIn(page, "director");
	await page.goto("/quan7/desk/board");
	await picture(page, "board", info);
	const links = await page
		.locator("#board a.tile, #board .table a")
		.evaluateAll((all) => [...new Set(all.map((one) => (one as HTMLAnchorElement).href))]);
	expect(links.length).toBeGreaterThan(5);
	for (const link of links.slice(0, 25)) {
		const answer = await page.request.get(link);
		expect(answer.status(), link).toBe(200);
	}
});

test("the wall shows the district without a hand on it", async ({ centre, page }) => {
	await centre.signIn(page, "director");
	for (const colorScheme of ["light", "dark"] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
		await page.goto("/quan7/desk/board/wall");
		await fitsAcross(page);
		await axe(page);
		const [content, screen] = await page.evaluate(() => [document.documentElement.scrollHeight, window.innerHeight]);
		expect(content, "the wall needs no scrolling").toBeLessThanOrEqual(screen ?? 0);
		await shot(page, `wall-board-${colorScheme}`);
	}
});
