/** Loaded blocking in the head: what was chosen before must stand at the first paint. */
const root = document.documentElement;
try {
	const theme = localStorage.getItem("vx-theme");
	if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
	if (sessionStorage.getItem("vx-sound")) root.dataset.sound = "on";
} catch {
	// A browser that forbids storage follows the machine's own setting.
}
