/**
 * Care calls that ring: two families are called for their diaries, answer by keys, and what one of them presses rings
 * the station while it is still on the telephone. Calls go out by SIP, and are spoken and heard at their real length.
 */
import { expect, type Locator, type Page } from "@playwright/test";
import { axe, fitsAcross, shot, test } from "./centre.ts";
import { Clock } from "./clock.ts";
import { accept, describeF0, officials, Screens, saveF0 } from "./screens.ts";
import { Family, needs, Telephone } from "./telephones.ts";

test.use({ district: "care-calls", telephones: true });
test.beforeEach(() => needs("baresip", "sipp", "espeak-ng"));

const station = "Trạm Y tế Phường Tân Phong";

/** The part of a page under this heading. */
function part(page: Page, heading: string): Locator {
	return page.locator("section", { has: page.locator(`#${heading}`) });
}

/** Well, 36,8 °C, so much oxygen, no breathlessness, no pain in the chest. */
const well = (spo2: string) => ["1", "368#", `${spo2}#`, "2", "2"];

/** Hears the greeting, agrees to be asked, and answers one question after the other. */
async function answers(phone: Family, all: string[]): Promise<void> {
	// Who calls and why is said in pieces; a key in between would only cut them short.
	await phone.hears(3_000, 120_000);
	await phone.press("1");
	for (const keys of all) {
		await phone.hears(1_500);
		await phone.press(keys);
	}
}

test("two families press their diaries, and 91 rings the station before the call ends", async ({
	centre,
	carrier,
	browser,
}) => {
	test.setTimeout(900_000);
	const clock = new Clock(centre);
	const screens = new Screens(browser, centre);
	const [three, alone] = [await Family.start(), await Family.start()];
	const [doctor, others] = [await Telephone.start("doctor"), await Telephone.start("others")];
	try {
		carrier.others = others.line;
		carrier.put(three.line, "+84900020001");
		carrier.put(alone.line, "+84900020002");
		// Whoever is taken on before 13:00 owes the afternoon's diary; from 14:00 on those who owe it are called.
		await clock.until("12:00");
		const director = await screens.begin("director");
		const doctors = await officials(director, station, "Nhân viên y tế trực");
		carrier.put(doctor.line, ...doctors.map((one) => one.number));
		const nurse = await screens.begin("station");
		const homes: string[] = [];
		await test.step("a family of three and somebody who lives alone are followed at home", async () => {
			const patients = [
				{ name: "Trần Thị Mẹ Gọi", birth: "1985", phone: "0900 020 001", address: "15/7 Lê Văn Lương, Khu phố 1" },
				{ name: "Phạm Văn Ở Riêng", birth: "1990", phone: "0900 020 002", address: "88/3 Lê Văn Lương, Khu phố 1" },
			];
			for (const patient of patients) {
				await describeF0(nurse, patient);
				await saveF0(nurse);
				await accept(nurse);
				await nurse.locator('main a[href*="/households/"]').first().click();
				await expect(nurse.locator("h1")).toContainText("Hộ ");
				homes.push(nurse.url().split("?")[0] ?? "");
			}
			for (const [name, birth] of [
				["Nguyễn Văn Cha Gọi", "1983"],
				["Lê Thị Bà Gọi", "1949"],
			] as const) {
				await nurse.goto(`${homes[0]}/member`);
				await nurse.getByLabel("Họ và tên").fill(name);
				await nurse.getByLabel("Năm hoặc ngày sinh").fill(birth);
				await nurse.locator("[name=subject][value=f1]").check();
				await nurse.getByRole("button", { name: "Thêm vào hộ" }).click();
				await expect(nurse.locator(".care-member", { hasText: name })).toContainText("F1");
			}
		});
		await test.step("each is told by a text who will call", async () => {
			// What is not urgent is looked at once a minute.
			await clock.advance(61);
			for (const home of homes) {
				await expect(async () => {
					await nurse.goto(home);
					await expect(part(nurse, "story")).toContainText("nhắn tin báo trước", { timeout: 1_000 });
				}).toPass({ timeout: 60_000 });
			}
		});

		const before = doctor.count("CALL_INCOMING");
		await nurse.goto("/quan7/desk/care-calls");
		await clock.until("14:01");
		await test.step("both pick up; the last of the three has 91", async () => {
			await Promise.all([
				answers(alone, well("97")),
				answers(three, [...well("97"), ...well("98"), ...well("91").slice(0, 3)]),
			]);
			const card = nurse.locator('[data-ring-panel] .ring-card[data-tone="ring"]');
			await expect(card.filter({ hasText: "Dấu hiệu nặng của F0 tại nhà" }).first()).toBeVisible();
			await expect.poll(() => doctor.count("CALL_INCOMING")).toBeGreaterThan(before);
			// The family is still on the telephone: it waits for a person.
			expect(three.isOver, "the call has ended before the station rang").toBe(false);
			await shot(nurse, "calls-red-flag");
		});
		await test.step("the doctor takes it up by telephone and is put through; the call ends when the doctor hangs up", async () => {
			await doctor.answer();
			await expect.poll(() => doctor.count("CALL_RTPESTAB")).toBeGreaterThan(0);
			await doctor.press("1");
			// The room of calls shows the two of them talking.
			await expect(async () => {
				await nurse.goto("/quan7/desk/calls");
				await expect(nurse.locator("main")).toContainText("Mời người trực vào cuộc gọi tự động", { timeout: 1_000 });
			}).toPass({ timeout: 60_000 });
			expect(three.isOver, "the family is still on the telephone").toBe(false);
			await doctor.hangUp();
			await three.isHungUp(60_000);
			await alone.isHungUp(60_000);
		});

		await test.step("the diaries of all three stand at the household", async () => {
			await nurse.goto(homes[0] ?? "");
			const pressed = nurse.locator(".care-readings tbody tr", { hasText: "Gọi tự động" });
			await expect(pressed).toHaveCount(3);
			const readings = pressed.locator('[data-label="SpO2 (%)"]');
			expect((await readings.allInnerTexts()).map((one) => one.trim()).sort()).toEqual(["91", "97", "98"]);
			await expect(pressed.filter({ hasText: "36,8" })).toHaveCount(3);
			await expect(pressed.filter({ has: nurse.locator(".tag-urgent") })).toContainText("91");
			await expect(part(nurse, "alarms")).toContainText("SpO2 thấp");
			await expect(part(nurse, "calls")).toContainText("có dấu hiệu nặng");
			await fitsAcross(nurse);
			await axe(nurse);
			await shot(nurse, "calls-household", { fullPage: true });
			await nurse.goto(homes[1] ?? "");
			await expect(nurse.locator(".care-readings tbody tr", { hasText: "Gọi tự động" })).toHaveCount(1);
		});
		await test.step("the day's page: one reached, one flagged", async () => {
			const view = (name: string) => nurse.locator("nav.views a", { hasText: name });
			for (const [name, what] of [
				["Đã hỏi xong", "đã hỏi xong"],
				["Báo động", "có dấu hiệu nặng"],
			] as const) {
				await nurse.goto("/quan7/desk/care-calls");
				await expect(view(name).locator(".count")).toHaveText("1");
				await view(name).click();
				await expect(nurse.locator("#care-calls tbody tr")).toHaveCount(1);
				await expect(nurse.locator("#care-calls tbody tr")).toContainText(what);
			}
			await fitsAcross(nurse);
			await axe(nurse);
			await shot(nurse, "calls-day", { fullPage: true });
		});
	} finally {
		for (const phone of [three, alone, doctor, others]) await phone.end();
		await screens.close();
	}
});
