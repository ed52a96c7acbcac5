//! The two clocks behind every due time, what an amount of time means on each, and pauses.

use super::model::{Reckoned, WorkCalendar};
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Which clock a due time runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// Day and night, every day: epidemic and emergency.
    Calendar,
    /// Only while the office is open.
    Working,
}

impl ClockKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Working => "working",
        }
    }
}

impl FromStr for ClockKind {
    type Err = kernel::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "calendar" => Ok(Self::Calendar),
            "working" => Ok(Self::Working),
            _ => Err(kernel::Error::internal(format!("not a clock: {s}"))),
        }
    }
}

/// How long an answer may take. Written in ISO 8601: `PT48H` is time, `P5D` is days; on the
/// working clock a day is a working day, never 24 hours, so the two do not mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Amount {
    Time(SignedDuration),
    Days(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountFault {
    #[error("not a length of time such as PT48H or P5D")]
    Unreadable,
    #[error("a length of time must not mix days and hours: a working day has no fixed hours")]
    Mixed,
    #[error("months and years have no fixed length; write days")]
    MonthsOrYears,
    #[error("a length of time must lie between zero and ten years")]
    OutOfRange,
}

impl Amount {
    /// Ten years: longer than any deadline, short enough that a slip in a rule cannot stall a walk.
    const MOST_DAYS: i64 = 3_660;
}

impl FromStr for Amount {
    type Err = AmountFault;

    fn from_str(text: &str) -> Result<Self, AmountFault> {
        let text = text.trim().to_ascii_uppercase();
        if !text.starts_with('P') {
            return Err(AmountFault::Unreadable);
        }
        let span: Span = text.parse().map_err(|_| AmountFault::Unreadable)?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(AmountFault::MonthsOrYears);
        }
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let time = span.days(0).weeks(0);
        if days != 0 && !time.is_zero() {
            return Err(AmountFault::Mixed);
        }
        if span.is_negative() || days > Self::MOST_DAYS {
            return Err(AmountFault::OutOfRange);
        }
        if !text.contains('T') {
            return u32::try_from(days).map(Self::Days).map_err(|_| AmountFault::OutOfRange);
        }
        let time = SignedDuration::try_from(time).map_err(|_| AmountFault::OutOfRange)?;
        if time > SignedDuration::from_hours(Self::MOST_DAYS * 24) {
            return Err(AmountFault::OutOfRange);
        }
        Ok(Self::Time(time))
    }
}

impl TryFrom<String> for Amount {
    type Error = AmountFault;
    fn try_from(text: String) -> Result<Self, AmountFault> {
        text.parse()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(f),
            Self::Days(days) => write!(f, "P{days}D"),
        }
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

/// A stretch in which a clock stood still. While a pause lasts there is no due time to show; the
/// due time is reckoned anew when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl WorkCalendar {
    /// The instant at which `amount` has passed on the working clock: see
    /// [`Self::add_working_time`] and [`Self::add_working_days`].
    pub fn add_working(&self, from: Timestamp, amount: Amount) -> Reckoned<Timestamp> {
        match amount {
            Amount::Time(time) => self.add_working_time(from, time),
            Amount::Days(days) => self.add_working_days(from, days),
        }
    }

    /// When an answer opened at `opened` is due. A pause gives back exactly the time it took on the
    /// same clock; for a term in working days it gives back each working day on which the office
    /// closed with the clock standing still. Pauses may overlap and come in any order.
    pub fn due(
        &self,
        clock: ClockKind,
        opened: Timestamp,
        amount: Amount,
        paused: &[Pause],
    ) -> Reckoned<Timestamp> {
        let pauses = merged(opened, paused);
        match (clock, amount) {
            (ClockKind::Working, Amount::Days(days)) => self.due_in_days(opened, days, &pauses),
            (ClockKind::Calendar, Amount::Days(days)) => {
                let time = SignedDuration::from_hours(i64::from(days) * 24);
                self.due_in_time(clock, opened, time, &pauses)
            }
            (_, Amount::Time(time)) => self.due_in_time(clock, opened, time, &pauses),
        }
    }

    fn due_in_time(
        &self,
        clock: ClockKind,
        opened: Timestamp,
        time: SignedDuration,
        pauses: &[Pause],
    ) -> Reckoned<Timestamp> {
        let (mut from, mut remaining, mut doubt) = (opened, time, None);
        for pause in pauses {
            let run = self.left(clock, from, pause.from);
            if run.value >= remaining {
                break;
            }
            doubt = doubt.or(run.doubt);
            remaining -= run.value;
            from = pause.until;
        }
        let due = match clock {
            ClockKind::Calendar => {
                let value = from.checked_add(remaining).unwrap_or(Timestamp::MAX);
                Reckoned { value, doubt: None }
            }
            ClockKind::Working => self.add_working_time(from, remaining),
        };
        Reckoned { value: due.value, doubt: doubt.or(due.doubt) }
    }

    fn due_in_days(&self, opened: Timestamp, days: u32, pauses: &[Pause]) -> Reckoned<Timestamp> {
        let mut total = days;
        let mut due = self.add_working_days(opened, total);
        for pause in pauses {
            if pause.from >= due.value {
                break;
            }
            total = total.saturating_add(self.working_days_between(pause.from, pause.until).value);
            due = self.add_working_days(opened, total);
        }
        due
    }

    /// What is left of a due time, on its own clock; negative once it is late.
    pub fn left(&self, clock: ClockKind, now: Timestamp, due: Timestamp) -> Reckoned<SignedDuration> {
        match clock {
            ClockKind::Calendar => Reckoned { value: now.duration_until(due), doubt: None },
            ClockKind::Working => self.working_between(now, due),
        }
    }
}

/// Pauses in order, joined where they touch, without what lies before the opening.
fn merged(opened: Timestamp, paused: &[Pause]) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = paused
        .iter()
        .map(|p| Pause { from: p.from.max(opened), until: p.until })
        .filter(|p| p.from < p.until)
        .collect();
    pauses.sort_by_key(|p| p.from);
    let mut joined: Vec<Pause> = Vec::with_capacity(pauses.len());
    for pause in pauses {
        match joined.last_mut() {
            Some(last) if pause.from <= last.until => last.until = last.until.max(pause.until),
            _ => joined.push(pause),
        }
    }
    joined
}
