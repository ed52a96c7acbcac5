//! What fills a unit's hours: its plans, and how deep they must reach.

use super::{
    access,
    coverage::{Required, RequiredWindow},
    lay_out,
    model::{Band, Period, Post, Shift, WeekdaySet},
    pattern::Pattern,
    rotation::Rotation,
    sql,
};
use crate::units;
use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use kernel::{Error, Result, ShiftId, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::{Cx, Event};

/// One way of filling hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    Weekly(Pattern),
    Rotation(Rotation),
    /// A table that the unit handed in; on its days it stands in place of every other plan.
    Sheet(Vec<SheetShift>),
}

/// A row of a table handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetShift {
    pub post: Post,
    pub name: String,
    pub period: Period,
    pub staff: Option<StaffId>,
}

/// A plan with the days it holds for; `valid_to` is the first day it no longer does.
#[derive(Clone, Debug)]
pub struct StoredPlan {
    pub id: Uuid,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub plan: Plan,
}

impl Plan {
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Weekly(_) => "weekly",
            Self::Rotation(_) => "rotation",
            Self::Sheet(_) => "sheet",
        }
    }

    fn people(&self) -> BTreeSet<StaffId> {
        match self {
            Self::Weekly(pattern) => pattern.slots.iter().filter_map(|slot| slot.staff).collect(),
            Self::Rotation(rotation) => rotation.staff.iter().copied().collect(),
            Self::Sheet(shifts) => shifts.iter().filter_map(|shift| shift.staff).collect(),
        }
    }
}

impl StoredPlan {
    pub fn holds_on(&self, date: Date) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date < to)
    }

    /// The shifts that begin on the days from `from` to before `to`, not yet named.
    pub(super) fn materialise(&self, unit: UnitId, from: Date, to: Date, tz: &TimeZone) -> Vec<Shift> {
        let from = from.max(self.valid_from);
        let to = self.valid_to.map_or(to, |end| end.min(to));
        let unnamed = || ShiftId(Uuid::nil());
        match &self.plan {
            Plan::Weekly(pattern) => pattern.materialise(from, to, tz, unnamed),
            Plan::Rotation(rotation) => rotation.materialise(from, to, tz, unnamed),
            Plan::Sheet(shifts) => shifts
                .iter()
                .filter(|s| (from..to).contains(&tz.to_datetime(s.period.start()).date()))
                .map(|s| Shift::planned(unnamed(), unit, s.post, &s.name, s.period, s.staff))
                .collect(),
        }
    }
}

/// The plans of a unit, oldest first.
pub async fn plans(cx: &mut Cx, unit: UnitId) -> Result<Vec<StoredPlan>> {
    access::see(cx)?;
    sql::plans(cx, unit).await
}

/// Sets the patterns and rotations by which a unit fills its hours from a day on; what held until
/// then ends, shifts that have begun stay. Lays the coming weeks out at once.
pub async fn set_plans(cx: &mut Cx, unit: UnitId, from: Date, plans: Vec<Plan>) -> Result<()> {
    access::manage(cx, unit).await?;
    if from < units::today(cx).await? {
        return Err(Error::invalid("from", "error-roster-past"));
    }
    for plan in &plans {
        let theirs = match plan {
            Plan::Weekly(pattern) => pattern.unit,
            Plan::Rotation(rotation) => {
                rotation.check().map_err(|_| Error::invalid("rotation", "error-roster-rotation"))?;
                rotation.unit
            }
            Plan::Sheet(_) => return Err(Error::invalid("plan", "error-roster-sheet")),
        };
        if theirs != unit {
            return Err(Error::invalid("unit", "error-unit-unknown"));
        }
    }
    let people: BTreeSet<StaffId> = plans.iter().flat_map(Plan::people).collect();
    access::must_stand(cx, "staff", unit, &people.into_iter().collect::<Vec<_>>()).await?;
    sql::lock(cx, unit).await?;
    sql::close_plans(cx, unit, from).await?;
    let mut ids = Vec::with_capacity(plans.len());
    for plan in plans {
        let stored = StoredPlan { id: cx.id(), valid_from: from, valid_to: None, plan };
        sql::insert_plan(cx, unit, &stored).await?;
        ids.push(json!({ "id": stored.id, "kind": stored.plan.kind() }));
    }
    cx.record(Event::new("roster.planned", unit).unit(unit).data(json!({ "from": from, "plans": ids })));
    lay_out(cx, unit).await
}

/// Says when a unit must have somebody on duty, and with how many in reserve.
pub async fn require(cx: &mut Cx, required: &Required) -> Result<()> {
    access::manage(cx, required.unit).await?;
    need(cx, required).await
}

/// A unit that has just come into being must be guarded day and night, so that its first empty night is
/// known now. The caller has asked for the power by which it came to be.
pub async fn stand_guard(cx: &mut Cx, unit: UnitId) -> Result<()> {
    need(cx, &Required { unit, windows: Vec::new(), backups: 0 }).await
}

/// Nobody need stand at a unit any more: what is planned from tomorrow on is given up. The caller has
/// asked for the power by which it ends.
pub async fn stand_down(cx: &mut Cx, unit: UnitId) -> Result<()> {
    let tomorrow = units::today(cx).await?.tomorrow().map_err(Error::internal)?;
    sql::close_plans(cx, unit, tomorrow).await?;
    let whole = Band { name: String::new(), start: Time::midnight(), end: Time::midnight() };
    let never = RequiredWindow { weekdays: WeekdaySet::of(&[]), band: whole };
    need(cx, &Required { unit, windows: vec![never], backups: 0 }).await
}

async fn need(cx: &mut Cx, required: &Required) -> Result<()> {
    sql::lock(cx, required.unit).await?;
    let body = serde_json::to_value(required).map_err(Error::internal)?;
    sql::save_need(cx, required.unit, &body).await?;
    let data = json!({ "windows": required.windows.len(), "backups": required.backups });
    cx.record(Event::new("roster.need_set", required.unit).unit(required.unit).data(data));
    lay_out(cx, required.unit).await
}

/// What a unit needs: what was said, else day and night with nobody in reserve.
pub async fn required(cx: &mut Cx, unit: UnitId) -> Result<Required> {
    match sql::need(cx, unit).await? {
        Some(body) => serde_json::from_value(body).map_err(Error::internal),
        None => Ok(Required { unit, windows: Vec::new(), backups: 0 }),
    }
}
