/** The islands in a real browser: one connection, a ring heard once, seen everywhere, answered from anywhere. */
import { expect, type Page, test } from "@playwright/test";
import { axe, shot } from "../look.ts";
import { type Styleguide, styleguide } from "./server.ts";

let server: Styleguide;
test.beforeEach(async () => {
	server = await styleguide();
});
test.afterEach(() => server.close());

/** The page's clock stands at 08:14:00 on the day of the scene. */
function ring(attempt: string, tone: "ring" | "notice", seconds = 42) {
	const until = new Date(Date.parse("2021-09-24T08:14:00+07:00") + seconds * 1000).toISOString();
	return {
		attempt,
		ticket: "t1",
		code: "PX-0142",
		title: tone === "ring" ? "F0 mới tại tổ dân phố 14, khu phố 2, Phường Tân Phong" : "Phản ánh mới: đốt rác sau chợ",
		unit: "Ủy ban nhân dân Phường Tân Phong",
		level: 2,
		tone,
		until,
		accept: `/quan7/desk/attempts/${attempt}/accept`,
		pass: `/quan7/desk/attempts/${attempt}/pass`,
		open: "/quan7/desk/tickets/t1",
		csrf: "token-1",
	};
}

const panel = (page: Page) => page.locator("[data-ring-panel]");

async function open(page: Page): Promise<void> {
	await page.goto(`${server.url}/desk.html`);
	await expect.poll(() => server.listeners()).toBe(1);
}

test("an emergency stands in the middle, counts down, and is accepted with its token", async ({ page }) => {
	await open(page);
	server.push("ring", ring("a1", "ring"));
	await expect(panel(page)).toBeVisible();
	await expect(panel(page)).toHaveAttribute("data-tone", "ring");
	await expect(page.locator(".ring-word")).toContainText("KHẨN CẤP · cấp 2");
	await expect(page).toHaveTitle(/Chuông khẩn/);
	await expect.poll(async () => Number(await page.locator('[data-slot="seconds"]').textContent())).toBeLessThan(42);
	await shot(page, "ring-emergency");
	await page.emulateMedia({ reducedMotion: "reduce" });
	await axe(page);
	await page.locator('[data-ring-do="accept"]').click();
	await expect(panel(page)).toBeHidden();
	expect(server.posts).toEqual([{ path: "/quan7/desk/attempts/a1/accept", token: "token-1" }]);
	await expect(page).toHaveTitle("Việc cần xử lý · Quận 7");
	await expect.poll(() => server.refreshes()).toBe(1);
});

test("a notice looks another way, and a stop takes it down", async ({ page }) => {
	await open(page);
	server.push("ring", ring("n1", "notice"));
	await expect(panel(page)).toHaveAttribute("data-tone", "notice");
	await expect(page.locator(".ring-word")).toHaveText("Thông báo");
	await shot(page, "ring-notice");
	server.push("stop", { attempt: "n1" });
	await expect(panel(page)).toBeHidden();
});

test("a ring that nobody answers goes by itself", async ({ page }) => {
	await open(page);
	server.push("ring", ring("a1", "ring", 4));
	await expect(panel(page)).toBeVisible();
	await expect(panel(page)).toBeHidden({ timeout: 6000 });
});

test("two tabs share one connection, and the second leads when the first is closed", async ({ page, context }) => {
	await open(page);
	server.push("ring", ring("a1", "ring"));
	await expect(panel(page)).toBeVisible();
	const second = await context.newPage();
	await second.goto(`${server.url}/desk.html`);
	await expect(panel(second)).toBeVisible();
	expect(server.listeners()).toBe(1);
	await second.locator('[data-ring-do="accept"]').click();
	await expect(panel(page)).toBeHidden();
	expect(server.connections()).toBe(1);
	await page.close();
	await expect.poll(() => server.connections()).toBe(2);
	server.push("ring", ring("a2", "ring"));
	await expect(panel(second)).toBeVisible();
});

test("the red bar stands until the bell is armed, and stays away in the same shift", async ({ page, context }) => {
	await open(page);
	await expect(page.locator("[data-ring-bar]")).toBeVisible();
	await page.locator("[data-ring-arm]").click();
	await expect(page.locator("[data-ring-bar]")).toBeHidden();
	const second = await context.newPage();
	await second.goto(`${server.url}/desk.html`);
	await expect(second.locator("[data-ring-bar]")).toBeHidden();
	await second.close();
	await page.reload();
	await page.locator("h1").click();
	await expect(page.locator("[data-ring-bar]")).toBeHidden();
});

test("a lost connection shows the quiet bar and catches up", async ({ page }) => {
	await open(page);
	server.setDown(true);
	await expect(page.locator("[data-live-status]")).toBeVisible({ timeout: 8000 });
	await shot(page, "live-lost");
	server.setDown(false);
	await expect(page.locator("[data-live-status]")).toBeHidden({ timeout: 12_000 });
	await expect.poll(() => server.refreshes()).toBe(1);
});

test("keys walk the list, search, and open the help", async ({ page }, info) => {
	test.skip(info.project.name === "phone", "a phone has no keys");
	await open(page);
	await page.keyboard.press("j");
	await expect(page.locator("[data-open]").nth(1)).toBeFocused();
	await page.keyboard.press("k");
	await expect(page.locator("[data-open]").first()).toBeFocused();
	await page.keyboard.press("/");
	await expect(page.locator("#q")).toBeFocused();
	await page.keyboard.type("jk?");
	await expect(page.locator("#q")).toHaveValue("jk?");
	await page.locator("h1").click();
	await page.keyboard.press("?");
	await expect(page.locator("dialog#keys")).toBeVisible();
	await axe(page);
});

test("the bulk bar appears on selection", async ({ page }, info) => {
	test.skip(info.project.name === "phone", "rows are chosen on a wide screen");
	await open(page);
	await page.locator("[data-bulk-item]").first().check();
	await page.locator("[data-bulk-item]").nth(2).check();
	await expect(page.locator("[data-bulk-bar]")).toBeVisible();
	await expect(page.locator("[data-bulk-count]")).toHaveText("2");
	await page.locator("[data-bulk-clear]").click();
	await expect(page.locator("[data-bulk-bar]")).toBeHidden();
});

test("time left follows the centre's clock, not this machine's", async ({ page }) => {
	await open(page);
	await expect(page.locator(".ticket-row .left").first()).toHaveAttribute("data-left", "late");
	await expect(page.locator(".ticket-row .left").nth(1)).toHaveText(/còn 1[12] phút/);
	await expect(page.locator(".ticket-row .left").nth(1)).toHaveAttribute("data-left", "soon");
	await expect(page.locator(".ticket-row .left").nth(3)).toHaveText("còn 2 ngày");
	server.push("changed", { topics: [], now: "2021-09-27T08:14:00+07:00" });
	await expect(page.locator(".ticket-row .left").nth(3)).toHaveAttribute("data-left", "late");
});

test("light and dark are kept", async ({ page }, info) => {
	test.skip(info.project.name === "phone", "the switch stands in the rail's foot");
	await page.emulateMedia({ colorScheme: "light" });
	await open(page);
	await page.locator("[data-theme-toggle]").click();
	await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
	await page.reload();
	await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
});
