/**
 * What was typed and not sent survives a reload: `data-draft="name"` on the form keeps
 * its text fields for this tab's session only, and they go when the form is sent.
 * Phone numbers and names are not kept.
 */
export function keepDraft(form: HTMLFormElement): () => void {
	const name = form.dataset.draft;
	if (!name) return () => {};
	const key = `vx-draft:${location.pathname}:${name}`;
	const fields = [
		...form.querySelectorAll<HTMLTextAreaElement | HTMLInputElement>("textarea, input[type=text]"),
	].filter((field) => field.name && !["name", "phone", "tel"].includes(field.autocomplete) && field.type !== "tel");
	const saved = read(key);
	for (const field of fields) {
		if (!field.value) field.value = saved[field.name] ?? "";
	}
	form.addEventListener("input", () => {
		write(key, Object.fromEntries(fields.map((field) => [field.name, field.value])));
	});
	return () => write(key, null);
}

/** Forgets what every page of this tab has kept. */
export function forgetDrafts(): void {
	try {
		for (const key of Object.keys(sessionStorage)) {
			if (key.startsWith("vx-draft:")) sessionStorage.removeItem(key);
		}
	} catch {
		// Nothing was kept either.
	}
}

function read(key: string): Record<string, string> {
	try {
		return JSON.parse(sessionStorage.getItem(key) ?? "{}");
	} catch {
		return {};
	}
}

function write(key: string, values: Record<string, string> | null): void {
	try {
		if (values) sessionStorage.setItem(key, JSON.stringify(values));
		else sessionStorage.removeItem(key);
	} catch {
		// A browser that forbids storage keeps nothing; the form itself still works.
	}
}
