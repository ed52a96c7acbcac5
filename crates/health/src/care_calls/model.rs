//! How it stands with a household of a campaign, what a call came to, and what follows from it by the rule.

use crate::{codes::codes, stand_in::or_latest};
use duty::{
    calls::Outcome,
    lines::{Happened, Side},
    rules::Rule,
    tickets::attempts,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use kernel::{CampaignId, Error, Result};
use serde::Deserialize;

/// The rule's code.
pub(super) const RULE: &str = "care.calls";
/// Where no line was to be had the call waits for so long.
const NO_LINE_PAUSE: SignedDuration = SignedDuration::from_mins(2);

codes! {
    /// How it stands with a household of a campaign.
    State in "state" {
        Waiting = "waiting",
        Calling = "calling",
        /// Everybody who was due has been asked.
        Reached = "reached",
        /// An answer was an emergency: the alarm rings, and the rest is the station's.
        Flagged = "flagged",
        Refused = "refused",
        /// Somebody there asked for a person.
        Handed = "handed",
        /// It wrote its diary itself before it was called.
        Written = "written",
        /// Nobody was reached as often as the rule asks.
        Unreached = "unreached",
        /// The window went by and no line was free for it.
        Uncalled = "uncalled",
        NoNumber = "no_number",
        /// It waits on in the next window of the day.
        Moved = "moved",
    }
    /// What one call came to.
    Came in "came" {
        Completed = "completed",
        /// It broke off after something had been answered.
        Partial = "partial",
        Flagged = "flagged",
        Refused = "refused",
        HandedOver = "handed_over",
        /// Somebody, or a machine, took the call and pressed no key.
        Silent = "silent",
        /// Hung up before any answer.
        HungUp = "hung_up",
        Busy = "busy",
        Rejected = "rejected",
        Unreachable = "unreachable",
        NoAnswer = "no_answer",
        /// The process that held it died.
        Lost = "lost",
        /// It never went out: no trunk, no voice.
        NoLine = "no_line",
        Written = "written",
    }
}

impl Came {
    /// Whether it counts as a try in which nobody answered for all.
    pub const fn is_unanswered(self) -> bool {
        matches!(
            self,
            Self::Partial
                | Self::Silent
                | Self::HungUp
                | Self::Busy
                | Self::Rejected
                | Self::Unreachable
                | Self::NoAnswer
        )
    }

    /// As the record of all calls says it, which knows what was said and not what was answered.
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::Completed | Self::Flagged | Self::Written => Outcome::Completed,
            Self::Partial => Outcome::Partial,
            // A mailbox, or somebody who presses nothing: nobody can tell.
            Self::Silent => Outcome::Voicemail,
            Self::Refused => Outcome::Refused,
            Self::HandedOver => Outcome::HandedOver,
            Self::HungUp => Outcome::HungUp,
            Self::Busy => Outcome::Busy,
            Self::Rejected => Outcome::Rejected,
            Self::Unreachable => Outcome::Unreachable,
            Self::NoAnswer => Outcome::NoAnswer,
            Self::Lost => Outcome::Lost,
            Self::NoLine => Outcome::Failed,
        }
    }

    /// What a call came to that nobody answered, with the network's code; `None` for what ends no call. As at an
    /// official's telephone: a network that declines or fails us says nothing of the household, and counts no try.
    pub(super) fn in_vain(what: &Happened, rang: bool) -> Option<(Self, Option<i16>)> {
        let (said, code) = match what {
            Happened::Busy(code) => return Some((Self::Busy, Some(*code))),
            Happened::NoAnswer => return Some((Self::NoAnswer, None)),
            Happened::Ended(Side::Network) => return Some((Self::NoLine, None)),
            Happened::Ended(_) => return Some((Self::HungUp, None)),
            Happened::Rejected(code) => (attempts::Outcome::Rejected, Some(*code)),
            Happened::Unreachable(code) => (attempts::Outcome::Unreachable, *code),
            _ => return None,
        };
        let came = match attempts::Outcome::of_vain(said, rang, code) {
            attempts::Outcome::NoNetwork => Self::NoLine,
            attempts::Outcome::Rejected => Self::Rejected,
            _ => Self::Unreachable,
        };
        Some((came, code))
    }
}

/// Hours of the day in which is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Window {
    #[serde(rename = "call_from")]
    pub opens: Time,
    #[serde(rename = "call_until")]
    pub closes: Time,
}

/// What follows from a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Called again, not before then.
    Again(Timestamp),
    Over(State),
}

/// The rule `care.calls` on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    pub(super) rule: Rule,
    /// At least one, each after the other.
    pub windows: Vec<Window>,
    /// Calls of a day after which a household counts as not reached.
    pub tries: i16,
    /// Between two tries: another hour.
    pub pause: SignedDuration,
    pub ring_for: SignedDuration,
    pub doctor_ring_for: SignedDuration,
    /// From a danger sign on, for so long a family holds the line for whoever the alarm's ladder rings.
    pub hold_line_for: SignedDuration,
    /// Calls at once, at most.
    pub channels: usize,
    /// Lines left for people: a doctor who is fetched, whoever calls in.
    pub kept_free: usize,
    pub per_second: usize,
    /// Unanswered calls of a day after which the care team has the household on its list.
    pub list_after: i16,
    /// Days without an answer after which somebody goes there.
    pub visit_after_days: i16,
    pub announce_first: bool,
    /// From the text until the first call, at least.
    pub announce_ahead: SignedDuration,
    /// The number that households see; may be empty.
    pub caller_number: String,
    pub record: bool,
}

