//! Two households that are one: entered twice, or moved together. The members of the one move into
//! the other; its row stays and points there, so that its code, its links and what was written of it
//! lead to the one that stays.

use super::{
    model::Edit,
    sight,
    sql::{self, Kept},
    sql_join,
};
use duty::permissions::Action;
use kernel::{Error, HouseholdId, PersonId, Result, UnitId, text::line};
use serde_json::json;
use store::{Cx, Event};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// A house with more households at one address is a boarding house; they are many on purpose.
const MOST: i64 = 50;

/// A household that may be one with another: it has the same address, the same number, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
    pub care_team: Option<UnitId>,
    /// Who lives there, and how many of those are followed.
    pub members: i64,
    pub followed: i64,
    pub same_address: bool,
    pub same_number: bool,
}

/// Households of the ward that may be one with this, the oldest first.
///
/// Errors: `NotFound`, `Forbidden` for those who do not place households.
pub async fn near(cx: &mut Cx, id: HouseholdId) -> Result<Vec<Near>> {
    sight::claim(cx, id, Action::CareAssign).await?;
    sql_join::near(cx, id, MOST).await
}

/// The household that stays in the place of this one; itself where it has not become one with
/// another.
///
/// Errors: `NotFound` where the actor does not see the one that stays.
pub async fn stays(cx: &mut Cx, id: HouseholdId) -> Result<HouseholdId> {
    let id = sql::kept(cx, id).await?.joined_into.unwrap_or(id);
    sight::claim(cx, id, Action::CareSee).await?;
    Ok(id)
}

/// The household and those that have become one with it, whose stories are its own too.
///
/// Errors: `NotFound` where the actor does not see it.
pub async fn all_of(cx: &mut Cx, id: HouseholdId) -> Result<Vec<HouseholdId>> {
    sight::claim(cx, id, Action::CareSee).await?;
    sql_join::all_of(cx, id).await
}

/// Makes one household of two: who lives in `from` lives in `into`. There is no way back but to lead
/// people out again one by one. What is followed there must be moved by the caller:
/// `followups::join`. Who has moved.
///
/// Errors: `NotFound`, `Forbidden` where the actor does not place both; `from`: `error-choice-unknown`
/// for one that has neither address nor number in common; `why`; Conflict `error-household-joined`.
pub(crate) async fn join(
    cx: &mut Cx,
    from: HouseholdId,
    into: HouseholdId,
    why: &str,
) -> Result<Vec<PersonId>> {
    sight::claim(cx, into, Action::CareAssign).await?;
    sight::claim(cx, from, Action::CareAssign).await?;
    // In the order of ids, whichever of the two stays.
    sql::lock_all(cx, &[from, into]).await?;
    let (gone, stays) = (sql::kept(cx, from).await?, sql::kept(cx, into).await?);
    if gone.joined_into.is_some() || stays.joined_into.is_some() {
        return Err(Error::Conflict("error-household-joined"));
    }
    if !sql_join::near(cx, into, i64::MAX).await?.iter().any(|near| near.id == from) {
        return Err(Error::invalid("from", "error-choice-unknown"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let people = sql_join::move_members(cx, from, into).await?;
    sql_join::complete(cx, from, into).await?;
    let number = match stays.contact(cx)? {
        Some(_) => None,
        None => gone.contact(cx)?,
    };
    sql::edit(cx, into, &taken_over(&gone, &stays), number.as_ref()).await?;
    sql_join::point(cx, from, into).await?;
    let told = json!({ "why": why });
    cx.record(
        Event::new("household.joined", into)
            .unit(stays.station)
            .data(json!({ "from": from, "code": gone.code, "people": people }))
            .payload(told.clone()),
    );
    cx.record(
        Event::new("household.joined_into", from)
            .unit(gone.station)
            .data(json!({ "into": into, "code": stays.code }))
            .payload(told),
    );
    Ok(people)
}

/// What the one that stays takes over of the things in the house; its own number and place stay.
fn taken_over(gone: &Kept, stays: &Kept) -> Edit {
    Edit {
        contact: None,
        contact_person: stays.contact_person.or(gone.contact_person),
        oximeters: Some(stays.oximeters.max(gone.oximeters)),
        oxygen: Some(stays.oxygen.max(gone.oxygen)),
    }
}
