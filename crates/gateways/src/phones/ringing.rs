//! One call of the simulated network: what the phone at its other end sees, and what is due next.

use crate::wave;
use duty::lines::{Happened, Spoken, Teller};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, TenantId};
use std::path::PathBuf;

/// Silence that a recording holds at most: enough to be a file like others.
const RECORDED: SignedDuration = SignedDuration::from_secs(10);

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It rings: at the other side, or here when it came in.
    Ringing,
    Talking,
    /// How it ended.
    Over(Happened),
}

/// One call as the phone at its other end sees it.
#[derive(Clone, Debug)]
pub struct Telephone {
    pub call: CallId,
    /// Whose centre calls; a call that came in belongs to nobody yet.
    pub tenant: Option<TenantId>,
    pub incoming: bool,
    pub number: String,
    pub state: State,
    pub since: Timestamp,
    pub answered_at: Option<Timestamp>,
    /// Everything that was said into it, the newest last.
    pub words: Vec<String>,
    /// When the newest words have been heard to their end.
    pub said_at: Option<Timestamp>,
    /// A key is waited for.
    pub waits: bool,
    /// Keys pressed at this phone.
    pub keys: String,
    /// Keys that it heard: ours, and those of a phone that it is bridged with.
    pub heard: String,
    /// With which code an offered call was refused.
    pub refused: Option<u16>,
}

impl Telephone {
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over(_))
    }

    pub fn is_talking(&self) -> bool {
        self.state == State::Talking
    }
}

/// What is being said, or was said last while keys are waited for.
struct Saying {
    ends_at: Timestamp,
    wait: Option<SignedDuration>,
    said: bool,
    last_key: Option<Timestamp>,
}

struct Recording {
    into: PathBuf,
    since: Timestamp,
}

/// A call of the network.
pub(super) struct Ringing {
    pub shown: Telephone,
    /// Until when it may ring.
    pub ring_until: Option<Timestamp>,
    /// `None` once nothing can happen to it any more.
    teller: Option<Teller>,
    saying: Option<Saying>,
    /// How many of the words somebody who waits for them has been given.
    pub listened: usize,
    recording: Option<Recording>,
}

impl Ringing {
    pub(super) fn new(shown: Telephone, ring_until: Option<Timestamp>, teller: Teller) -> Self {
        Self { shown, ring_until, teller: Some(teller), saying: None, listened: 0, recording: None }
    }

    pub(super) fn tell(&self, at: Timestamp, what: Happened) {
        if let Some(teller) = &self.teller {
            teller.tell(at, what);
        }
    }

    pub(super) fn answer(&mut self, at: Timestamp) {
        self.shown.state = State::Talking;
        self.shown.answered_at = Some(at);
        self.tell(at, Happened::Answered);
    }

    /// It is over; a recording ends with it.
    pub(super) fn end(&mut self, at: Timestamp, what: Happened, full: bool, too_late: bool) {
        (self.saying, self.shown.waits) = (None, false);
        self.tell(at, what.clone());
        self.shown.state = State::Over(what);
        self.stop_recording(at, full);
        if too_late {
            self.tell(at, Happened::AnsweredTooLate);
        }
        self.teller = None;
    }

    pub(super) fn say(&mut self, at: Timestamp, spoken: &Spoken, wait: Option<SignedDuration>) {
        self.shown.words.push(spoken.words.clone());
        (self.shown.said_at, self.shown.waits) = (None, wait.is_some());
        self.saying = Some(Saying { ends_at: at + spoken.length, wait, said: false, last_key: None });
    }

    /// What was being said ends unheard; a key is still waited for.
    pub(super) fn hush(&mut self, at: Timestamp) {
        let Some(saying) = &mut self.saying else { return };
        if !saying.said {
            (saying.said, saying.ends_at) = (true, at);
            self.shown.said_at = Some(at);
        }
        if saying.wait.is_none() {
            self.saying = None;
        }
    }

    pub(super) fn key(&mut self, at: Timestamp, key: char) {
        self.shown.keys.push(key);
        if let Some(saying) = &mut self.saying {
            saying.last_key = Some(at);
        }
        self.tell(at, Happened::Key(key));
    }

    /// Tells what has become due by `now`: the end of what is said, then the silence after it.
    pub(super) fn tick(&mut self, now: Timestamp) {
        let Some(saying) = &mut self.saying else { return };
        let mut told = Vec::new();
        if !saying.said && saying.ends_at <= now {
            saying.said = true;
            self.shown.said_at = Some(saying.ends_at);
            told.push((saying.ends_at, Happened::Said));
        }
        let quiet_since = saying.last_key.map_or(saying.ends_at, |key| key.max(saying.ends_at));
        let (wait, said) = (saying.wait, saying.said);
        match wait {
            Some(wait) if said && quiet_since + wait <= now => {
                told.push((quiet_since + wait, Happened::Silent));
                (self.saying, self.shown.waits) = (None, false);
            }
            None if said => self.saying = None,
            _ => {}
        }
        for (at, what) in told {
            self.tell(at, what);
        }
    }

    /// `false` when it records already.
    pub(super) fn record(&mut self, at: Timestamp, into: PathBuf) -> bool {
        if self.recording.is_some() {
            return false;
        }
        self.recording = Some(Recording { into, since: at });
        true
    }

    /// Ends a recording, if there is one: silence as long as it lasted, and on a full disk only a beginning.
    pub(super) fn stop_recording(&mut self, at: Timestamp, full: bool) -> bool {
        let Some(Recording { into, since }) = self.recording.take() else { return false };
        let length = if full { SignedDuration::ZERO } else { at.duration_since(since).min(RECORDED) };
        let written = std::fs::write(into, wave::silence(length));
        self.tell(at, Happened::Recorded { whole: written.is_ok() && !full });
        true
    }
}
