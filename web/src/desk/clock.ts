/**
 * The centre's time. The page carries it (`<meta name="server-now">`) and so may
 * a live message, because a demo's clock runs days ahead of this machine's.
 */
let offset = 0;

/** Milliseconds since 1970, as the centre counts them. */
export function now(): number {
	return Date.now() + offset;
}

/** Takes the centre's time (RFC 3339); anything else is ignored. */
export function setClock(text: string | null | undefined): void {
	const at = Date.parse(text ?? "");
	if (!Number.isNaN(at)) offset = at - Date.now();
}

export function readClock(): void {
	setClock(document.querySelector<HTMLMetaElement>('meta[name="server-now"]')?.content);
}
