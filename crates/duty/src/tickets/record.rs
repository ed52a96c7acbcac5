//! The record of calls: how often each unit and each official was rung, answered and accepted, and how
//! soon, over some days or for one matter.
//!
//! A *call* is one person rung on one level of one ticket, however many of his phones and bells rang for
//! it; it has one ending ([`Ending`]), found as [`super::missed_in`] finds it. What was our own doing (he
//! was in another call of ours, no network took the call, the roster had nobody) and what somebody else
//! took up first is counted apart and never against him; so is what was heard without a key, for a
//! mailbox hears too. Mails, texts, pushes and ordinary notices are no calls.

use super::sql_record::{self, Asked};
use crate::{
    permissions::{Action, Permit, Scope, allowed_units},
    staff, units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Result, StaffId, TicketId, UnitId};
use std::collections::BTreeSet;
use store::Cx;

/// The most days that are counted at once.
pub const LONGEST: i32 = 92;

/// How one call ended for the person who was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    Accepted,
    PassedUp,
    /// He, or his mailbox, listened, and the level went by without being accepted: neither for him nor against him.
    HeardNotAccepted,
    NotAnswered,
    Busy,
    Rejected,
    /// The network said that his phone cannot be reached.
    Unreachable,
    /// It rings now, or another phone of its level does.
    Running,
    /// Somebody else took it up while it rang, or it went elsewhere.
    Taken,
    Engaged,
    NoNetwork,
    Nobody,
    NoChannel,
    Withdrawn,
}

impl Ending {
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::PassedUp,
        Self::HeardNotAccepted,
        Self::NotAnswered,
        Self::Busy,
        Self::Rejected,
        Self::Unreachable,
        Self::Running,
        Self::Taken,
        Self::Engaged,
        Self::NoNetwork,
        Self::Nobody,
        Self::NoChannel,
        Self::Withdrawn,
    ];

    /// As the outcomes of attempts are named.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::PassedUp => "passed_up",
            Self::HeardNotAccepted => "heard_not_accepted",
            Self::NotAnswered => "not_answered",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Running => "running",
            Self::Taken => "taken",
            Self::Engaged => "engaged",
            Self::NoNetwork => "no_network",
            Self::Nobody => "nobody",
            Self::NoChannel => "no_channel",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == text)
    }

    /// Somebody was there, and decided.
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Accepted | Self::PassedUp)
    }

    /// It rang, and nobody was reached.
    pub const fn is_missed(self) -> bool {
        matches!(self, Self::NotAnswered | Self::Busy | Self::Rejected | Self::Unreachable)
    }

    /// It says something of the person; the answer rate is of these.
    pub const fn is_counted(self) -> bool {
        self.is_answered() || self.is_missed()
    }

    /// What the centre itself brought about: never against the person.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Engaged | Self::NoNetwork | Self::Nobody | Self::NoChannel | Self::Withdrawn)
    }
}

/// What stands behind a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    All,
    /// Where a telephone rang.
    Phone,
    /// Where the bell of a desk rang.
    Desk,
    Answered,
    Missed,
    Ours,
    Ended(Ending),
}

impl What {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "calls",
            Self::Phone => "phone",
            Self::Desk => "desk",
            Self::Answered => "answered",
            Self::Missed => "missed",
            Self::Ours => "ours",
            Self::Ended(ending) => ending.as_str(),
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        [Self::All, Self::Phone, Self::Desk, Self::Answered, Self::Missed, Self::Ours]
            .into_iter()
            .find(|what| what.as_str() == text)
            .or_else(|| Ending::named(text).map(Self::Ended))
    }

    /// The endings that it is narrowed to.
    pub(super) fn endings(self) -> Option<Vec<String>> {
        let of = |keep: fn(Ending) -> bool| {
            Some(
                Ending::ALL.into_iter().filter(|one| keep(*one)).map(|one| one.as_str().to_owned()).collect(),
            )
        };
        match self {
            Self::All | Self::Phone | Self::Desk => None,
            Self::Answered => of(Ending::is_answered),
            Self::Missed => of(Ending::is_missed),
            Self::Ours => of(Ending::is_ours),
            Self::Ended(ending) => Some(vec![ending.as_str().to_owned()]),
        }
    }
}

