/** `[data-bulk]` holds `[data-bulk-item]` boxes, an optional `[data-bulk-all]`, and the bar that appears on selection. */
export function beginBulk(): void {
	document.addEventListener("change", (event) => {
		if (!(event.target instanceof HTMLInputElement)) return;
		const group = event.target.closest<HTMLElement>("[data-bulk]");
		if (!group) return;
		if (event.target.matches("[data-bulk-all]")) {
			for (const box of boxes(group)) box.checked = event.target.checked;
		}
		show(group);
	});
	document.addEventListener("click", (event) => {
		const clear = event.target instanceof Element ? event.target.closest("[data-bulk-clear]") : null;
		const group = clear?.closest<HTMLElement>("[data-bulk]");
		if (!group) return;
		for (const box of boxes(group)) box.checked = false;
		show(group);
	});
	const showAll = () => {
		for (const group of document.querySelectorAll<HTMLElement>("[data-bulk]")) show(group);
	};
	document.addEventListener("htmx:afterSwap", showAll);
	showAll();
}

function show(group: HTMLElement): void {
	const all = boxes(group);
	const chosen = all.filter((box) => box.checked).length;
	for (const bar of group.querySelectorAll<HTMLElement>("[data-bulk-bar]")) bar.hidden = chosen === 0;
	for (const count of group.querySelectorAll("[data-bulk-count]")) count.textContent = String(chosen);
	for (const box of group.querySelectorAll<HTMLInputElement>("[data-bulk-all]")) {
		box.checked = chosen > 0 && chosen === all.length;
		box.indeterminate = chosen > 0 && chosen < all.length;
	}
}

function boxes(group: HTMLElement): HTMLInputElement[] {
	return [...group.querySelectorAll<HTMLInputElement>("[data-bulk-item]")];
}
