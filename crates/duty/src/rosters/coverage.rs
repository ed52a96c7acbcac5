//! Who is on duty, where nobody will be, and who stands in two places at once.

use super::model::{Band, Period, Post, Shift, Vacated, WeekdaySet, days};
use jiff::{Timestamp, tz::TimeZone};
use kernel::ids::{ShiftId, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whom to ring at a unit, first to last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnDuty {
    pub primary: Option<StaffId>,
    /// In the order they are rung; nobody appears twice.
    pub backups: Vec<StaffId>,
    /// When the next of these shifts ends.
    pub until: Option<Timestamp>,
}

impl OnDuty {
    pub fn in_order(&self) -> impl Iterator<Item = StaffId> + '_ {
        self.primary.into_iter().chain(self.backups.iter().copied())
    }

    pub const fn nobody(&self) -> bool {
        self.primary.is_none() && self.backups.is_empty()
    }
}

/// Who is on duty at a unit at an instant. Where two people hold the first post, the one whose
/// shift began earlier is rung first and the other before the backups.
pub fn who_stands(shifts: &[Shift], unit: UnitId, at: Timestamp) -> OnDuty {
    let mut standing: Vec<(&Shift, StaffId)> = shifts
        .iter()
        .filter(|s| s.unit == unit && s.period.contains(at))
        .filter_map(|s| Some((s, s.staff?)))
        .collect();
    standing.sort_by_key(|(s, staff)| (s.post, s.period.start(), *staff));
    let mut duty = OnDuty { until: standing.iter().map(|(s, _)| s.period.end()).min(), ..OnDuty::default() };
    for (shift, staff) in standing {
        if duty.in_order().any(|other| other == staff) {
            continue;
        }
        if shift.post == Post::Primary && duty.primary.is_none() {
            duty.primary = Some(staff);
        } else {
            duty.backups.push(staff);
        }
    }
    duty
}

/// When a unit must have somebody on duty, and how deep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    pub unit: UnitId,
    /// Without any: day and night.
    pub windows: Vec<RequiredWindow>,
    /// Backups wanted beside the primary.
    pub backups: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredWindow {
    pub weekdays: WeekdaySet,
    pub band: Band,
}

impl Required {
    fn periods(&self, span: Period, tz: &TimeZone) -> Vec<Period> {
        if self.windows.is_empty() {
            return vec![span];
        }
        let (first, last) = (tz.to_datetime(span.start()).date(), tz.to_datetime(span.end()).date());
        // A night that began the day before reaches into the span.
        let (first, past) = (first.yesterday().unwrap_or(first), last.tomorrow().unwrap_or(last));
        days(first, past)
            .flat_map(|date| self.windows.iter().map(move |w| (date, w)))
            .filter(|(date, w)| w.weekdays.contains(date.weekday()))
            .filter_map(|(date, w)| w.band.on(date, tz)?.intersection(span))
            .collect()
    }

    fn posts(&self) -> impl Iterator<Item = Post> + use<> {
        std::iter::once(Post::Primary).chain((1..=self.backups).map(Post::Backup))
    }
}

/// A stretch in which a wanted post is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub unit: UnitId,
    pub post: Post,
    pub period: Period,
    /// No other post of the unit is held either: a ring would reach nobody.
    pub nobody: bool,
    /// The shift that stands empty, where one was planned.
    pub shift: Option<ShiftId>,
    /// Who should have stood and is away or gone.
    pub vacated: Option<Vacated>,
}

/// The gaps of a unit within `span`, in order of start and post. A stretch is one gap for as long
/// as the same post is empty for the same reason.
pub fn gaps(shifts: &[Shift], required: &Required, span: Period, tz: &TimeZone) -> Vec<Gap> {
    let wanted = required.periods(span, tz);
    let near: Vec<&Shift> =
        shifts.iter().filter(|s| s.unit == required.unit && s.period.overlaps(span)).collect();
    let edges: BTreeSet<Timestamp> = wanted
        .iter()
        .copied()
        .chain(near.iter().filter_map(|s| s.period.intersection(span)))
        .flat_map(|p| [p.start(), p.end()])
        .collect();
    let edges: Vec<Timestamp> = edges.into_iter().collect();
    let mut gaps: Vec<Gap> = Vec::new();
    for pair in edges.windows(2) {
        let Ok(period) = Period::new(pair[0], pair[1]) else { continue };
        let at = period.start();
        if !wanted.iter().any(|w| w.contains(at)) {
            continue;
        }
        let here: Vec<&Shift> = near.iter().copied().filter(|s| s.period.contains(at)).collect();
        let nobody = here.iter().all(|s| s.staff.is_none());
        for post in required.posts() {
            if here.iter().any(|s| s.post == post && s.staff.is_some()) {
                continue;
            }
            let empty = here.iter().find(|s| s.post == post);
            let (shift, vacated) = (empty.map(|s| s.id), empty.and_then(|s| s.vacated));
            let gap = Gap { unit: required.unit, post, period, nobody, shift, vacated };
            join(&mut gaps, gap);
        }
    }
    gaps.sort_by_key(|g| (g.period.start(), g.post));
    gaps
}

/// Adds a gap, or lengthens the one it continues.
fn join(gaps: &mut Vec<Gap>, gap: Gap) {
    let continued = gaps.iter_mut().rev().find(|g| g.post == gap.post).filter(|g| {
        g.period.end() == gap.period.start()
            && (g.nobody, g.shift, g.vacated) == (gap.nobody, gap.shift, gap.vacated)
    });
    match continued.and_then(|g| Some((Period::new(g.period.start(), gap.period.end()).ok()?, g))) {
        Some((longer, earlier)) => earlier.period = longer,
        None => gaps.push(gap),
    }
}

/// Two shifts that should not both be: a warning, never a refusal, for in an emergency it may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    pub kind: ConflictKind,
    pub first: ShiftId,
    pub second: ShiftId,
    /// The hours they share.
    pub period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictKind {
    /// One person at two units.
    TwoUnits { staff: StaffId, units: [UnitId; 2] },
    /// One person twice at one unit, so that a backup would ring the same telephone.
    Twice { staff: StaffId, unit: UnitId },
    /// Two people at the same post of one unit.
    SamePost { unit: UnitId, post: Post, staff: [StaffId; 2] },
}

/// All conflicts among shifts of any units, in order of start.
pub fn conflicts(shifts: &[Shift]) -> Vec<Conflict> {
    let mut sorted: Vec<&Shift> = shifts.iter().filter(|s| s.staff.is_some()).collect();
    sorted.sort_by_key(|s| (s.period, s.unit, s.post, s.id));
    let mut open: Vec<&Shift> = Vec::new();
    let mut found = Vec::new();
    for shift in sorted {
        open.retain(|other| other.period.end() > shift.period.start());
        for other in &open {
            let Some(period) = other.period.intersection(shift.period) else { continue };
            if let Some(kind) = conflict(other, shift) {
                found.push(Conflict { kind, first: other.id, second: shift.id, period });
            }
        }
        open.push(shift);
    }
    found
}

fn conflict(a: &Shift, b: &Shift) -> Option<ConflictKind> {
    let (first, second) = (a.staff?, b.staff?);
    if first == second {
        return Some(if a.unit == b.unit {
            ConflictKind::Twice { staff: first, unit: a.unit }
        } else {
            ConflictKind::TwoUnits { staff: first, units: [a.unit, b.unit] }
        });
    }
    (a.unit == b.unit && a.post == b.post).then_some(ConflictKind::SamePost {
        unit: a.unit,
        post: a.post,
        staff: [first, second],
    })
}
