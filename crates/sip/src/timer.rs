//! Session timers (RFC 4028): a call is refreshed in time, or ended. RTP that stops says the same sooner, but
//! not of a call on hold, and not to a proxy between us.

use crate::{clock, config::Timers};
use rsipstack::sip::{Header, Headers, Request, Response, StatusCodeKind};
use std::time::{Duration, Instant};

/// Whoever wants longer than this wants no timer.
const LONGEST: u32 = 86_400;
/// Nobody may ask for less (§4).
const LEAST: u32 = 90;
/// A call ends so long before its time is over, or a third of its interval (§10).
const BEFORE: Duration = Duration::from_secs(32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresher {
    Us,
    Them,
}

/// Roles in one transaction: `Uac` has sent the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Uac,
    Uas,
}

/// What a message says about session timers.
#[derive(Debug, Default)]
struct Said {
    expires: Option<(u32, Option<Role>)>,
    min: u32,
    supported: bool,
    /// Whether it takes UPDATE, if it lists what it takes.
    updates: Option<bool>,
}

impl Said {
    fn of(headers: &Headers) -> Self {
        let mut said = Self::default();
        for header in headers.iter() {
            match header {
                Header::SessionExpires(expires) => said.expires = session_expires(expires.value()),
                Header::MinSE(min) => said.min = seconds(min.value()).unwrap_or(0),
                Header::Supported(tokens) => said.supported |= lists(tokens.value(), "timer"),
                Header::Allow(methods) => {
                    let more = lists(methods.value(), "UPDATE");
                    said.updates = Some(more || said.updates == Some(true));
                }
                _ => {}
            }
        }
        said
    }
}

fn lists(value: &str, wanted: &str) -> bool {
    value.split(',').any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

fn seconds(value: &str) -> Option<u32> {
    value.split(';').next()?.trim().parse().ok()
}

fn session_expires(value: &str) -> Option<(u32, Option<Role>)> {
    let role = value.split(';').skip(1).find_map(|parameter| {
        let (name, role) = parameter.split_once('=')?;
        match (name.trim(), role.trim()) {
            (name, _) if !name.eq_ignore_ascii_case("refresher") => None,
            (_, role) if role.eq_ignore_ascii_case("uac") => Some(Role::Uac),
            (_, role) if role.eq_ignore_ascii_case("uas") => Some(Role::Uas),
            _ => None,
        }
    });
    Some((seconds(value)?.min(LONGEST), role))
}

/// What the time of a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Refresh,
    /// Nobody has refreshed it.
    Over,
}

/// What becomes of a call after a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    Goes,
    Over,
}

/// The session timer of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// What we ask for, in seconds.
    wanted: u32,
    /// The shortest that we take.
    floor: u32,
    /// The shortest that others on the way take.
    min: u32,
    updates: bool,
    running: Option<Running>,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    interval: u32,
    refresher: Refresher,
    since: Instant,
    next: Instant,
}

impl Running {
    fn new(interval: u32, refresher: Refresher, now: Instant) -> Self {
        let next = now + Duration::from_secs(interval.into()) / 2;
        Self { interval, refresher, since: now, next }
    }

    fn end(&self) -> Instant {
        let interval = Duration::from_secs(self.interval.into());
        self.since + interval.saturating_sub(BEFORE.min(interval / 3))
    }
}

impl Timer {
    pub(crate) fn new(timers: &Timers) -> Self {
        let seconds = |time: Duration| (time.as_secs() as u32).clamp(1, LONGEST);
        let floor = seconds(timers.session_min);
        let wanted = seconds(timers.session).max(floor);
        Self { wanted, floor, min: floor, updates: false, running: None }
    }

    /// What a request of ours says: the first INVITE, or a refresh.
    pub(crate) fn request(&self) -> Vec<Header> {
        let expires = match self.running {
            Some(running) => format!("{};refresher=uac", running.interval.max(self.min)),
            // Who refreshes is left to the other side, as the RFC recommends.
            None => self.wanted.max(self.min).to_string(),
        };
        vec![
            Header::Supported("timer".into()),
            Header::SessionExpires(expires.into()),
            Header::MinSE(self.min.to_string().into()),
        ]
    }

