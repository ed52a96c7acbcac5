use super::sql;
use crate::{codes::codes, people};
use duty::permissions::{Action, Permit, Scope, allowed_units};
use jiff::Timestamp;
use kernel::{ImportId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

codes! {
    State in "state" {
        /// Read and checked; nothing on record.
        Staged = "staged",
        Applying = "applying",
        Applied = "applied",
        Undone = "undone",
        /// Nobody applied it in a week.
        Expired = "expired",
    }
}

/// Rows of a list by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: i64,
    /// Good and not on record yet.
    pub good: i64,
    /// Broken: in the error file.
    pub errors: i64,
    /// On record already, from another list or by hand, or twice in this one.
    pub known: i64,
    /// Put on record by this list.
    pub done: i64,
    /// They wait for a person to say whose they are.
    pub unmatched: i64,
    /// Positive rows among those that can be used, known ones too.
    pub positives: i64,
    /// Rows that say positive and are broken: somebody must look at them at once.
    pub positive_errors: i64,
}

/// A list that was read in.
#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    /// Six characters, said on the telephone.
    pub code: String,
    pub unit: UnitId,
    pub state: State,
    pub file_name: String,
    /// Of the file, keyed: the same file again is seen, the file is not kept.
    pub file_hash: Vec<u8>,
    pub counts: Counts,
    /// Field → header text, as it was understood.
    pub mapping: BTreeMap<String, String>,
    pub staged_at: Timestamp,
    pub staged_by: Option<StaffId>,
    pub applied_at: Option<Timestamp>,
    pub applied_by: Option<StaffId>,
    /// All rows are worked off.
    pub finished_at: Option<Timestamp>,
    pub undone_at: Option<Timestamp>,
    pub errors_fetched_at: Option<Timestamp>,
}

impl Import {
    /// How much of the list is worked off, in per cent.
    pub fn progress(&self) -> u8 {
        let usable = self.counts.rows - self.counts.errors;
        if usable <= 0 { 100 } else { (100 - self.counts.good * 100 / usable).clamp(0, 100) as u8 }
    }
}

/// The units before which lists of a unit stand: itself and, for a station, its ward.
async fn scope(cx: &mut Cx, unit: UnitId) -> Result<Vec<UnitId>> {
    let tree = duty::units::tree(cx).await?;
    Ok(std::iter::once(unit).chain(tree.unit(unit)?.ward).collect())
}

/// Asks whether the actor may read lists in for a unit; what he may not is not found.
pub(super) async fn permit(cx: &mut Cx, unit: UnitId) -> Result<()> {
    let units = scope(cx, unit).await?;
    cx.permit_sight(Action::CaseImport, Scope::Units(&units))
}

/// The wards in which the actor may put results on record; `None` means all.
pub(super) async fn wards(cx: &mut Cx) -> Result<Option<Vec<UnitId>>> {
    people::wards(cx, Action::CaseImport).await
}

/// A list with its counts of this moment, for the dry run and the progress bar.
pub async fn find(cx: &mut Cx, id: ImportId) -> Result<Import> {
    let import = sql::find(cx, id).await?;
    permit(cx, import.unit).await?;
    Ok(import)
}

/// The newest list of a unit, without anything of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub unit: UnitId,
    pub staged_at: Timestamp,
    pub rows: i64,
    /// Broken rows.
    pub refused: i64,
    /// Somebody has fetched the file of broken rows.
    pub refused_fetched: bool,
}

/// How results arrive: the newest list of each unit, for the page of data sources.
pub async fn arrivals(cx: &mut Cx) -> Result<Vec<Arrival>> {
    cx.permit_sight(Action::SourcesSee, Scope::Tenant)?;
    sql::arrivals(cx).await
}

/// The newest lists of the units the actor reads lists in for, at most 200.
pub async fn recent(cx: &mut Cx, limit: i64) -> Result<Vec<Import>> {
    let units = allowed_units(&cx.actor, Action::CaseImport);
    let units: Option<Vec<Uuid>> = units.map(|units| units.into_iter().map(UnitId::uuid).collect());
    sql::recent(cx, units.as_deref(), limit.clamp(1, 200)).await
}
