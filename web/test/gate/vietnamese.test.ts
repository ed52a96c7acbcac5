import { expect, it } from "vitest";
import { read } from "../../src/gate/read.ts";
import { readIdentity } from "../../src/gate/vietnamese.ts";
import { Chance } from "./chance.ts";

const hex = (text: string) =>
	Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

it("the citizen card is read in all its editions", () => {
	const who = { document: "citizen", number: "079158000001", name: "Nguyễn Thị Mẫu", birthYear: 1958 };
	for (const card of [
		"079158000001|024000001|Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu, Tân Phong, Quận 7|15042021",
		"079158000001||Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu, Tân Phong, Quận 7|15042021",
		"079158000001|Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu, Tân Phong, Quận 7|15042021",
		"079158000001||Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu|15072024||Trần Văn Cha|Lê Thị Mẹ|079000000|",
		"079158000001||Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu|15072024".normalize("NFD"),
	]) {
		expect(readIdentity(card), card).toEqual(who);
	}
});

it("the national personal code is read, also with its stars", () => {
	const number = "079158000001";
	const open = `${number}|NGUYEN THI MAU|1958-09-24|0|QID00001|`;
	expect(readIdentity(open)).toEqual({ document: "personal", number, name: "NGUYEN THI MAU", birthYear: 1958 });
	const starred = "******000001|NGUYEN THI MAU|1958-**-**|1|QID00001|QID2;2;DN4790000000001;0900000000";
	expect(readIdentity(starred)).toMatchObject({ document: "personal", number: "******000001", birthYear: 1958 });
});

it("the insurance card's hidden fields are read", () => {
	const [name, address] = [hex("Nguyễn Thị Mẫu"), hex("Tân Phong, Quận 7")];
	for (const [number, born] of [
		["DN4790000000001", "24/09/1958"],
		["7900000001", "1958"],
	]) {
		const card = `${number}|${name}|${born}|2|${address}|79-025|01/01/2021|-|01/01/2021|79000000|-|4|01/01/2026|abc-1|$`;
		const identity = { document: "insurance", number, name: "Nguyễn Thị Mẫu", birthYear: 1958 };
		expect(readIdentity(card)).toEqual(identity);
		expect(read(card)).toEqual({ kind: "identity", identity });
	}
});

it("what is none of them is unreadable, never anything else", () => {
	for (const text of [
		"",
		" ",
		"|||||||",
		"https://example.org/c/AB12",
		"WIFI:S:quan;T:WPA;P:12345678;;",
		"079158000001|024000001|Nguyễn Thị Mẫu|31021958|Nữ|1 Đường Mẫu|15042021", // 31 February
		"07915800000|024000001|Nguyễn Thị Mẫu|24091958|Nữ|1 Đường Mẫu|15042021", // eleven digits
		"079158000001|024000001|<b>|24091958|Nữ|1 Đường Mẫu|15042021",
		"DN4790000000001|1|24/09/1958|2|00|79-025",
		`DN4790000000001|${hex("ok").slice(0, 3)}ff|24/09/1958|2|00|79-025`,
		"HC2:ABC",
		"vx1:ABC",
		"VX2:ABC",
	]) {
		expect(read(text), text).toEqual({ kind: "unreadable" });
	}
	expect(read(`VX1:${"A".repeat(9000)}`)).toEqual({ kind: "unreadable" });
});

it("arbitrary text never throws", () => {
	const chance = new Chance(1405);
	for (let round = 0; round < 3000; round++) {
		const text = chance.text("|0123456789*-/.$ ABCDEFabcdefVXHC1:Nguyễnữ\u0000\ud800😀", chance.below(120));
		expect(read(text).kind).toMatch(/^(pass|certificate|code|mistyped|identity|unreadable)$/);
	}
});
