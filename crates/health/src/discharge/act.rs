use super::list::judge;
use crate::{
    care::papers::{self, Kind, NewPapers, Signer},
    cases::{self, Ending},
    followups, households,
};
use duty::{permissions::Action, tenants::Tenant, units};
use kernel::{Error, HouseholdId, PaperId, PlanId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// What a release came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    pub household: HouseholdId,
    /// The certificate of completion.
    pub paper: Option<PaperId>,
}

/// Releases somebody: his plan is closed, his case ended in recovery, and his certificate issued.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-plan-closed`, `error-release-not-ready` where the
/// list says what is missing.
pub async fn release(cx: &mut Cx, tenant: &Tenant, id: PlanId, signer: &Signer) -> Result<Released> {
    let household = followups::plan(cx, id).await?.household;
    let home = households::claim(cx, household, Action::CarePaper).await?;
    households::lock(cx, household).await?;
    let kept = followups::plan(cx, id).await?;
    if kept.plan.closed_at.is_some() {
        return Err(Error::Conflict("error-plan-closed"));
    }
    let today = units::today(cx).await?;
    let stands = judge(cx, std::slice::from_ref(&kept), today).await?.pop();
    let Some(ready) = stands.and_then(|stands| stands.ready) else {
        return Err(Error::Conflict("error-release-not-ready"));
    };
    if let Some(case) = kept.case {
        match cases::ended(cx, case, Ending::Recovered, today).await {
            // Taken off the record meanwhile, or said already.
            Ok(()) | Err(Error::NotFound | Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    followups::released(cx, &kept).await?;
    cx.record(Event::new("release.done", household).unit(home.station).data(json!({
        "plan": id, "person": kept.person, "case": kept.case, "by": ready,
    })));
    let new =
        NewPapers { person: Some(kept.person), kinds: [Kind::Completion].into(), signer: signer.clone() };
    let issued = papers::issue(cx, tenant, household, &new).await?;
    cx.tell(Topic::screen("followups"));
    Ok(Released { household, paper: issued.made.first().copied() })
}
