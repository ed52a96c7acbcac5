// @vitest-environment jsdom
import { expect, it } from "vitest";
import { beginBulk } from "../src/desk/bulk.ts";

function field<T extends HTMLElement>(selector: string): T {
	return document.querySelector(selector) as T;
}

it("shows the bulk bar with its count while something is chosen", () => {
	document.body.innerHTML = `<div data-bulk><input type="checkbox" data-bulk-all><input type="checkbox" data-bulk-item>
		<input type="checkbox" data-bulk-item><p data-bulk-bar><b data-bulk-count></b></p></div>`;
	beginBulk();
	expect(field("[data-bulk-bar]").hidden).toBe(true);
	field<HTMLInputElement>("[data-bulk-item]").click();
	expect(field("[data-bulk-bar]").hidden).toBe(false);
	expect(field("[data-bulk-count]").textContent).toBe("1");
	expect(field<HTMLInputElement>("[data-bulk-all]").indeterminate).toBe(true);
	field<HTMLInputElement>("[data-bulk-all]").click();
	expect(field("[data-bulk-count]").textContent).toBe("2");
});