    /// Whether our refreshes go by UPDATE; else by re-INVITE.
    pub(crate) fn updates(&self) -> bool {
        self.updates
    }

    /// A 422: `true` when asking for longer helps.
    pub(crate) fn too_short(&mut self, response: &Response) -> bool {
        let min = Said::of(&response.headers).min;
        let longer = min > self.min && min <= LONGEST;
        if longer {
            self.min = min;
        }
        longer
    }

    /// A 2xx to a request of ours.
    pub(crate) fn answered(&mut self, response: &Response, now: Instant) {
        let said = Said::of(&response.headers);
        self.updates = said.updates.unwrap_or(self.updates);
        self.running = said.expires.map(|(interval, role)| {
            let refresher = if role == Some(Role::Uas) { Refresher::Them } else { Refresher::Us };
            // Shorter than agreed would be a flood of refreshes.
            Running::new(interval.max(self.floor), refresher, now)
        });
    }

    /// What a 422 to this request says, where its time is too short for us.
    pub(crate) fn refuses(&self, request: &Request) -> Option<Vec<Header>> {
        let said = Said::of(&request.headers);
        let short = said.supported && said.expires.is_some_and(|(interval, _)| interval < self.floor);
        short.then(|| vec![Header::MinSE(self.floor.to_string().into())])
    }

    /// A request of the other side that is answered with 2xx now; what that says.
    pub(crate) fn agrees(&mut self, request: &Request, now: Instant) -> Vec<Header> {
        let said = Said::of(&request.headers);
        self.updates = said.updates.unwrap_or(self.updates);
        let mut headers = vec![Header::Supported("timer".into())];
        let interval = match said.expires {
            // Longer than asked for is not ours to say (§9); who could obey has been refused before.
            Some((interval, _)) => interval,
            None if said.supported => self.wanted.max(said.min.min(LONGEST)),
            None => {
                self.running = None;
                return headers;
            }
        };
        let before = self.running.map(|running| running.refresher);
        let role = match said.expires.and_then(|(_, role)| role) {
            _ if !said.supported => Role::Uas,
            Some(role) => role,
            None if before == Some(Refresher::Us) => Role::Uas,
            None => Role::Uac,
        };
        let (name, refresher) = match role {
            Role::Uac => ("uac", Refresher::Them),
            Role::Uas => ("uas", Refresher::Us),
        };
        headers.push(Header::SessionExpires(format!("{interval};refresher={name}").into()));
        if role == Role::Uac {
            headers.push(Header::Require("timer".into()));
        }
        // Less than anybody may ask for would be a flood of refreshes.
        self.running = Some(Running::new(interval.max(self.floor.min(LEAST)), refresher, now));
        headers
    }

    /// What comes next, and when; while a refresh is on its way only the end may.
    pub(crate) fn due(&self, refreshing: bool) -> Option<(Instant, Due)> {
        let running = self.running?;
        let end = running.end();
        let refresh = running.refresher == Refresher::Us && !refreshing && running.next < end;
        Some(if refresh { (running.next, Due::Refresh) } else { (end, Due::Over) })
    }

    /// What came of a refresh of ours; `None` when nothing was heard of it at all.
    pub(crate) fn refreshed(&mut self, response: Option<&Response>, now: Instant) -> Refreshed {
        let Some(response) = response else { return self.later(now) };
        let code = response.status_code.code();
        match code {
            _ if response.status_code.kind() == StatusCodeKind::Successful => self.answered(response, now),
            // The other side does not know the call, or does not answer (§10).
            408 | 481 => return Refreshed::Over,
            422 if self.too_short(response) => self.again(now),
            405 | 501 if self.updates => {
                self.updates = false;
                self.again(now);
            }
            // Both sides asked at once (RFC 3261 §14.1).
            491 => self.again(now + Duration::from_millis(2_100 + u64::from(clock::random() % 1_900))),
            _ => return self.later(now),
        }
        Refreshed::Goes
    }

    fn again(&mut self, at: Instant) {
        if let Some(running) = &mut self.running {
            running.next = at;
        }
    }

    /// Once more when half of the time that is left is over.
    fn later(&mut self, now: Instant) -> Refreshed {
        if let Some(end) = self.running.map(|running| running.end()) {
            let left = end.saturating_duration_since(now);
            self.again(now + (left / 2).max(Duration::from_secs(1)));
        }
        Refreshed::Goes
    }
}

