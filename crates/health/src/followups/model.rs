//! A plan, what fills it, and how it stands.

use super::{
    calendar::{Slot, State},
    course::Course,
    rank::{Silence, rank},
};
use crate::{alerts::Grade, codes::codes, risk::Group};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Error, Result};

codes! {
    /// Who is followed.
    Subject in "subject" {
        F0 = "f0",
        F1 = "f1",
        /// Somebody who is neither a case nor a contact, isolated all the same.
        Other = "other",
    }
    /// What the first day rests on.
    Basis in "basis" {
        Onset = "onset",
        Sample = "sample",
        Report = "report",
        /// The last contact with an F0.
        Exposure = "exposure",
        Arrival = "arrival",
    }
    /// By which way a contact was made.
    Channel in "channel" {
        Household = "household",
        Phone = "phone",
        Visit = "visit",
        Station = "station",
        Robot = "robot",
    }
    /// What a contact came to. An unanswered call is not an answer.
    ContactOutcome in "outcome" {
        Reached = "reached",
        NotReached = "not_reached",
        Refused = "refused",
        Reminded = "reminded",
    }
    /// Why a plan was closed.
    Closed in "closed_as" {
        Released = "released",
        Removed = "removed",
        Died = "died",
        MovedAway = "moved_away",
        NotACase = "not_a_case",
        BecameF0 = "became_f0",
        /// He was only watched, and is an F1 now.
        BecameF1 = "became_f1",
        /// He was on record twice and is followed by another plan.
        Joined = "joined",
        Withdrawn = "withdrawn",
        Lost = "lost",
    }
}

/// One person's plan, as far as its days are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub subject: Subject,
    pub basis: Basis,
    /// Day 0.
    pub start_on: Date,
    /// The last day on which entries are owed.
    pub ends_on: Date,
    pub risk: Group,
    /// What was to be entered before this is owed by nobody.
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
}

/// A contact, as far as the calendar is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    pub at: Timestamp,
    pub outcome: ContactOutcome,
    /// It was a slip of the pen: it stays in view and no longer counts.
    pub withdrawn: bool,
}

impl Made {
    /// Whether somebody was reached by it, so that nothing is owed any more.
    pub fn counts(&self) -> bool {
        self.outcome == ContactOutcome::Reached && !self.withdrawn
    }
}

/// How a plan stands on the morning list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the next entry that is owed is late; `None` when none is owed any more.
    pub due_at: Option<Timestamp>,
    /// When it must be reckoned anew because a slot opens or becomes late.
    pub settle_at: Option<Timestamp>,
    /// Entries missed in a row since the last one.
    pub missed: i16,
    /// Place in the order; the highest stands first.
    pub rank: i16,
}

/// What moving the first day came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The plan with its new days.
    pub plan: Plan,
    /// First and last day as they were.
    pub before: (Date, Date),
    /// First and last day as they are now.
    pub after: (Date, Date),
    /// Contacts that fall outside the new days. They stay in view.
    pub outside: usize,
}

/// The day of a plan that a date is, counted from its first; negative before it.
pub(super) fn day_of(start_on: Date, on: Date) -> i32 {
    start_on.until(on).map_or(0, |span| span.get_days())
}

impl Plan {
    /// How the plan stands when its calendar is `slots`; `open` is the worst alert of the person that
    /// nobody has ended.
    pub fn standing(&self, slots: &[Slot<'_>], open: Option<Grade>) -> Standing {
        let mut missed: i16 = 0;
        for slot in slots.iter().rev() {
            match slot.state {
                State::Missed => missed = missed.saturating_add(1),
                State::Filled => break,
                State::Open | State::Coming | State::NotOwed | State::Outside => {}
            }
        }
        if self.closed_at.is_some() {
            return Standing { due_at: None, settle_at: None, missed, rank: 0 };
        }
        let silence = if slots.iter().all(|slot| slot.made.is_none()) {
            Silence::Never
        } else if missed > 0 {
            Silence::Missed(missed)
        } else if slots.iter().any(|slot| slot.state == State::Open) {
            Silence::Owed
        } else {
            Silence::Done
        };
        let owed = slots.iter().filter(|slot| matches!(slot.state, State::Open | State::Coming));
        let turns = slots.iter().filter_map(|slot| match slot.state {
            State::Open => Some(slot.due_at),
            State::Coming => Some(slot.opens_at),
            State::Filled | State::Missed | State::NotOwed | State::Outside => None,
        });
        Standing {
            due_at: owed.map(|slot| slot.due_at).min(),
            settle_at: turns.min(),
            missed,
            rank: rank(self.risk, open, silence),
        }
    }

    /// The plan with another first day and the same length. Contacts are counted again, never hidden;
    /// how many fall outside is told.
    ///
    /// Errors: `start_on`: `error-date-future`, `error-date-none`.
    pub fn started(
        &self,
        basis: Basis,
        on: Date,
        course: &Course,
        made: &[Made],
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Moved> {
        if on > zone.to_datetime(now).date() {
            return Err(Error::invalid("start_on", "error-date-future"));
        }
        let length = self.start_on.until(self.ends_on).map_err(Error::internal)?;
        let ends_on = on.checked_add(length).map_err(|_| Error::invalid("start_on", "error-date-none"))?;
        let plan = Self { basis, start_on: on, ends_on, ..*self };
        let outside = plan.outside(course, made, zone, now);
        Ok(Moved { plan, before: (self.start_on, self.ends_on), after: (on, ends_on), outside })
    }

    /// How many contacts lie outside the plan's days.
    pub(super) fn outside(&self, course: &Course, made: &[Made], zone: &TimeZone, now: Timestamp) -> usize {
        self.calendar(course, made, zone, now)
            .iter()
            .filter(|slot| slot.state == State::Outside)
            .filter(|slot| slot.contacts.iter().any(|index| !made[*index].withdrawn))
            .count()
    }
}

impl Closed {
    /// Whether it follows from what happens elsewhere, so that nobody chooses it.
    pub fn follows(self) -> bool {
        matches!(self, Self::BecameF0 | Self::BecameF1 | Self::Joined | Self::Withdrawn)
    }
}
