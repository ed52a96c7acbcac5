/**
 * A gate from the leader's form to the evening: a telephone is given to it, its camera films real codes, the network
 * goes and comes back, and each person counts once. Who has his pass on a telephone, on a printed card or only as
 * twelve digits passes the same gate.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { type Browser, expect, type Page } from "@playwright/test";
import { axe, type Centre, fitsAcross, shot, test } from "./centre.ts";
import { Scanner } from "./scanner.ts";
import { desk, telephone } from "./screens.ts";
import { codesOf, digitsOf, part } from "./sheets.ts";
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

/** How many scans of a gate the desk's board has counted today, whatever their colour. */
async function scanned(page: Page, name: string): Promise<number> {
	await page.goto("/quan7/desk/checkins/gates");
	const cells = await page.locator("tr", { hasText: name }).locator("td.number").allInnerTexts();
	return cells.reduce((sum, cell) => sum + Number.parseInt(cell, 10), 0);
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

		// Its scan is no other gate's: that one's invitation is not used up.
		const other = await invited(page, await gateMade(page, "Chợ Thử Khác"));
		await scanner.page.locator("#invite").fill(other);
		await scanner.page.locator("form[data-enrol] [type=submit]").click();
		await expect(scanner.slot("left")).toContainText("1 lượt quét của Chợ Thử Một chưa gửi");
		await scanner.press("give-up");
		await expect(scanner.part("give-up")).toBeVisible();
		await fitsAcross(scanner.page);
		await axe(scanner.page);
		await shot(scanner.page, "gate-scans-wait");
		await scanner.press("give-up-not");

		await scanner.enrol(await invited(page, gate), "Máy cổng A");
		await expect(scanner.slot("waiting")).toHaveText("0");
	} finally {
		await scanner.close();
	}
});

/** Forty-five people, whose names differ without their accents too. */
const families = ["Nguyễn", "Trần", "Lê", "Huỳnh", "Đặng", "Bùi", "Võ", "Phan", "Dương"];
const given = ["Hòa", "Thúy", "Khoa", "Uyên", "Đức"];
const crowd: Resident[] = families
	.flatMap((family) => given.map((one) => `${family} Thử ${one}`))
	.map((name, n) => ({ name, phone: `09005560${String(n).padStart(2, "0")}` }));

/** A name as passes say it. */
function folded(name: string): string {
	const bare = name.normalize("NFD").replace(/\p{M}/gu, "");
	return bare.replaceAll("đ", "d").replaceAll("Đ", "D").toUpperCase();
}

/** Passes for all of the ward who have none, and their cards by the sheet: the file. */
async function issued(page: Page): Promise<string> {
	await page.goto("/quan7/desk/passes/batch");
	const ward = await page.locator("#ward option", { hasText: "Tân Phong" }).first().getAttribute("value");
	await page.locator("#ward").selectOption(ward ?? "");
	await page.getByRole("button", { name: "Cấp mã QR" }).click();
	await expect(page.locator("main")).toContainText(`Đã cấp ${crowd.length} mã mới`);
	const file = page.waitForEvent("download");
	await page.getByRole("button", { name: "In thẻ, 10 thẻ một trang" }).click();
	const path = test.info().outputPath("sheets.pdf");
	await (await file).saveAs(path);
	return path;
}