/// The extensions that a request insists on and we do not have.
pub(crate) fn unsupported(request: &Request) -> Option<String> {
    let tokens: Vec<&str> = request
        .headers
        .iter()
        .filter_map(|header| match header {
            Header::Require(required) => Some(required.value()),
            _ => None,
        })
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty() && !token.eq_ignore_ascii_case("timer"))
        .collect();
    (!tokens.is_empty()).then(|| tokens.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer() -> Timer {
        Timer::new(&Timers::default())
    }

    fn response(status: &str, headers: &str) -> Response {
        let text = format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{headers}Content-Length: 0\r\n\r\n"
        );
        Response::try_from(text.as_bytes()).unwrap()
    }

    fn request(headers: &str) -> Request {
        let text = format!(
            "INVITE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5;branch=z9hG4bK1\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{headers}\
             Content-Length: 0\r\n\r\n"
        );
        Request::try_from(text.as_bytes()).unwrap()
    }

    fn text(headers: &[Header]) -> String {
        headers.iter().map(|header| format!("{header}\n")).collect()
    }

    fn due(timer: &Timer, now: Instant) -> Option<(u64, Due)> {
        timer.due(false).map(|(at, due)| ((at - now).as_secs(), due))
    }

    #[test]
    fn we_refresh_at_half_time_or_wait_until_shortly_before_the_end() {
        let now = clock::now();
        let mut timer = timer();
        assert_eq!(text(&timer.request()), "Supported: timer\nSession-Expires: 1800\nMin-SE: 90\n");
        for (said, comes) in [
            ("Session-Expires: 1800;refresher=uac\r\n", Some((900, Due::Refresh))),
            ("Session-Expires: 1800 ; Refresher=UAS\r\n", Some((1768, Due::Over))),
            ("x: 90;refresher=uas\r\n", Some((60, Due::Over))),
            ("Session-Expires: 600\r\n", Some((300, Due::Refresh))),
            // What would have us refresh each half second.
            ("Session-Expires: 1;refresher=uac\r\n", Some((45, Due::Refresh))),
            ("Session-Expires: soon\r\n", None),
            ("", None),
        ] {
            timer.answered(&response("200 OK", said), now);
            assert_eq!(due(&timer, now), comes, "{said}");
        }
        timer.answered(&response("200 OK", "Session-Expires: 1800;refresher=uac\r\n"), now);
        let (at, what) = timer.due(true).unwrap();
        assert_eq!(((at - now).as_secs(), what), (1768, Due::Over), "a refresh is on its way");
        assert!(text(&timer.request()).contains("Session-Expires: 1800;refresher=uac"));
    }

    #[test]
    fn a_longer_time_is_asked_for_where_ours_is_too_short() {
        let mut timer = timer();
        let longer = |min: &str| response("422 Session Interval Too Small", min);
        assert!(timer.too_short(&longer("Min-SE: 3600\r\n")));
        assert_eq!(text(&timer.request()), "Supported: timer\nSession-Expires: 3600\nMin-SE: 3600\n");
        assert!(!timer.too_short(&longer("Min-SE: 3600\r\n")), "we have asked for that");
        assert!(!timer.too_short(&longer("Min-SE: 4000000\r\n")));
        assert!(!timer.too_short(&longer("")));
    }

    #[test]
    fn who_calls_us_says_who_refreshes_if_he_knows_timers() {
        let now = clock::now();
        for (asks, says, comes) in [
            (
                "Supported: 100rel, timer\r\nSession-Expires: 600;refresher=uac\r\n",
                "Session-Expires: 600;refresher=uac\nRequire: timer\n",
                Some((568, Due::Over)),
            ),
            (
                "k: timer\r\nSession-Expires: 600;refresher=uas\r\n",
                "Session-Expires: 600;refresher=uas\n",
                Some((300, Due::Refresh)),
            ),
            (
                "Supported: timer\r\nMin-SE: 2400\r\n",
                "Session-Expires: 2400;refresher=uac\nRequire: timer\n",
                Some((2368, Due::Over)),
            ),
            // A proxy asks, the caller knows nothing of it.
            ("Session-Expires: 600\r\n", "Session-Expires: 600;refresher=uas\n", Some((300, Due::Refresh))),
            ("", "", None),
        ] {
            let mut timer = timer();
            assert!(timer.refuses(&request(asks)).is_none());
            let said = text(&timer.agrees(&request(asks), now));
            assert_eq!(said, format!("Supported: timer\n{says}"), "{asks}");
            assert_eq!(due(&timer, now), comes, "{asks}");
        }
        let short = request("Supported: timer\r\nSession-Expires: 30\r\n");
        assert_eq!(text(&timer().refuses(&short).unwrap()), "Min-SE: 90\n");
        assert!(timer().refuses(&request("Session-Expires: 30\r\n")).is_none(), "he could not obey");
        // Nor is it raised for him.
        let shortest = Timers { session_min: Duration::from_mins(5), ..Timers::default() };
        for (asks, refresh) in [(120, 60), (30, 45)] {
            let mut timer = Timer::new(&shortest);
            let said = text(&timer.agrees(&request(&format!("Session-Expires: {asks}\r\n")), now));
            assert_eq!(said, format!("Supported: timer\nSession-Expires: {asks};refresher=uas\n"));
            assert_eq!(due(&timer, now), Some((refresh, Due::Refresh)));
        }
    }

    #[test]
    fn a_request_within_the_call_begins_its_time_anew_and_keeps_the_roles() {
        let (now, mut timer) = (clock::now(), timer());
        timer.answered(&response("200 OK", "Session-Expires: 600;refresher=uac\r\n"), now);
        let later = now + Duration::from_secs(100);
        let said = timer.agrees(&request("Supported: timer\r\nSession-Expires: 600\r\n"), later);
        assert!(text(&said).contains("600;refresher=uas"), "{said:?}");
        assert_eq!(due(&timer, now), Some((400, Due::Refresh)));
        timer.agrees(&request("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"), later);
        assert_eq!(due(&timer, now), Some((668, Due::Over)));
    }

    #[test]
    fn a_refresh_that_fails_is_tried_again_until_the_end() {
        let (now, mut timer) = (clock::now(), timer());
        let allow = "Allow: INVITE, UPDATE\r\nSession-Expires: 600;refresher=uac\r\n";
        timer.answered(&response("200 OK", allow), now);
        assert!(timer.updates());
        let at = now + Duration::from_mins(5);
        assert_eq!(timer.refreshed(Some(&response("405 Method Not Allowed", "")), at), Refreshed::Goes);
        assert!(!timer.updates(), "by re-INVITE then");
        assert_eq!(due(&timer, now), Some((300, Due::Refresh)));
        timer.refreshed(Some(&response("500 Server Internal Error", "")), at);
        assert_eq!(due(&timer, now), Some((434, Due::Refresh)));
        timer.refreshed(Some(&response("491 Request Pending", "")), at);
        assert!((302..305).contains(&due(&timer, now).unwrap().0));
        timer.refreshed(Some(&response("422 Session Interval Too Small", "Min-SE: 900\r\n")), at);
        assert!(text(&timer.request()).contains("Session-Expires: 900;refresher=uac\nMin-SE: 900"));
        timer.refreshed(None, now + Duration::from_secs(567));
        assert_eq!(due(&timer, now), Some((568, Due::Over)), "no second left");
        assert_eq!(
            timer.refreshed(Some(&response("200 OK", "Session-Expires: 900;refresher=uac\r\n")), at),
            Refreshed::Goes
        );
        assert_eq!(due(&timer, now), Some((750, Due::Refresh)));
        for gone in ["481 Call/Transaction Does Not Exist", "408 Request Timeout"] {
            assert_eq!(timer.refreshed(Some(&response(gone, "")), at), Refreshed::Over);
        }
        timer.refreshed(Some(&response("200 OK", "")), at);
        assert_eq!(due(&timer, now), None, "the other side wants no timer any more");
    }

    #[test]
    fn what_a_caller_insists_on_is_known_or_named() {
        assert_eq!(unsupported(&request("Require: timer\r\n")), None);
        assert_eq!(
            unsupported(&request("Require: 100rel, Timer\r\nRequire: path\r\n")).unwrap(),
            "100rel, path"
        );
    }
}
