//! The working calendar: which hours of which days count, and how sure that is.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A result together with what stands in the way of trusting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reckoned<T> {
    pub value: T,
    /// The first day on the way whose status is not certain; `None` when all were verified.
    pub doubt: Option<Doubt>,
}

impl<T> Reckoned<T> {
    pub const fn verified(&self) -> bool {
        self.doubt.is_none()
    }
}

/// Why a reckoning is not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// No holidays are known for this year; weekdays were taken as they come.
    UnknownYear(i16),
    /// This holiday or make-up day was entered without a verified source.
    UnverifiedDay(Date),
}

/// What a day is to an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    Working,
    /// A day of the week on which the office never opens.
    Weekend,
    Holiday(&'a Holiday),
    /// Works although it is a weekend, in place of the day named.
    MakeUp(Date),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    pub date: Date,
    pub name_vi: String,
    pub name_en: String,
    #[serde(default)]
    pub verified: bool,
}

/// A weekend day worked in exchange for a day off; it keeps the hours of the day it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeUp {
    pub date: Date,
    pub instead_of: Date,
}

/// One version of the holiday rule: the days off and the make-up days of one year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearDays {
    pub holidays: Vec<Holiday>,
    #[serde(default)]
    pub make_up: Vec<MakeUp>,
}

/// One stretch of open hours within a day, `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub start: Time,
    pub end: Time,
}

/// The open hours of each weekday, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WeekTable", into = "WeekTable")]
pub struct WeekHours([Vec<Opening>; 7]);

/// How hours are written in a rule pack: `monday = [{ start = "07:30", end = "11:30" }, …]`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WeekTable {
    monday: Vec<Opening>,
    tuesday: Vec<Opening>,
    wednesday: Vec<Opening>,
    thursday: Vec<Opening>,
    friday: Vec<Opening>,
    saturday: Vec<Opening>,
    sunday: Vec<Opening>,
}

impl TryFrom<WeekTable> for WeekHours {
    type Error = CalendarFault;
    fn try_from(t: WeekTable) -> Result<Self, CalendarFault> {
        Self::new([t.monday, t.tuesday, t.wednesday, t.thursday, t.friday, t.saturday, t.sunday])
    }
}

impl From<WeekHours> for WeekTable {
    fn from(WeekHours(days): WeekHours) -> Self {
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = days;
        Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }
}

impl WeekHours {
    /// Refuses a stretch that ends before it starts, stretches that overlap or stand out of order,
    /// and a week that never opens (no deadline could ever be met in it).
    pub fn new(days: [Vec<Opening>; 7]) -> Result<Self, CalendarFault> {
        for openings in &days {
            let backwards = openings.iter().find(|o| o.start >= o.end);
            let overlapping = openings.windows(2).find(|w| w[0].end > w[1].start).map(|w| &w[1]);
            if let Some(bad) = backwards.or(overlapping) {
                return Err(CalendarFault::BadHours { start: bad.start, end: bad.end });
            }
        }
        if days.iter().all(Vec::is_empty) {
            return Err(CalendarFault::NeverOpen);
        }
        Ok(Self(days))
    }

    /// The same hours from Monday to Friday.
    pub fn weekdays(openings: &[Opening]) -> Result<Self, CalendarFault> {
        let day = || openings.to_vec();
        Self::new([day(), day(), day(), day(), day(), Vec::new(), Vec::new()])
    }

    pub fn on(&self, weekday: Weekday) -> &[Opening] {
        &self.0[weekday.to_monday_zero_offset() as usize]
    }
}

/// What is wrong with the calendar data handed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    #[error("open hours {start}-{end} end before they start or overlap others")]
    BadHours { start: Time, end: Time },
    #[error("the week has no open hours at all")]
    NeverOpen,
    #[error("{date} is listed under year {year}")]
    WrongYear { date: Date, year: i16 },
    #[error("{0} is listed twice")]
    Twice(Date),
    #[error("{date} is worked instead of {instead_of}, which is not listed as a day off")]
    NothingToMakeUp { date: Date, instead_of: Date },
}

/// Holidays, make-up days and open hours of one office, in its own time zone.
#[derive(Debug, Clone)]
pub struct WorkCalendar {
    holidays: BTreeMap<Date, Holiday>,
    make_up: BTreeMap<Date, Date>,
    years: BTreeSet<i16>,
    hours: WeekHours,
    tz: TimeZone,
}

impl WorkCalendar {
    /// `years` are the versions of the holiday rule in force, each with its year; years that are
    /// not among them are unknown to the calendar.
    pub fn new(
        tz: TimeZone,
        hours: WeekHours,
        years: impl IntoIterator<Item = (i16, YearDays)>,
    ) -> Result<Self, CalendarFault> {
        let mut calendar =
            Self { holidays: BTreeMap::new(), make_up: BTreeMap::new(), years: BTreeSet::new(), hours, tz };
        let mut exchanges = Vec::new();
        for (year, days) in years {
            calendar.years.insert(year);
            for holiday in days.holidays {
                let date = holiday.date;
                if date.year() != year {
                    return Err(CalendarFault::WrongYear { date, year });
                }
                if calendar.holidays.insert(date, holiday).is_some() {
                    return Err(CalendarFault::Twice(date));
                }
            }
            for exchange in days.make_up {
                if exchange.date.year() != year {
                    return Err(CalendarFault::WrongYear { date: exchange.date, year });
                }
                exchanges.push(exchange);
            }
        }
        // A year may make up for a day of its neighbour, so exchanges wait for all holidays.
        for MakeUp { date, instead_of } in exchanges {
            if !calendar.holidays.contains_key(&instead_of) {
                return Err(CalendarFault::NothingToMakeUp { date, instead_of });
            }
            if calendar.holidays.contains_key(&date) || calendar.make_up.insert(date, instead_of).is_some() {
                return Err(CalendarFault::Twice(date));
            }
        }
        Ok(calendar)
    }

