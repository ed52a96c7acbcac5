/** Everybody has a browser of his own, and the screen that he really holds: staff a desk or a telephone, families a telephone. */
import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
import type { Centre } from "./centre.ts";

export const desk = { width: 1440, height: 900 };
export const telephone = { width: 390, height: 844 };

export class Screens {
	readonly #contexts: BrowserContext[] = [];
	readonly #browser: Browser;
	readonly #centre: Centre;

	constructor(browser: Browser, centre: Centre) {
		this.#browser = browser;
		this.#centre = centre;
	}

	async open(viewport: typeof desk, javaScriptEnabled = true): Promise<Page> {
		const context = await this.#browser.newContext({
			baseURL: this.#centre.url,
			viewport,
			isMobile: viewport === telephone,
			hasTouch: viewport === telephone,
			locale: "vi-VN",
			timezoneId: "Asia/Ho_Chi_Minh",
			javaScriptEnabled,
		});
		this.#contexts.push(context);
		return context.newPage();
	}

	/** Signs in somebody who puts aside what is only a notice: he has something else in hand. */
	async begin(account: string, viewport = desk): Promise<Page> {
		const page = await this.open(viewport);
		const notices = page.locator('[data-ring-panel][data-tone="notice"]');
		const later = notices.getByRole("button", { name: /^Để (tất cả lại )?sau$/ });
		await page.addLocatorHandler(notices, async () => {
			// The last of them is for all, where there are several.
			while (await later.count()) await later.last().click();
		});
		await this.#centre.signIn(page, account);
		return page;
	}

	async close(): Promise<void> {
		for (const context of this.#contexts) await context.close();
	}
}

/** Takes up everything that rings at somebody's desk. */
export async function accept(page: Page): Promise<void> {
	const cards = page.locator('[data-ring-panel] .ring-card[data-tone="ring"]');
	await expect(cards.first()).toBeVisible();
	await expect(async () => {
		if ((await cards.count()) > 0) {
			await cards.first().getByRole("button", { name: "Nhận việc" }).click({ timeout: 2_000 });
		}
		await expect(cards).toHaveCount(0, { timeout: 1_000 });
	}).toPass({ timeout: 30_000 });
}

/** Somebody who is ill and stays at home. */
export interface Patient {
	name: string;
	birth: string;
	phone: string;
	address: string;
}

/** Fills in the news of an F0, up to the press that saves it. */
export async function describeF0(nurse: Page, patient: Patient): Promise<void> {
	await nurse.goto("/quan7/desk/cases");
	await nurse.getByRole("link", { name: "Nhập ca mới" }).click();
	await nurse.getByLabel("Họ và tên").fill(patient.name);
	await nurse.getByLabel("Năm hoặc ngày sinh").fill(patient.birth);
	await nurse.getByLabel("Điện thoại", { exact: true }).fill(patient.phone);
	await nurse.getByLabel("Địa chỉ nơi ở").fill(patient.address);
	await nurse.locator("[name=classification][value=confirmed]").check();
	await nurse.locator("[name=basis][value=rapid]").check();
	await nurse.locator("[name=symptoms][value=cough]").check();
	await nurse.locator("[name=care][value=home]").check();
}

/** Saves it: whoever has to do something is called. */
export async function saveF0(nurse: Page): Promise<void> {
	await nurse.getByRole("button", { name: "Lưu và gọi các nơi xử lý" }).click();
	await expect(nurse.getByText("Đã lưu ca mới.")).toBeVisible();
}

export interface Official {
	name: string;
	number: string;
}

/** Who holds a post at a unit, and how he is called: the demo's numbers end as the codes of its people do. */
export async function officials(page: Page, unit: string, post: string): Promise<Official[]> {
	await page.goto("/quan7/desk/staff");
	await page.locator("#unit").selectOption({ label: unit });
	await page.locator("form.filters button").click();
	const rows = page.locator("main tbody tr", { hasText: post });
	await expect(rows).not.toHaveCount(0);
	const people = await rows.evaluateAll((all) =>
		all.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent?.trim() ?? "")),
	);
	return people
		.filter(([, title]) => title === post)
		.map(([name = "", , , code = ""]) => {
			expect(code).toMatch(/^CB\d{4}$/);
			return { name, number: `+8490000${code.slice(2)}` };
		});
}
