/**
 * `<div data-position hidden>` with a button, `[data-position-found]` and
 * `[data-position-fault]`: fills the form's `lat` and `lon`. Shown only where the
 * browser can tell a position.
 */
export function beginPosition(): void {
	for (const part of document.querySelectorAll<HTMLElement>("[data-position]")) {
		const button = part.querySelector("button");
		if (!button || !("geolocation" in navigator)) continue;
		part.hidden = false;
		button.addEventListener("click", () => {
			button.disabled = true;
			const end = (found: boolean) => {
				button.disabled = false;
				show(part, "[data-position-found]", found);
				show(part, "[data-position-fault]", !found);
			};
			navigator.geolocation.getCurrentPosition(
				({ coords }) => {
					put(part, "lat", coords.latitude);
					put(part, "lon", coords.longitude);
					end(true);
				},
				() => end(false),
				{ enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
			);
		});
	}
}

/** Six decimals: about ten centimetres, more than any phone knows. */
function put(part: HTMLElement, name: string, degrees: number): void {
	const field = part.closest("form")?.elements.namedItem(name);
	if (field instanceof HTMLInputElement) field.value = degrees.toFixed(6);
}

function show(part: HTMLElement, selector: string, on: boolean): void {
	const element = part.querySelector<HTMLElement>(selector);
	if (element) element.hidden = !on;
}
