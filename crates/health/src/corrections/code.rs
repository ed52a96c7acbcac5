//! The code with which somebody reads his own record.

use super::sql;
use crate::{households, people};
use duty::permissions::{Action, Permit, Scope};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Error, PersonId, Result, SecretCode, UnitId};
use serde_json::json;
use store::{Cx, Event};

/// How long a code works: own choice.
const HOLDS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The units that answer for a person: those of his ward, and the station of his household.
pub(super) async fn answering(cx: &mut Cx, person: PersonId) -> Result<Vec<UnitId>> {
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    let mut units = people::scope(cx, brief.ward).await?;
    if let Some(home) = households::lives_in(cx, person).await? {
        let home = households::kept(cx, home).await?;
        units.extend([home.ward, home.station]);
    }
    Ok(units)
}

/// A person whose corrections the actor decides. `NotFound` where he may not.
pub(super) async fn claim(cx: &mut Cx, person: PersonId) -> Result<Vec<UnitId>> {
    let units = answering(cx, person).await?;
    cx.permit_sight(Action::PersonCorrect, Scope::Units(&units))?;
    Ok(units)
}

/// The code of a person and until when it works: the one that does, or a new one.
///
/// Errors: `NotFound` for those who do not correct people of his ward.
pub async fn issue_code(cx: &mut Cx, person: PersonId) -> Result<(SecretCode, Timestamp)> {
    let units = claim(cx, person).await?;
    sql::queue_up(cx, person).await?;
    if let Some((code, expires)) = sql::live_code(cx, person).await? {
        return Ok((code, expires));
    }
    // One that has run out makes room.
    sql::revoke_code(cx, person).await?;
    let code = SecretCode::new(cx.rng());
    let expires = cx.now() + HOLDS;
    sql::insert_code(cx, person, &code, expires).await?;
    let event = Event::new("person.code_made", person).unit(units.first().copied());
    cx.record(event.data(json!({ "expires_at": expires })));
    Ok((code, expires))
}

/// Makes the code worthless at once: it was lost, or read by somebody else.
///
/// Errors: `NotFound`, also when there is none.
pub async fn revoke_code(cx: &mut Cx, person: PersonId) -> Result<()> {
    let units = claim(cx, person).await?;
    if !sql::revoke_code(cx, person).await? {
        return Err(Error::NotFound);
    }
    cx.record(Event::new("person.code_revoked", person).unit(units.first().copied()).data(json!({})));
    Ok(())
}

/// The person whose code this is, who acts from here on. What opens nothing is `NotFound`, whether it
/// never did, has run out, was made worthless, or is of another district.
pub async fn held(cx: &mut Cx, typed: &str) -> Result<PersonId> {
    let code = SecretCode::parse(typed)?;
    let person = sql::by_code(cx, &code).await?;
    cx.actor = Actor::citizen(person.uuid());
    Ok(person)
}
