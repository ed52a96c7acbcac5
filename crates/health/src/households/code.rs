//! The code of a household's diary: printed on its notice, typed or scanned.

use super::{
    sight,
    sql::{self, Kept},
};
use duty::permissions::Action;
use jiff::Timestamp;
use kernel::{Error, HouseholdId, Result, SecretCode};
use serde_json::json;
use store::{Cx, Event};

/// Whether a household has a code that opens its diary; the code itself is [`issue_code`]'s to show.
pub async fn has_code(cx: &mut Cx, id: HouseholdId) -> Result<bool> {
    sight::claim(cx, id, Action::CareRecord).await?;
    Ok(sql::live_code(cx, id).await?.is_some())
}

/// The code of a household, made when it has none, for the sheet that stays in the house. Whoever sees
/// it may write its diary, so each look is on record like that at its number. The caller commits.
pub async fn issue_code(cx: &mut Cx, id: HouseholdId) -> Result<SecretCode> {
    let home = sight::claim(cx, id, Action::CareRecord).await?;
    sql::lock(cx, id).await?;
    let known = sql::live_code(cx, id).await?;
    let kind = if known.is_some() { "household.code_opened" } else { "household.code_made" };
    let code = if let Some(code) = known {
        code
    } else {
        let code = SecretCode::new(cx.rng());
        sql::insert_code(cx, id, &code).await?;
        code
    };
    cx.record(Event::new(kind, id).unit(home.station).data(json!({ "for": "diary_sheet" })));
    Ok(code)
}

/// The code of a household that the caller holds, made when it has none, for what is sent to the household
/// itself: nobody here sees it.
pub(crate) async fn code_to_send(cx: &mut Cx, home: &Kept) -> Result<SecretCode> {
    if let Some(known) = sql::live_code(cx, home.id).await? {
        return Ok(known);
    }
    let code = SecretCode::new(cx.rng());
    sql::insert_code(cx, home.id, &code).await?;
    let event = Event::new("household.code_made", home.id).unit(home.station);
    cx.record(event.data(json!({ "for": "reminder" })));
    Ok(code)
}

/// Makes the code worthless: it was lost, or read by somebody. The next is made when it is asked for.
pub async fn revoke_code(cx: &mut Cx, id: HouseholdId) -> Result<()> {
    let home = sight::claim(cx, id, Action::CareRecord).await?;
    if !sql::revoke_code(cx, id).await? {
        return Err(Error::NotFound);
    }
    cx.record(Event::new("household.code_revoked", id).unit(home.station).data(json!({})));
    Ok(())
}

/// The household whose code this is, and since when nobody there is followed any more. What opens
/// nothing is `NotFound`, whether it never did or is of another district.
pub(crate) async fn of_code(cx: &mut Cx, typed: &str) -> Result<(HouseholdId, Option<Timestamp>)> {
    sql::by_code(cx, &SecretCode::parse(typed)?).await
}
