/**
 * The two weeks of one household of five, by the demo's clock: a mother ill at home, her family that writes the
 * diary on a telephone, a grandmother who is rung for at night and taken to hospital, the others released with a
 * certificate that anybody may check, and the file that tells who was called. The clock moves on to what matters
 * next; days on which nothing happens pass with one entry.
 */
import { expect, type Locator, type Page } from "@playwright/test";
import { axe, fitsAcross, shot, test } from "./centre.ts";
import { Clock } from "./clock.ts";
import { Phones } from "./phones.ts";
import { accept, desk, Screens, telephone } from "./screens.ts";

// What other stories left ringing at the station does not stand in the way here.
test.use({ district: "weeks" });

const station = "Trạm Y tế Phường Tân Phong";
const team = "Tổ phản ứng nhanh Phường Tân Phong";
const committee = "Ủy ban nhân dân Phường Tân Phong";
const mother = "Trần Thị Mẹ Mẫu";
const grandmother = "Lê Thị Bà Ngoại";
const husband = "Nguyễn Văn Người Chồng";
const son = "Nguyễn Văn Con Trai";
const daughter = "Nguyễn Thị Con Gái";
const others: [name: string, birth: string][] = [
	[grandmother, "1948"],
	[husband, "1983"],
	[son, "2012"],
	[daughter, "2016"],
];
/** How the diary calls them: by given name and year of birth. */
const given = { mother: "Mẫu", grandmother: "Ngoại", husband: "Chồng", son: "Trai", daughter: "Gái" };
type Member = keyof typeof given;
type Told = Partial<Record<Member, Record<string, string>>>;

/** A message that has no words stands there by its key. */
const key = /(?<![\w/.@-])[a-z]{3,}(?:-[a-z]{2,}){1,}(?![\w/.@-])/;

/** A page passed on the way has words, and fits as wide as it stands and on a telephone. */
async function passed(page: Page): Promise<void> {
	expect(await page.locator("main").innerText(), `${page.url()} shows the key of a message`).not.toMatch(key);
	await fitsAcross(page);
	const wide = page.viewportSize();
	if (!wide || wide.width <= telephone.width) return;
	await page.setViewportSize(telephone);
	await fitsAcross(page);
	await page.setViewportSize(wide);
}

/** One that is looked at more closely: its picture, and whether it is accessible. `eye` has the scripts to tell. */
async function seen(page: Page, name: string, eye?: Page): Promise<void> {
	await passed(page);
	await shot(page, `weeks-${name}`, { fullPage: true });
	if (eye) await eye.goto(page.url());
	await axe(eye ?? page);
}

/** How it comes out of the printer. */
async function printed(page: Page, name: string): Promise<void> {
	await page.emulateMedia({ media: "print" });
	await expect(page.locator("[data-print]").first()).toBeHidden();
	await shot(page, `weeks-${name}-print`, { fullPage: true });
	await page.emulateMedia({ media: null });
}

/** The code of the household's diary; where the page asks for a press before it shows one, it is pressed. */
async function diaryCode(nurse: Page): Promise<string> {
	const main = nurse.locator("main");
	const named = { name: "Mã sổ sức khỏe" };
	await main.getByRole("link", named).or(main.getByRole("button", named)).first().click();
	const code = nurse.locator(".care-code");
	const press = nurse.getByRole("button", { name: /^\s*(Cấp|Xem) mã/ });
	await expect(code.or(press).first()).toBeVisible();
	if ((await code.count()) === 0) await press.first().click();
	return (await code.innerText()).replace(/\s/g, "");
}

/** What the diary takes in for somebody of the household; nothing for whoever is well. */
async function write(phone: Page, code: string, told: Told): Promise<void> {
	await phone.goto(`/quan7/diary/${code}`);
	for (const [who, readings] of Object.entries(told) as [Member, Record<string, string>][]) {
		const part = phone.locator("fieldset.member", { hasText: given[who] });
		if (Object.keys(readings).length === 0) await part.getByText("Khỏe, không có triệu chứng").click();
		for (const [field, value] of Object.entries(readings)) {
			const input = part.locator(`[name$="_${field}"]`);
			if (value === "x") {
				if (!(await input.isVisible())) await part.locator("summary").click();
				await input.check();
			} else await input.fill(value);
		}
	}
	await phone.getByRole("button", { name: "Gửi" }).click();
}

