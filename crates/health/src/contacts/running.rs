//! The cases for which somebody may look for contacts, to choose from.

use super::sql_list;
use crate::{
    cases::{self, ACTIVE_DAYS},
    people::{self, Brief},
};
use duty::permissions::{Action, Scope, permits};
use jiff::{SignedDuration, Timestamp};
use kernel::{CaseId, Error, PersonId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Cases of one list; another one is come to from its own page.
const MOST: i64 = 200;

/// An F0 whose illness goes on.
#[derive(Clone, Debug)]
pub struct Running {
    pub case: CaseId,
    pub person: Brief,
    pub ward: UnitId,
    pub reported_at: Timestamp,
}

/// The F0s on whose tracing the actor may work and whose illness goes on, the newest first; before them the one
/// that was come from, where he may. Nobody for those who trace nobody.
pub async fn running(cx: &mut Cx, from: Option<CaseId>) -> Result<Vec<Running>> {
    if !permits(&cx.actor, Action::CaseRecord, Scope::Tenant) {
        return Ok(Vec::new());
    }
    let from = match from {
        None => None,
        Some(case) => match cases::claim_traced(cx, case).await {
            Ok(case) => Some(case.id),
            Err(Error::NotFound | Error::Forbidden(_)) => None,
            Err(other) => return Err(other),
        },
    };
    let wards = people::wards(cx, Action::CaseRecord).await?;
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let rows = sql_list::running(cx, wards.as_deref(), since, from, MOST).await?;
    let ids: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let person = people.get(&row.person)?.clone();
            Some(Running { case: row.case, person, ward: row.ward, reported_at: row.reported_at })
        })
        .collect())
}