/// What is counted of some calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub calls: i64,
    /// Every try, telephone and desk each for itself.
    pub attempts: i64,
    /// Calls for which a telephone rang.
    pub phone: i64,
    /// Calls for which the bell of a desk rang.
    pub desk: i64,
    pub accepted: i64,
    pub passed_up: i64,
    pub heard_not_accepted: i64,
    pub not_answered: i64,
    pub busy: i64,
    pub rejected: i64,
    pub unreachable: i64,
    pub running: i64,
    pub taken: i64,
    pub engaged: i64,
    pub no_network: i64,
    pub nobody: i64,
    pub no_channel: i64,
    pub withdrawn: i64,
    pub tickets: i64,
    /// Seconds from the INVITE (from the bell where no telephone was rung) until it was answered, in the
    /// middle and at nine of ten; none where nothing was answered.
    pub answer_median_s: Option<i64>,
    pub answer_p90_s: Option<i64>,
    /// The same until it was accepted.
    pub accept_median_s: Option<i64>,
    pub accept_p90_s: Option<i64>,
}

impl Figures {
    pub const fn of(&self, ending: Ending) -> i64 {
        match ending {
            Ending::Accepted => self.accepted,
            Ending::PassedUp => self.passed_up,
            Ending::HeardNotAccepted => self.heard_not_accepted,
            Ending::NotAnswered => self.not_answered,
            Ending::Busy => self.busy,
            Ending::Rejected => self.rejected,
            Ending::Unreachable => self.unreachable,
            Ending::Running => self.running,
            Ending::Taken => self.taken,
            Ending::Engaged => self.engaged,
            Ending::NoNetwork => self.no_network,
            Ending::Nobody => self.nobody,
            Ending::NoChannel => self.no_channel,
            Ending::Withdrawn => self.withdrawn,
        }
    }

    fn sum(&self, keep: fn(Ending) -> bool) -> i64 {
        Ending::ALL.into_iter().filter(|ending| keep(*ending)).map(|ending| self.of(ending)).sum()
    }

    pub fn answered(&self) -> i64 {
        self.sum(Ending::is_answered)
    }

    pub fn missed(&self) -> i64 {
        self.sum(Ending::is_missed)
    }

    pub fn counted(&self) -> i64 {
        self.sum(Ending::is_counted)
    }

    pub fn ours(&self) -> i64 {
        self.sum(Ending::is_ours)
    }

    /// Answered of counted, in whole per cent rounded down: 100 only when none was missed.
    pub fn answer_rate(&self) -> Option<i64> {
        let counted = self.counted();
        (counted > 0).then(|| self.answered() * 100 / counted)
    }

    /// Attempts for each ticket, in tenths.
    pub fn attempts_per_ticket(&self) -> Option<i64> {
        (self.tickets > 0).then(|| (self.attempts * 10 + self.tickets / 2) / self.tickets)
    }
}

/// Figures by unit or by official, and of all of them together.
#[derive(Clone, Debug)]
pub struct Record<K> {
    pub lines: Vec<(K, Figures)>,
    pub whole: Figures,
}

/// One call as the lists show it.
#[derive(Clone, Debug)]
pub struct Called {
    pub ticket: TicketId,
    pub code: String,
    pub level: i16,
    pub round: i16,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub started_at: Timestamp,
    /// When the telephone network was asked; `None` where no telephone was rung.
    pub invited_at: Option<Timestamp>,
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub phone: bool,
    pub desk: bool,
    pub ending: Ending,
}

impl Called {
    /// From when its seconds count.
    pub fn since(&self) -> Timestamp {
        self.invited_at.unwrap_or(self.started_at)
    }
}

/// Which calls a list holds.
#[derive(Clone, Copy, Debug)]
pub struct Behind {
    pub from: Date,
    pub to: Date,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub what: What,
    pub limit: i64,
    pub skip: i64,
}

/// By the unit that was called, over whole days, of `units` or, where it names none, of all that the
/// reader sees.
///
/// Errors: `NotFound` for whom the record is closed, or not of one of the units; `from`:
/// `error-date-order` where the days run backwards, `error-record-long` past [`LONGEST`].
pub async fn of_units(cx: &mut Cx, from: Date, to: Date, units: &[UnitId]) -> Result<Record<UnitId>> {
    let sight = sight(cx, units)?;
    let span = span(cx, from, to).await?;
    let asked = Asked { span, units: sight, by_unit: true, ..Asked::default() };
    let (lines, whole) = sql_record::figures(cx, asked).await?;
    Ok(Record { lines: lines.into_iter().map(|(id, figures)| (UnitId(id), figures)).collect(), whole })
}

/// By the official who was called, at these units; otherwise as [`of_units`].
pub async fn of_staff(cx: &mut Cx, from: Date, to: Date, units: &[UnitId]) -> Result<Record<StaffId>> {
    let sight = sight(cx, units)?;
    let span = span(cx, from, to).await?;
    of_people(cx, Asked { span, units: sight, ..Asked::default() }).await
}

