/** The simulated telephones: they follow the live connection and, when armed, sound while one rings. */
import { Arming } from "./arming.ts";
import { readClock } from "./clock.ts";
import { browser, Live } from "./live.ts";
import { refreshOn } from "./refresh.ts";
import { Sound } from "./sound.ts";
import { showStatus } from "./status.ts";
import { beginTimeLeft } from "./timeleft.ts";

/** The longest a telephone rings before the next look, in seconds. */
const longest = 60;

readClock();
beginTimeLeft();

const sound = new Sound();
let sounding = false;
const arming = new Arming("vx-sound:phones", sound, () => {
	// Laid down anew: a test ring has taken its place.
	sounding = false;
	follow();
});
arming.begin();

function follow(): void {
	const ringing = arming.holds && document.querySelector("[data-ringing]") !== null;
	if (ringing === sounding) return;
	sounding = ringing;
	if (ringing) sound.ring(longest);
	else sound.silence();
}

document.addEventListener("htmx:afterSwap", follow);
const url = document.body.dataset.live;
if (url) {
	const live = new Live(url, browser);
	showStatus(live);
	refreshOn(live);
}