const well: Told = { mother: {}, husband: {}, son: {}, daughter: {} };

/** The same of a day on which everybody who is followed is well. */
async function allWell(phone: Page, code: string): Promise<void> {
	await write(phone, code, well);
	await expect(phone.locator("h1")).toContainText("Đã nhận");
}

/** The part of a page under this heading. */
function part(page: Page, heading: string): Locator {
	return page.locator("section", { has: page.locator(`#${heading}`) });
}

/** The part of a household's page that is about one of its people. */
function person(page: Page, name: string): Locator {
	return page.locator(".care-member", { has: page.locator("h3", { hasText: name }) });
}

/** What the page says that a form came to. */
function said(page: Page): Locator {
	return page.locator("main .message[role=status]").first();
}

/** The first fault that a form names. */
function fault(page: Page): Locator {
	return page.locator(".error-summary, .invalid-feedback").first();
}

/** A result that staff writes at the household, with today as the day of the sample. */
async function result(nurse: Page, home: string, name: string, what: string): Promise<void> {
	await nurse.goto(`${home}/result`);
	await nurse.locator("#person").selectOption({ label: name });
	await nurse.locator("#kind").selectOption("rapid");
	await nurse.locator("#result").selectOption(what);
	await nurse.locator("main form .btn-primary").click();
}

/** What is owed to somebody in the list of tests. */
function owed(nurse: Page, name: string): Locator {
	return part(nurse, "due").locator("tbody tr", { hasText: name });
}

/** The sample of an F1 is taken, and its result written at the order: one test answers all that is owed to him. */
async function tested(nurse: Page, name: string): Promise<void> {
	await nurse.goto("/quan7/desk/samples");
	await owed(nurse, name).first().getByRole("link", { name: "Ghi kết quả" }).click();
	await nurse.locator("#result").selectOption("negative");
	await nurse.locator("main form .btn-primary").click();
	await expect(said(nurse)).toContainText("Đã ghi kết quả.");
	await expect(owed(nurse, name)).toHaveCount(0);
}