/// One official's: his own wherever he was called, another's at the units that the reader sees.
/// `NotFound` for whoever never stood there.
pub async fn of_person(cx: &mut Cx, from: Date, to: Date, person: StaffId) -> Result<Figures> {
    let sight = sight_of(cx, person)?;
    let span = span(cx, from, to).await?;
    let seen = sight.as_ref().map(|units| units.iter().copied().map(UnitId).collect::<BTreeSet<_>>());
    let asked = Asked { span, units: sight, staff: Some(person), ..Asked::default() };
    let figures = of_people(cx, asked).await?.whole;
    if let Some(seen) = seen
        && figures.calls == 0
        && !staff::posts_of(cx, person).await?.iter().any(|post| seen.contains(&post.unit))
    {
        return Err(Error::NotFound);
    }
    Ok(figures)
}

/// The calls behind a number, the newest first.
pub async fn calls(cx: &mut Cx, behind: &Behind) -> Result<Vec<Called>> {
    let units: Vec<UnitId> = behind.unit.into_iter().collect();
    let sight = match behind.staff {
        Some(person) if units.is_empty() => sight_of(cx, person)?,
        _ => sight(cx, &units)?,
    };
    let span = span(cx, behind.from, behind.to).await?;
    let asked = Asked { span, units: sight, staff: behind.staff, ..Asked::default() };
    sql_record::calls(cx, asked, behind.what, behind.limit, behind.skip).await
}

/// By official, for the tickets of a file; permission is the caller's to ask.
pub(super) async fn of_tickets(
    cx: &mut Cx,
    since: Timestamp,
    tickets: &[TicketId],
) -> Result<Record<StaffId>> {
    // What began this very moment is part of it.
    let span = (since, cx.now() + jiff::SignedDuration::from_secs(1));
    let tickets = Some(tickets.iter().map(|id| id.uuid()).collect());
    of_people(cx, Asked { span, tickets, ..Asked::default() }).await
}

async fn of_people(cx: &mut Cx, asked: Asked) -> Result<Record<StaffId>> {
    let (lines, whole) = sql_record::figures(cx, asked).await?;
    Ok(Record { lines: lines.into_iter().map(|(id, figures)| (StaffId(id), figures)).collect(), whole })
}

/// The units to look at: those asked for, or all in sight; `None` is the whole tenant.
fn sight(cx: &Cx, units: &[UnitId]) -> Result<Option<Vec<uuid::Uuid>>> {
    cx.permit_sight(Action::CallRecordSee, Scope::Tenant)?;
    let allowed = allowed_units(&cx.actor, Action::CallRecordSee);
    if let Some(allowed) = &allowed
        && units.iter().any(|unit| !allowed.contains(unit))
    {
        return Err(Error::NotFound);
    }
    if !units.is_empty() {
        return Ok(Some(units.iter().map(|unit| unit.uuid()).collect()));
    }
    Ok(allowed.map(|units| units.into_iter().map(UnitId::uuid).collect()))
}

/// Everybody sees what is kept of himself.
fn sight_of(cx: &Cx, person: StaffId) -> Result<Option<Vec<uuid::Uuid>>> {
    if cx.actor.staff_id() == Some(person) { Ok(None) } else { sight(cx, &[]) }
}

async fn span(cx: &mut Cx, from: Date, to: Date) -> Result<(Timestamp, Timestamp)> {
    if from > to {
        return Err(Error::invalid("from", "error-date-order"));
    }
    if from.until(to).map_err(Error::internal)?.get_days() >= LONGEST {
        return Err(Error::invalid("from", "error-record-long"));
    }
    let zone = units::timezone(cx).await?;
    let start = |day: Date| day.to_zoned(zone.clone()).map(|at| at.timestamp()).map_err(Error::internal);
    Ok((start(from)?, start(to.tomorrow().map_err(Error::internal)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_our_doing_is_in_no_rate() {
        let figures = Figures {
            calls: 10,
            accepted: 1,
            heard_not_accepted: 1,
            busy: 1,
            engaged: 4,
            no_network: 2,
            taken: 1,
            attempts: 16,
            tickets: 3,
            ..Figures::default()
        };
        assert_eq!((figures.counted(), figures.answered(), figures.missed(), figures.ours()), (2, 1, 1, 6));
        assert_eq!((figures.answer_rate(), figures.attempts_per_ticket()), (Some(50), Some(53)));
        assert_eq!(Figures::default().answer_rate(), None);
    }

    #[test]
    fn every_ending_is_of_one_sort_and_found_by_its_name() {
        for ending in Ending::ALL {
            let sorts = [ending.is_answered(), ending.is_missed(), ending.is_ours()];
            let apart = matches!(ending, Ending::Running | Ending::Taken | Ending::HeardNotAccepted);
            assert_eq!(sorts.iter().filter(|one| **one).count(), usize::from(!apart), "{ending:?}");
            assert_eq!(What::named(ending.as_str()), Some(What::Ended(ending)));
        }
        assert_eq!(What::named("nothing"), None);
    }
}
