//! The rotation: the same order of people, turn after turn.

use super::model::{Band, Period, Post, RosterFault, Shift, WeekdaySet, instant};
use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use kernel::ids::{ShiftId, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How long one turn lasts: `PT12H`, `P1D`, `P7D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TurnLength {
    hours: u16,
}

impl TurnLength {
    const MOST_HOURS: u16 = 366 * 24;

    pub fn hours(hours: u16) -> Result<Self, RosterFault> {
        if (1..=Self::MOST_HOURS).contains(&hours) {
            Ok(Self { hours })
        } else {
            Err(RosterFault::BadTurnLength)
        }
    }

    pub fn days(days: u16) -> Result<Self, RosterFault> {
        Self::hours(days.saturating_mul(24))
    }
}

impl FromStr for TurnLength {
    type Err = RosterFault;

    fn from_str(text: &str) -> Result<Self, RosterFault> {
        let bad = RosterFault::BadTurnLength;
        let span: Span = text.trim().parse().map_err(|_| bad)?;
        let hours = i64::from(span.get_weeks()) * 168 + i64::from(span.get_days()) * 24;
        let hours = hours + i64::from(span.get_hours());
        let rest = span.weeks(0).days(0).hours(0);
        if !rest.is_zero() {
            return Err(bad);
        }
        Self::hours(u16::try_from(hours).map_err(|_| bad)?)
    }
}

impl TryFrom<String> for TurnLength {
    type Error = RosterFault;
    fn try_from(text: String) -> Result<Self, RosterFault> {
        text.parse()
    }
}

impl fmt::Display for TurnLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hours.is_multiple_of(24) {
            write!(f, "P{}D", self.hours / 24)
        } else {
            write!(f, "PT{}H", self.hours)
        }
    }
}

impl From<TurnLength> for String {
    fn from(length: TurnLength) -> Self {
        length.to_string()
    }
}

/// Hours to which a rotation is limited: only nights, only weekends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    pub weekdays: WeekdaySet,
    pub band: Band,
}

/// People who take turns at one post. Turns are counted from `start` at the handover time, so the
/// order never depends on when it is asked for, and a person on leave keeps his place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    pub unit: UnitId,
    pub name: String,
    pub post: Post,
    pub staff: Vec<StaffId>,
    pub turn: TurnLength,
    pub handover: Time,
    pub start: Date,
    /// The day before whose handover the rotation ends.
    pub until: Option<Date>,
    /// Without any, a turn is one unbroken shift. With some, each restricted stretch is a shift of
    /// the turn in which it begins: whoever begins a night ends it.
    pub restrictions: Vec<Restriction>,
}

impl Rotation {
    pub fn check(&self) -> Result<(), RosterFault> {
        if self.staff.is_empty() {
            return Err(RosterFault::NobodyToRotate);
        }
        if self.until.is_some_and(|until| until <= self.start) {
            return Err(RosterFault::EndsBeforeStart);
        }
        Ok(())
    }

    /// The shifts that begin on the days from `from` to before `to`, in order of start. `id` names
    /// each new shift. A turn under way at `from` began earlier and is not repeated.
    pub fn materialise(
        &self,
        from: Date,
        to: Date,
        tz: &TimeZone,
        mut id: impl FnMut() -> ShiftId,
    ) -> Vec<Shift> {
        if self.check().is_err() {
            return Vec::new();
        }
        let mut stretches = if self.restrictions.is_empty() {
            self.turns(from, to, tz)
        } else {
            self.restricted(from, to, tz)
        };
        stretches.sort_by_key(|(period, ..)| *period);
        stretches
            .into_iter()
            .map(|(period, staff, name)| {
                Shift::planned(id(), self.unit, self.post, name, period, Some(staff))
            })
            .collect()
    }

    fn turns(&self, from: Date, to: Date, tz: &TimeZone) -> Vec<(Period, StaffId, &str)> {
        let first = self.turn_at(from.at(0, 0, 0, 0)).max(0);
        let end = self.end();
        (first..)
            .map(|n| (n, self.turn_start(n)))
            .skip_while(|(_, begin)| begin.is_some_and(|begin| begin.date() < from))
            .map_while(|(n, begin)| Some((n, begin.filter(|b| b.date() < to && end.is_none_or(|e| *b < e))?)))
            .filter_map(|(n, begin)| {
                let next = self.turn_start(n + 1).map(|next| end.map_or(next, |e| next.min(e)))?;
                let period = Period::new(instant(tz, begin), instant(tz, next)).ok()?;
                Some((period, self.person(n), self.name.as_str()))
            })
            .collect()
    }

    fn restricted(&self, from: Date, to: Date, tz: &TimeZone) -> Vec<(Period, StaffId, &str)> {
        let (first, end) = (self.start.to_datetime(self.handover), self.end());
        super::model::days(from.max(self.start), to)
            .flat_map(|date| self.restrictions.iter().map(move |r| (date, r)))
            .filter(|(date, r)| r.weekdays.contains(date.weekday()))
            .filter_map(|(date, r)| {
                let begin = date.to_datetime(r.band.start);
                let inside = begin >= first && end.is_none_or(|end| begin < end);
                let period = r.band.on(date, tz).filter(|_| inside)?;
                Some((period, self.person(self.turn_at(begin)), r.band.name.as_str()))
            })
            .collect()
    }

    /// Who has the turn at an instant, restrictions aside; `None` before the first or after the last.
    pub fn turn_of(&self, at: Timestamp, tz: &TimeZone) -> Option<StaffId> {
        self.check().ok()?;
        let local = tz.to_datetime(at);
        let begun = local >= self.start.to_datetime(self.handover);
        let over = self.end().is_some_and(|end| local >= end);
        (begun && !over).then(|| self.person(self.turn_at(local)))
    }

    fn end(&self) -> Option<DateTime> {
        self.until.map(|until| until.to_datetime(self.handover))
    }

    /// Turns are counted on the wall clock, so a handover stays at its hour where clocks change.
    fn turn_at(&self, local: DateTime) -> i64 {
        let since = self.start.to_datetime(self.handover).duration_until(local);
        since.as_secs().div_euclid(i64::from(self.turn.hours) * 3600)
    }

    fn turn_start(&self, n: i64) -> Option<DateTime> {
        let hours = n.checked_mul(i64::from(self.turn.hours))?;
        let span = Span::new().try_days(hours / 24).ok()?.try_hours(hours % 24).ok()?;
        self.start.to_datetime(self.handover).checked_add(span).ok()
    }

    fn person(&self, n: i64) -> StaffId {
        self.staff[n.rem_euclid(self.staff.len() as i64) as usize]
    }
}
