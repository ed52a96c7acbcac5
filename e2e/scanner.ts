/** A guard's telephone: a Chromium of its own, whose camera films what a test holds before it. */
import { type Browser, type BrowserContext, chromium, expect, type Locator, type Page } from "@playwright/test";
import { Camera } from "./camera.ts";
import { telephone } from "./screens.ts";

export type Tone = "green" | "yellow" | "red" | "again" | "unable";

export class Scanner {
	private constructor(
		readonly browser: Browser,
		readonly context: BrowserContext,
		readonly page: Page,
		readonly camera: Camera,
	) {}

	static async open(baseURL: string): Promise<Scanner> {
		const camera = new Camera();
		const browser = await chromium.launch({
			executablePath: process.env.VX_CHROMIUM ?? "/usr/bin/chromium",
			args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", ...camera.args],
		});
		const context = await browser.newContext({
			baseURL,
			viewport: telephone,
			hasTouch: true,
			isMobile: true,
			locale: "vi-VN",
			timezoneId: "Asia/Ho_Chi_Minh",
		});
		return new Scanner(browser, context, await context.newPage(), camera);
	}

	async close(): Promise<void> {
		await this.browser.close();
		this.camera.close();
	}

	get verdict(): Locator {
		return this.page.locator("[data-part=verdict]");
	}

	slot(name: string): Locator {
		return this.page.locator(`[data-slot="${name}"]`);
	}

	part(name: string): Locator {
		return this.page.locator(`[data-part="${name}"]`);
	}

	async press(what: string): Promise<void> {
		await this.page.locator(`[data-do="${what}"]`).click();
	}

	async turn(direction: "in" | "out"): Promise<void> {
		await this.page.locator(`[data-turn="${direction}"]`).click();
	}

	/** Gives this telephone to a gate, by the letters of an invitation. */
	async enrol(letters: string, name: string): Promise<void> {
		await this.page.goto("/quan7/gate/");
		await this.page.locator("#invite").fill(letters);
		await this.page.locator("#device").fill(name);
		await this.page.locator("form[data-enrol] [type=submit]").click();
		await expect(this.part("gate")).toBeVisible();
	}

	/** The network comes back. Chromium tells no page of it that came up without one, as a telephone would. */
	async online(): Promise<void> {
		await this.context.setOffline(false);
		await this.page.evaluate(() => window.dispatchEvent(new Event("online")));
	}

	/** Until the app is kept on the telephone and nothing of it has to be fetched any more. */
	async kept(): Promise<void> {
		await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	}

	/** Holds a code up until its verdict comes, takes it away and taps the verdict away; what the guard read. */
	async scan(text: string): Promise<{ tone: Tone; words: string }> {
		this.camera.show(text);
		return this.read();
	}

	/** The same with a part of a printed page. */
	async present(pgm: Buffer): Promise<{ tone: Tone; words: string }> {
		this.camera.lay(pgm);
		return this.read();
	}

	async read(): Promise<{ tone: Tone; words: string }> {
		await expect(this.verdict).toBeVisible();
		this.camera.away();
		const tone = (await this.verdict.getAttribute("data-tone")) as Tone;
		const words = await this.verdict.innerText();
		// The tap that has brought a verdict must not take it away: so the first one may come to nothing.
		await expect(async () => {
			if (await this.verdict.isVisible()) await this.verdict.click({ timeout: 500 });
			await expect(this.verdict).toBeHidden({ timeout: 200 });
		}).toPass();
		return { tone, words };
	}

	/** So many seconds of what the camera sees go by. */
	async film(seconds: number): Promise<void> {
		const now = () => document.querySelector("video")?.currentTime ?? 0;
		const until = (await this.page.evaluate(now)) + seconds;
		await expect.poll(() => this.page.evaluate(now)).toBeGreaterThan(until);
	}

	async type(code: string): Promise<void> {
		await this.press("pad");
		for (const digit of code.replace(/\D/g, "")) await this.page.locator(`[data-digit="${digit}"]`).click();
	}
}
