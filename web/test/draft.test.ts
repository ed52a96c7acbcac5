// @vitest-environment jsdom
import { beforeEach, expect, it } from "vitest";
import { forgetDrafts, keepDraft } from "../src/portal/draft.ts";

beforeEach(() => sessionStorage.clear());

function form(): HTMLFormElement {
	document.body.innerHTML = `<form data-draft="report"><textarea name="text"></textarea>
		<input type="text" name="name" autocomplete="name"><input type="tel" name="phone"></form>`;
	return document.querySelector("form") as HTMLFormElement;
}

function field<T extends HTMLElement>(selector: string): T {
	return document.querySelector(selector) as T;
}

it("keeps what was typed, never who typed it, and lets go when it is sent", () => {
	keepDraft(form());
	field<HTMLTextAreaElement>("textarea").value = "Khói vào nhà";
	field<HTMLInputElement>("[name=name]").value = "Tên";
	field("textarea").dispatchEvent(new Event("input", { bubbles: true }));

	const release = keepDraft(form());
	expect(field<HTMLTextAreaElement>("textarea").value).toBe("Khói vào nhà");
	expect(field<HTMLInputElement>("[name=name]").value).toBe("");

	release();
	keepDraft(form());
	expect(field<HTMLTextAreaElement>("textarea").value).toBe("");
});

it("forgets what every page has kept when it is asked to", () => {
	keepDraft(form());
	field<HTMLTextAreaElement>("textarea").value = "Khói vào nhà";
	field("textarea").dispatchEvent(new Event("input", { bubbles: true }));
	forgetDrafts();
	keepDraft(form());
	expect(field<HTMLTextAreaElement>("textarea").value).toBe("");
});