test("two weeks of a household of five, from the rapid test to the certificate", async ({ centre, browser }) => {
	test.setTimeout(600_000);
	const clock = new Clock(centre);
	const screens = new Screens(browser, centre);
	try {
		await clock.until("08:00");
		const nurse = await screens.begin("station");
		const phone = await screens.open(telephone, false);
		// The same telephone with scripts, which the check of accessibility needs.
		const eye = await screens.open(telephone);
		const phones = await Phones.open(await screens.open(desk));
		let home = "";
		let code = "";

		await test.step("day 0, morning: the nurse records an F0 at home", async () => {
			await nurse.goto("/quan7/desk/cases/new");
			await nurse.getByLabel("Họ và tên").fill(mother);
			await nurse.getByLabel("Năm hoặc ngày sinh").fill("1985");
			await nurse.locator("#sex").selectOption("female");
			await nurse.getByLabel("Điện thoại", { exact: true }).fill("0900 010 777");
			await nurse.getByLabel("Địa chỉ nơi ở").fill("15/2 Lê Văn Lương, Khu phố 1");
			await nurse.locator("[name=classification][value=confirmed]").check();
			await nurse.locator("[name=basis][value=rapid]").check();
			await nurse.locator("[name=sample_on]").fill(await clock.today());
			await nurse.locator("[name=symptoms][value=cough]").check();
			await nurse.locator("[name=care][value=home]").check();
			await nurse.getByRole("button", { name: "Lưu và gọi các nơi xử lý" }).click();
			await expect(nurse.getByText("Đã lưu ca mới.")).toBeVisible();
			await expect(nurse.locator(".ladder")).toHaveCount(3);
			await accept(nurse);
			await passed(nurse);
			await nurse.locator('main a[href*="/households/"]').first().click();
			await expect(nurse.locator("h1")).toContainText("Hộ ");
			home = nurse.url().split("?")[0] ?? "";
			await expect(person(nurse, mother)).toContainText("F0");
			await expect(person(nurse, mother)).toContainText("1985");
		});

		await test.step("the four who live with her are followed as F1", async () => {
			for (const [name, birth] of others) {
				await nurse.goto(`${home}/member`);
				await nurse.getByLabel("Họ và tên").fill(name);
				await nurse.getByLabel("Năm hoặc ngày sinh").fill(birth);
				await nurse.locator("[name=subject][value=f1]").check();
				if (name === grandmother) await nurse.locator("#sex").selectOption("female");
				await nurse.getByRole("button", { name: "Thêm vào hộ" }).click();
				await expect(person(nurse, name)).toContainText("F1");
			}
			await expect(nurse.locator(".care-member")).toHaveCount(5);
			// The mother by her case, the grandmother by her age.
			await expect(person(nurse, grandmother)).toContainText("Nguy cơ cao");
			// Each is owed the two tests of an F1.
			await expect(part(nurse, "tests").locator("li", { hasText: daughter })).toHaveCount(2);
			await passed(nurse);
			code = await diaryCode(nurse);
			expect(code).toMatch(/^[0-9A-Z]{4}(-?[0-9A-Z]{4}){3}$/);
			await passed(nurse);
		});

		await test.step("bags come in, and one is handed over by one press", async () => {
			await nurse.goto("/quan7/desk/stocks");
			const bags = nurse
				.locator("section", { has: nurse.locator(".filters, table") })
				.first()
				.locator("tbody tr", { hasText: "Túi thuốc A" });
			await expect(bags).toContainText("Chưa nhập");
			await nurse.locator("#reason").selectOption("received");
			await nurse.locator("#item").selectOption("bag_a");
			await nurse.locator("#n").fill("hai chục");
			await nurse.getByRole("button", { name: "Ghi", exact: true }).click();
			await expect(fault(nurse)).toContainText("số nguyên");
			await nurse.locator("#n").fill("20");
			await nurse.getByRole("button", { name: "Ghi", exact: true }).click();
			await expect(said(nurse)).toContainText("Đã ghi");
			await expect(bags.locator(".number")).toHaveText("20");
			await passed(nurse);

			await nurse.goto(`${home}/bags`);
			const patient = nurse.locator("section.panel", { has: nurse.locator("h2", { hasText: mother }) });
			// Of the five only the F0 may have one.
			await expect(nurse.locator("main")).not.toContainText(grandmother);
			const choices = patient.locator("select[name=unit]");
			if (await choices.count()) {
				const own = choices.locator("option", { hasText: "còn 20" });
				await choices.first().selectOption((await own.first().getAttribute("value")) ?? "");
			} else await expect(patient).toContainText("còn 20");
			await patient.getByRole("button", { name: "Cấp túi A" }).click();
			await expect(said(nurse)).toContainText("Đã cấp túi thuốc. Kho đã trừ.");
			await expect(part(nurse, "given")).toContainText(`Túi A · ${mother}`);
			await expect(patient).toContainText("đã được cấp túi này");
			await expect(patient.getByRole("button", { name: "Cấp túi A" })).toHaveCount(0);
			await seen(nurse, "bags");
			await nurse.goto("/quan7/desk/stocks");
			await expect(bags.locator(".number")).toHaveText("19");
			await expect(part(nurse, "moves")).toContainText("Đã cấp");
		});

		await test.step("the papers of home isolation are issued and looked at", async () => {
			await nurse.goto(`${home}/papers`);
			await nurse.getByRole("button", { name: "Cấp giấy" }).click();
			await expect(fault(nurse)).toBeVisible();
			// A certificate of the end is not given before it.
			await nurse.locator("#person").selectOption({ label: mother });
			await nurse.locator("[name=kinds][value=completion]").check();
			await nurse.getByRole("button", { name: "Cấp giấy" }).click();
			await expect(fault(nurse)).toContainText("chưa được kết thúc cách ly");
			await nurse.goto(`${home}/papers`);
			await nurse.locator("#person").selectOption({ label: mother });
			for (const kind of ["decision", "commitment", "follow_sheet", "door_notice", "sick_leave"]) {
				await nurse.locator(`[name=kinds][value=${kind}]`).check();
			}
			await nurse.locator("[name=signer_title]").fill("KT. CHỦ TỊCH / PHÓ CHỦ TỊCH");
			await nurse.locator("[name=signer_name]").fill("Nguyễn Văn Phó");
			await nurse.getByRole("button", { name: "Cấp giấy" }).click();
			await expect(said(nurse)).toContainText("Đã cấp giấy");
			const issued = part(nurse, "issued");
			await expect(issued.locator("h3")).toHaveCount(5);
			await seen(nurse, "papers");
			const papers: [title: string, href: string][] = [];
			for (const title of [
				"Quyết định cách ly tại nhà",
				"Bản cam kết",
				"Phiếu theo dõi sức khỏe",
				"Thông báo dán cửa",
				"Dữ liệu nghỉ việc",
			]) {
				const link = issued.getByRole("link", { name: title }).first();
				papers.push([title, (await link.getAttribute("href")) ?? ""]);
			}
			for (const [title, href] of papers) {
				await nurse.goto(href);
				const paper = nurse.locator("article.care-paper");
				await expect(paper).toContainText("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
				// What hangs at the door names nobody.
				if (title.includes("dán cửa")) await expect(paper).not.toContainText(mother);
				else await expect(paper).toContainText(mother);
				await passed(nurse);
				if (title.includes("Quyết định")) await printed(nurse, "paper-decision");
			}
		});

		await test.step("two days: the family writes its diary on a telephone", async () => {
			await phone.goto("/quan7/diary");
			await phone.getByLabel("Mã sổ của hộ").fill(code.toLowerCase());
			await phone.getByRole("button", { name: "Mở sổ" }).click();
			await expect(phone.locator("fieldset.member")).toHaveCount(5);
			// Whoever finds the paper reads no full name.
			await expect(phone.locator("main")).not.toContainText("Trần Thị");
			await seen(phone, "diary", eye);
			const all: Told = { ...well, grandmother: {} };
			// A slip is asked again in words; what the others told is taken in.
			await write(phone, code, { ...all, mother: { s_cough: "x", spo2: "9,8" } });
			await expect(phone.locator("fieldset.member")).toHaveCount(1);
			await expect(phone.locator(".error-summary")).toContainText("SpO2 là số nguyên");
			await phone.locator('[name$="_spo2"]').fill("98");
			await phone.getByRole("button", { name: "Gửi" }).click();
			await expect(phone.locator("h1")).toContainText("Đã nhận");
			const days: [time: string, told: Told][] = [
				["14:00", { ...all, mother: { s_cough: "x", temperature: "37,5", spo2: "98" } }],
				["07:30", { ...all, mother: { s_tired: "x", spo2: "97", pulse: "82", respiratory_rate: "18" } }],
				["15:00", { ...all, grandmother: { s_tired: "x", s_cough: "x", spo2: "97", temperature: "37,4" } }],
			];
			for (const [time, told] of days) {
				await clock.until(time);
				await write(phone, code, told);
				await expect(phone.locator("h1")).toContainText("Đã nhận");
			}
			await passed(phone);
			await centre.signIn(nurse, "station");
			await nurse.goto(home);
			for (const name of [mother, grandmother]) {
				// The afternoon's entry counts as well as the morning's.
				const slots = person(nurse, name).locator(".care-slot");
				await expect(slots.and(nurse.locator('[data-look="filled"], [data-look="flagged"]'))).toHaveCount(4);
				await expect(slots.and(nurse.locator('[data-look="missed"]'))).toHaveCount(0);
			}
			await nurse.goto("/quan7/desk/rounds");
			await expect(nurse.locator("tbody tr").first()).toContainText("Hộ ");
			await nurse.goto("/quan7/desk/alerts");
			await passed(nurse);
		});

		await test.step("the family asks for what it needs, and the ward brings it", async () => {
			await phone.goto(`/quan7/diary/${code}/need`);
			await phone.getByRole("button", { name: "Gửi yêu cầu" }).click();
			await expect(phone.locator(".error-summary")).toContainText("ít nhất một thứ");
			await phone.locator("[name=items][value=food]").check();
			await phone.locator("[name=items][value=medicine]").check();
			await phone.locator("[name=note]").fill("Thuốc huyết áp của bà, gạo.");
			await phone.getByRole("button", { name: "Gửi yêu cầu" }).click();
			await expect(phone.getByRole("status")).toContainText("Đã gửi đến phường");
			await expect(phone.locator("main")).toContainText("đang chờ mang đến");
			await seen(phone, "need", eye);
			// It is a ticket of the ward's committee.
			const ward = await screens.begin("ward");
			// The news of the F0 of the day before, which nobody there has taken up, rings still.
			await expect(ward.locator("[data-ring-panel]")).toContainText("Tin có ca F0");
			await accept(ward);
			await ward.goto("/quan7/desk/tickets?kind=need");
			await expect(ward.locator(".ticket-row").first()).toContainText("Hộ cách ly cần nhu yếu phẩm");
			await ward.locator(".ticket-link").first().click();
			await expect(ward.locator("#detail")).toContainText("cần: lương thực, thực phẩm; thuốc thường dùng");
			await passed(ward);
			await ward.context().close();
			await nurse.goto(`${home}/needs`);
			await expect(nurse.locator("main")).toContainText("Thuốc huyết áp của bà");
			await nurse.getByRole("button", { name: "Hộ đã nhận đủ" }).click();
			await expect(said(nurse)).toContainText("Đã ghi là hộ nhận đủ");
			await passed(nurse);
			await phone.goto(`/quan7/diary/${code}/need`);
			await expect(phone.locator("main")).not.toContainText("đang chờ mang đến");
		});

		await test.step("night: the grandmother's oximeter shows 91", async () => {
			await clock.until("02:30");
			await write(phone, code, { grandmother: { spo2: "91", s_cough: "x" } });
			await expect(phone.locator("h1")).toContainText("Gọi 115 ngay");
			await passed(phone);
			for (const unit of [station, team]) await phones.rings(unit);
			// Silence climbs: after a minute the head of the station is rung.
			await clock.advance(61);
			await phones.rings(station, "Trưởng trạm");

			await centre.signIn(nurse, "station");
			await nurse.goto("/quan7/desk/rounds");
			await accept(nurse);
			await expect(phones.of(station).and(phones.page.locator("[data-ringing]"))).toHaveCount(0);
			const row = nurse.locator("tbody tr").first();
			await expect(row).toContainText("SpO2");
			await expect(row).toContainText("15/2");
			await nurse.goto(home);
			await expect(part(nurse, "alarms")).toContainText(`${grandmother}: SpO2 thấp`);
			await expect(part(nurse, "alarms")).toContainText("Nguy hiểm");
			// Whoever has been called out of bed reads it on a telephone.
			await nurse.setViewportSize(telephone);
			await seen(nurse, "household-alarm");
			await nurse.setViewportSize(desk);
		});

		await test.step("her test is positive", async () => {
			await nurse.goto(`${home}/order`);
			await nurse.locator("#person").selectOption({ label: grandmother });
			await nurse.locator("#kind").selectOption("rapid");
			await nurse.locator("#reason").selectOption("symptoms");
			await passed(nurse);
			await nurse.locator("main form .btn-primary").click();
			const ordered = part(nurse, "tests").locator("li", { hasText: grandmother });
			await expect(ordered.filter({ hasText: "Có triệu chứng" })).toHaveCount(1);
			await nurse.goto("/quan7/desk/samples");
			await expect(owed(nurse, grandmother)).not.toHaveCount(0);
			await passed(nurse);
			await result(nurse, home, grandmother, "positive");
			await expect(said(nurse)).toContainText("F0");
			await accept(nurse);
			await expect(person(nurse, grandmother)).toContainText("F0");
			await nurse.goto("/quan7/desk/samples");
			await expect(owed(nurse, grandmother)).toHaveCount(0);
			await phones.rings(committee);
		});

		await test.step("while the car is called for, 90: it rings again", async () => {
			await clock.advance(300);
			await write(phone, code, { grandmother: { spo2: "90", respiratory_rate: "26", s_breathless: "x" } });
			await expect(phone.locator("h1")).toContainText("Gọi 115 ngay");
			for (const unit of [station, team]) await phones.rings(unit);
			await nurse.goto(home);
			await accept(nurse);
			await expect(part(nurse, "alarms")).toContainText(/Lê Thị Bà Ngoại: .*SpO2 thấp/);
		});

		await test.step("she is taken to hospital", async () => {
			await nurse.goto(home);
			await nurse.getByRole("link", { name: "Yêu cầu chuyển viện" }).click();
			await nurse.locator("main form .btn-primary").click();
			await expect(fault(nurse)).toBeVisible();
			await nurse.locator("#person").selectOption({ label: grandmother });
			await nurse.locator("#reason").selectOption("red_flag");
			await nurse.locator("#vehicle").selectOption("115");
			await nurse.locator("#to_unit").selectOption({ index: 1 });
			const hospital = await nurse.locator("#to_unit option:checked").innerText();
			await nurse.locator("main form .btn-primary").click();
			const journey = part(nurse, "removals");
			await expect(journey).toContainText(grandmother);
			await expect(journey).toContainText(hospital);
			await expect(journey).toContainText("Đã yêu cầu");
			for (const [step, state] of [
				["Đã gọi xe", "Đã gọi xe"],
				["Xe đã rời nhà", "Đang trên đường"],
				["Xe đã đến nơi", "Đã đến nơi"],
			] as const) {
				await journey.getByRole("button", { name: step }).click();
				await expect(said(nurse)).toContainText("Đã ghi giờ");
				await expect(journey.locator(".tag").first()).toHaveText(state);
				if (step !== "Xe đã rời nhà") continue;
				await journey.getByRole("link", { name: "Cập nhật chuyến đi" }).click();
				await nurse.locator("[name=litres]").fill("năm");
				await nurse.getByRole("button", { name: "Ghi cho thở oxy" }).click();
				await expect(nurse.locator(".invalid-feedback").first()).toContainText("0,1 đến 99,9");
				await nurse.locator("[name=litres]").fill("5");
				await nurse.getByRole("button", { name: "Ghi cho thở oxy" }).click();
				await expect(journey).toContainText("5,0 lít/phút");
				await nurse.goto("/quan7/desk/removals");
				await expect(nurse.locator("tbody tr")).toHaveCount(1);
				await expect(nurse.locator("tbody tr")).toContainText("Đang trên đường");
				await passed(nurse);
				await clock.advance(900);
				await nurse.goto(home);
			}
			await journey.getByRole("link", { name: "Cập nhật chuyến đi" }).click();
			await nurse.locator("#ended_as").selectOption("admitted");
			await seen(nurse, "journey");
			await nurse.getByRole("button", { name: "Kết thúc chuyến" }).click();
			await expect(said(nurse)).toContainText("Đã kết thúc chuyến chuyển viện");
			await expect(journey).toContainText("Đã nhập viện");
			// With her the alarm ends, and nobody follows her at home.
			await expect(nurse.locator("#alarms")).toHaveCount(0);
			await expect(person(nurse, grandmother)).toContainText("không theo dõi");
			await passed(nurse);
			await nurse.goto("/quan7/desk/removals");
			await expect(nurse.locator("main")).toContainText("Không có chuyến chuyển viện nào");
			// What the alarm owed is answered.
			await nurse.goto("/quan7/desk/rounds");
			await expect(nurse.locator("tbody tr").first()).not.toContainText("SpO2");
			await phone.goto(`/quan7/diary/${code}`);
			await expect(phone.locator("fieldset.member")).toHaveCount(4);
			await expect(phone.locator("main")).not.toContainText(given.grandmother);
		});

		await test.step("the others go on with the diary, and two of the F1 have their last test", async () => {
			// Never three entries in a row are missing: nobody is sent to ask.
			await clock.until("08:00", 1);
			await allWell(phone, code);
			await clock.until("15:00", 1);
			// Nobody has written this morning: the household stands among those from whom nothing was heard.
			await centre.signIn(nurse, "station");
			await expect(async () => {
				await nurse.goto("/quan7/desk/rounds?only=silent");
				await expect(nurse.locator("tbody tr")).toHaveCount(1, { timeout: 1_000 });
			}).toPass({ timeout: 60_000 });
			await expect(nurse.locator("tbody tr").first()).toContainText("Chưa báo");
			await seen(nurse, "rounds-silent");
			await allWell(phone, code);
			await clock.until("08:00");
			await allWell(phone, code);
			await centre.signIn(nurse, "station");
			for (const name of [husband, son]) await tested(nurse, name);
			await expect(owed(nurse, daughter)).not.toHaveCount(0);
			await seen(nurse, "samples");
			await nurse.goto("/quan7/desk/release");
			await expect(nurse.locator("main")).toContainText("Hôm nay không có ai đến hạn");
			await passed(nurse);
			await clock.until("15:00", 1);
			await allWell(phone, code);
		});

		await test.step("the last day: who owes a test is held until it is there", async () => {
			await clock.until("08:30");
			await allWell(phone, code);
			await centre.signIn(nurse, "station");
			await nurse.goto("/quan7/desk/release");
			await expect(nurse.locator("tbody tr")).toHaveCount(4);
			const row = (name: string) => nurse.locator("tbody tr", { hasText: name });
			// By the rule of the day an F0 goes with a negative test of her last day, an F1 by his days and his last test.
			await expect(row(mother)).toContainText("Chưa có xét nghiệm âm tính từ ngày cuối");
			await expect(row(mother)).toContainText("Không có xét nghiệm âm tính thì từ ngày");
			await expect(row(daughter)).toContainText("Chưa có xét nghiệm âm tính từ ngày cuối");
			for (const name of [mother, daughter]) await expect(row(name).getByRole("button")).toHaveCount(0);
			for (const name of [husband, son]) await expect(row(name)).toContainText("Đủ ngày");
			await seen(nurse, "release");
			await tested(nurse, daughter);
			await result(nurse, home, mother, "negative");
			await expect(said(nurse)).toContainText("Đã ghi kết quả");
			await nurse.goto("/quan7/desk/release");
			await expect(row(mother)).toContainText("Đủ ngày, xét nghiệm âm tính");
			await expect(row(daughter)).toContainText("Đủ ngày");
		});

		const certificates: [name: string, code: string, symbol: string][] = [];
		await test.step("each is released by one press, with a certificate", async () => {
			for (const name of [mother, husband, son, daughter]) {
				await nurse.goto("/quan7/desk/release");
				await nurse.locator("tbody tr", { hasText: name }).getByRole("button").click();
				const paper = nurse.locator("article.care-paper");
				await expect(paper).toContainText(name);
				await expect(paper.locator("h1")).toContainText(/xác nhận/i);
				await expect(paper.locator("svg")).toBeVisible();
				const number = (await paper.locator("header").innerText()).match(/Số: (\S+)/)?.[1] ?? "";
				certificates.push([name, await paper.locator(".care-paper-check strong").innerText(), number]);
				if (name === mother) await printed(nurse, "certificate");
			}
			await passed(nurse);
			await axe(nurse);
			expect(new Set(certificates.map(([, code]) => code)).size).toBe(4);
			expect(new Set(certificates.map(([, , number]) => number)).size).toBe(4);
			await nurse.goto("/quan7/desk/release");
			await expect(nurse.locator("main")).toContainText("Hôm nay không có ai đến hạn");
			await nurse.goto(home);
			await expect(nurse.locator(".care-days")).toHaveCount(0);
			await expect(nurse.locator(".timeline").last()).toContainText("ra cách ly");
			await seen(nurse, "household-over");
			await phone.goto(`/quan7/diary/${code}`);
			await expect(phone.locator("main")).toContainText("Hộ không còn ai đang được theo dõi");
			await passed(phone);
		});

		await test.step("anybody checks the code of a certificate", async () => {
			await phone.goto("/quan7/check");
			await phone.getByLabel("Mã trên giấy").fill("7K3M-9QXP-4TNC-8RDW");
			await phone.getByRole("button", { name: "Kiểm tra" }).click();
			await expect(phone.locator("h1")).toContainText("Không có giấy nào mang mã này");
			await passed(phone);
			const [, paperCode = "", number = ""] = certificates[0] ?? [];
			await phone.getByLabel("Mã trên giấy").fill(paperCode.toLowerCase());
			await phone.getByRole("button", { name: "Kiểm tra" }).click();
			await expect(phone.locator("h1")).toContainText("Giấy còn giá trị");
			const told = phone.locator("main");
			await expect(told).toContainText("Giấy xác nhận hoàn thành cách ly");
			await expect(told).toContainText(number);
			await expect(told).toContainText("T. T. M. M.");
			await expect(told).not.toContainText(mother);
			await seen(phone, "check", eye);

			// A certificate that is taken back says so to whoever asks.
			await nurse.goto(`${home}/papers`);
			const [name = "", withdrawn = ""] = certificates[1] ?? [];
			const issued = part(nurse, "issued").locator(".panel-body", { hasText: "Giấy xác nhận hoàn thành" });
			const paper = issued.filter({ hasText: name });
			await paper.locator("summary").click();
			await paper.locator("[name=why]").fill("Cấp nhầm ngày.");
			await paper.getByRole("button", { name: "Thu hồi" }).click();
			await expect(said(nurse)).toContainText("Đã thu hồi giấy");
			await passed(nurse);
			await phone.goto(`/quan7/check/${withdrawn}`);
			await expect(phone.locator("h1")).toContainText("Giấy không còn giá trị");
		});

		await test.step("the file of the grandmother's case lists the calls", async () => {
			const leader = await screens.begin("leader");
			await leader.goto("/quan7/desk/cases");
			await leader.getByRole("link", { name: grandmother }).first().click();
			await expect(leader.locator("h1")).toContainText(grandmother);
			await expect(part(leader, "facts")).toContainText("Bệnh viện");
			await expect(part(leader, "tests")).toContainText("Dương tính");
			await passed(leader);
			await leader.getByRole("link", { name: "Hồ sơ trách nhiệm" }).first().click();
			const file = await leader.locator("article.paper").innerText();
			await seen(leader, "file");
			for (const unit of [station, committee]) expect(file).toContain(unit);
			// Nobody at the committee answered the news of her illness.
			expect(file).toContain("không trả lời");
			expect(file).toContain("Đã nhập viện");
			// The night that led there: the sign, what it ended in, the climb, the rapid team.
			expect(file).toMatch(/Nguy hiểm: .*SpO2 thấp.*Đã chuyển viện/);
			expect(file).toContain("Trưởng trạm");
			expect(file).toContain(team);

			// The mother's case has ended in recovery.
			await leader.goto("/quan7/desk/cases");
			await leader.getByRole("link", { name: mother }).first().click();
			await expect(part(leader, "facts")).toContainText("Khỏi bệnh");

			await expect(async () => {
				await leader.goto("/quan7/desk/numbers");
				const ward = part(leader, "by-ward").locator("tbody tr", { hasText: "Tân Phong" });
				for (const [label, n] of [
					["F0 mới", "2"],
					["Bệnh viện", "1"],
					["Tại nhà", "0"],
					["Khỏi", "1"],
					["F1 đang theo dõi", "0"],
				]) {
					await expect(ward.locator(`[data-label="${label}"]`)).toHaveText(n ?? "", { timeout: 1_000 });
				}
			}).toPass({ timeout: 60_000 });
			await passed(leader);
		});
	} finally {
		await screens.close();
	}
});
