//! Which households are inside.

use super::{decide, list::Near, sql};
use crate::households;
use duty::permissions::{Action, Permit, Scope};
use kernel::{Error, HouseholdId, LockdownId, Result, text::search_key};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Lines that a search shows.
const FOUND: i64 = 20;

/// Puts a household of the ward inside.
///
/// Errors: `NotFound`, also for a household of another ward; `Forbidden`; `household`:
/// `error-lockdown-words-private` when the announcement would name it; Conflict `error-lockdown-lifted`,
/// `error-lockdown-inside`.
pub async fn add(cx: &mut Cx, id: LockdownId, household: HouseholdId) -> Result<()> {
    let kept = decide::claim(cx, id).await?;
    let home = households::kept(cx, household).await?;
    if home.ward != kept.ward {
        return Err(Error::NotFound);
    }
    let household = home.joined_into.unwrap_or(household);
    match decide::published(cx, &[household], &kept.words_vi, &kept.words_en).await {
        Err(Error::Invalid { key, .. }) => return Err(Error::invalid("household", key)),
        other => other?,
    }
    if sql::inside(cx, id).await?.iter().any(|one| one.id == household) {
        return Err(Error::Conflict("error-lockdown-inside"));
    }
    sql::put_in(cx, id, &[household]).await?;
    told(cx, "lockdown.household_added", &kept, household);
    Ok(())
}

/// Takes a household out again: it was put in by mistake, or the decision has left it out.
///
/// Errors: `NotFound`; `Forbidden`; Conflict `error-lockdown-lifted`.
pub async fn remove(cx: &mut Cx, id: LockdownId, household: HouseholdId) -> Result<()> {
    let kept = decide::claim(cx, id).await?;
    let household = households::kept(cx, household).await?.joined_into.unwrap_or(household);
    if !sql::take_out(cx, id, household).await? {
        return Err(Error::NotFound);
    }
    told(cx, "lockdown.household_removed", &kept, household);
    Ok(())
}

fn told(cx: &mut Cx, kind: &'static str, kept: &sql::Kept, household: HouseholdId) {
    cx.record(Event::new(kind, kept.id).unit(kept.ward).data(json!({ "household": household })));
    cx.tell(Topic::screen("lockdowns"));
}

/// Households of the ward that are not inside, by a part of their address or by their code; none for an
/// empty search.
pub async fn search(cx: &mut Cx, id: LockdownId, text: &str) -> Result<Vec<Near>> {
    let kept = sql::find(cx, id).await?;
    let concerned = decide::concerned(cx, &kept).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&concerned))?;
    cx.permit(Action::LockdownDecide, Scope::Units(&concerned))?;
    let key = search_key(text);
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let inside: Vec<HouseholdId> = sql::inside(cx, id).await?.into_iter().map(|row| row.id).collect();
    let found = sql::search(cx, kept.ward, &key, FOUND).await?;
    let outside = found.into_iter().filter(|one| !inside.contains(&one.id));
    Ok(outside.map(|one| Near { id: one.id, code: one.code, address: one.address }).collect())
}
