/** The desk's islands. Each works on pages that work without it. */
import { beginBulk } from "./bulk.ts";
import { readClock, setClock } from "./clock.ts";
import { beginKeys } from "./keys.ts";
import { browser, Live } from "./live.ts";
import { keepOpen, refreshOn } from "./refresh.ts";
import { beginRings } from "./ring.ts";
import { showStatus } from "./status.ts";
import { beginTextSize } from "./textsize.ts";
import { beginTheme } from "./theme.ts";
import { beginTimeLeft } from "./timeleft.ts";

readClock();
beginTheme();
beginTimeLeft();
beginKeys();
beginBulk();
beginTextSize();

const url = document.body.dataset.live;
if (url) {
	const live = new Live(url, browser);
	live.listen((news) => {
		if (news.kind === "clock") setClock(news.now);
	});
	showStatus(live);
	keepOpen();
	refreshOn(live);
	beginRings(live);
}

for (const opener of document.querySelectorAll<HTMLElement>("[data-print]")) {
	opener.addEventListener("click", () => window.print());
}
