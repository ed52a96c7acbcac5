//! From plans to shifts and from shifts to who stands: five weeks ahead, every night and whenever a
//! plan, a change or an absence asks for it. What has begun is never laid out anew.

use super::{
    changes::{Applied, apply, vacate_ended},
    changes_sql,
    coverage::{Gap, gaps},
    gaps_sql::{self, ToldGap},
    model::{Period, Shift, reconcile},
    plans::{self, Plan, StoredPlan},
    sql,
};
use crate::{staff, units};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use kernel::{Error, Result, ShiftId, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

const KIND: &str = "rosters.lay_out";
/// How far ahead shifts are laid out.
const DAYS_AHEAD: i64 = 35;
/// How far ahead a gap is told of.
const TELL_AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far back a change of today can still cut a shift that runs.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);
/// The longest turn of a rotation: a shift under way began within it.
const LONGEST_TURN_DAYS: i64 = 366;

/// The handler of `rosters.lay_out`: a unit's timer fires every night.
pub struct LayOut;

#[async_trait]
impl OnTimer for LayOut {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for due in due {
            lay_out(cx, UnitId(due.object)).await?;
        }
        Ok(())
    }
}

/// Lays the coming five weeks of a unit out and works out who stands.
pub async fn lay_out(cx: &mut Cx, unit: UnitId) -> Result<()> {
    sql::lock(cx, unit).await?;
    let tz = units::timezone(cx).await?;
    let (now, today) = (cx.now(), cx.now().to_zoned(tz.clone()).date());
    let past = today.saturating_add(DAYS_AHEAD.days());
    let plans = sql::plans(cx, unit).await?;
    let stored = sql::planned(cx, &[unit], &[], now, Timestamp::MAX).await?;
    let laid = fresh(&plans, unit, today, past, now, &stored, &tz);
    let by_key: BTreeMap<_, Uuid> = laid.iter().map(|(plan, shift)| (key(shift), *plan)).collect();
    let ahead: Vec<Shift> = stored.into_iter().filter(|shift| shift.planned.start() > now).collect();
    let change = reconcile(&ahead, laid.into_iter().map(|(_, shift)| shift).collect());
    let mut added = Vec::with_capacity(change.add.len());
    for mut shift in change.add {
        let Some(plan) = by_key.get(&key(&shift)) else { continue };
        shift.id = cx.id();
        added.push((*plan, shift));
    }
    if !added.is_empty() {
        sql::insert_planned(cx, &added).await?;
    }
    if !change.withdraw.is_empty() {
        sql::withdraw_planned(cx, &change.withdraw).await?;
    }
    if !change.reassign.is_empty() {
        sql::reassign_planned(cx, &change.reassign).await?;
    }
    refresh(cx, unit).await?;
    let more = plans.iter().any(|plan| plan.valid_to.is_none_or(|to| to > today));
    if more {
        let night = today.saturating_add(1.days()).at(0, 5, 0, 0);
        let fire_at = tz.to_timestamp(night).map_err(Error::internal)?;
        cx.arm(Timer { kind: KIND, object: unit.uuid(), generation: 0, fire_at });
    } else {
        cx.disarm(KIND, unit.uuid());
    }
    Ok(())
}

fn key(shift: &Shift) -> (i16, Period, String, Option<StaffId>) {
    (sql::rank(shift.post), shift.planned, shift.name.clone(), shift.owner)
}

/// The shifts ahead as the plans have them now. A shift that is under way is taken in from now on
/// when nothing is planned at its post: a first plan works from the hour in which it is made.
fn fresh(
    plans: &[StoredPlan],
    unit: UnitId,
    today: Date,
    past: Date,
    now: Timestamp,
    stored: &[Shift],
    tz: &TimeZone,
) -> Vec<(Uuid, Shift)> {
    let back = today.saturating_sub(LONGEST_TURN_DAYS.days());
    // The newest table that covers a day stands for it; without one, patterns and rotations do.
    let sheet_on = |date: Date| {
        plans.iter().rev().find(|p| matches!(p.plan, Plan::Sheet(_)) && p.holds_on(date)).map(|p| p.id)
    };
    let mut laid = Vec::new();
    for stored_plan in plans {
        let is_sheet = matches!(stored_plan.plan, Plan::Sheet(_));
        for mut shift in stored_plan.materialise(unit, back, past, tz) {
            let sheet = sheet_on(tz.to_datetime(shift.planned.start()).date());
            if sheet != is_sheet.then_some(stored_plan.id) {
                continue;
            }
            if shift.planned.start() <= now {
                let taken = |s: &Shift| s.post == shift.post && s.planned.contains(now);
                if !shift.planned.contains(now) || stored.iter().any(taken) {
                    continue;
                }
                let Ok(rest) = Period::new(now, shift.planned.end()) else { continue };
                shift = Shift::planned(shift.id, unit, shift.post, &shift.name, rest, shift.owner);
            }
            laid.push((stored_plan.id, shift));
        }
    }
    laid
}