impl Law {
    /// From the version in force on a day; where none is the latest that ships stands in.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind, and for windows that overlap.
    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, RULE)?;
        let count = |path: &str| -> Result<usize> { Ok(rule.read::<u16>(path)?.into()) };
        Ok(Self {
            windows: windows(&rule)?,
            tries: rule.read::<i16>("tries")?.max(1),
            pause: rule.duration("pause")?,
            ring_for: rule.duration("ring_for")?,
            doctor_ring_for: rule.duration("doctor_ring_for")?,
            // A version of a centre's own may be older than the value.
            hold_line_for: match rule.duration("hold_line_for") {
                Ok(by_rule) => by_rule,
                Err(_) => or_latest(None, RULE)?.duration("hold_line_for")?,
            },
            channels: count("channels")?,
            kept_free: count("kept_free")?,
            per_second: count("per_second")?,
            list_after: rule.read::<i16>("list_after")?.max(1),
            visit_after_days: rule.read::<i16>("visit_after_days")?.max(1),
            announce_first: rule.flag("announce_first")?,
            announce_ahead: rule.duration("announce_ahead")?,
            caller_number: rule
                .texts("caller_numbers")?
                .first()
                .map_or_else(String::new, |one| (*one).to_owned()),
            record: rule.flag("record")?,
            rule,
        })
    }

    pub fn version(&self) -> i32 {
        self.rule.version
    }

    /// What follows from a call that ended now; `unanswered` counts the day's tries in which nobody answered
    /// for all, this one too.
    pub fn next(&self, came: Came, unanswered: i16, now: Timestamp) -> Step {
        match came {
            Came::Completed => Step::Over(State::Reached),
            Came::Flagged => Step::Over(State::Flagged),
            Came::Refused => Step::Over(State::Refused),
            Came::HandedOver => Step::Over(State::Handed),
            Came::Written => Step::Over(State::Written),
            Came::Lost => Step::Again(now),
            Came::NoLine => Step::Again(now + NO_LINE_PAUSE),
            _ if unanswered >= self.tries => Step::Over(State::Unreached),
            _ => Step::Again(now + self.pause),
        }
    }

    /// How many calls may be started now: not more than lines are free beside those left for people, than
    /// channels are ours, and than a second carries.
    pub fn room(&self, free: usize, calling: usize) -> usize {
        let lines = free.saturating_sub(self.kept_free);
        lines.min(self.channels.saturating_sub(calling)).min(self.per_second)
    }

    /// The window that is open now, by its place, with its times.
    pub(super) fn open(&self, zone: &TimeZone, now: Timestamp) -> Option<Open> {
        let day = now.to_zoned(zone.clone()).date();
        let moment = |time: Time| zone.to_timestamp(day.to_datetime(time)).ok();
        self.windows.iter().enumerate().find_map(|(place, window)| {
            let (opens_at, closes_at) = (moment(window.opens)?, moment(window.closes)?);
            (opens_at <= now && now < closes_at).then_some(Open {
                day,
                place: i16::try_from(place).ok()?,
                opens_at,
                closes_at,
                is_last: place + 1 == self.windows.len(),
            })
        })
    }
}

/// A window on its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub day: Date,
    pub place: i16,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
    pub is_last: bool,
}

fn windows(rule: &Rule) -> Result<Vec<Window>> {
    let mut windows: Vec<Window> = rule.read("windows")?;
    windows.sort_by_key(|window| window.opens);
    let whole = windows.iter().all(|window| window.opens < window.closes);
    let apart = windows.windows(2).all(|pair| pair[0].closes <= pair[1].opens);
    if windows.is_empty() || windows.len() > 10 || !whole || !apart {
        let (code, version) = (&rule.code, rule.version);
        return Err(Error::internal(format!(
            "rule {code} version {version}: windows are not hours of the day, each after the other"
        )));
    }
    Ok(windows)
}

/// A campaign as it was made.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub id: CampaignId,
    pub day: Date,
    /// Its place among the windows of the day, from 0.
    pub window: i16,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
    pub is_last: bool,
    pub made_at: Timestamp,
    pub paused_at: Option<Timestamp>,
    pub stopped_at: Option<Timestamp>,
}

impl Campaign {
    /// Whether calls of it may be started now.
    pub fn runs(&self, now: Timestamp) -> bool {
        self.paused_at.is_none() && self.stopped_at.is_none() && self.is_open(now)
    }

    pub fn is_open(&self, now: Timestamp) -> bool {
        self.opens_at <= now && now < self.closes_at
    }
}
