//! Gates as screens show them.

use super::{
    act,
    model::{CLOCK_TOLERATED, Gate, SILENT_AFTER, Setting},
    poster::poster,
    sql, sql_devices,
};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units, permits},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{DeviceId, Error, GateId, Result, StaffId, UnitId, text::search_key};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Gates of one page.
const PAGE: i64 = 100;

/// Which gates a list shows.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub text: String,
    /// Those of a ward and of the units under it.
    pub ward: Option<UnitId>,
    pub silent: bool,
    /// Those that have ended instead of those that are there.
    pub ended: bool,
    /// Counts from 0.
    pub page: i64,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub gate: Gate,
    /// Telephones that scan there.
    pub devices: i64,
    pub seen_at: Option<Timestamp>,
    pub silent: bool,
    /// What the worst clock of its devices lacks to ours, in milliseconds.
    pub clock_add_ms: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Found {
    /// The silent ones first.
    pub gates: Vec<Listed>,
    /// There are more on the next page.
    pub more: bool,
}

/// A telephone of a gate.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: DeviceId,
    pub name: String,
    pub enrolled_at: Timestamp,
    /// Who made the invite, if it was an official.
    pub enrolled_by: Option<StaffId>,
    pub by_owner: bool,
    pub seen_at: Option<Timestamp>,
    /// What its clock lacks to ours, in milliseconds; `None` while it has not said.
    pub clock_add_ms: Option<i64>,
    pub removed_at: Option<Timestamp>,
}

impl Known {
    /// Its clock is further off than is tolerated.
    pub fn is_off(&self) -> bool {
        is_off(self.clock_add_ms)
    }
}

/// One gate with everything about it.
#[derive(Clone, Debug)]
pub struct One {
    pub gate: Gate,
    pub devices: Vec<Known>,
    /// Every zone and level that was set, the newest day first.
    pub zones: Vec<(Date, Setting)>,
    pub silent: bool,
    /// The reader may change it.
    pub edits: bool,
}

/// For the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    pub gates: i64,
    pub silent: i64,
    /// Gates with a clock that is too far off.
    pub clocks_off: i64,
}

pub(super) fn is_off(clock_add_ms: Option<i64>) -> bool {
    clock_add_ms.is_some_and(|add| add.unsigned_abs() > CLOCK_TOLERATED.as_millis().unsigned_abs() as u64)
}

fn own(cx: &Cx) -> Option<Vec<Uuid>> {
    allowed_units(&cx.actor, Action::GateSee).map(|units| units.into_iter().map(UnitId::uuid).collect())
}

/// Gates that the actor sees, a page of them.
///
/// Errors: `NotFound` for those who see none.
pub async fn list(cx: &mut Cx, asked: &Asked) -> Result<Found> {
    cx.permit_sight(Action::GateSee, Scope::Tenant)?;
    let tree = units::tree(cx).await?;
    let heard_after = cx.now() - SILENT_AFTER;
    let query = sql::Query {
        own: own(cx),
        units: asked.ward.map(|ward| tree.reach(ward).into_iter().map(UnitId::uuid).collect()),
        text: search_key(&asked.text),
        silent: asked.silent,
        ended: asked.ended,
        today: tree.day(),
        heard_after,
        skip: asked.page.clamp(0, 10_000) * PAGE,
        limit: PAGE + 1,
    };
    let mut lines = sql::list(cx, &query).await?;
    let more = lines.len() as i64 > PAGE;
    lines.truncate(PAGE as usize);
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id.uuid()).collect();
    let mut gates = sql::of_ids(cx, &ids, tree.day()).await?;
    let gates = lines
        .into_iter()
        .filter_map(|line| {
            Some(Listed {
                gate: gates.remove(&line.id)?,
                devices: line.devices,
                silent: line.devices > 0 && line.seen_at.is_none_or(|at| at < heard_after),
                seen_at: line.seen_at,
                clock_add_ms: line.clock_add_ms,
            })
        })
        .collect();
    Ok(Found { gates, more })
}

/// One gate.
///
/// Errors: `NotFound`, also for one that the actor does not see.
pub async fn find(cx: &mut Cx, id: GateId) -> Result<One> {
    let gate = sql::one(cx, id).await?;
    let tree = units::tree(cx).await?;
    let units = act::concerned(&tree, gate.unit);
    cx.permit_sight(Action::GateSee, Scope::Units(&units))?;
    let devices = sql_devices::of_gate(cx, id).await?;
    let heard_after = cx.now() - SILENT_AFTER;
    let silent = is_silent(&devices, heard_after);
    Ok(One {
        zones: sql::zones(cx, id).await?,
        edits: permits(&cx.actor, Action::GateEdit, Scope::Units(&units)),
        silent,
        devices,
        gate,
    })
}

/// Nobody who still works there has been heard since.
fn is_silent(devices: &[Known], heard_after: Timestamp) -> bool {
    let mut working = devices.iter().filter(|device| device.removed_at.is_none()).peekable();
    working.peek().is_some() && working.all(|device| device.seen_at.is_none_or(|at| at < heard_after))
}

/// How many gates the actor sees that are there today, and what is wrong with them.
///
/// Errors: `NotFound` for those who see none.
pub async fn numbers(cx: &mut Cx) -> Result<Numbers> {
    cx.permit_sight(Action::GateSee, Scope::Tenant)?;
    let (today, heard_after) = (units::today(cx).await?, cx.now() - SILENT_AFTER);
    let tolerated = CLOCK_TOLERATED.as_millis() as i64;
    let (gates, silent, clocks_off) =
        sql::numbers(cx, own(cx).as_deref(), today, heard_after, tolerated).await?;
    Ok(Numbers { gates, silent, clocks_off })
}

/// The gate of a poster, for whoever reads it.
///
/// Errors: `NotFound`, also for one that is over or has not begun.
pub async fn of_poster(cx: &mut Cx, typed: &str) -> Result<Gate> {
    let id = sql::by_poster(cx, &poster(typed)?).await?;
    let gate = sql::one(cx, id).await?;
    let today = units::today(cx).await?;
    if gate.is_active(today) { Ok(gate) } else { Err(Error::NotFound) }
}

/// A gate as it stands today, for its devices; whoever asks answers for the permission.
///
/// Errors: `NotFound`.
pub async fn at(cx: &mut Cx, id: GateId) -> Result<Gate> {
    sql::one(cx, id).await
}

/// Gates as they stand today; whoever asks answers for the permission.
pub async fn of(cx: &mut Cx, ids: &[GateId]) -> Result<BTreeMap<GateId, Gate>> {
    let today = units::today(cx).await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sql::of_ids(cx, &ids, today).await
}
