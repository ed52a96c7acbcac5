//! Taking passes back, and giving another in their place.

use super::{
    issue::{self, Issued, claim},
    marks::Marks,
    model::{NewPass, Reason},
    sql::{self, Kept},
    sql_codes, sql_lists,
};
use duty::permissions::Action;
use kernel::{Error, PassId, Result, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;

/// Takes a pass back for good. Its bit is set in the next status list, its code opens nothing.
///
/// Errors: `NotFound`, `Forbidden`; `reason`: `error-choice-unknown` for what only the program says; `why`:
/// `error-reason-missing`, `error-text-too-long` (200 characters); Conflict `error-pass-revoked`.
pub async fn revoke(cx: &mut Cx, id: PassId, reason: Reason, why: &str) -> Result<()> {
    claim(cx, id, Action::PassRevoke).await?;
    if !Reason::SAID.contains(&reason) {
        return Err(Error::invalid("reason", "error-choice-unknown"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let kept = sql::lock(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    take_back(cx, &kept, reason, Some(&why)).await?.touch(cx).await
}

/// The same by whatever decides it; the caller holds the pass, and touches what is marked when all passes are written.
pub(super) async fn take_back(cx: &mut Cx, kept: &Kept, reason: Reason, why: Option<&str>) -> Result<Marks> {
    sql::revoke(cx, kept.id, reason).await?;
    let table = !sql_codes::of(cx, &[kept.id]).await?.is_empty();
    let event = Event::new("pass.revoked", kept.id).unit(kept.ward).data(json!({
        "as": reason, "kind": kept.whose.kind().name(), "person": kept.whose.person(),
    }));
    cx.record(match why {
        Some(why) => event.payload(json!({ "why": why })),
        None => event,
    });
    cx.tell(Topic::screen("passes"));
    Ok(Marks { lists: [kept.place.list].into(), table })
}

/// Takes a pass back because it was lost or somebody else has seen its code, and issues another, with a
/// code where the old one had one. The holder's page has a new address too.
///
/// Errors: as for [`revoke`], and those of [`issue::issue`].
pub async fn replace(cx: &mut Cx, id: PassId, why: &str) -> Result<Issued> {
    // A lost card is replaced by whoever gives cards out.
    claim(cx, id, Action::PassIssue).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let kept = sql::lock(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    let Marks { lists, table } = take_back(cx, &kept, Reason::Replaced, Some(&why)).await?;
    // The new one stands in the newest list, and its place is taken there: the old one's comes before.
    issue::touch(cx, lists).await?;
    let new = NewPass { whose: kept.whose, code: table };
    let issued = issue::make(cx, &[new], None).await?.first().copied().ok_or(Error::NotFound)?;
    sql::set_replaced(cx, id, issued.pass).await?;
    if table {
        sql_lists::touch_table(cx).await?;
    }
    cx.record(Event::new("pass.replaced", id).unit(kept.ward).data(json!({ "by": issued.pass })));
    Ok(issued)
}
