//! What happens to a plan: swaps, covers and absences, and who stands after them.

use super::model::{Absence, AbsenceKind, Period, Shift, Vacated};
use jiff::Timestamp;
use kernel::ids::{ShiftId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Two owners exchange two shifts; the rest of their weeks stays as planned. Both owners are kept,
/// so either half can be applied where the other shift is not loaded, and a plan that has given a
/// shift to somebody else meanwhile is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    pub first: ShiftId,
    pub first_owner: StaffId,
    pub second: ShiftId,
    pub second_owner: StaffId,
}

impl Swap {
    /// Agrees a swap of two shifts that have owners and have not begun.
    pub fn agree(first: &Shift, second: &Shift, now: Timestamp) -> Result<Self, Refusal> {
        let (Some(first_owner), Some(second_owner)) = (first.owner, second.owner) else {
            return Err(Refusal::NoOwner);
        };
        if first_owner == second_owner {
            return Err(Refusal::SameOwner);
        }
        if first.planned.start() <= now || second.planned.start() <= now {
            return Err(Refusal::Begun);
        }
        Ok(Self { first: first.id, first_owner, second: second.id, second_owner })
    }
}

/// Somebody stands in for part or all of one shift, which stays its owner's. A later cover of the
/// same hours takes the place of an earlier one; the owner may cover himself to take them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    pub shift: ShiftId,
    pub staff: StaffId,
    pub period: Period,
}

impl Cover {
    /// Agrees a cover that lies inside its shift and is not wholly past.
    pub fn agree(shift: &Shift, staff: StaffId, period: Period, now: Timestamp) -> Result<Self, Refusal> {
        if !period.within(shift.planned) {
            return Err(Refusal::OutsideShift);
        }
        if period.end() <= now {
            return Err(Refusal::Begun);
        }
        Ok(Self { shift: shift.id, staff, period })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Swap(Swap),
    Cover(Cover),
}

/// Why a change cannot be agreed or no longer fits its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a shift without an owner cannot be swapped, only covered")]
    NoOwner,
    #[error("both shifts belong to the same person")]
    SameOwner,
    #[error("the hours have begun or are past")]
    Begun,
    #[error("the hours do not lie within the shift")]
    OutsideShift,
    #[error("the plan has given the shift to another person since the swap was agreed")]
    OwnerChanged,
}

/// A change that was left out, with the shift it could not be applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    pub change: Change,
    pub shift: ShiftId,
    pub why: Refusal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// In order of start, unit and post; pieces of a cut shift share its id.
    pub shifts: Vec<Shift>,
    pub refused: Vec<Refused>,
}

/// Who really stands: planned shifts after the changes, in the order they were agreed, and after
/// the absences, which come last because nobody who is away can be rung whatever was agreed.
/// Changes that name shifts which are not among `planned` are passed over.
pub fn apply(planned: &[Shift], changes: &[Change], absences: &[Absence]) -> Applied {
    let mut shifts = planned.to_vec();
    let mut refused = Vec::new();
    for &change in changes {
        let outcome = match change {
            Change::Swap(swap) => exchange(&mut shifts, &swap),
            Change::Cover(cover) => stand_in(&mut shifts, &cover),
        };
        if let Err((shift, why)) = outcome {
            refused.push(Refused { change, shift, why });
        }
    }
    for absence in absences {
        shifts = vacate(shifts, absence);
    }
    shifts.sort_by_key(|s| (s.period.start(), s.unit, s.post, s.id));
    Applied { shifts, refused }
}

fn exchange(shifts: &mut [Shift], swap: &Swap) -> Result<(), (ShiftId, Refusal)> {
    let halves = [
        (swap.first, swap.first_owner, swap.second_owner),
        (swap.second, swap.second_owner, swap.first_owner),
    ];
    // Both halves or none: one that no longer fits must not leave its owner with both shifts.
    for (id, from, _) in halves {
        if shifts.iter().any(|s| s.id == id && s.owner != Some(from)) {
            return Err((id, Refusal::OwnerChanged));
        }
    }
    for (id, _, to) in halves {
        for shift in shifts.iter_mut().filter(|s| s.id == id) {
            if shift.staff == shift.owner {
                shift.staff = Some(to);
            }
            shift.owner = Some(to);
        }
    }
    Ok(())
}

fn stand_in(shifts: &mut Vec<Shift>, cover: &Cover) -> Result<(), (ShiftId, Refusal)> {
    let outside = |s: &Shift| s.id == cover.shift && !cover.period.within(s.planned);
    if shifts.iter().any(outside) {
        return Err((cover.shift, Refusal::OutsideShift));
    }
    let covered = |s: &Shift| (s.id == cover.shift).then(|| s.period.intersection(cover.period)).flatten();
    *shifts = cut(std::mem::take(shifts), covered, |piece| piece.staff = Some(cover.staff));
    Ok(())
}

fn vacate(shifts: Vec<Shift>, absence: &Absence) -> Vec<Shift> {
    let Ok(away) = Period::new(absence.from, absence.until.unwrap_or(Timestamp::MAX)) else {
        return shifts;
    };
    let missed = |s: &Shift| (s.staff == Some(absence.staff)).then(|| s.period.intersection(away)).flatten();
    cut(shifts, missed, |piece| {
        piece.staff = None;
        piece.vacated = Some(Vacated { staff: absence.staff, kind: absence.kind });
    })
}

/// Empties what people would stand of their own shifts at a unit after their last post there has
/// ended, each at his moment. Who stands in for another there, without a post, stays.
pub(super) fn vacate_ended(shifts: Vec<Shift>, ended: &BTreeMap<StaffId, Timestamp>) -> Vec<Shift> {
    let missed = |s: &Shift| {
        let end = s.staff.filter(|staff| s.owner == Some(*staff)).and_then(|staff| ended.get(&staff))?;
        s.period.intersection(Period::new(*end, Timestamp::MAX).ok()?)
    };
    cut(shifts, missed, |piece| {
        piece.vacated = piece.staff.map(|staff| Vacated { staff, kind: AbsenceKind::PostEnded });
        piece.staff = None;
    })
}

/// Changes the part of each shift that `part` names and leaves what lies before and after it.
fn cut(
    shifts: Vec<Shift>,
    part: impl Fn(&Shift) -> Option<Period>,
    change: impl Fn(&mut Shift),
) -> Vec<Shift> {
    let mut pieces = Vec::with_capacity(shifts.len());
    for shift in shifts {
        let Some(hit) = part(&shift) else {
            pieces.push(shift);
            continue;
        };
        let [before, after] = shift.period.without(hit);
        let mut changed = shift.piece(hit);
        change(&mut changed);
        pieces.extend(before.map(|p| shift.piece(p)));
        pieces.push(changed);
        pieces.extend(after.map(|p| shift.piece(p)));
    }
    pieces
}

/// What a person who leaves at `from` must hand over: every piece he would have stood from then on,
/// at all units, as it becomes vacant under his name.
pub fn owed_after(shifts: &[Shift], staff: StaffId, from: Timestamp) -> Vec<Shift> {
    let absence = Absence { staff, from, until: None, kind: AbsenceKind::Departed };
    let theirs = shifts.iter().filter(|s| s.staff == Some(staff)).cloned().collect();
    let mut owed: Vec<Shift> = vacate(theirs, &absence).into_iter().filter(|s| s.vacated.is_some()).collect();
    owed.sort_by_key(|s| (s.period, s.unit, s.post));
    owed
}
