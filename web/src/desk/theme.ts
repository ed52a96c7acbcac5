/** `[data-theme-toggle]` turns light to dark and back; theme-init.ts applies the choice before the first paint. */
const kept = "vx-theme";

export function beginTheme(): void {
	document.addEventListener("click", (event) => {
		if (!(event.target instanceof Element && event.target.closest("[data-theme-toggle]"))) return;
		const root = document.documentElement;
		const dark = root.dataset.bsTheme
			? root.dataset.bsTheme === "dark"
			: window.matchMedia("(prefers-color-scheme: dark)").matches;
		root.dataset.bsTheme = dark ? "light" : "dark";
		localStorage.setItem(kept, root.dataset.bsTheme);
	});
	// A theme saved in the account is meant for every browser, this one too.
	document.querySelector("form[data-theme-form]")?.addEventListener("submit", () => localStorage.removeItem(kept));
}
