/** The pages of the call centre at each size, light and dark: they open, fit, are accessible, and nothing breaks in them. */
import { expect, type Page } from "@playwright/test";
import { axe, fitsAcross, recoloured, shot, test } from "./centre.ts";

test.use({ still: false });

const everybody = ["calls", "calls/day", "hotline", "care-calls?unit=all"];
const pages: { account: string; paths: string[]; closed: string[] }[] = [
	{
		account: "director",
		paths: [...everybody, "scripts", "scripts/care", "scripts/care/try", "scripts/symptoms/try", "prompts"],
		closed: [],
	},
	// A nurse calls and is called; what is asked and said in the district's name is not hers to change.
	{ account: "station", paths: everybody, closed: ["scripts", "scripts/care/try", "prompts"] },
];

function watch(page: Page): string[] {
	const faults: string[] = [];
	page.on("console", (message) => {
		if (message.type() === "error") faults.push(`${page.url()}: ${message.text()}`);
	});
	page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
	return faults;
}

for (const { account, paths, closed } of pages) {
	test(`what ${account} opens in the call centre`, async ({ centre, page }, info) => {
		test.setTimeout(180_000);
		const faults = watch(page);
		await centre.signIn(page, account);
		for (const path of paths) {
			const answer = await page.goto(`/quan7/desk/${path}`);
			expect(answer?.status(), path).toBe(200);
			const name = `callroom-${account}-${path.replace(/\?.*/, "").replaceAll("/", "-")}`;
			for (const colorScheme of ["light", "dark"] as const) {
				await recoloured(page, colorScheme);
				await shot(page, `${name}-${colorScheme}`, { fullPage: colorScheme === "light" });
				// Contrast depends on the colours, not on the size: each theme is checked once.
				if ((colorScheme === "dark") === (info.project.name === "desktop")) await axe(page);
			}
			await fitsAcross(page);
		}
		expect(faults).toEqual([]);
		for (const path of closed) {
			const { status } = await page.request
				.get(`/quan7/desk/${path}`, { maxRedirects: 0 })
				.then((answer) => ({ status: answer.status() }));
			expect([403, 404], `${path}: ${status}`).toContain(status);
		}
	});
}

test("the families of the demo have been called, and a day shows what came of it", async ({ centre, page }) => {
	await centre.signIn(page, "director");
	const faults = watch(page);
	const found = new Map<string, number>();
	// The calls of the last seventeen hours, in whichever windows they lay.
	for (const ago of [0, 1]) {
		const day = new Date(Date.now() + (7 - 24 * ago) * 3_600_000).toISOString().slice(0, 10);
		for (const window of [0, 1]) {
			await page.goto(`/quan7/desk/care-calls?unit=all&day=${day}&window=${window}`);
			for (const view of await page.locator("nav.views a", { has: page.locator(".count") }).all()) {
				const [name = "", count = "0"] = (await view.innerText()).split(/\s+(?=\d+$)/);
				found.set(name, (found.get(name) ?? 0) + Number(count));
			}
		}
	}
	for (const part of ["Đã hỏi xong", "Báo động", "Không muốn trả lời"]) {
		expect(found.get(part), `${part} of ${JSON.stringify([...found])}`).toBeGreaterThan(0);
	}
	expect(faults).toEqual([]);
});

test("an operator takes a seat in the call room, is told what is no number, and leaves", async ({ centre, page }) => {
	const faults = watch(page);
	await centre.signIn(page, "operator");
	await page.goto("/quan7/desk/calls");
	await page.locator("#extension").fill("máy một");
	await page.getByRole("button", { name: "Vào trực" }).click();
	await expect(page.locator("#extension-error")).toContainText("số máy lẻ");
	await axe(page);
	await page.locator("#extension").fill("101");
	await page.getByRole("button", { name: "Vào trực" }).click();
	await expect(page.locator("main .message[role=status]")).toBeVisible();
	await expect(page.locator("section", { has: page.locator("#calls-mine") })).toContainText("101");
	await page.locator("#number").fill("12 con ga");
	await page
		.locator("form", { has: page.locator("#number") })
		.getByRole("button")
		.click();
	await expect(page.locator("#number-error")).toBeVisible();
	await fitsAcross(page);
	await axe(page);
	await shot(page, "callroom-seat", { fullPage: true });
	await page.getByRole("button", { name: "Rời phòng trực" }).click();
	await expect(page.getByRole("button", { name: "Vào trực" })).toBeVisible();
	// Forms that come back with a fault are answered so.
	expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
});

test("a dry run asks what a family is asked, and shows what its keys would have written", async ({ centre, page }) => {
	await centre.signIn(page, "director");
	await page.goto("/quan7/desk/scripts/care/try");
	const press = async (keys: string) => {
		await page.locator("#typed").fill(keys);
		await page.locator("button[name=do][value=press]").click();
	};
	const talk = page.locator("section", { has: page.locator("#talk") });
	const written = page.locator("section", { has: page.locator("#written") });
	await expect(talk).toContainText("xin bấm 1");
	await press("1");
	await expect(talk).toContainText("thấy thế nào");
	await press("1");
	await press("368#");
	await press("91#");
	await expect(written).toContainText("36,8");
	await expect(written).toContainText("91");
	await expect(written.locator(".tag-urgent").first()).toBeVisible();
	await fitsAcross(page);
	await axe(page);
	await shot(page, "callroom-try-flagged", { fullPage: true });
	await page.locator("button[name=do][value=restart]").click();
	await expect(written).not.toContainText("91");
});

for (const colorScheme of ["light", "dark"] as const) {
	test(`the call room's wall in ${colorScheme}`, async ({ centre, page }) => {
		await centre.signIn(page, "director");
		await page.goto("/quan7/desk/calls/wall");
		await recoloured(page, colorScheme);
		await fitsAcross(page);
		await axe(page);
		await shot(page, `wall-calls-${colorScheme}`);
	});
}
