/** News of an F0: three units are rung, silence climbs a level a minute, and all of it is on record. */
import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContext, expect, type Page, type TestInfo } from "@playwright/test";
import { axe, type Centre, fitsAcross, picture, shot, test } from "./centre.ts";
import { Phones } from "./phones.ts";
import { describeF0, saveF0 } from "./screens.ts";

const committee = "Ủy ban nhân dân Phường Tân Phong";
const police = "Công an Phường Tân Phong";
const station = "Trạm Y tế Phường Tân Phong";

/** Everybody sits at a browser of his own. */
class Desks {
	readonly #contexts: BrowserContext[] = [];
	readonly #browser: Browser;
	readonly #centre: Centre;
	readonly #info: TestInfo;

	constructor(browser: Browser, centre: Centre, info: TestInfo) {
		this.#browser = browser;
		this.#centre = centre;
		this.#info = info;
	}

	async page(): Promise<Page> {
		const { viewport, isMobile, hasTouch, locale, timezoneId } = this.#info.project.use;
		const context = await this.#browser.newContext({
			baseURL: this.#centre.url,
			viewport: viewport ?? null,
			isMobile: isMobile ?? false,
			hasTouch: hasTouch ?? false,
			locale: locale ?? "vi-VN",
			timezoneId: timezoneId ?? "Asia/Ho_Chi_Minh",
		});
		this.#contexts.push(context);
		return context.newPage();
	}

	/** Signs in and switches the bell on, as a shift begins. */
	async begin(account: string): Promise<Page> {
		const page = await this.page();
		await this.#centre.signIn(page, account);
		await expect(page.locator("[data-ring-bar]")).toBeVisible();
		await page.locator("[data-ring-arm]").click();
		await expect(page.locator("[data-ring-bar]")).toBeHidden();
		return page;
	}

	async close(): Promise<void> {
		for (const context of this.#contexts) await context.close();
	}
}

function card(desk: Page, words: string) {
	return desk.locator('[data-ring-panel] .ring-card[data-tone="ring"]').filter({ hasText: words }).first();
}

async function recordF0(nurse: Page): Promise<void> {
	await describeF0(nurse, {
		name: "Trần Thị Thử Nghiệm",
		birth: "1985",
		phone: "0900 010 001",
		address: "12/5 Lê Văn Lương, Khu phố 1",
	});
	await shot(nurse, "case-new", { fullPage: true });
	await saveF0(nurse);
}

test("news of an F0 rings three units, and silence climbs to the leader of the district", async ({
	centre,
	browser,
}, info) => {
	test.setTimeout(480_000);
	const desks = new Desks(browser, centre, info);
	try {
		const nurse = await desks.begin("station");
		const ward = await desks.begin("ward");
		const chair = await desks.begin("chair");
		const leader = await desks.begin("leader");
		const phones = await Phones.open(await desks.page());
		await shot(nurse, "queue-empty");

		// What is looked at and photographed between two levels takes none of their minute.
		await centre.hold();
		await recordF0(nurse);
		await expect(nurse.locator(".ladder")).toHaveCount(3);
		for (const unit of [station, committee, police]) {
			await expect(nurse.locator(".ladder", { hasText: unit })).toHaveCount(1);
		}
		await shot(nurse, "case-rung");
		const ticket = (await nurse.locator(".ladder", { hasText: committee }).locator("a").getAttribute("href")) ?? "";

		// Each duty desk rings, and each telephone.
		await expect(card(nurse, station)).toBeVisible();
		await expect(card(ward, committee)).toBeVisible();
		for (const unit of [station, committee, police]) await phones.rings(unit);
		await shot(ward, "ring");
		await axe(ward);
		await picture(phones.page, "phones", info);

		// The station accepts in time; nothing rings there any more.
		await card(nurse, station).getByRole("button", { name: "Nhận việc" }).click();
		await expect(card(nurse, station)).toBeHidden();
		await expect(phones.of(station)).toHaveCount(0);

		// The police listen and press nothing: 20 s after the message's end their chief is rung.
		await phones.press(phones.of(police), "answer");
		await expect(phones.of(police).first()).toContainText("đang nghe");
		await centre.advance("PT40S");
		await expect(phones.of(police).first()).toContainText("Đã đọc hết tin");
		await centre.advance("PT25S");
		await phones.rings(police, "Trưởng Công an");

		// The ward committee does not answer: after a minute its chair is rung, after another the district.
		await expect(card(chair, committee)).toBeVisible();
		await shot(chair, "ring-chair");
		await expect(card(leader, committee)).toHaveCount(0);
		await centre.advance("PT61S");
		await expect(card(leader, committee)).toBeVisible();
		await expect(card(leader, committee)).toContainText("cấp 3");
		await expect(card(chair, committee)).toBeHidden();
		await shot(leader, "ring-leader");
		await card(leader, committee).getByRole("link", { name: "Xem" }).click();
		await card(leader, committee).getByRole("button", { name: "Nhận việc" }).click();
		await expect(leader.locator("#detail .ticket-head")).toContainText("Đang xử lý");

		// The chief of police has not answered either: his leader takes that on too.
		await card(leader, police).getByRole("button", { name: "Nhận việc" }).click();
		await expect(card(leader, police)).toBeHidden();

		// His directive is a ticket of its own.
		await leader.locator("#detail").getByRole("link", { name: "Ý kiến chỉ đạo" }).click();
		await leader.locator("#unit").selectOption({ label: committee });
		await leader.getByLabel("Nội dung chỉ đạo").fill("Cử ngay tổ công tác đến hộ có ca F0, báo cáo trong 2 giờ.");
		await leader.locator("#hours").fill("2");
		await shot(leader, "directive");
		await leader.getByRole("button", { name: "Giao chỉ đạo" }).click();
		await ward.goto("/quan7/desk/tickets?kind=directive");
		await expect(ward.locator(".ticket-row").first()).toContainText("Ý kiến chỉ đạo");
		await ward.locator(".ticket-link").first().click();
		await expect(ward.locator("#detail")).toContainText("Cử ngay tổ công tác đến hộ có ca F0");
		await axe(ward);

		// Who was rung when, and which of the two it was.
		await leader.getByRole("link", { name: "Hồ sơ trách nhiệm" }).first().click();
		const file = leader.locator("#main");
		await expect(file).toContainText("không trả lời");
		await expect(file).toContainText("đã nghe, không nhận việc");
		await expect(file).toContainText(station);
		await expect(file).toContainText("Cử ngay tổ công tác");
		await fitsAcross(leader);
		await axe(leader);
		await shot(leader, "file", { fullPage: true });

		await ward.goto(ticket);
		const story = ward.locator("#detail .timeline");
		await expect(story).toContainText("mở phiếu cho");
		await story.locator("details.attempts").evaluateAll((all) => {
			for (const one of all) (one as HTMLDetailsElement).open = true;
		});
		await expect(story).toContainText("không trả lời");
		await fitsAcross(ward);
		await shot(ward, "ticket", { fullPage: true });
		await picture(ward, "ticket", info);
		await ward.goto("/quan7/desk/tickets");
		await picture(ward, "queue", info);
	} finally {
		await centre.hold(false);
		await desks.close();
	}
});

