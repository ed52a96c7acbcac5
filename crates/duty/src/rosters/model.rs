//! Periods, bands, posts and shifts, and laying a plan out a second time.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use kernel::ids::{ShiftId, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A stretch of time, `start` included, `end` not; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Timestamp, Timestamp)", into = "(Timestamp, Timestamp)")]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

impl Period {
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, RosterFault> {
        if start < end { Ok(Self { start, end }) } else { Err(RosterFault::EmptyPeriod) }
    }

    pub const fn start(self) -> Timestamp {
        self.start
    }

    pub const fn end(self) -> Timestamp {
        self.end
    }

    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.intersection(other).is_some()
    }

    pub fn within(self, other: Self) -> bool {
        other.start <= self.start && self.end <= other.end
    }

    /// What of this period lies before and after `other`.
    pub fn without(self, other: Self) -> [Option<Self>; 2] {
        [
            Self::new(self.start, self.end.min(other.start)).ok(),
            Self::new(self.start.max(other.end), self.end).ok(),
        ]
    }
}

impl TryFrom<(Timestamp, Timestamp)> for Period {
    type Error = RosterFault;
    fn try_from((start, end): (Timestamp, Timestamp)) -> Result<Self, RosterFault> {
        Self::new(start, end)
    }
}

impl From<Period> for (Timestamp, Timestamp) {
    fn from(period: Period) -> Self {
        (period.start, period.end)
    }
}

/// What makes a plan or a change impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RosterFault {
    #[error("the end is not after the start")]
    EmptyPeriod,
    #[error("a rotation needs at least one person")]
    NobodyToRotate,
    #[error("the rotation ends before it starts")]
    EndsBeforeStart,
    #[error("a turn lasts between 1 hour and 366 days")]
    BadTurnLength,
}

/// The instant of a local time; a time that a change of clocks skips moves forward with it.
pub(super) fn instant(tz: &TimeZone, local: DateTime) -> Timestamp {
    let edge = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    tz.to_timestamp(local).unwrap_or(edge)
}

/// The days of a half-open range.
pub(super) fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |date| date.tomorrow().ok()).take_while(move |date| *date < to)
}

/// A planned period day by day, each slice from its starting hour to the same hour a day later;
/// an ordinary shift is its own single slice.
pub(super) fn daily_slices(planned: Period, tz: &TimeZone) -> impl Iterator<Item = (Date, Period)> + '_ {
    let first = tz.to_datetime(planned.start);
    let start_of = move |date: Date| instant(tz, date.to_datetime(first.time()));
    days(first.date(), Date::MAX).map_while(move |date| {
        let next = date.tomorrow().map_or(Timestamp::MAX, start_of);
        let start = start_of(date).max(planned.start);
        Some((date, Period::new(start, next.min(planned.end)).ok()?))
    })
}

/// Hours of a day under the name people call them by, such as "Ca đêm". When `end` is not after
/// `start` the band ends on the next day; equal times make a full day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Band {
    pub name: String,
    pub start: Time,
    pub end: Time,
}

impl Band {
    /// The band that begins on `date`; `None` only where the calendar of years ends.
    pub fn on(&self, date: Date, tz: &TimeZone) -> Option<Period> {
        let last = if self.end > self.start { date } else { date.tomorrow().ok()? };
        Period::new(instant(tz, date.to_datetime(self.start)), instant(tz, last.to_datetime(self.end))).ok()
    }
}

/// A set of weekdays, one bit each from Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WeekdaySet(u8);

impl WeekdaySet {
    pub const EVERY: Self = Self(0b111_1111);
    pub const MONDAY_TO_FRIDAY: Self = Self(0b001_1111);

    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | 1 << day.to_monday_zero_offset()))
    }

    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// Who is rung first, and who after him. Orders as people are rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum Post {
    Primary,
    /// The first backup is 1.
    Backup(u8),
}

impl From<u8> for Post {
    fn from(order: u8) -> Self {
        if order == 0 { Self::Primary } else { Self::Backup(order) }
    }
}

impl From<Post> for u8 {
    fn from(post: Post) -> Self {
        match post {
            Post::Primary => 0,
            Post::Backup(order) => order.max(1),
        }
    }
}

/// A planned shift, or one piece of it once changes have cut it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Pieces of one planned shift share its id and differ in `period`.
    pub id: ShiftId,
    pub unit: UnitId,
    pub post: Post,
    /// What the unit calls it: "Ca đêm", "Trực tuần".
    pub name: String,
    /// The whole planned shift.
    pub planned: Period,
    /// The part of it that this value speaks of.
    pub period: Period,
    /// Who owes it, by plan or by swap.
    pub owner: Option<StaffId>,
    /// Who stands: the owner, his cover, or nobody.
    pub staff: Option<StaffId>,
    /// Why nobody stands, when an absence took away the one who should.
    pub vacated: Option<Vacated>,
}

impl Shift {
    pub fn planned(
        id: ShiftId,
        unit: UnitId,
        post: Post,
        name: &str,
        period: Period,
        staff: Option<StaffId>,
    ) -> Self {
        let name = name.to_owned();
        Self { id, unit, post, name, planned: period, period, owner: staff, staff, vacated: None }
    }

    pub fn covered(&self) -> bool {
        self.staff.is_some() && self.staff != self.owner
    }

    pub(super) fn piece(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }
}

/// Who left a place empty, and in what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vacated {
    pub staff: StaffId,
    pub kind: AbsenceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    Leave,
    Sick,
    /// Works elsewhere for a while: a checkpoint, a field hospital.
    Seconded,
    /// No longer works here.
    Departed,
    /// No longer holds a post at the unit whose shift it is. Worked out, never recorded.
    PostEnded,
}

/// A person who cannot stand from `from` until `until`, or from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub staff: StaffId,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub kind: AbsenceKind,
}

/// What changes in the stored shifts when a plan is laid out again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanChange {
    pub add: Vec<Shift>,
    /// Stored shifts the plan no longer has.
    pub withdraw: Vec<ShiftId>,
    /// Stored shifts the plan still has but gives to another person, with that person. They keep
    /// their id, so swaps and covers that name them stay good.
    pub reassign: Vec<(ShiftId, Option<StaffId>)>,
}

/// Compares stored shifts of a plan with a fresh layout of the same plan and the same days. A shift
/// is the same when unit, post, name and planned period are.
pub fn reconcile(stored: &[Shift], fresh: Vec<Shift>) -> PlanChange {
    let key = |s: &Shift| (s.unit, s.post, s.planned, s.name.clone());
    let mut known: BTreeMap<_, Vec<&Shift>> = BTreeMap::new();
    for shift in stored {
        known.entry(key(shift)).or_default().push(shift);
    }
    let mut change = PlanChange::default();
    for shift in fresh {
        let Some(same) = known.get_mut(&key(&shift)).filter(|same| !same.is_empty()) else {
            change.add.push(shift);
            continue;
        };
        let place = same.iter().position(|s| s.owner == shift.owner).unwrap_or(0);
        let kept = same.remove(place);
        if kept.owner != shift.owner {
            change.reassign.push((kept.id, shift.owner));
        }
    }
    change.withdraw = known.into_values().flatten().map(|s| s.id).collect();
    change
}

impl fmt::Display for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary => f.write_str("primary"),
            Self::Backup(order) => write!(f, "backup {order}"),
        }
    }
}
