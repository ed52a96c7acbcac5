/**
 * A ward's list of residents as offices really keep it: read for trial, its columns chosen once, put on record,
 * its duplicates looked at, its broken rows given back, and all of it taken back.
 */
import { readFile } from "node:fs/promises";
import { expect, type Page } from "@playwright/test";
import { axe, fitsAcross, shot, test } from "./centre.ts";

// What other stories have put on record does not count here.
test.use({ district: "imports" });

const families = ["Nguyễn", "Trần", "Lê", "Huỳnh", "Đặng", "Bùi"];
const given = ["Hòa", "Thúy", "Khoá", "Uyên", "Đức"];

interface Resident {
	name: string;
	born: Date;
	phone: string;
	address: string;
}

/** Thirty people; the two projects tell of different ones. */
function residents(project: number): Resident[] {
	return families.flatMap((family, f) =>
		given.map((name, g) => {
			const n = f * given.length + g;
			return {
				name: `${family} Thử ${name}`,
				born: new Date(Date.UTC(1950 + project * 20 + f, g, 3 + n)),
				phone: `09000${project}${String(n).padStart(4, "0")}`,
				address: `${n + 1} Lê Văn Lương`,
			};
		}),
	);
}

function day(at: Date): string {
	const two = (n: number) => String(n).padStart(2, "0");
	return `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
}

/** A date whose cell has lost its format: days since 30 December 1899. */
function serial(at: Date): string {
	return String((at.getTime() - Date.UTC(1899, 11, 30)) / 86_400_000);
}

function bare(text: string): string {
	return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "D");
}

/** The same sound with its mark on the other vowel. */
function otherTone(text: string): string {
	return text.replace("òa", "oà").replace("úy", "uý").replace("oá", "óa");
}

const wards = ["Tân Phong", "TAN PHONG", "P. Tân Phong", ""];

/** A row as one clerk or another types it. */
function row(one: Resident, n: number): string[] {
	const name = [one.name, bare(one.name).toUpperCase(), otherTone(one.name)][n % 3] ?? one.name;
	const born = n % 2 === 0 ? day(one.born) : serial(one.born);
	const spaced = `${one.phone.slice(0, 4)} ${one.phone.slice(4, 7)} ${one.phone.slice(7)}`;
	// A number loses its zero.
	const phone = [one.phone, spaced, one.phone.slice(1)][n % 3] ?? one.phone;
	return [name, born, n % 2 === 0 ? "Nam" : "NỮ", phone, one.address, wards[n % wards.length] ?? ""];
}

/** The list: thirty people, six of them told twice, four rows that nobody can use. */
function list(project: number): Buffer {
	const people = residents(project);
	const rows = people.map(row);
	// Word for word, in another hand.
	for (const n of [0, 7, 13]) {
		const one = people[n];
		if (one) rows.push(row(one, n + 1));
	}
	// With another number: perhaps the same person.
	for (const n of [3, 9, 21]) {
		const one = people[n];
		if (one) rows.push(row({ ...one, phone: `09000${project}9${String(n).padStart(3, "0")}` }, n));
	}
	rows.push(["", "02/03/1985", "Nam", "0900099001", "1 Đường số 9", "Tân Phong"]);
	rows.push(["Võ Thử Ngày", "31/02/1985", "Nam", "0900099002", "2 Đường số 9", "Tân Phong"]);
	rows.push(["Võ Thử Số", "02/03/1985", "Nam", "09001", "3 Đường số 9", "Tân Phong"]);
	// A ward of that name lies in another province too.
	const elsewhere = "4 Đường số 9, P. Tân Phong, TP. Biên Hòa, Đồng Nai";
	rows.push(["Võ Thử Tỉnh", "02/03/1985", "Nam", "0900099004", elsewhere, ""]);
	const table = [
		["ỦY BAN NHÂN DÂN PHƯỜNG TÂN PHONG"],
		["DANH SÁCH NHÂN KHẨU (DỮ LIỆU GIẢ ĐỊNH)"],
		[],
		["STT", "TÊN NGƯỜI DÂN", "Năm sinh", "Giới tính", "Số ĐT", "Nơi ở", "Phường"],
		...rows.map((cells, n) => [String(n + 1), ...cells]),
	];
	const text = table.map((cells) => cells.map((cell) => (cell.includes(",") ? `"${cell}"` : cell)).join(","));
	return Buffer.from(`\uFEFF${text.join("\r\n")}\r\n`);
}

async function upload(page: Page, name: string, buffer: Buffer): Promise<void> {
	await page.locator("#list").selectOption("people");
	await page.locator("#file").setInputFiles({ name, mimeType: "text/csv", buffer });
	await page.getByRole("button", { name: "Kiểm tra trước khi ghi" }).click();
}

/** The figures of the list, by what they are called. */
async function figures(page: Page, expected: Record<string, string>): Promise<void> {
	for (const [label, figure] of Object.entries(expected)) {
		const tile = page.locator("#import .tile").filter({ has: page.getByText(label, { exact: true }) });
		await expect(tile.locator(".tile-figure"), label).toHaveText(figure);
	}
}

test("a messy list of residents is mended, put on record, looked through and taken back", async ({
	centre,
	page,
}, info) => {
	test.setTimeout(120_000);
	const project = info.project.name === "phone" ? 1 : 2;
	const [file, bytes] = [`nhan-khau-${project}.csv`, list(project)];
	await centre.signIn(page, "station");
	await page.goto("/quan7/desk/imports");
	await upload(page, file, bytes);

	// One column goes by a name that nobody knows: a person chooses it, and the file again.
	await expect(page.getByRole("heading", { name: "Chọn cột" })).toBeVisible();
	await expect(page.locator("#list")).toHaveValue("people");
	await page.locator("#column_full_name").selectOption({ label: "TÊN NGƯỜI DÂN" });
	await fitsAcross(page);
	await axe(page);
	await shot(page, "import-columns", { fullPage: true });
	await upload(page, file, bytes);

	await expect(page.locator("#import")).toContainText("Đã kiểm tra, chưa ghi");
	await figures(page, {
		"Số dòng": "40",
		"Dùng được, chưa ghi": "33",
		"Đã có trong sổ": "3",
		Lỗi: "4",
		"Dự kiến người mới": "33",
	});
	await expect(page.locator("section[aria-labelledby=mapping]")).toContainText("TÊN NGƯỜI DÂN");
	const faults = page.locator("section[aria-labelledby=faults] tbody tr");
	await expect(faults).toHaveCount(4);
	await expect(faults.last()).toContainText("tỉnh, thành phố khác");
	await fitsAcross(page);
	await axe(page);
	await shot(page, "import-messy", { fullPage: true });
	const address = page.url();

	await page.getByRole("button", { name: "Ghi 33 dòng vào sổ" }).click();
	await expect(page.locator("#import")).toContainText("Đã ghi xong lúc", { timeout: 30_000 });
	await figures(page, { "Đã ghi": "33", "Người mới": "33", "Cặp có thể trùng": "3", Lỗi: "4" });
	await shot(page, "import-applied", { fullPage: true });

	// Nobody is merged by the program: whoever is perhaps one person waits side by side.
	await page.goto("/quan7/desk/people/duplicates");
	const pairs = page.locator("#main h2").filter({ hasText: /Thử/i });
	await expect(pairs).toHaveCount(3);
	await fitsAcross(page);
	await axe(page);
	await shot(page, "import-duplicates", { fullPage: true });

	// The broken rows come back with the reason beside each.
	await page.goto(address);
	const workbook = page.waitForEvent("download");
	await page.getByRole("button", { name: /XLSX/ }).click();
	const broken = await readFile(await (await workbook).path());
	expect(broken.subarray(0, 2).toString()).toBe("PK");
	const table = page.waitForEvent("download");
	await page.getByRole("button", { name: "CSV", exact: true }).click();
	const told = (await readFile(await (await table).path())).toString("utf8");
	for (const said of ["Võ Thử Ngày", "Võ Thử Số", "Võ Thử Tỉnh", "tỉnh, thành phố khác"]) expect(told).toContain(said);
	expect(told).not.toContain("Lê Thử");

	await page.goto(`${address}/undo`);
	await page.getByLabel("Lý do").fill("Nhầm danh sách của tháng trước.");
	await shot(page, "import-undo", { fullPage: true });
	await page.getByRole("button", { name: "Hoàn tác", exact: true }).click();
	await expect(page.locator("#import")).toContainText("Đã hoàn tác lúc", { timeout: 30_000 });
	await figures(page, { "Đã ghi": "0" });
	await page.goto("/quan7/desk/people/duplicates");
	await expect(pairs).toHaveCount(0);

	// The unit has agreed to its columns, and nobody of the list is on record any more.
	await page.goto("/quan7/desk/imports");
	await upload(page, file, bytes);
	await expect(page.locator("#import")).toContainText("Đã kiểm tra, chưa ghi");
	await figures(page, { "Dùng được, chưa ghi": "33", "Đã có trong sổ": "3", Lỗi: "4" });
});
