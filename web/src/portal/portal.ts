/** The portal's only script. Every page works without it; nothing here is needed to report. */
import { forgetDrafts, keepDraft } from "./draft.ts";
import { beginOffline } from "./offline.ts";
import { beginPhoto } from "./photo.ts";
import { beginPosition } from "./position.ts";

for (const form of document.querySelectorAll<HTMLFormElement>("form[method=post]")) {
	const release = keepDraft(form);
	form.addEventListener("submit", (event) => {
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		form.dataset.sent = "1";
		release();
		if ("forget" in form.dataset) forgetDrafts();
		for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
	});
}
// The back button brings the page as it was left: it must be possible to send again.
window.addEventListener("pageshow", () => {
	for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
		delete form.dataset.sent;
		for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
	}
});

beginPosition();
beginPhoto();
beginOffline();

for (const opener of document.querySelectorAll<HTMLElement>("[data-print]")) {
	opener.hidden = false;
	opener.addEventListener("click", () => window.print());
}
