/** A gate's screen does not go dark while it is looked at. Browsers take this back whenever the page is hidden. */
export function stayAwake(): void {
	const ask = () => {
		if (document.visibilityState !== "visible") return;
		// Where it is refused (an empty battery) the telephone's own pause holds.
		navigator.wakeLock?.request("screen").catch(() => {});
	};
	document.addEventListener("visibilitychange", ask);
	ask();
}
