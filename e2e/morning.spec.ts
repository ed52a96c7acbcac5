/**
 * The morning of a station that follows 100 households with three people: two nurses, one of them with a telephone in
 * her hand, and a volunteer of the care team. Whom to call first stands on top; what one has done is gone from the
 * others' lists before they call there a second time.
 */
import { expect, type Locator, type Page } from "@playwright/test";
import { axe, fitsAcross, shot, test } from "./centre.ts";
import { Clock } from "./clock.ts";
import { accept, Screens, telephone } from "./screens.ts";

test.use({ district: "morning" });

const households = 100;
/** A care team takes so many F0s; the station and its mobile station take the others. */
const ofTeam = 20;
const surnames = ["Nguyễn", "Trần", "Lê", "Phạm", "Võ"];
const names = ["An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Hòa", "Khánh", "Lan", "Mai"].concat([
	"Nga",
	"Phúc",
	"Quân",
	"Sơn",
	"Thảo",
	"Trang",
	"Tuấn",
	"Vân",
	"Vinh",
	"Yến",
]);
/** Every tenth of them is old; so they are called. */
const old = "Lão";

/** The list of the day, as a laboratory sends it: each lives alone in a house of his own. */
function results(day: string): Buffer {
	const rows = Array.from({ length: households }, (_, n) => {
		const isOld = n % 10 === 3;
		const name = `${surnames[n % 5]} ${isOld ? old : "Mẫu"} ${names[Math.floor(n / 5)]}`;
		const born = isOld ? 1940 + (n % 7) : 1978 + (n % 25);
		return `${n + 1},${name},${born},${n % 2 ? "Nam" : "Nữ"},0900 010 ${100 + n},${n + 1} Lê Văn Lương,Tân Phong,${day},Dương tính`;
	});
	rows.unshift("STT,Họ tên,Năm sinh,Giới tính,Điện thoại,Địa chỉ,Phường,Ngày lấy mẫu,Kết quả");
	return Buffer.from(`\uFEFF${rows.join("\r\n")}\r\n`);
}

/** How long it took is told, not judged: the machine may be building something. */
async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
	const from = performance.now();
	await act();
	const description = `${what}: ${Math.round(performance.now() - from)} ms`;
	console.log(`    ${description}`);
	test.info().annotations.push({ type: "time", description });
}

const list = "/quan7/desk/rounds";

function rows(page: Page): Locator {
	return page.locator("#rounds tbody tr");
}

/** How many households stand in a part of the list. */
function count(page: Page, view: string): Locator {
	return page.locator("nav.views a").filter({ hasText: view }).locator(".count");
}

/** Who lives in the household of a row. */
async function who(row: Locator): Promise<string> {
	const people = await row.locator('[data-label="Người được theo dõi"]').innerText();
	return people.match(/(\S+(?: \S+){2}) · F0/)?.[1] ?? "";
}

/** Who one is and where. */
async function badge(page: Page): Promise<string> {
	return (await page.locator(".rail-who small").first().textContent()) ?? "";
}

/** What somebody told goes into the diary of his household, whose form is open. */
async function enter(page: Page, temperature: string, spo2: string): Promise<void> {
	await page.locator("#m0_temperature").fill(temperature);
	await page.locator("#m0_spo2").fill(spo2);
	if (temperature < "37,5") await page.locator('[name=m0_symptoms][value="none"]').check();
	await page.locator(".form-do .btn-primary").click();
	await expect(page.locator("main .message[role=status]").first()).toContainText("Đã ghi sức khỏe");
}

/** Calls the household that stands first, and enters what was said; who it was. */
async function callFirst(page: Page, picture?: string): Promise<string> {
	const first = rows(page).first();
	const name = await who(first);
	expect(name).not.toBe("");
	await timed("number opened", () => first.getByRole("button", { name: "Gọi" }).click());
	await expect(page.locator('main a[href^="tel:+84900010"]')).toBeVisible();
	await expect(page.locator("main")).toContainText(name);
	if (picture) {
		await fitsAcross(page);
		await shot(page, picture);
	}
	await timed("diary opened", () => page.getByRole("link", { name: "Ghi kết quả cuộc gọi" }).click());
	await enter(page, "36,8", "98");
	return name;
}

