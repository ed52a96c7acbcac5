/** A resident reports in four questions, with scripts on or off; two days of silence bring it before the leader. */
import { expect, type Page } from "@playwright/test";
import { axe, fitsAcross, picture, shot, test } from "./centre.ts";

test.use({ district: "reports" });

const words = "Rác chất đống sau chợ Tân Mỹ, sáng nay có người đốt, khói bay vào nhà.";

/** From the first page of the district to the page that follows the report; its code. */
async function report(page: Page, look: (name: string) => Promise<void>): Promise<string> {
	const emergency = page.locator("a.call-115");
	await page.goto("/quan7");
	await expect(emergency).toHaveAttribute("href", "tel:115");
	await look("home");
	await page.getByRole("link", { name: "Gửi phản ánh, kiến nghị" }).click();

	await expect(page.getByRole("heading", { level: 1 })).toHaveText("Anh/chị muốn phản ánh việc gì?");
	await expect(emergency).toBeVisible();
	await look("category");
	await page.getByText("Rác thải, khói bụi").click();
	await page.getByRole("button", { name: "Tiếp tục" }).click();

	await expect(page.getByRole("heading", { level: 1 })).toHaveText("Việc xảy ra ở đâu?");
	await expect(emergency).toBeVisible();
	await look("place");
	await page.getByLabel("Phường").selectOption({ label: "Phường Tân Phong" });
	await page.getByLabel("Địa chỉ hoặc điểm dễ nhận").fill("Sau chợ Tân Mỹ");
	await page.getByRole("button", { name: "Tiếp tục" }).click();

	await expect(emergency).toBeVisible();
	await page.getByLabel("Nội dung phản ánh").fill(words);
	await look("details");
	await page.getByRole("button", { name: "Tiếp tục" }).click();

	await expect(emergency).toBeVisible();
	await page.getByLabel("Số điện thoại").fill("0900 020 001");
	await look("contact");
	await page.getByRole("button", { name: "Tiếp tục" }).click();

	await expect(page.getByRole("heading", { level: 1 })).toHaveText("Kiểm tra trước khi gửi");
	await expect(page.locator("#main")).toContainText("Ủy ban nhân dân Phường Tân Phong");
	await expect(page.locator("#main")).toContainText("48 giờ");
	await look("check");
	await page.getByRole("button", { name: "Gửi phản ánh" }).click();

	await expect(page).toHaveURL(/\/quan7\/track\/[0-9A-HJKMNP-TV-Z-]{19}$/);
	await look("track");
	return new URL(page.url()).pathname;
}

