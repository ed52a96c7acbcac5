//! What tracing may do with a case: see it, work on it, write who infected it.

use super::{
    record::tell,
    sql_traced::{self as sql, Traced},
};
use crate::{households, people};
use duty::permissions::{Action, Permit, Scope};
use kernel::{CaseId, Error, PlaceId, Result, UnitId};
use serde_json::{Value, json};
use store::{Cx, Event};

/// The units that answer for a case: those of its ward, and the one that put it on record.
async fn answering(cx: &mut Cx, case: &Traced) -> Result<Vec<UnitId>> {
    let mut units = people::scope(cx, Some(case.ward)).await?;
    units.extend(case.recorded_by_unit);
    Ok(units)
}

/// A case whose tracing the actor may see.
pub(crate) async fn see_traced(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let case = sql::traced(cx, id).await?;
    if case.withdrawn {
        return Err(Error::NotFound);
    }
    let mut units = answering(cx, &case).await?;
    units.extend(households::answering(cx, case.person).await?);
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    Ok(case)
}

/// A case on whose tracing the actor may work; not locked.
pub(crate) async fn claim_traced(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let case = see_traced(cx, id).await?;
    let units = answering(cx, &case).await?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    Ok(case)
}

/// Writes who infected a case, and where; the permission has been asked. `why` is what a person said.
pub(crate) async fn set_source(
    cx: &mut Cx,
    case: &Traced,
    by: Option<(CaseId, bool)>,
    place: Option<PlaceId>,
    why: &str,
) -> Result<()> {
    sql::set_source(cx, case.id, by, place).await?;
    let (source, sure) = by.unzip();
    let data: Value = json!({
        "by": source, "sure": sure, "place": place, "before": case.infected_by, "was_sure": case.infected_sure,
    });
    let event = Event::new("case.source_set", case.id).unit(case.ward).data(data);
    cx.record(super::moves::with_reason(event, why.to_owned()));
    tell(cx);
    Ok(())
}
