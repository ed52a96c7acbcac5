//! The ticket and its decisions, without a database.

use super::ladder::{LadderSpec, Until};
use crate::calendars::ClockKind;
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, MatterId, OrganisationId, Result, StaffId, TicketId, UnitId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(s: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == s)
                    .ok_or_else(|| Error::internal(format!("not a {}: {s}", stringify!($name))))
            }
        }
    };
}

words! {
    /// An emergency rings and is never held back; a notice may be grouped.
    Severity { Emergency = "emergency", Notice = "notice" }
}
words! {
    State { Open = "open", Accepted = "accepted", Paused = "paused", Resolved = "resolved", Merged = "merged" }
}
words! {
    /// How a level reaches people.
    Channel { Desk = "desk", Call = "call", Email = "email", Sms = "sms", Push = "push" }
}

impl Channel {
    /// It tells, and cannot be answered: it never accepts, and nobody misses it.
    pub const fn only_tells(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Push)
    }
}

/// The same of an attempt's or an event's channel.
pub fn only_tells(channel: &str) -> bool {
    channel.parse::<Channel>().is_ok_and(Channel::only_tells)
}
words! {
    Tone { Ring = "ring", Notice = "notice" }
}

/// The whole ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub kind: String,
    pub severity: Severity,
    /// By language ("vi", "en"): what is to be done.
    pub task: serde_json::Value,
    pub unit: Option<UnitId>,
    pub organisation: Option<OrganisationId>,
    pub assignee: Option<StaffId>,
    pub given_by: Option<UnitId>,
    /// The ward the matter is about.
    pub ward: Option<UnitId>,
    pub state: State,
    pub opened_at: Timestamp,
    pub clock_from: Timestamp,
    pub clock: ClockKind,
    pub due_at: Timestamp,
    pub warn_at: Option<Timestamp>,
    pub overdue_at: Option<Timestamp>,
    pub ladder: LadderSpec,
    pub level: i16,
    pub round: i16,
    pub generation: i32,
    pub level_started_at: Option<Timestamp>,
    pub climbs_at: Option<Timestamp>,
    pub used_up_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub accepted_by: Option<StaffId>,
    pub resolved_at: Option<Timestamp>,
    pub reopened: i16,
    pub paused_at: Option<Timestamp>,
    pub paused_until: Option<Timestamp>,
    pub paused_s: i64,
    pub merged_into: Option<TicketId>,
}

/// The next step of a ladder: the level to start with, wherever people are found from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub level: usize,
    pub round: i16,
    /// The ladder had been climbed to its end: it starts again and raises an alarm.
    pub used_up: bool,
}

/// A level of a ladder as somebody had it before him, with the instant at which it began: what he
/// decides is about this level, and about no later one. Written `level.round.microseconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    pub level: i16,
    pub round: i16,
    pub since: Timestamp,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.level, self.round, self.since.as_microsecond())
    }
}

impl FromStr for Rung {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self> {
        let read = || {
            let mut parts = s.splitn(3, '.');
            let (level, round) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            let since = Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?;
            Some(Self { level, round, since })
        };
        read().ok_or(Error::Conflict("error-ticket-not-waiting"))
    }
}

impl Ticket {
    /// The level at which the ticket stands; none before its first.
    pub fn rung(&self) -> Option<Rung> {
        Some(Rung { level: self.level, round: self.round, since: self.level_started_at? })
    }

    /// Whether every level has been called and nobody has taken it up.
    pub fn is_used_up(&self) -> bool {
        self.used_up_at.is_some() && self.is_climbing()
    }

    /// The unit whose people are called for it: the responsible one. An organisation has no desk;
    /// for it stands the unit that gave the ticket, or else the ward.
    pub fn called_unit(&self) -> Option<UnitId> {
        self.unit.or(self.given_by).or(self.ward)
    }