test("a day at the gate: scanned online, fifty without a network, each counted once though answers are lost", async ({
	page,
	centre,
}) => {
	test.setTimeout(300_000);
	needs("pdftoppm", "pdftotext");
	await centre.signIn(page, "station");
	await vaccinated(page, crowd);
	const sheets = await issued(page);
	// Four sheets are cut up; of the fifth only the digits are read out, as over a telephone.
	const cards = await codesOf(sheets, 4, test.info().outputPath("cards"));
	const digits = await digitsOf(sheets, 5);
	expect([cards.length, digits.length]).toEqual([40, 5]);

	// What gates know of digits is signed anew every five minutes.
	await centre.advance("PT6M");
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
		const awaited = new Set(crowd.map(({ name }) => folded(name)));
		const passes = ({ tone, words }: { tone: string; words: string }) => {
			expect(["green", "yellow", "red"]).toContain(tone);
			const name = [...awaited].find((one) => words.includes(one)) ?? `nobody of ours, or again: ${words}`;
			expect(awaited.delete(name), name).toBe(true);
		};
		for (const printed of cards) passes(await scanner.present(printed));
		for (const code of digits) {
			await scanner.type(code);
			passes(await scanner.read());
		}
		expect([...awaited]).toEqual([]);
		for (let number = 100; number < 103; number++) {
			const seen = await scanner.scan(card(number));
			expect(seen.words).toContain(named(number));
		}
		for (let hand = 0; hand < 2; hand++) await scanner.press("hand");
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

		// Each once, on the board too; what each figure counts is one press away.
		await expect.poll(() => scanned(page, "Chợ Thử Hai")).toBe(51);
		await page.goto("/quan7/desk/checkins");
		await expect(page.locator("#checkins .tile").first()).toBeVisible();
		await expect(page.locator("main")).toContainText("Chợ Thử Hai");
		await expect(page.locator("main")).not.toContainText(key);
		await axe(page);
		for (const screen of [desk, telephone]) {
			await page.setViewportSize(screen);
			await fitsAcross(page);
			await shot(page, `gate-board-${screen.width}`, { fullPage: true });
		}
		await page.setViewportSize(desk);
		const csv = await page.request.get("/quan7/desk/checkins/csv");
		expect((await csv.text()).trim().split("\n")).toHaveLength(61);

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
	const shown = `${phone.slice(0, 4)} ${phone.slice(4, 7)} ${phone.slice(7)}`;
	const text = phones.locator(`[data-text="${shown}"]`).first().locator(".is-quote");
	// A text takes its way.
	await expect(async () => {
		await phones.goto("/demo/phones");
		await expect(text).toContainText(/\d{6}/, { timeout: 1_000 });
	}).toPass();
	const code = /\d{6}/.exec(await text.innerText())?.[0] ?? "";
	await phones.close();
	await page.locator("#code").fill(code);
	await page.locator("form .btn-primary").click();
	await page.locator('input[value="new"]').check();
	await page.locator("form .btn-primary").click();
	await page.locator("#name").fill(name);
	await page.locator("#birth").fill("1958");
	await page.locator("#ward").selectOption({ label: "Phường Tân Phong" });
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

interface Resident {
	phone: string;
	name: string;
}

/** The station puts on record that they have had both doses, by a list as it comes from a vaccination site. */
async function vaccinated(page: Page, people: Resident[]): Promise<void> {
	const head = "STT,Họ và tên,Năm sinh,Số điện thoại,Phường,Ngày tiêm mũi 1,Ngày tiêm mũi 2";
	const rows = people.map(
		({ name, phone }, n) => `${n + 1},${name},1958,${phone},Phường Tân Phong,01/09/2026,29/09/2026`,
	);
	await page.goto("/quan7/desk/imports");
	await page.locator("#list").selectOption("vaccinations");
	const buffer = Buffer.from(`\uFEFF${[head, ...rows].join("\r\n")}\r\n`);
	await page.locator("#file").setInputFiles({ name: "mui-tiem.csv", mimeType: "text/csv", buffer });
	await page.getByRole("button", { name: "Kiểm tra trước khi ghi" }).click();
	await page.getByRole("button", { name: `Ghi ${people.length} dòng vào sổ` }).click();
	await expect(page.locator("#import")).toContainText("Đã ghi xong lúc", { timeout: 30_000 });
}

/** Somebody with a telephone of his own, who has declared on it. */
async function resident(browser: Browser, centre: Centre, { phone, name }: Resident) {
	const context = await browser.newContext({
		baseURL: centre.url,
		viewport: telephone,
		hasTouch: true,
		isMobile: true,
		locale: "vi-VN",
		timezoneId: "Asia/Ho_Chi_Minh",
	});
	const page = await context.newPage();
	const address = await declared(page, phone, name);
	expect(address).toMatch(/\/quan7\/pass\//);
	const open = async () => {
		await page.goto(address);
		await expect(page.locator("main")).toContainText(name);
		await expect(page.locator("main")).toContainText("1958");
		await expect(page.locator("main")).toContainText("Thẻ xanh");
	};
	return { context, page, address, open };
}

test("a pass on a telephone, on a printed card and as twelve digits passes the same gate", async ({
	page,
	centre,
	browser,
}) => {
	test.setTimeout(300_000);
	needs("pdftoppm");
	const run = promisify(execFile);

	const people: [Resident, Resident, Resident] = [
		{ phone: "0900555124", name: "Trần Thị Thẻ In" },
		{ phone: "0900555125", name: "Lê Văn Mã Số" },
		{ phone: "0900555123", name: "Nguyễn Thị Mẫu Thử" },
	];
	const printed = await resident(browser, centre, people[0]);
	const digital = await resident(browser, centre, people[1]);
	const own = await resident(browser, centre, people[2]);
	await centre.signIn(page, "station");
	await vaccinated(page, people);

	// One has only a card, printed for her; the telephone is somebody else's.
	await printed.open();
	const link = await printed.page.locator('a[href$="/card.pdf"]').first().getAttribute("href");
	const pdf = await printed.context.request.get(link ?? "");
	expect(pdf.headers()["content-type"]).toBe("application/pdf");
	const bytes = await pdf.body();
	expect(bytes.subarray(0, 4).toString("latin1")).toBe("%PDF");
	const file = test.info().outputPath("card");
	await writeFile(`${file}.pdf`, bytes);
	await mkdir("results", { recursive: true });
	await run("pdftoppm", ["-png", "-r", "300", "-singlefile", `${file}.pdf`, "results/gate-card"]);
	await run("pdftoppm", ["-png", "-singlefile", ...part(0, 0), `${file}.pdf`, file]);
	await printed.context.close();

	// One has only the digits.
	await digital.open();
	const told = /\d{4}[ .]\d{4}[ .]\d{4}/;
	const ask = digital.page.locator('form[action$="/code"] button');
	if ((await ask.count()) > 0) await ask.click();
	await expect(digital.page.locator("main")).toContainText(told);
	const digits = told.exec(await digital.page.locator("main").innerText())?.[0] ?? "";
	await digital.context.close();

	// One has it on his telephone. Seen once, it is seen without a network.
	await own.open();
	await axe(own.page);
	await fitsAcross(own.page);
	await own.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	await expect
		.poll(() => own.page.evaluate(async (path) => (await caches.match(path)) !== undefined, own.address))
		.toBe(true);
	await own.context.setOffline(true);
	await own.page.reload();
	await expect(own.page.locator("main")).toContainText("1958");
	await shot(own.page, "pass-own-offline", { fullPage: true });
	const qr = await own.page.locator(".pass-qr svg").screenshot();
	await own.context.close();

	// What gates know of digits is signed anew every five minutes.
	await centre.advance("PT6M");
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
		expect(onPhone.tone).toBe("green");

		await scanner.camera.hold(await readFile(`${file}.png`), blank);
		const onCard = await scanner.read();
		expect(onCard.words).toContain("TRAN THI THE IN");
		expect(onCard.words).toContain("1958");
		expect(onCard.tone).toBe("green");

		await scanner.type(digits);
		await expect(scanner.verdict).toBeVisible();
		await shot(scanner.page, "gate-verdict");
		const byCode = await scanner.read();
		expect(byCode.words).toContain("LE VAN MA SO");
		expect(byCode.tone).toBe("green");

		await expect(scanner.slot("waiting")).toHaveText("3");
		await scanner.online();
		await expect(scanner.slot("waiting")).toHaveText("0", { timeout: 60_000 });
		await expect.poll(() => scanned(page, "Chợ Thử Ba")).toBe(3);
	} finally {
		await scanner.close();
	}

	await test.step("who was at the gate is opened with a reason", async () => {
		await page.goto(`/quan7/desk/checkins/visits?gate=${gate.split("/").at(-1)}`);
		await page.locator("#why").fill("F0 có mặt ở chợ");
		await page.locator('form[method="post"] .btn-primary').click();
		for (const name of ["Nguyễn Thị Mẫu Thử", "Trần Thị Thẻ In", "Lê Văn Mã Số"]) {
			await expect(page.locator("main")).toContainText(name);
		}
		await axe(page);
		await shot(page, "gate-visits", { fullPage: true });
	});
});
