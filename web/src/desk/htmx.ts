/** htmx under a strict content policy: no eval, no injected styles or scripts, no page kept in storage. */
import htmx from "htmx.org";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
// Pages hold personal data: the history is asked for again, never read from this machine.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = "auto";

window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
	const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
	if (token) (event as CustomEvent).detail.headers["x-csrf-token"] = token;
});
