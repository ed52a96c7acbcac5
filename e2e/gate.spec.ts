/**
 * A gate from the leader's form to the evening: a telephone is given to it, its camera films real codes, the network
 * goes and comes back, and each person counts once. Who has his pass on a telephone, on a printed card or only as
 * twelve digits passes the same gate.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, type Page } from "@playwright/test";
import { axe, fitsAcross, shot, test } from "./centre.ts";
import { Scanner } from "./scanner.ts";
import { needs } from "./telephones.ts";

// A gate of other stories would have its own scans.
test.use({ district: "gate" });
test.describe.configure({ mode: "serial" });

/** A message that has no words stands there by its key. */
const key = /(?<![\w/.@-])[a-z]{3,}(?:-[a-z]{2,}){1,}(?![\w/.@-])/;

/** Names have no digits. */
function named(number: number): string {
	return `Nguyễn Thử ${String(number).replace(/\d/g, (digit) => "ABCDEFGHIJ".charAt(Number(digit)))}`;
}

/** A citizen card as its QR says it; nobody has this number. */
function card(number: number): string {
	const id = `0790${String(90_000_000 + number).padStart(8, "0")}`;
	return `${id}|0${String(10_000_000 + number)}|${named(number)}|01011990|Nam|1 Đường Thử|15042021`;
}

async function gateMade(page: Page, name: string): Promise<string> {
	await page.goto("/quan7/desk/gates/new");
	await page.locator("#name").fill(name);
	await page.locator("#kind").selectOption("market");
	await page.locator("#unit").selectOption({ index: 1 });
	await page.locator("#capacity").fill("200");
	await page.locator("#sample_of").fill("5");
	await page.locator("form .btn-primary").click();
	await page.waitForURL(/\/desk\/gates\/[0-9a-f-]{36}/);
	return new URL(page.url()).pathname;
}

/** The letters of an invitation for one more telephone. */
async function invited(page: Page, gate: string): Promise<string> {
	await page.goto(gate);
	await page.locator('form[action$="/invite"] button').click();
	return (await page.locator(".care-code").innerText()).replace(/\s/g, "");
}

/** How many the desk counts inside. */
async function inside(page: Page, name: string): Promise<number> {
	await page.goto("/quan7/desk/gates");
	const row = page.locator("tr", { hasText: name });
	return Number.parseInt(await row.locator("td").last().innerText(), 10);
}

test("a telephone becomes the gate's by an invitation; removed, it keeps what it has counted", async ({
	page,
	centre,
}) => {
	test.setTimeout(120_000);
	await centre.signIn(page, "leader");
	const gate = await gateMade(page, "Chợ Thử Một");
	const scanner = await Scanner.open(centre.url);
	try {
		await scanner.page.goto("/quan7/gate/#invite=AAAA-AAAA-AAAA-AAAA");
		await expect(scanner.page.locator("#invite")).toHaveValue("AAAA-AAAA-AAAA-AAAA");
		expect(scanner.page.url()).not.toContain("invite");
		await axe(scanner.page);
		await scanner.page.locator("form[data-enrol] [type=submit]").click();
		await expect(scanner.slot("enrol-fault")).not.toBeEmpty();

		const letters = await invited(page, gate);
		await scanner.enrol(letters, "Máy cổng A");
		await expect(scanner.slot("gate")).toHaveText("Chợ Thử Một");
		await expect(scanner.slot("limit")).toHaveText(/^\d+$/);
		await fitsAcross(scanner.page);
		await axe(scanner.page);
		await shot(scanner.page, "gate-waiting");
		await page.goto(gate);
		await expect(page.locator("main")).toContainText("Máy cổng A");

		// An invitation works once.
		const second = await Scanner.open(centre.url);
		await second.page.goto(`/quan7/gate/#invite=${letters}`);
		await second.page.locator("form[data-enrol] [type=submit]").click();
		await expect(second.slot("enrol-fault")).not.toBeEmpty();
		await second.close();

		await scanner.context.setOffline(true);
		await scanner.scan(card(1));
		await expect(scanner.slot("waiting")).toHaveText("1");
		await page.locator("tr", { hasText: "Máy cổng A" }).locator("form button").click();
		await scanner.online();
		await expect(scanner.part("removed")).toBeVisible();
		await expect(scanner.slot("kept")).toContainText("1");
		await shot(scanner.page, "gate-removed");

		await scanner.enrol(await invited(page, gate), "Máy cổng A");
		await expect(scanner.slot("waiting")).toHaveText("0");
	} finally {
		await scanner.close();
	}
});

