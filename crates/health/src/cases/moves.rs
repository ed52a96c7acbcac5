//! What people decide about a case later.

use super::{
    model::{Care, Classification},
    news,
    record::{local_day, tell},
    sql::{self, Locked},
};
use crate::people;
use duty::{
    permissions::{Action, Permit, Scope},
    tenants::Tenant,
    tickets::Opened,
};
use kernel::{CaseId, Error, Result, text::paragraphs};
use serde_json::json;
use store::{Cx, Event};

/// Longest reason, in characters.
const WHY_CAP: usize = 2000;

/// A case the actor may work on. One that is counted with another of the same illness is worked on there:
/// Conflict `error-case-joined`.
pub(super) async fn claim(cx: &mut Cx, id: CaseId) -> Result<Locked> {
    let case = sql::lock(cx, id).await?;
    let mut units = people::scope(cx, Some(case.ward)).await?;
    units.extend(case.recorded_by_unit);
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::CaseRecord, Scope::Units(&units))?;
    if case.joined { Err(Error::Conflict("error-case-joined")) } else { Ok(case) }
}

pub(super) fn reason(why: &str, needed: bool) -> Result<String> {
    let why = paragraphs(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if needed && why.is_empty() { Err(Error::invalid("why", "error-reason-missing")) } else { Ok(why) }
}

pub(super) fn with_reason(event: Event, why: String) -> Event {
    if why.is_empty() { event } else { event.payload(json!({ "why": why })) }
}

/// Classifies a case anew. Whoever becomes an F0 by it and was never rung for opens `f0_news`, which
/// is returned. Taking an F0 back needs a reason; its tickets stay, for people to close.
///
/// Errors: `Conflict` `error-case-unchanged`; `why`: `error-reason-missing`, `error-text-too-long`.
pub async fn classify(
    cx: &mut Cx,
    tenant: &Tenant,
    id: CaseId,
    to: Classification,
    why: &str,
) -> Result<Option<Opened>> {
    let case = claim(cx, id).await?;
    if case.classification == to {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    let why = reason(why, to != Classification::Confirmed)?;
    let confirmed_on = (to == Classification::Confirmed).then(|| local_day(cx, tenant));
    sql::classify(cx, id, to, confirmed_on, None).await?;
    let event = Event::new("case.classified", id)
        .unit(case.ward)
        // The day on which it counts, or no longer does.
        .data(json!({
            "from": case.classification, "to": to, "confirmed_on": confirmed_on.or(case.confirmed_on),
        }));
    cx.record(with_reason(event, why));
    tell(cx);
    if to == Classification::Confirmed && case.matter.is_none() {
        return news::ring_one(cx, tenant, id, case.ward).await.map(Some);
    }
    Ok(None)
}

/// Records where somebody is cared for from now on.
///
/// Errors: as for [`classify`].
pub async fn move_care(cx: &mut Cx, id: CaseId, to: Care, why: &str) -> Result<()> {
    let case = claim(cx, id).await?;
    if case.care == to {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    let why = reason(why, false)?;
    sql::move_care(cx, id, to, None).await?;
    let event = Event::new("case.moved", id).unit(case.ward).data(json!({ "from": case.care, "to": to }));
    cx.record(with_reason(event, why));
    tell(cx);
    Ok(())
}
