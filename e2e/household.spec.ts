/**
 * One household at home: the nurse records an F0 and who lives with her, the family writes its diary on a
 * telephone without account and without script, and a danger sign at night rings the station and the rapid team.
 */
import { type Browser, expect, type Page, type TestInfo } from "@playwright/test";
import { axe, type Centre, fitsAcross, shot, test } from "./centre.ts";
import { Phones } from "./phones.ts";

// What other stories left ringing at the station does not stand in the way here.
test.use({ district: "household" });

const station = "Trạm Y tế Phường Tân Phong";
const team = "Tổ phản ứng nhanh Phường Tân Phong";
const family: [name: string, birth: string][] = [
	["Lê Thị Bà Ngoại", "1948"],
	["Nguyễn Văn Người Chồng", "1983"],
	["Nguyễn Văn Con Trai", "2012"],
	["Nguyễn Thị Con Gái", "2016"],
];

/** A telephone of the family: no account, and no script, which only the check of accessibility needs. */
async function telephone(browser: Browser, centre: Centre, info: TestInfo, scripts = false): Promise<Page> {
	const { viewport, isMobile, hasTouch } = info.project.use;
	const context = await browser.newContext({
		baseURL: centre.url,
		viewport: viewport ?? null,
		isMobile: isMobile ?? false,
		hasTouch: hasTouch ?? false,
		locale: "vi-VN",
		timezoneId: "Asia/Ho_Chi_Minh",
		javaScriptEnabled: scripts,
	});
	return context.newPage();
}

async function record(nurse: Page): Promise<void> {
	await nurse.goto("/quan7/desk/cases/new");
	await nurse.getByLabel("Họ và tên").fill("Trần Thị Mẹ Mẫu");
	await nurse.getByLabel("Năm hoặc ngày sinh").fill("1985");
	await nurse.getByLabel("Điện thoại", { exact: true }).fill("0900 010 777");
	await nurse.getByLabel("Địa chỉ nơi ở").fill("15/2 Lê Văn Lương, Khu phố 1");
	await nurse.locator("[name=classification][value=confirmed]").check();
	await nurse.locator("[name=basis][value=rapid]").check();
	await nurse.locator("[name=care][value=home]").check();
	await nurse.getByRole("button", { name: "Lưu và gọi các nơi xử lý" }).click();
	await expect(nurse.getByText("Đã lưu ca mới.")).toBeVisible();
	await accept(nurse);
	await nurse.locator('main a[href*="/households/"]').first().click();
}

/** Takes up what rings at the nurse's desk. */
async function accept(nurse: Page): Promise<void> {
	const card = nurse.locator('[data-ring-panel] .ring-card[data-tone="ring"]').first();
	await card.getByRole("button", { name: "Nhận việc" }).click();
	await expect(card).toBeHidden();
}

function member(phone: Page, name: string) {
	return phone.locator("fieldset.member", { hasText: name });
}