test("three people call 100 households in the order of danger and silence, and nobody is called twice", async ({
	centre,
	browser,
}) => {
	test.setTimeout(300_000);
	const clock = new Clock(centre);
	const screens = new Screens(browser, centre);
	try {
		let unwell = "";
		await test.step("the day before: a list of 100 F0s comes in, and three of them are reached", async () => {
			await clock.until("14:00");
			const nurse = await screens.begin("station");
			await nurse.goto("/quan7/desk/imports");
			const file = { name: "ca-f0.csv", mimeType: "text/csv", buffer: results(await clock.today()) };
			await nurse.locator("#file").setInputFiles(file);
			await nurse.locator("#kind").selectOption({ index: 1 });
			await nurse.locator("form:has(#file) button.btn-primary").click();
			await nurse.getByRole("button", { name: `Ghi ${households} dòng vào sổ` }).click();
			await timed("100 F0s put on record", () =>
				expect(nurse.locator("#import")).toContainText("Đã ghi xong lúc", { timeout: 120_000 }),
			);
			// One list rings once.
			await accept(nurse);
			await nurse.goto(`${list}?only=all&page=1`);
			await expect(rows(nurse)).toHaveCount(50);
			unwell = await who(rows(nurse).last());
			const forms: string[] = [];
			for (const nth of [49, 48, 47]) {
				const link = rows(nurse).nth(nth).getByRole("link", { name: "Ghi sức khỏe" });
				forms.push((await link.getAttribute("href")) ?? "");
			}
			for (const [n, href] of forms.entries()) {
				await nurse.goto(href);
				await enter(nurse, "36,7", n === 0 ? "96" : "98");
			}
			await nurse.context().close();
		});

		// At seven the next one takes over; whoever had the night stays for the calls.
		await clock.until("06:40");
		const nurse = await screens.begin("station");
		await clock.until("07:10");
		const second = await screens.begin("station", telephone);
		const volunteer = await screens.begin("care_team");
		expect(new Set([await badge(nurse), await badge(second), await badge(volunteer)]).size).toBe(3);

		await test.step("danger stands first, then who was never heard of, the old before the young", async () => {
			// What opened with the morning is reckoned within a minute of the clock.
			await expect(async () => {
				await nurse.goto(list);
				await expect(count(nurse, "Đang chờ báo")).toHaveText("2", { timeout: 1_000 });
			}).toPass({ timeout: 60_000 });
			await timed("list of the station", () => nurse.goto(list));
			await expect(count(nurse, "Tất cả")).toHaveText(String(households));
			await expect(count(nurse, "Báo động")).toHaveText("1");
			await expect(count(nurse, "Chưa báo")).toHaveText(String(households - 3));
			await expect(rows(nurse)).toHaveCount(50);
			const people = await rows(nurse).locator('[data-label="Người được theo dõi"]').allInnerTexts();
			expect(people[0]).toContain(unwell);
			for (const [n, text] of people.entries()) {
				expect(text.includes(` ${old} `), `row ${n}: ${text}`).toBe(n >= 1 && n <= households / 10);
			}
			await expect(rows(nurse).nth(1)).toContainText("Chưa ai liên hệ được");
			await expect(rows(nurse).first().getByRole("button", { name: "Gọi" })).toBeVisible();
			await fitsAcross(nurse);
			await shot(nurse, "morning-1440");
			await timed("the same on a telephone", () => second.goto(list));
			await expect(rows(second).first()).toContainText(unwell);
			await fitsAcross(second);
			await axe(second);
			await shot(second, "morning-390");
			await timed("second page", () => nurse.goto(`${list}?only=all&page=1`));
			await expect(rows(nurse)).toHaveCount(50);
		});

		await test.step("the first is called, his alarm seen to, and his row moves down", async () => {
			await nurse.goto(list);
			expect(await callFirst(nurse, "morning-call")).toBe(unwell);
			await nurse.getByRole("link", { name: "Đã xử lý" }).first().click();
			await nurse.locator("[name=ended_as][value=advised]").check();
			await shot(nurse, "morning-alert-end", { fullPage: true });
			await axe(nurse);
			await nurse.locator("main form .btn-primary").click();
			await expect(nurse.locator("main .message[role=status]").first()).toContainText("Đã ghi việc xử lý báo động");
			await timed("back to the list", () => nurse.goto(list));
			await expect(rows(nurse).first()).not.toContainText(unwell);
			await expect(count(nurse, "Báo động")).toHaveText("0");
			await expect(count(nurse, "Đã báo")).toHaveText("1");
			// On the telephone beside her the row has gone without a hand on it.
			await expect(rows(second).first()).not.toContainText(unwell);
			await expect(count(second, "Đã báo")).toHaveText("1");
		});

		await test.step("the second nurse takes the next, and the first sees it", async () => {
			const next = await who(rows(nurse).first());
			expect(await callFirst(second, "morning-call-390")).toBe(next);
			await expect(rows(nurse).first()).not.toContainText(next);
			await expect(count(nurse, "Đã báo")).toHaveText("2");
			await second.goto(`${list}?only=done`);
			await expect(rows(second)).toHaveCount(2);
			await expect(second.locator("#rounds")).toContainText(next);
		});

		await test.step("the volunteer has the households of the team, and the station sees which they are", async () => {
			await timed("list of the care team", () => volunteer.goto(list));
			await expect(count(volunteer, "Tất cả")).toHaveText(String(ofTeam));
			await expect(rows(volunteer)).toHaveCount(ofTeam);
			await nurse.goto(list);
			const team = await nurse.locator("#unit option", { hasText: "Tổ chăm sóc" }).first().getAttribute("value");
			await nurse.locator("#unit").selectOption(team ?? "");
			await timed("the same, chosen by the station", () => nurse.getByRole("button", { name: "Lọc" }).click());
			await expect(nurse).toHaveURL(new RegExp(`unit=${team}`));
			await expect(rows(nurse)).toHaveCount(ofTeam);
			await shot(nurse, "morning-team-1440");
			const homes = (page: Page) => rows(page).locator("th a").allInnerTexts();
			expect(await homes(nurse)).toEqual(await homes(volunteer));
			const done = Number(await count(nurse, "Đã báo").innerText());
			const name = await callFirst(volunteer);
			await expect(count(nurse, "Đã báo")).toHaveText(String(done + 1));
			await expect(rows(nurse).first()).not.toContainText(name);
			await fitsAcross(nurse);
		});
	} finally {
		await screens.close();
	}
});
