/** Every page an official opens, at each size, light and dark: it opens, fits, is accessible, and nothing breaks in it. */
import { expect, type Page } from "@playwright/test";
import { axe, fitsAcross, recoloured, shot, test } from "./centre.ts";

test.use({ still: false });

const pages: { account: string; paths: string[] }[] = [
	{
		account: "director",
		paths: [
			"tickets",
			"cases",
			"reports",
			"board",
			"brief/now",
			"rosters",
			"units",
			"staff",
			"ladders",
			"rules",
			"sources",
			"ledger",
			"numbers",
			"numbers/beds",
			"numbers/history",
		],
	},
	{
		account: "administrator",
		paths: ["accounts", "staff/import", "units/new", "units/import", "units/reform", "ladders/f0_news", "account"],
	},
	{ account: "chair", paths: ["organisations", "organisations/new", "lockdowns/new"] },
	{ account: "operator", paths: ["reports/new"] },
	{
		account: "station",
		paths: [
			"cases/new",
			"imports",
			"rosters",
			"rounds",
			"alerts",
			"release",
			"stocks",
			"samples",
			"contacts",
			"places",
			"clusters",
			"lockdowns",
			"signals",
			"corrections",
			"people/duplicates",
		],
	},
];

function watch(page: Page): string[] {
	const faults: string[] = [];
	page.on("console", (message) => {
		if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`);
	});
	page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
	return faults;
}

for (const { account, paths } of pages) {
	test(`what ${account} opens`, async ({ centre, page }, info) => {
		test.setTimeout(240_000);
		const faults = watch(page);
		await centre.signIn(page, account);
		for (const path of paths) {
			const answer = await page.goto(`/quan7/desk/${path}`);
			expect(answer?.status(), path).toBe(200);
			for (const colorScheme of ["light", "dark"] as const) {
				await recoloured(page, colorScheme);
				// One picture shows the whole length, the other its colours.
				await shot(page, `desk-${path.replaceAll("/", "-")}-${colorScheme}`, { fullPage: colorScheme === "light" });
				// Contrast depends on the colours, not on the size: each theme is checked once.
				if ((colorScheme === "dark") === (info.project.name === "desktop")) await axe(page);
			}
			await fitsAcross(page);
		}
		expect(faults).toEqual([]);
	});
}