test("a household of five is followed at home, and a danger sign at night rings whoever must come", async ({
	centre,
	browser,
	page: nurse,
}, info) => {
	test.setTimeout(300_000);
	await centre.signIn(nurse, "station");
	await record(nurse);
	await expect(nurse.locator("h1")).toContainText("Hộ ");
	const home = nurse.url().split("?")[0] ?? "";
	for (const [name, birth] of family) {
		await nurse.getByRole("link", { name: "Thêm người" }).click();
		await nurse.getByLabel("Họ và tên").fill(name);
		await nurse.getByLabel("Năm hoặc ngày sinh").fill(birth);
		await nurse.locator("[name=subject][value=f1]").check();
		if (name === family[0]?.[0]) await shot(nurse, "household-member", { fullPage: true });
		await nurse.getByRole("button", { name: "Thêm vào hộ" }).click();
		await expect(nurse.locator("main")).toContainText(name);
	}
	await shot(nurse, "household-new", { fullPage: true });
	await fitsAcross(nurse);
	await axe(nurse);

	await nurse.getByRole("link", { name: "Mã sổ sức khỏe" }).click();
	await expect(nurse.locator(".care-code")).toHaveCount(0);
	await shot(nurse, "household-code-ask", { fullPage: true });
	await fitsAcross(nurse);
	await axe(nurse);
	await nurse.getByRole("button", { name: "Cấp mã", exact: true }).click();
	const code = (await nurse.locator(".care-code").innerText()).replace(/\s/g, "");
	await shot(nurse, "household-code", { fullPage: true });
	await fitsAcross(nurse);
	await axe(nurse);

	// The family: everybody is well but for a cough.
	const phone = await telephone(browser, centre, info);
	const eye = await telephone(browser, centre, info, true);
	const look = async () => {
		await fitsAcross(phone);
		await eye.goto(phone.url());
		await axe(eye);
	};
	await phone.goto("/quan7/diary");
	await shot(phone, "diary-enter", { fullPage: true });
	await phone.getByLabel("Mã sổ của hộ").fill(code.toLowerCase());
	await phone.getByRole("button", { name: "Mở sổ" }).click();
	await expect(phone.locator("fieldset.member")).toHaveCount(5);
	await expect(phone.locator("main")).not.toContainText("Trần Thị");
	await shot(phone, "diary", { fullPage: true });
	await look();
	for (const name of ["Ngoại", "Chồng", "Trai", "Gái"]) {
		await member(phone, name).getByText("Khỏe, không có triệu chứng").click();
	}
	await member(phone, "Mẫu").locator('[name$="_spo2"]').fill("9,8");
	await member(phone, "Mẫu").locator("summary").click();
	await member(phone, "Mẫu").locator('[name$="_s_cough"]').check();
	await phone.getByRole("button", { name: "Gửi" }).click();
	// The slip is asked again, in words; the four others have been taken in.
	await expect(phone.locator("fieldset.member")).toHaveCount(1);
	await expect(phone.locator(".error-summary")).toContainText("SpO2 là số nguyên");
	await shot(phone, "diary-mend", { fullPage: true });
	await fitsAcross(phone);
	await member(phone, "Mẫu").locator('[name$="_spo2"]').fill("98");
	await phone.getByRole("button", { name: "Gửi" }).click();
	await expect(phone.locator("h1")).toContainText("Đã nhận");
	await shot(phone, "diary-done", { fullPage: true });
	await look();
	await nurse.goto("/quan7/desk/rounds");
	await expect(nurse.locator("tbody tr")).toHaveCount(1);
	await shot(nurse, "rounds", { fullPage: true });
	await fitsAcross(nurse);
	await axe(nurse);

	// At night the grandmother's oximeter shows 91.
	await centre.advance("PT9H");
	const phones = await Phones.open(await (await browser.newContext({ baseURL: centre.url })).newPage());
	await phone.goto(`/quan7/diary/${code}`);
	await member(phone, "Ngoại").locator('[name$="_spo2"]').fill("91");
	await phone.getByRole("button", { name: "Gửi" }).click();
	await expect(phone.locator("h1")).toContainText("Gọi 115 ngay");
	await shot(phone, "diary-alarm", { fullPage: true });
	await look();
	for (const unit of [station, team]) await phones.rings(unit);
	// Silence climbs: after a minute the head of the station is rung.
	await centre.advance("PT61S");
	await phones.rings(station, "Trưởng trạm");

	await nurse.goto("/quan7/desk/rounds");
	await accept(nurse);
	await expect(nurse.locator("tbody tr").first()).toContainText("SpO2");
	await shot(nurse, "rounds-alarm", { fullPage: true });
	await nurse.goto(home);
	await shot(nurse, "household-alarm", { fullPage: true });
	await axe(nurse);
	await nurse.getByRole("link", { name: "Đã xử lý" }).first().click();
	await nurse.locator("[name=ended_as][value=oxygen]").check();
	await nurse.locator("#note").fill("Tổ phản ứng nhanh đã cho thở oxy 3 lít, SpO2 lên 95.");
	await shot(nurse, "alert-end", { fullPage: true });
	await axe(nurse);
	await nurse.locator("form .btn-primary").click();
	await expect(nurse.locator("main")).toContainText("Đã ghi việc xử lý báo động");

	// Next noon nobody has written: the household stands among those from whom nothing was heard.
	await centre.advance("PT20H");
	await centre.signIn(nurse, "station");
	await nurse.goto("/quan7/desk/rounds?only=silent");
	await expect(nurse.locator("tbody tr")).toHaveCount(1);
	await expect(nurse.locator("tbody tr").first()).toContainText("Chưa báo");
	await shot(nurse, "rounds-silent", { fullPage: true });
	await nurse.goto(home);
	await shot(nurse, "household", { fullPage: true });
	await fitsAcross(nurse);
});