test("a day's list of results opens cases, and its broken rows come back with their reasons", async ({
	centre,
	page,
}, info) => {
	test.setTimeout(240_000);
	await centre.signIn(page, "station");
	// Each F0 of the list rings this very desk; it is taken up as it comes.
	const rings = page.locator('[data-ring-panel] .ring-card[data-tone="ring"]');
	const takeUp = async () => {
		const ringing = await rings.count();
		await rings.first().getByRole("button", { name: "Nhận việc" }).click();
		await expect(rings).not.toHaveCount(ringing);
	};
	await page.addLocatorHandler(rings.first(), takeUp, { noWaitAfter: true });
	await page.goto("/quan7/desk/imports");
	const n = info.project.name === "phone" ? 1 : 2;
	const rows = [
		"STT,Họ tên,Năm sinh,Giới tính,Điện thoại,Địa chỉ,Phường,Ngày lấy mẫu,Kết quả",
		`1,Lê Văn Mẫu Một,197${n},Nam,0900 010 ${n}01,3 Lê Văn Lương,Tân Phong,${today()},Dương tính`,
		`2,,1980,Nữ,0900 010 ${n}02,4 Lê Văn Lương,Tân Phong,${today()},Dương tính`,
		`3,Phạm Thị Mẫu Ba,1990,Nữ,0900 010 ${n}03,5 Lê Văn Lương,Tân Phong,ngày mai,Dương tính`,
		`4,Võ Mẫu Bốn,195${n},Nam,0900 010 ${n}04,6 Lê Văn Lương,Tân Phong,${today()},Âm tính`,
	];
	const read = async (name: string, mimeType: string, buffer: Buffer) => {
		await page.locator("#file").setInputFiles({ name, mimeType, buffer });
		await page.locator("#kind").selectOption({ index: 1 });
		await page.locator("form:has(#file) button.btn-primary").click();
		await expect(page.locator("#import")).toBeVisible();
	};
	await read(`ket-qua-${info.project.name}.csv`, "text/csv", Buffer.from(`\uFEFF${rows.join("\r\n")}\r\n`));
	await expect(page.locator("#import")).toContainText("Có 2 dòng ghi dương tính nhưng bị lỗi");
	await expect(page.locator("#import tbody tr")).toHaveCount(2);
	await fitsAcross(page);
	await axe(page);
	await shot(page, "import", { fullPage: true });

	// The broken rows as a workbook, which can be mended and read again.
	const download = page.waitForEvent("download");
	await page.getByRole("button", { name: /XLSX/ }).click();
	const broken = await readFile(await (await download).path());
	const staged = page.url();

	await page.getByRole("button", { name: "Ghi 2 dòng vào sổ" }).click();
	await expect(page.locator("#import")).toContainText("Đã ghi xong lúc");
	await page.getByRole("link", { name: "Xem các ca" }).click();
	await expect(page.locator("#main")).toContainText("Lê Văn Mẫu Một");
	await expect(page.locator("#main")).not.toContainText("Phạm Thị Mẫu Ba");
	await shot(page, "import-cases", { fullPage: true });

	await page.goto("/quan7/desk/imports");
	await read("dong-loi.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", broken);
	expect(page.url()).not.toBe(staged);
	await expect(page.locator("#import tbody tr")).toHaveCount(2);
});

function today(): string {
	const [year, month, day] = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Ho_Chi_Minh" })
		.format(new Date())
		.split("-");
	return `${day}/${month}/${year}`;
}
