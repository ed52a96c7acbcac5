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
