interface Window {
	/** Set by htmx.js, which a page may leave out. */
	htmx?: { trigger(element: Element, event: string): void };
}