    pub const fn time_zone(&self) -> &TimeZone {
        &self.tz
    }

    /// The local date of an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.tz.to_datetime(at).date()
    }

    pub fn day_kind(&self, date: Date) -> Reckoned<DayKind<'_>> {
        let value = if let Some(&instead_of) = self.make_up.get(&date) {
            DayKind::MakeUp(instead_of)
        } else if let Some(holiday) = self.holidays.get(&date) {
            DayKind::Holiday(holiday)
        } else if self.hours.on(date.weekday()).is_empty() {
            DayKind::Weekend
        } else {
            DayKind::Working
        };
        Reckoned { value, doubt: self.doubt(date) }
    }

    fn doubt(&self, date: Date) -> Option<Doubt> {
        if !self.years.contains(&date.year()) {
            return Some(Doubt::UnknownYear(date.year()));
        }
        let announced = self.make_up.get(&date).unwrap_or(&date);
        let unverified = self.holidays.get(announced).is_some_and(|h| !h.verified);
        unverified.then_some(Doubt::UnverifiedDay(date))
    }

    fn openings(&self, date: Date) -> &[Opening] {
        if let Some(instead_of) = self.make_up.get(&date) {
            self.hours.on(instead_of.weekday())
        } else if self.holidays.contains_key(&date) {
            &[]
        } else {
            self.hours.on(date.weekday())
        }
    }

    /// The open stretches of a day as instants.
    fn stretches(&self, date: Date) -> impl DoubleEndedIterator<Item = (Timestamp, Timestamp)> + '_ {
        self.openings(date).iter().map(move |o| (self.instant(date, o.start), self.instant(date, o.end)))
    }

    fn instant(&self, date: Date, time: Time) -> Timestamp {
        let local = date.to_datetime(time);
        // Only the first and last days of year -9999 and 9999 have no instant in some zones.
        self.tz.to_timestamp(local).unwrap_or(if date.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
    }

    /// The instant at which `amount` of working time has passed since `from`. It lies inside open
    /// hours or exactly at their close; a negative amount counts as zero.
    pub fn add_working_time(&self, from: Timestamp, amount: SignedDuration) -> Reckoned<Timestamp> {
        let mut remaining = amount.max(SignedDuration::ZERO);
        self.walk(from, |date| {
            for (start, end) in self.stretches(date) {
                if from >= end {
                    continue;
                }
                let begin = start.max(from);
                let available = begin.duration_until(end);
                if remaining <= available {
                    return begin.checked_add(remaining).ok();
                }
                remaining -= available;
            }
            None
        })
    }

    /// The close of the `days`-th working day after the day of `from`, which itself does not count.
    /// Zero days means before the office next closes.
    pub fn add_working_days(&self, from: Timestamp, days: u32) -> Reckoned<Timestamp> {
        let first = self.date_of(from);
        let mut remaining = days;
        self.walk(from, |date| {
            let close = self.stretches(date).next_back().map(|(_, end)| end)?;
            if days == 0 {
                return (close > from).then_some(close);
            }
            if date > first {
                remaining -= 1;
            }
            (remaining == 0).then_some(close)
        })
    }

    /// Visits each day from that of `from` until `found` answers, and notes the first doubt on the
    /// way. Past the last representable day the answer is the end of time, in an unknown year.
    fn walk(&self, from: Timestamp, mut found: impl FnMut(Date) -> Option<Timestamp>) -> Reckoned<Timestamp> {
        let mut date = self.date_of(from);
        let mut doubt = None;
        loop {
            doubt = doubt.or_else(|| self.doubt(date));
            if let Some(value) = found(date) {
                return Reckoned { value, doubt };
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => return Reckoned { value: Timestamp::MAX, doubt },
            }
        }
    }

    /// Working time from `a` to `b`; negative when `b` comes first.
    pub fn working_between(&self, a: Timestamp, b: Timestamp) -> Reckoned<SignedDuration> {
        let (first, last) = (a.min(b), a.max(b));
        let mut doubt = None;
        let mut sum = SignedDuration::ZERO;
        for date in dates(self.date_of(first), self.date_of(last)) {
            doubt = doubt.or_else(|| self.doubt(date));
            for (start, end) in self.stretches(date) {
                let (start, end) = (start.max(first), end.min(last));
                if start < end {
                    sum += start.duration_until(end);
                }
            }
        }
        Reckoned { value: if b < a { -sum } else { sum }, doubt }
    }

    /// Working days after the day of `a` up to and including the day of `b`; zero when `b` is not
    /// on a later day.
    pub fn working_days_between(&self, a: Timestamp, b: Timestamp) -> Reckoned<u32> {
        let mut doubt = None;
        let mut days = 0;
        for date in dates(self.date_of(a), self.date_of(b)).skip(1) {
            doubt = doubt.or_else(|| self.doubt(date));
            days += u32::from(!self.openings(date).is_empty());
        }
        Reckoned { value: days, doubt }
    }

    pub fn is_working(&self, at: Timestamp) -> Reckoned<bool> {
        let date = self.date_of(at);
        let value = self.stretches(date).any(|(start, end)| start <= at && at < end);
        Reckoned { value, doubt: self.doubt(date) }
    }

    /// `at` itself when the office is open then, else its next opening.
    pub fn next_open(&self, at: Timestamp) -> Reckoned<Timestamp> {
        self.add_working_time(at, SignedDuration::ZERO)
    }
}

/// Each day from `from` to `to`, both included.
fn dates(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |date| date.tomorrow().ok()).take_while(move |date| *date <= to)
}
