//! The code with which somebody reads his own record.

use super::sql;
use crate::{households, people};
use duty::permissions::{Action, Permit, Scope};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Error, PersonId, Result, SecretCode, UnitId, text::line};
use serde_json::json;
use store::{Cx, Event};

/// How long a code works: own choice.
const HOLDS: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Longest reason, in characters.
const WHY_CAP: usize = 200;

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

/// The record that stands for a person whose corrections the actor decides, and the units that answer for
/// it. A record of another ward that was joined with this one is opened by its code too: who asks for the
/// code decides over both.
async fn claim_standing(cx: &mut Cx, person: PersonId) -> Result<(PersonId, Vec<UnitId>)> {
    let units = claim(cx, person).await?;
    let stays = stays(cx, person).await?;
    Ok(if stays == person { (person, units) } else { (stays, claim(cx, stays).await?) })
}

/// Until when the code of a person works; `None` where he has none. The code itself is [`issue_code`]'s
/// to show.
///
/// Errors: `NotFound` for those who do not correct people of his ward.
pub async fn code_until(cx: &mut Cx, person: PersonId) -> Result<Option<Timestamp>> {
    let (person, _) = claim_standing(cx, person).await?;
    Ok(sql::live_code(cx, person).await?.map(|(_, expires)| expires))
}

/// The code of a person and until when it works: the one that does, or a new one. Whoever has it reads
/// the record, so that it was looked at, by whom and why stands among the openings that the person reads.
/// The caller commits.
///
/// Errors: `NotFound` for those who do not correct people of his ward; `why`: `error-reason-missing`,
/// `error-text-too-long` (200 characters).
pub async fn issue_code(cx: &mut Cx, person: PersonId, why: &str) -> Result<(SecretCode, Timestamp)> {
    let (person, units) = claim_standing(cx, person).await?;
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    sql::queue_up(cx, person).await?;
    let (code, expires) = match sql::live_code(cx, person).await? {
        Some(known) => known,
        None => make(cx, person, &units).await?,
    };
    let event = Event::new("person.code_opened", person).unit(units.first().copied());
    cx.record(event.payload(json!({ "reason": why })));
    Ok((code, expires))
}

async fn make(cx: &mut Cx, person: PersonId, units: &[UnitId]) -> Result<(SecretCode, Timestamp)> {
    // One that has run out makes room.
    sql::revoke_code(cx, &[person.uuid()]).await?;
    let code = SecretCode::new(cx.rng());
    let expires = cx.now() + HOLDS;
    sql::insert_code(cx, person, &code, expires).await?;
    let event = Event::new("person.code_made", person).unit(units.first().copied());
    cx.record(event.data(json!({ "expires_at": expires })));
    Ok((code, expires))
}

/// Makes the code worthless at once, of whichever of his records it was made: it was lost, or read by
/// somebody else.
///
/// Errors: `NotFound`, also when there is none.
pub async fn revoke_code(cx: &mut Cx, person: PersonId) -> Result<()> {
    let (person, units) = claim_standing(cx, person).await?;
    let records = people::all_of(cx, person).await?;
    if !sql::revoke_code(cx, &records).await? {
        return Err(Error::NotFound);
    }
    cx.record(Event::new("person.code_revoked", person).unit(units.first().copied()).data(json!({})));
    Ok(())
}

/// The person whose code this is, who acts from here on. The code of a record that was joined to another
/// opens the one that stays, and its own again once they are parted. What opens nothing is `NotFound`,
/// whether it never did, has run out, was made worthless, or is of another district.
pub async fn held(cx: &mut Cx, typed: &str) -> Result<PersonId> {
    let code = SecretCode::parse(typed)?;
    let known = sql::by_code(cx, &code).await?;
    let person = stays(cx, known).await?;
    cx.actor = Actor::citizen(person.uuid());
    Ok(person)
}

/// The record that stands for a person.
async fn stays(cx: &mut Cx, person: PersonId) -> Result<PersonId> {
    let records = people::all_of(cx, person).await?;
    records.first().map(|record| PersonId(*record)).ok_or(Error::NotFound)
}