test("rubbish burns behind the market: reported by telephone, silent for two days, before the leader", async ({
	centre,
	page,
	browser,
}, info) => {
	test.setTimeout(480_000);
	const track = await report(page, async (name) => {
		await fitsAcross(page);
		await axe(page);
		await shot(page, `report-${name}`, { fullPage: true });
		if (name === "details") await picture(page, "report", info);
	});
	await expect(page.locator(".state")).toHaveText("Đã tiếp nhận");
	await expect(page.locator("#main")).not.toContainText("0900");
	await expect(page.locator("#main")).not.toContainText(words);

	// It stands in the queue of the ward committee.
	const office = await browser.newContext({ baseURL: centre.url, ...screen(info.project.use) });
	const ward = await office.newPage();
	await centre.signIn(ward, "ward");
	await ward.goto("/quan7/desk/reports");
	const row = ward.locator("[data-item]", { hasText: "Rác thải, khói bụi" }).first();
	await expect(row.locator("td").nth(1)).toHaveText("Phường Tân Phong");
	await row.locator("a").first().click();
	await expect(ward.locator("#report")).toContainText(words);
	await expect(ward.locator("#report")).not.toContainText("0900 020 001");
	await fitsAcross(ward);
	await axe(ward);
	await shot(ward, "report-desk", { fullPage: true });

	// Nobody answers: the chair of the ward is told at 36 hours, the leader of the district at 48.
	await centre.advance("PT37H");
	await centre.signIn(ward, "ward");
	await expect(async () => {
		await ward.goto("/quan7/desk/tickets");
		await ward.locator(".ticket-link").first().click();
		await expect(ward.locator("#detail .timeline")).toContainText("nhắc sắp đến hạn", { timeout: 1_000 });
	}).toPass({ timeout: 30_000 });
	await putAside(ward);
	await expect(async () => {
		await page.goto(track);
		await expect(page.locator("#main")).not.toContainText("Việc đã được báo lên lãnh đạo", { timeout: 500 });
	}).toPass();
	await centre.advance("PT12H");
	await expect(async () => {
		await page.goto(track);
		await expect(page.locator("#main")).toContainText("Việc đã được báo lên lãnh đạo", { timeout: 1_000 });
	}).toPass({ timeout: 30_000 });
	await shot(page, "report-late", { fullPage: true });

	const upstairs = await browser.newContext({ baseURL: centre.url, ...screen(info.project.use) });
	const leader = await upstairs.newPage();
	await centre.signIn(leader, "leader");
	await leader.goto("/quan7/desk/tickets?view=late");
	await putAside(leader);
	const late = leader.locator(".ticket-row", { hasText: "Rác thải, khói bụi · Phường Tân Phong" }).first();
	await expect(late).toBeVisible();
	await expect(late.locator("time")).toContainText("trễ");
	await shot(leader, "leader-late");
	await late.locator("a").click();
	await expect(leader.locator("#detail .timeline")).toContainText("quá hạn, đã báo lãnh đạo");
	await fitsAcross(leader);
	await shot(leader, "leader-late-ticket", { fullPage: true });

	// The ward answers at last, and the resident sees who answered and what. Its session of two days ago has ended.
	await centre.signIn(ward, "ward");
	await ward.goto("/quan7/desk/reports");
	await ward.locator("[data-item]", { hasText: "Rác thải, khói bụi" }).first().locator("a").first().click();
	await ward
		.locator(".ticket-do")
		.getByRole("link", { name: /Trả lời/ })
		.click();
	await ward.locator("textarea").first().fill("Đã dọn sạch bãi rác và lập biên bản người đốt rác. Cảm ơn anh/chị.");
	await shot(ward, "report-answer", { fullPage: true });
	await ward.locator("form button.btn-primary").click();
	await expect(async () => {
		await page.goto(track);
		await expect(page.locator("#main")).toContainText("Đã dọn sạch bãi rác", { timeout: 1_000 });
	}).toPass({ timeout: 30_000 });
	await fitsAcross(page);
	await axe(page);
	await shot(page, "report-answered", { fullPage: true });
	await office.close();
	await upstairs.close();
});

test("what is missing is told beside its field, and what was typed stays", async ({ page }) => {
	await page.goto("/quan7/report/category");
	await page.getByRole("button", { name: "Tiếp tục" }).click();
	await expect(page.locator(".error-summary")).toBeVisible();
	await expect(page.locator("#category-error")).toHaveText("Xin chọn lĩnh vực phản ánh.");
	await page.getByText("Tiếng ồn").first().click();
	await page.getByRole("button", { name: "Tiếp tục" }).click();
	await page.getByLabel("Phường").selectOption({ label: "Phường Tân Phong" });
	await page.getByRole("button", { name: "Tiếp tục" }).click();
	await page.getByLabel("Nội dung phản ánh").fill("Ồn<b>!");
	await page.getByRole("button", { name: "Tiếp tục" }).click();
	await expect(page.locator("#text-error")).toBeVisible();
	await expect(page.getByLabel("Nội dung phản ánh")).toHaveValue("Ồn<b>!");
	await fitsAcross(page);
	await axe(page);
	await shot(page, "report-error", { fullPage: true });
});

test.describe("without scripts", () => {
	test.use({ javaScriptEnabled: false });

	test("the four questions work all the same", async ({ page }, info) => {
		test.skip(info.project.name !== "phone", "scripts are missing on cheap telephones");
		await report(page, async () => {});
		await expect(page.locator(".state")).toHaveText("Đã tiếp nhận");
	});
});

/** Notices of late work stand before the page until somebody puts them aside. */
async function putAside(desk: Page): Promise<void> {
	const later = desk.locator('[data-ring-do="later"]');
	await expect(later.first()).toBeVisible();
	while (await later.count()) await later.first().click();
}

type Use = { viewport?: { width: number; height: number } | null; isMobile?: boolean; hasTouch?: boolean };

function screen({ viewport, isMobile, hasTouch }: Use) {
	return {
		viewport: viewport ?? null,
		isMobile: isMobile ?? false,
		hasTouch: hasTouch ?? false,
		locale: "vi-VN",
		timezoneId: "Asia/Ho_Chi_Minh",
	};
}
