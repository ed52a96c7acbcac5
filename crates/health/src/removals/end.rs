//! The end of a removal, and what follows from it.

use super::{
    act::{claim, told},
    model::{Ended, Reason},
    sql::{self, Kept},
};
use crate::{
    alerts,
    cases::{self, Care, Ending},
    followups::{self, Closed},
};
use duty::units;
use kernel::{Error, RemovalId, Result};
use serde_json::json;
use store::Cx;

/// Ends a removal: the households of the patient are locked first, then his case, then his plan, as
/// in [`followups::end_case`]. `Admitted` moves the case to the house that took him in, closes his plan and ends his
/// alerts; `DiedOnWay` ends the case, the plan and the alerts by his death. After the others he is at
/// home as before.
///
/// Errors: `NotFound`; Conflict `error-removal-over`, `error-removal-not-left`, `error-removal-left`.
pub async fn end(cx: &mut Cx, id: RemovalId, ended: Ended) -> Result<()> {
    let kept = claim(cx, id).await?;
    kept.state.may_end(ended)?;
    sql::end(cx, id, ended).await?;
    told(cx, &kept, "removal.ended", json!({ "as": ended, "to_unit": kept.to_unit }), None).await?;
    match ended {
        Ended::Admitted => admitted(cx, &kept).await,
        Ended::DiedOnWay => died(cx, &kept).await,
        Ended::TurnedBack | Ended::NotNeeded => Ok(()),
    }
}

async fn admitted(cx: &mut Cx, kept: &Kept) -> Result<()> {
    if let Some(case) = kept.case {
        let care = if kept.reason == Reason::Facility { Care::Facility } else { Care::Hospital };
        known(cases::admit(cx, case, care, kept.to_unit).await)?;
    }
    end_alerts(cx, kept, alerts::Ended::Removed).await?;
    followups::removed(cx, kept.person, Closed::Removed).await
}

async fn died(cx: &mut Cx, kept: &Kept) -> Result<()> {
    if let Some(case) = kept.case {
        let today = units::today(cx).await?;
        known(cases::ended(cx, case, Ending::Died, today).await)?;
    }
    end_alerts(cx, kept, alerts::Ended::Died).await?;
    followups::removed(cx, kept.person, Closed::Died).await
}

/// A case that has been taken off the record meanwhile, or says it already, holds nobody up.
fn known(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::NotFound | Error::Conflict(_)) => Ok(()),
        other => other,
    }
}

/// Ends what is open of the patient, the oldest first: each alert then says itself what became of it,
/// and the ticket of each is answered.
async fn end_alerts(cx: &mut Cx, kept: &Kept, ended: alerts::Ended) -> Result<()> {
    let mut open = alerts::open_of_households(cx, &[kept.household]).await?;
    open.retain(|alert| alert.person == kept.person);
    open.sort_by_key(|alert| (alert.raised_at, alert.id));
    for alert in open {
        match alerts::end(cx, alert.id, ended, "").await {
            // Raised at one instant with another, it ended with it.
            Ok(_) | Err(Error::Conflict("error-alert-ended")) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
