/**
 * Telephones that ring: the ladder of an F0 climbs from the clerk's to the chair's. The calls go out by SIP and are
 * answered by a program that knows nothing of us; a minute here is a minute.
 */
import { expect } from "@playwright/test";
import { fitsAcross, shot, test } from "./centre.ts";
import { accept, describeF0, officials, Screens, saveF0 } from "./screens.ts";
import { needs, Telephone } from "./telephones.ts";

test.use({ district: "calls", telephones: true });
test.beforeEach(() => needs("baresip", "espeak-ng"));

const committee = "Ủy ban nhân dân Phường Tân Phong";

test("a clerk's telephone rings in vain, and after a minute his superior's, who presses 1", async ({
	centre,
	carrier,
	browser,
}) => {
	test.setTimeout(300_000);
	const screens = new Screens(browser, centre);
	const [clerk, chair, others] = [
		await Telephone.start("clerk"),
		await Telephone.start("chair"),
		await Telephone.start("others"),
	];
	try {
		const director = await screens.begin("director");
		const clerks = await officials(director, committee, "Trực ban UBND phường");
		const [superior] = await officials(director, committee, "Chủ tịch UBND phường");
		if (!superior) throw new Error("the committee has no chair");
		carrier.put(clerk.line, ...clerks.map((one) => one.number));
		carrier.put(chair.line, superior.number);
		carrier.others = others.line;

		const nurse = await screens.begin("station");
		const address = "12/5 Lê Văn Lương, Khu phố 1";
		await describeF0(nurse, { name: "Trần Thị Có Chuông", birth: "1985", phone: "0900 020 000", address });
		await saveF0(nurse);
		const rang = await clerk.rings();
		const ticket = (await nurse.locator(".ladder", { hasText: committee }).locator("a").getAttribute("href")) ?? "";
		await accept(nurse);
		const onDuty = clerks.find((one) => carrier.called.some(({ number }) => number === one.number))?.name ?? "";
		expect(onDuty).not.toBe("");

		// Nobody picks up. It is not the demo's clock that runs here.
		expect(chair.count("CALL_INCOMING")).toBe(0);
		const climbed = await chair.rings(1, 90_000);
		expect(climbed.at - rang.at).toBeGreaterThan(50_000);
		expect(climbed.at - rang.at).toBeLessThan(80_000);
		await expect.poll(() => clerk.count("CALL_CLOSED")).toBe(1);
		expect(clerk.count("CALL_ESTABLISHED")).toBe(0);

		// He hears what it is about, presses 1, is thanked, and the line is closed by us.
		await chair.answer();
		await expect.poll(() => chair.count("CALL_RTPESTAB")).toBeGreaterThan(0);
		await chair.press("1");
		await expect.poll(() => chair.count("CALL_CLOSED"), { timeout: 20_000 }).toBe(1);
		const his = await screens.begin("chair");
		await his.goto(ticket);
		await expect(his.locator("#detail .ticket-head")).toContainText("Đang xử lý");

		// What the network did with both calls stands at the ticket ...
		const story = his.locator("#detail .timeline");
		await story.locator("details.attempts").evaluateAll((all) => {
			for (const one of all) (one as HTMLDetailsElement).open = true;
		});
		const calls = story.locator(".attempts li", { hasText: "Gọi điện" });
		const inVain = calls.filter({ hasText: onDuty });
		await expect(inVain).toContainText(/gọi đi .*đổ chuông .*kết thúc/);
		await expect(inVain).toContainText("không trả lời");
		await expect(inVain).not.toContainText("nghe máy");
		const taken = calls.filter({ hasText: superior.name });
		await expect(taken).toContainText(/gọi đi .*đổ chuông .*nghe máy/);
		await expect(taken).toContainText("đã nhận việc");
		await shot(his, "calls-ticket", { fullPage: true });

		// ... and in the file of responsibility, in seconds.
		await his.getByRole("link", { name: "Hồ sơ trách nhiệm" }).first().click();
		const rows = his.locator("table.paper-calls tbody tr", { hasText: "Gọi điện" });
		const cell = (person: string, place: number) =>
			rows.filter({ hasText: person }).first().locator(`td:nth-of-type(${place})`);
		for (const person of [onDuty, superior.name]) {
			for (const place of [4, 5]) await expect(cell(person, place)).toHaveText(/^\d+$/);
		}
		await expect(cell(onDuty, 6)).toHaveText("–");
		await expect(cell(onDuty, 9)).toContainText("không trả lời");
		await expect(cell(superior.name, 6)).toHaveText(/^\d+$/);
		await expect(cell(superior.name, 9)).toContainText("đã nhận việc");
		await fitsAcross(his);
		await shot(his, "calls-file", { fullPage: true });
	} finally {
		for (const phone of [clerk, chair, others]) await phone.end();
		await screens.close();
	}
});
