import { describe, expect, it } from "vitest";
import { readTold } from "../src/desk/push-told.ts";

const told = {
	title: "KHẨN: Tin có ca F0, P. Tân Phong",
	body: "Phiếu 7K2M9QX · Quận 7",
	path: "/quan7/desk/tickets/t1",
	tag: "t1",
	urgent: true,
	lang: "vi",
};

describe("a push", () => {
	it("is read as it was said", () => {
		expect(readTold(told)).toEqual(told);
		expect(readTold({ ...told, urgent: "yes", lang: "fr" })).toMatchObject({ urgent: false, lang: "vi" });
	});
	it("is refused when it leads elsewhere or says nothing", () => {
		for (const path of ["https://other.example/", "//other.example", "javascript:alert(1)", ""]) {
			expect(readTold({ ...told, path })).toBeNull();
		}
		expect(readTold({ ...told, title: "" })).toBeNull();
		expect(readTold(null)).toBeNull();
		expect(readTold("text")).toBeNull();
	});
});
