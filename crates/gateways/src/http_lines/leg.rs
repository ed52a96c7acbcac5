//! One call at the provider, and the action lists it is given.
//!
//! A list is numbered when it is made, and the address at which its keys are told carries the number. So what
//! comes for a list that has been replaced, or comes twice, is known for what it is.

use duty::lines::{Happened, Teller};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio::sync::oneshot;

/// Keys come together once nothing has been pressed for so long. A provider tells them no sooner; longer, and
/// one key would be answered late.
const GAP: SignedDuration = SignedDuration::from_secs(2);
/// A provider listens no longer than this at once.
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_secs(10);
/// Keys that come together at most.
const MOST_KEYS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Placed,
    Ringing,
    Talking,
    Over,
}

/// What the newest list does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Listens, so that the call goes on; nobody has asked for a key.
    Nothing,
    /// Says something; with `wait` a silence so long afterwards is told.
    Saying { wait: Option<SignedDuration> },
    /// Said to its end or cut short by a key; waits for keys for `left` more.
    Listening { wait: SignedDuration, left: SignedDuration },
    /// Hears others in a conference.
    Joined,
}

pub(super) struct Recording {
    pub into: PathBuf,
    /// When the provider was told to begin.
    pub since: Option<Timestamp>,
    pub stopped: Option<Timestamp>,
    /// It is being fetched.
    pub fetched: bool,
}

pub(super) struct Leg {
    /// The provider's own name for it.
    pub id: Option<String>,
    pub incoming: bool,
    pub stage: Stage,
    /// How far it had come when it ended.
    pub stage_at_end: Stage,
    teller: Option<Teller>,
    /// When its ringing, its talking, or our memory of it ends.
    pub until: Timestamp,
    pub doing: Doing,
    /// The number of the newest list, and the list.
    pub part: u64,
    pub list: Value,
    /// The list whose keys have come.
    pub heard: u64,
    /// The list whose keys the newest list answered; 0 for the answer of the call.
    pub answers: Option<u64>,
    /// A request of the provider that waits for a list.
    pub waiting: Option<oneshot::Sender<Value>>,
    pub room: Option<String>,
    pub listener: bool,
    /// Addresses of sounds that it may fetch.
    pub sound: Option<String>,
    pub recording: Option<Recording>,
    window: SignedDuration,
}

impl Leg {
    pub(super) fn new(id: Option<String>, incoming: bool, until: Timestamp, teller: Teller) -> Self {
        Self {
            id,
            incoming,
            stage: Stage::Placed,
            stage_at_end: Stage::Placed,
            teller: Some(teller),
            until,
            doing: Doing::Nothing,
            part: 0,
            list: Value::Null,
            heard: 0,
            answers: None,
            waiting: None,
            room: None,
            listener: false,
            sound: None,
            recording: None,
            window: SignedDuration::ZERO,
        }
    }

    pub(super) fn tell(&self, at: Timestamp, what: Happened) {
        if let Some(teller) = &self.teller {
            teller.tell(at, what);
        }
    }

    /// Whoever conducted it has broken off.
    pub(super) fn is_abandoned(&self) -> bool {
        self.stage != Stage::Over && self.teller.as_ref().is_some_and(Teller::is_closed)
    }

    /// It is over; what follows (a recording, an answer that crossed our giving up) is told until `until`.
    pub(super) fn end(&mut self, at: Timestamp, what: Happened, by_us: bool, until: Timestamp) {
        let may_cross = by_us && !self.incoming && self.stage < Stage::Talking;
        self.tell(at, what);
        self.stage_at_end = std::mem::replace(&mut self.stage, Stage::Over);
        self.until = until;
        (self.waiting, self.room, self.sound) = (None, None, None);
        match &self.recording {
            Some(recording) if recording.since.is_some() => {}
            Some(_) => self.recorded(at, false),
            None if may_cross => {}
            None => self.close(),
        }
    }

    /// A recording has come to its end.
    pub(super) fn recorded(&mut self, at: Timestamp, whole: bool) {
        if self.recording.take().is_some() {
            self.tell(at, Happened::Recorded { whole });
        }
        if self.stage == Stage::Over {
            self.close();
        }
    }