    /// Whether the ladder still waits for someone.
    pub fn is_climbing(&self) -> bool {
        matches!((self.ladder.until, self.state), (_, State::Open) | (Until::Answered, State::Accepted))
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Resolved | State::Merged)
    }

    /// Decides what a timer of `generation` does: nothing when it is stale or the ladder has ended.
    pub fn next(&self, generation: i32) -> Option<Next> {
        if generation != self.generation || !self.is_climbing() {
            return None;
        }
        // Before its first level a ticket stands at -1.
        let level = usize::try_from(self.level + 1).unwrap_or(0);
        if level < self.ladder.levels.len() {
            Some(Next { level, round: self.round, used_up: false })
        } else {
            Some(Next { level: 0, round: self.round.saturating_add(1), used_up: true })
        }
    }

    /// Whether no level stands above this one; the ladder would start again.
    pub fn is_at_the_top(&self) -> bool {
        usize::try_from(self.level + 1).is_ok_and(|next| next >= self.ladder.levels.len())
    }

    /// Whether the level goes on until `until` because of a call that left at `invited`: not when it has been told
    /// to climb before its `own` time, nor when that time was over, nor when it lasts longer already.
    pub fn waits_longer(&self, own: Timestamp, invited: Timestamp, until: Timestamp) -> bool {
        invited < own && self.climbs_at.is_some_and(|set| own <= set && set < until)
    }

    /// When the level that `answered_at` belongs to may climb: never before its own time, and not
    /// until the message has ended (or will have, `message` long) and 20 s to press a key.
    pub fn hold_until(&self, heard_until: Timestamp) -> Timestamp {
        let own = self.climbs_at.unwrap_or(heard_until);
        own.max(heard_until + HOLD_AFTER_MESSAGE)
    }

    /// Accepting is possible once, while it waits.
    pub fn accept(&self) -> Result<()> {
        match self.state {
            State::Open => Ok(()),
            State::Accepted => Err(Error::Conflict("error-ticket-already-accepted")),
            State::Paused => Err(Error::Conflict("error-ticket-paused")),
            State::Resolved | State::Merged => Err(Error::Conflict("error-ticket-closed")),
        }
    }

    /// For every act on a ticket that is still owed an answer.
    pub fn still_owed(&self) -> Result<()> {
        if self.is_closed() { Err(Error::Conflict("error-ticket-closed")) } else { Ok(()) }
    }

    /// Pausing stops the clock; at most [`PAUSE_CAP`] in all, whoever approves.
    pub fn pause(&self, now: Timestamp, until: Timestamp) -> Result<()> {
        self.still_owed()?;
        if self.state == State::Paused {
            return Err(Error::Conflict("error-ticket-paused"));
        }
        if self.severity == Severity::Emergency && self.state == State::Open {
            // News nobody has taken cannot be laid aside.
            return Err(Error::Conflict("error-pause-emergency"));
        }
        if until <= now {
            return Err(Error::invalid("until", "error-pause-past"));
        }
        let asked = until.duration_since(now) + SignedDuration::from_secs(self.paused_s);
        if asked > PAUSE_CAP { Err(Error::invalid("until", "error-pause-cap")) } else { Ok(()) }
    }

    /// Late once and for all: past its due time when answered, or ever reopened.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.reopened > 0 || self.overdue_at.is_some() || self.resolved_at.unwrap_or(now) > self.due_at
    }
}

/// From when the time of a level counts that began then and whose call left at `invited`.
pub fn counted_from(began: Timestamp, invited: Timestamp) -> Timestamp {
    invited.min(began + INVITE_WITHIN)
}

/// So late an INVITE still moves the climb: two trunks that say nothing, and the third rings. Silence holds no level
/// longer than its own time and this.
pub const INVITE_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// An INVITE that leaves so soon after its level began left with it: the level's time is as good as counted from it.
pub const INVITE_WITH_LEVEL: SignedDuration = SignedDuration::from_millis(250);
/// Time to press a key after the message has ended (rules/f0-news.toml).
pub const HOLD_AFTER_MESSAGE: SignedDuration = SignedDuration::from_secs(20);
/// How long a ticket may be paused in all.
pub const PAUSE_CAP: SignedDuration = SignedDuration::from_hours(24 * 10);