test("a day at the gate: scanned online, fifty without a network, each counted once though answers are lost", async ({
	page,
	centre,
}) => {
	test.setTimeout(300_000);
	await centre.signIn(page, "leader");
	const gate = await gateMade(page, "Chợ Thử Hai");
	const scanner = await Scanner.open(centre.url);
	const sent = new Map<string, number>();
	try {
		await scanner.enrol(await invited(page, gate), "Máy cổng B");
		await scanner.kept();
		scanner.page.on("request", (request) => {
			if (!request.url().endsWith("/api/gates/scans")) return;
			const { scans } = request.postDataJSON() as { scans: { key: string }[] };
			for (const { key } of scans) sent.set(key, (sent.get(key) ?? 0) + 1);
		});

		const first = await scanner.scan(card(2));
		expect(["green", "yellow", "red"]).toContain(first.tone);
		expect(first.words).toContain(named(2));
		expect(first.words).toContain("1990");
		expect(first.words).not.toMatch(key);
		await expect(scanner.slot("waiting")).toHaveText("0");

		// What cannot be read turns nobody away: neither another's code nor one under a thumb.
		expect((await scanner.scan("https://example.org/menu")).tone).toBe("again");
		scanner.camera.showCovered(card(3));
		await scanner.film(1.5);
		await expect(scanner.verdict).toBeHidden();
		scanner.camera.away();

		await scanner.context.setOffline(true);
		// The app comes up without a network, as after a battery that was empty.
		await scanner.page.reload();
		await expect(scanner.part("gate")).toBeVisible();
		for (let number = 100; number < 145; number++) {
			const seen = await scanner.scan(card(number));
			expect(seen.words).toContain(named(number));
		}
		for (let hand = 0; hand < 5; hand++) await scanner.press("hand");
		await expect(scanner.slot("waiting")).toHaveText("50");
		await shot(scanner.page, "gate-offline");
		const counted = await scanner.slot("inside").innerText();

		let lost = 0;
		await scanner.page.route("**/api/gates/scans", async (route) => {
			if (lost++ >= 2) return route.fallback();
			await route.fetch();
			await route.abort();
		});
		await scanner.online();
		await expect(scanner.slot("waiting")).toHaveText("0", { timeout: 60_000 });
		await expect(scanner.slot("inside")).toHaveText(counted);
		expect(lost).toBeGreaterThan(2);
		expect(sent.size).toBe(51);
		expect(Math.max(...sent.values())).toBeGreaterThan(2);
		expect(await inside(page, "Chợ Thử Hai")).toBe(Number(counted));

		await scanner.turn("out");
		await scanner.press("hand");
		await expect(scanner.slot("inside")).toHaveText(String(Number(counted) - 1));
	} finally {
		await scanner.close();
	}
});

