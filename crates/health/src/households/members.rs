//! Who lives in a household.

use super::{model::NewMember, open, sight, sql};
use crate::people::{self, Birth, NewPerson};
use duty::{permissions::Action, units};
use kernel::{
    Error, HouseholdId, PersonId, Result,
    text::{line, search_key},
};
use serde_json::json;
use store::{Cx, Event};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;

/// Adds a member; somebody known is found again as everywhere. He stays what he was: whether he is
/// followed, and as what, is follow-up's to say.
///
/// Errors: `NotFound` outside the actor's households, and for somebody who lives in one outside them;
/// `Forbidden` to move somebody out of another; `Invalid` with the first field to mend.
pub async fn add_member(cx: &mut Cx, id: HouseholdId, new: &NewMember) -> Result<PersonId> {
    let home = sight::claim(cx, id, Action::CareRecord).await?;
    let today = units::today(cx).await?;
    let person = new.check(today, Some(home.ward)).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    people::queue_up(cx, std::iter::once(&person.name)).await?;
    sql::lock(cx, id).await?;
    let member = match namesake(cx, id, &person).await? {
        Some(known) => known,
        None => people::find_or_make(cx, &person).await?.person,
    };
    match sql::home_of(cx, member).await? {
        Some(home) if home == id => {}
        Some(other) => {
            // Whoever lives elsewhere is moved only by those who place both households.
            sight::claim(cx, other, Action::CareAssign).await?;
            sight::claim(cx, id, Action::CareAssign).await?;
            open::join(cx, id, member).await?;
        }
        None => open::join(cx, id, member).await?,
    }
    if let Some(relation) = new.relation {
        sql::relate(cx, id, member, relation).await?;
    }
    Ok(member)
}

/// Who lives there already under this name and birth: a form that was sent twice makes nobody twice.
async fn namesake(cx: &mut Cx, id: HouseholdId, new: &NewPerson) -> Result<Option<PersonId>> {
    let members = sql::members_of(cx, id).await?;
    let ids: Vec<PersonId> = members.iter().map(|member| member.person).collect();
    let (search, year) = (new.name.search_key(), new.birth.map(Birth::year));
    Ok(people::briefs(cx, &ids)
        .await?
        .into_values()
        .find(|known| search_key(&known.full_name) == search && known.birth_year == year)
        .map(|known| known.id))
}

/// Somebody no longer lives there. Whoever is still followed must be released or moved first.
///
/// Errors: `NotFound`; `why`: `error-reason-missing`, `error-text-too-long`.
pub async fn leave(cx: &mut Cx, id: HouseholdId, person: PersonId, why: &str) -> Result<()> {
    let home = sight::claim(cx, id, Action::CareRecord).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    if !sql::move_out(cx, id, person).await? {
        return Err(Error::NotFound);
    }
    cx.record(
        Event::new("household.member_left", id)
            .unit(home.station)
            .data(json!({ "person": person }))
            .payload(json!({ "why": why })),
    );
    Ok(())
}
