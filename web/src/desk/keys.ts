/**
 * Keys. j and k walk `[data-list]` from one `[data-open]` link to the next (Enter is
 * the link's own); any other key clicks `[data-key="x"]`, first in the row one stands
 * on, then on the page; / goes to the search field; ? opens `dialog#keys`.
 */
export function beginKeys(): void {
	document.addEventListener("keydown", (event) => {
		if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || takesText(event.target)) return;
		if (document.querySelector("dialog[open]")) return;
		if (act(event.key)) event.preventDefault();
	});
}

function act(key: string): boolean {
	if (key === "j") return walk(1);
	if (key === "k") return walk(-1);
	if (key === "?") {
		const help = document.querySelector<HTMLDialogElement>("dialog#keys");
		help?.showModal();
		return help !== null;
	}
	if (!/^[a-z/]$/.test(key)) return false;
	const row = document.activeElement?.closest("[data-item]");
	const wanted = `[data-key="${key}"]`;
	const target = row?.querySelector<HTMLElement>(wanted) ?? document.querySelector<HTMLElement>(wanted);
	if (!target) return false;
	if (takesText(target)) target.focus();
	else target.click();
	return true;
}

function walk(by: 1 | -1): boolean {
	const links = [...document.querySelectorAll<HTMLElement>("[data-list] [data-open]")];
	const next = links[step(links.indexOf(standing(links)), by, links.length)];
	next?.focus();
	next?.scrollIntoView({ block: "nearest" });
	return next !== undefined;
}

/** Where j or k leads: from nowhere (-1) to the first or the last, and never past an end. */
export function step(from: number, by: 1 | -1, count: number): number {
	if (from < 0) return by > 0 ? 0 : count - 1;
	return Math.min(count - 1, Math.max(0, from + by));
}

/** The row that has the focus, else the one whose detail is open. */
function standing(links: HTMLElement[]): HTMLElement {
	const focused = document.activeElement?.closest("[data-item]")?.querySelector<HTMLElement>("[data-open]");
	return focused ?? links.find((link) => link.getAttribute("aria-current") === "true") ?? document.body;
}

function takesText(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	return target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])");
}