/** Declares health for somebody new; the address of the pass that comes of it. */
async function declared(page: Page, phone: string, name: string): Promise<string> {
	await page.goto("/quan7/declare");
	await page.locator("#phone").fill(phone);
	await page.locator("form .btn-primary").click();
	const phones = await page.context().newPage();
	await phones.goto("/demo/phones");
	const text = phones.locator(`[data-text="${phone}"]`).first();
	const code = /\d{6}/.exec(await text.innerText())?.[0] ?? "";
	await phones.close();
	await page.locator("#code").fill(code);
	await page.locator("form .btn-primary").click();
	await page.locator('input[value="new"]').check();
	await page.locator("form .btn-primary").click();
	await page.locator("#name").fill(name);
	await page.locator("#birth").fill("1958");
	await page.locator("#ward").selectOption({ index: 1 });
	await page.locator("form .btn-primary").click();
	await page.locator('input[name="symptoms"][value="none"]').check();
	await page.locator("form .btn-primary").click();
	while (/\/declare\/(?!check|done)/.test(page.url())) {
		await page.locator('input[name="said"][value="no"]').check();
		await page.locator("form .btn-primary").click();
	}
	await page.locator('form[action$="/declare/check"] .btn-primary').click();
	return (await page.locator('a[href*="/pass/"]').first().getAttribute("href")) ?? "";
}

test("a pass on a telephone, on a printed card and as twelve digits passes the same gate", async ({
	page,
	centre,
	browser,
}) => {
	test.setTimeout(240_000);
	const resident = await browser.newContext({ baseURL: centre.url, locale: "vi-VN" });
	const own = await resident.newPage();
	const address = await declared(own, "0900555123", "Nguyễn Thị Mẫu Thử");
	expect(address).toMatch(/\/quan7\/pass\//);
	await own.goto(address);
	await expect(own.locator("main")).toContainText("1958");
	await axe(own);
	await own.locator('form[action$="/code"] button').click();

	// Seen once, it is seen without a network.
	await own.waitForFunction(() => navigator.serviceWorker.controller !== null);
	const kept = () => own.evaluate(async (path) => (await (await caches.match(path))?.text()) ?? "", address);
	await expect.poll(kept).toMatch(/\d{4} \d{4} \d{4}/);
	await resident.setOffline(true);
	await own.reload();
	await expect(own.locator("main")).toContainText("1958");
	const qr = await own.locator("main svg:not(.icon)").first().screenshot();
	const digits = /\d{4}[ .]\d{4}[ .]\d{4}/.exec(await own.locator("main").innerText())?.[0] ?? "";
	await resident.setOffline(false);

	await centre.signIn(page, "leader");
	const gate = await gateMade(page, "Chợ Thử Ba");
	const scanner = await Scanner.open(centre.url);
	try {
		await scanner.enrol(await invited(page, gate), "Máy cổng C");
		await scanner.kept();
		const blank = await scanner.context.newPage();
		await scanner.page.bringToFront();
		await scanner.context.setOffline(true);

		await scanner.camera.hold(qr, blank);
		const onPhone = await scanner.read();
		expect(onPhone.words).toContain("NGUYEN THI MAU THU");
		expect(onPhone.words).toContain("1958");

		await scanner.turn("out");
		await scanner.type(digits);
		const byCode = await scanner.read();
		expect(byCode.words).toContain("NGUYEN THI MAU THU");
		expect(byCode.tone).toBe(onPhone.tone);

		await test.step("the printed card", async () => {
			needs("pdftoppm");
			const link = own.locator('a[href$=".pdf"]').first();
			const pdf = await resident.request.get((await link.getAttribute("href")) ?? "");
			const file = test.info().outputPath("card");
			await writeFile(`${file}.pdf`, await pdf.body());
			await promisify(execFile)("pdftoppm", ["-png", "-r", "200", "-singlefile", `${file}.pdf`, file]);
			await scanner.turn("in");
			await scanner.camera.hold(await readFile(`${file}.png`), blank);
			const onCard = await scanner.read();
			expect(onCard.words).toContain("NGUYEN THI MAU THU");
			expect(onCard.tone).toBe(onPhone.tone);
		});
		await scanner.online();
		await expect(scanner.slot("waiting")).toHaveText("0", { timeout: 60_000 });
	} finally {
		await scanner.close();
		await resident.close();
	}
});