/// The shifts of a unit in a span after swaps, covers and absences, with what was put in by hand.
pub(super) async fn worked_out(
    cx: &mut Cx,
    unit: UnitId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Shift>> {
    Ok(work_out(cx, unit, from, to).await?.0.shifts)
}

async fn work_out(
    cx: &mut Cx,
    unit: UnitId,
    from: Timestamp,
    to: Timestamp,
) -> Result<(Applied, Vec<(Uuid, super::Change)>)> {
    let mut planned = sql::planned(cx, &[unit], &[], from, to).await?;
    let ids: Vec<ShiftId> = planned.iter().map(|shift| shift.id).collect();
    let changes = changes_sql::agreed(cx, &ids).await?;
    // The other half of a swap may be elsewhere; both are needed to see whether it still fits.
    let halves: BTreeSet<ShiftId> = changes
        .iter()
        .flat_map(|(_, change)| match change {
            super::Change::Swap(swap) => vec![swap.first, swap.second],
            super::Change::Cover(cover) => vec![cover.shift],
        })
        .filter(|id| !ids.contains(id))
        .collect();
    if !halves.is_empty() {
        let halves: Vec<ShiftId> = halves.into_iter().collect();
        planned.extend(sql::planned(cx, &[], &halves, from, to).await?);
    }
    let mut people: BTreeSet<StaffId> = planned.iter().filter_map(|shift| shift.owner).collect();
    for (_, change) in &changes {
        match change {
            super::Change::Swap(swap) => people.extend([swap.first_owner, swap.second_owner]),
            super::Change::Cover(cover) => {
                people.insert(cover.staff);
            }
        }
    }
    let people: Vec<StaffId> = people.into_iter().collect();
    let absences: Vec<_> =
        changes_sql::absences(cx, &people, from).await?.into_iter().map(|(_, absence)| absence).collect();
    let list: Vec<super::Change> = changes.iter().map(|(_, change)| *change).collect();
    let mut applied = apply(&planned, &list, &absences);
    applied.shifts.retain(|shift| shift.unit == unit);
    let ended = posts_ended(cx, unit, &applied.shifts).await?;
    applied.shifts = vacate_ended(std::mem::take(&mut applied.shifts), &ended);
    let by_hand = sql::standing(cx, &[unit], &[], from, to).await?;
    applied.shifts.extend(by_hand.iter().filter(|row| row.planned.is_none()).map(sql::Standing::shift));
    applied.shifts.sort_by_key(|shift| (shift.period, shift.post, shift.id));
    Ok((applied, changes))
}

/// Who of those that stand held a post at the unit, and from when on he no longer does.
async fn posts_ended(cx: &mut Cx, unit: UnitId, shifts: &[Shift]) -> Result<BTreeMap<StaffId, Timestamp>> {
    let people: BTreeSet<StaffId> = shifts.iter().filter_map(|shift| shift.staff).collect();
    let people: Vec<StaffId> = people.into_iter().collect();
    let tz = units::timezone(cx).await?;
    let tenures = staff::tenures(cx, unit, &people).await?;
    // Who stood before the end was written down has stood.
    let end = |(last, noted): (Date, Timestamp)| {
        Some(tz.to_timestamp(last.tomorrow().ok()?.at(0, 0, 0, 0)).ok()?.max(noted))
    };
    Ok(tenures.into_iter().filter_map(|(who, last)| Some((who, end(last?)?))).collect())
}

/// Works out who stands from the planned shifts and everything agreed since, writes the
/// difference, and tells of gaps that have opened or closed.
pub(super) async fn refresh(cx: &mut Cx, unit: UnitId) -> Result<()> {
    let from = cx.now() - LOOK_BACK;
    let (applied, changes) = work_out(cx, unit, from, Timestamp::MAX).await?;
    for refused in &applied.refused {
        if let Some((id, _)) = changes.iter().find(|(_, change)| *change == refused.change) {
            changes_sql::void(cx, *id).await?;
            cx.record(
                Event::new("roster.change_voided", *id).unit(unit).data(json!({ "shift": refused.shift })),
            );
        }
    }
    let known = sql::standing(cx, &[unit], &[], from, Timestamp::MAX).await?;
    let stands = |s: &Shift| Some((s.id.uuid(), s.staff?, s.period, sql::rank(s.post)));
    let mut rows: BTreeMap<_, Uuid> = known
        .iter()
        .filter_map(|row| Some(((row.planned?, row.staff, row.period, row.rank), row.id)))
        .collect();
    let by_hand: BTreeSet<Uuid> =
        known.iter().filter(|row| row.planned.is_none()).map(|row| row.id).collect();
    let mut added = Vec::new();
    for shift in applied.shifts.iter().filter(|shift| !by_hand.contains(&shift.id.uuid())) {
        if let Some(key) = stands(shift)
            && shift.period.end() > from
            && rows.remove(&key).is_none()
        {
            added.push(shift.clone());
        }
    }
    let gone: Vec<Uuid> = rows.into_values().collect();
    if !gone.is_empty() {
        sql::remove_standing(cx, &gone).await?;
    }
    if !added.is_empty() {
        sql::insert_standing(cx, &added).await?;
    }
    tell_gaps(cx, unit, &applied.shifts).await?;
    cx.tell(Topic::screen("rosters"));
    Ok(())
}

/// The gaps of a unit from now on, if it has a roster at all.
pub(super) async fn open_gaps(
    cx: &mut Cx,
    unit: UnitId,
    shifts: &[Shift],
    ahead: SignedDuration,
) -> Result<Vec<Gap>> {
    let rostered = !sql::plans(cx, unit).await?.is_empty() || sql::need(cx, unit).await?.is_some();
    let Ok(span) = Period::new(cx.now(), cx.now() + ahead) else { return Ok(Vec::new()) };
    if !rostered && shifts.is_empty() {
        return Ok(Vec::new());
    }
    let tz = units::timezone(cx).await?;
    let required = plans::required(cx, unit).await?;
    Ok(gaps(shifts, &required, span, &tz))
}

/// Records each gap of the coming week once, when it is first seen, and once when it is filled.
async fn tell_gaps(cx: &mut Cx, unit: UnitId, shifts: &[Shift]) -> Result<()> {
    let now = cx.now();
    let found = open_gaps(cx, unit, shifts, TELL_AHEAD).await?;
    let mut told = gaps_sql::told_gaps(cx, unit).await?;
    for gap in found {
        let rank = sql::rank(gap.post);
        // The same emptiness seen a day later begins later and reaches further. One that only meets it
        // is empty for another reason, and a gap of its own.
        let touches = |old: &ToldGap| old.rank == rank && old.period.overlaps(gap.period);
        if let Some(at) = told.iter().position(touches) {
            let old = told.swap_remove(at);
            if old.period.end() != gap.period.end() || old.nobody != gap.nobody {
                let end = gap.period.end();
                let period =
                    Period::new(old.period.start().min(gap.period.start()), end).unwrap_or(gap.period);
                gaps_sql::save_gap(cx, unit, &ToldGap { period, nobody: gap.nobody, ..old }).await?;
            }
            continue;
        }
        let new = ToldGap { id: cx.id(), rank, period: gap.period, nobody: gap.nobody };
        gaps_sql::save_gap(cx, unit, &new).await?;
        cx.record(Event::new("roster.gap_found", unit).unit(unit).data(json!({
            "post": gap.post, "from": gap.period.start(), "until": gap.period.end(), "nobody": gap.nobody,
            "vacated_by": gap.vacated.map(|vacated| vacated.staff),
        })));
    }
    for old in told {
        gaps_sql::close_gap(cx, old.id).await?;
        if old.period.end() > now {
            let data = json!({ "post": old.rank, "from": old.period.start(), "until": old.period.end() });
            cx.record(Event::new("roster.gap_closed", unit).unit(unit).data(data));
        }
    }
    Ok(())
}
