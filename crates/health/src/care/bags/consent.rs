//! The consent to bag C as it was signed: a picture beside the bag, put there with it or once it is signed.

use super::sql::{self, Kept};
use crate::households;
use duty::permissions::Action;
use kernel::{BagId, Error, FileId, HouseholdId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The household of a bag to which somebody consented, for those who may see or add the picture of it.
///
/// Errors: `NotFound`, also for a bag that needs no consent; `Forbidden` for those who issue no papers.
pub async fn consented(cx: &mut Cx, id: BagId) -> Result<HouseholdId> {
    Ok(claim(cx, id).await?.household)
}

/// The picture of a consent, to be looked at: on record, because it names somebody in full. The caller
/// commits.
///
/// Errors: as for [`consented`]; `NotFound` where there is none.
pub async fn open_consent(cx: &mut Cx, id: BagId) -> Result<FileId> {
    let kept = claim(cx, id).await?;
    let file = kept.consent_file.ok_or(Error::NotFound)?;
    record(cx, "bag.consent_opened", &kept).await?;
    Ok(file)
}

/// Puts the picture of a consent with its bag, which the caller binds to it. A picture is never changed.
///
/// Errors: as for [`consented`]; Conflict `error-consent-kept` where there is one.
pub async fn attach_consent(cx: &mut Cx, id: BagId, file: FileId) -> Result<HouseholdId> {
    let household = claim(cx, id).await?.household;
    households::lock(cx, household).await?;
    let kept = sql::find(cx, id).await?;
    if !sql::attach(cx, id, file).await? {
        return Err(Error::Conflict("error-consent-kept"));
    }
    record(cx, "bag.consent_kept", &kept).await?;
    cx.tell(Topic::screen("followups"));
    Ok(household)
}

async fn claim(cx: &mut Cx, id: BagId) -> Result<Kept> {
    let kept = sql::find(cx, id).await?;
    households::claim(cx, kept.household, Action::CarePaper).await?;
    if kept.consent.is_some() { Ok(kept) } else { Err(Error::NotFound) }
}

async fn record(cx: &mut Cx, kind: &'static str, kept: &Kept) -> Result<()> {
    let station = households::kept(cx, kept.household).await?.station;
    cx.record(
        Event::new(kind, kept.household)
            .unit(station)
            .data(json!({ "bag": kept.id, "person": kept.person, "kind": kept.kind })),
    );
    Ok(())
}