    /// The provider says so too: no answer crosses our giving up any more.
    pub(super) fn settled(&mut self) {
        if self.recording.is_none() {
            self.close();
        }
    }

    /// Nothing can happen to it any more.
    pub(super) fn close(&mut self) {
        self.teller = None;
    }

    /// The next list: says `sound`, if there is one, and then does what `doing` says.
    pub(super) fn next(&mut self, at: Timestamp, doing: Doing, sound: Option<&str>, event: &str) -> Value {
        self.part += 1;
        (self.doing, self.answers) = (doing, None);
        let event = format!("{event}&part={}", self.part);
        let mut actions = Vec::new();
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.since.is_none()) {
            recording.since = Some(at);
            actions.push(json!({
                "action": "record",
                "format": "wav",
                "beepStart": false,
                "eventUrl": [&event],
                "eventMethod": "POST",
            }));
        }
        if let Some(sound) = sound {
            actions.push(json!({ "action": "stream", "streamUrl": [sound], "bargeIn": true }));
        }
        if let (Doing::Joined, Some(room)) = (doing, &self.room) {
            actions.push(json!({
                "action": "conversation",
                "name": room,
                "startOnEnter": !self.listener,
                "endOnExit": false,
                "mute": self.listener,
            }));
        } else {
            let (window, most) = match doing {
                Doing::Saying { wait: Some(wait) } => (wait.min(GAP), MOST_KEYS),
                Doing::Listening { left, .. } => (left.min(GAP), MOST_KEYS),
                // The shortest there is: its end is the end of what was said.
                Doing::Saying { wait: None } => (SignedDuration::from_secs(1), 1),
                Doing::Nothing | Doing::Joined => (LONGEST_WINDOW, 1),
            };
            self.window = SignedDuration::from_secs(((window.as_millis() + 999) / 1000).max(1) as i64);
            actions.push(json!({
                "action": "input",
                "type": ["dtmf"],
                "dtmf": { "timeOut": self.window.as_secs(), "maxDigits": most, "submitOnHash": true },
                "eventUrl": [event],
                "eventMethod": "POST",
            }));
        }
        self.list = Value::Array(actions);
        self.list.clone()
    }

    /// Keys of the newest list, or that there were none. `Some` is what it does next without being told.
    pub(super) fn keys(&mut self, at: Timestamp, keys: &str, timed_out: bool) -> Option<Doing> {
        let is_key = |key: &char| key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D');
        let mut pressed: Vec<char> = keys.chars().filter(is_key).take(MOST_KEYS).collect();
        let most =
            if matches!(self.doing, Doing::Nothing | Doing::Saying { wait: None }) { 1 } else { MOST_KEYS };
        // Neither silence nor a full measure: the key that ends an entry did, and is not told.
        if !timed_out && pressed.len() < most && !pressed.contains(&'#') {
            pressed.push('#');
        }
        for key in &pressed {
            self.tell(at, Happened::Key(*key));
        }
        let (wait, left) = match self.doing {
            Doing::Nothing | Doing::Joined => return None,
            Doing::Saying { wait } => {
                if pressed.is_empty() {
                    self.tell(at, Happened::Said);
                }
                let Some(wait) = wait else {
                    self.doing = Doing::Nothing;
                    return None;
                };
                (wait, wait)
            }
            Doing::Listening { wait, left } => (wait, left),
        };
        // The silence that brought the keys to us counts after the last of them.
        let quiet = if timed_out { self.window } else { SignedDuration::ZERO };
        let left = if pressed.is_empty() { left - quiet } else { wait - quiet };
        if left <= SignedDuration::ZERO {
            self.doing = Doing::Nothing;
            self.tell(at, Happened::Silent);
            return None;
        }
        let on = Doing::Listening { wait, left };
        self.doing = on;
        // After keys somebody may want to say something; after none nobody does.
        pressed.is_empty().then_some(on)
    }
}

/// A list that ends the call.
pub(super) fn hang_up() -> Value {
    json!([{ "action": "hangup" }])
}
