/** The simulated telephones of the demo, as the people who carry them use them. */
import { expect, type Locator, type Page } from "@playwright/test";

export class Phones {
	readonly #page: Page;

	private constructor(page: Page) {
		this.#page = page;
	}

	static async open(page: Page): Promise<Phones> {
		await page.goto("/demo/phones");
		return new Phones(page);
	}

	get page(): Page {
		return this.#page;
	}

	/** The telephones of whoever is rung for a unit, with the words that name its holder's post. */
	of(unit: string, post?: string): Locator {
		const phones = this.#page.locator("[data-number]").filter({ hasText: unit });
		return post === undefined ? phones : phones.filter({ hasText: post });
	}

	async rings(unit: string, post?: string): Promise<void> {
		await expect(this.of(unit, post).and(this.#page.locator("[data-ringing]")).first()).toBeVisible();
	}

	/** `answer`, `reject`, `hang-up`, or a key. The page is drawn anew each second, so a press is tried until it took. */
	async press(phone: Locator, what: string): Promise<void> {
		const button = phone.first().locator(`button[value="${what}"]`);
		await expect(async () => {
			await button.click({ timeout: 2_000 });
		}).toPass();
	}
}
