/** Every part of the kit, at each size, light and dark: accessible, not wider than the screen, clean under the policy. */
import { expect, test } from "@playwright/test";
import { axe, fitsAcross, shot } from "../look.ts";
import { type Styleguide, styleguide } from "./server.ts";

const pages = {
	desk: ["phone", "desktop"],
	ticket: ["phone", "desktop"],
	board: ["phone", "desktop"],
	sheet: ["phone", "desktop"],
	"sign-in": ["phone", "desktop"],
	wall: ["wall"],
	"portal-start": ["phone", "desktop"],
	"portal-question": ["phone", "desktop"],
	"portal-check": ["phone"],
	"portal-track": ["phone"],
};

let server: Styleguide;
test.beforeAll(async () => {
	server = await styleguide();
});
test.afterAll(() => server.close());

for (const [name, projects] of Object.entries(pages)) {
	for (const colorScheme of ["light", "dark"] as const) {
		test(`${name} in ${colorScheme}`, async ({ page }, info) => {
			test.skip(!projects.includes(info.project.name), "not a screen for this size");
			const refused: string[] = [];
			page.on("console", (message) => {
				if (message.type() === "error") refused.push(message.text());
			});
			page.on("pageerror", (error) => refused.push(String(error)));
			await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
			await page.goto(`${server.url}/${name}.html`);
			await page.waitForTimeout(200);
			await shot(page, `${name}-${colorScheme}`, { fullPage: info.project.name === "phone" });
			await fitsAcross(page);
			await axe(page);
			expect(refused).toEqual([]);
		});
	}
}

test("a sheet prints on A4 with its head and without its controls", async ({ page }, info) => {
	test.skip(info.project.name !== "desktop", "paper has one size");
	await page.goto(`${server.url}/sheet.html`);
	await page.emulateMedia({ media: "print" });
	await expect(page.locator(".rail")).toBeHidden();
	await expect(page.locator(".print-head")).toBeVisible();
	await page.emulateMedia({ media: null });
	await page.pdf({ path: "results/sheet.pdf", preferCSSPageSize: true });
});
