//! Two records of one person become one, and two again where that was a mistake. Nothing moves by it:
//! the record that goes points to the one that stays, and whoever asks for a person asks for all of his
//! records.

use super::{
    act::{briefs, wards},
    duplicates::{permit_both, reason},
    model::Brief,
    sql, sql_merge,
};
use duty::permissions::Action;
use jiff::Timestamp;
use kernel::{Error, PersonId, Result, StaffId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// Two records that were found to be of one person.
#[derive(Clone, Debug)]
pub struct Merged {
    pub stays: Brief,
    pub goes: Brief,
    pub at: Timestamp,
    pub by: Option<StaffId>,
    /// In the words of whoever decided.
    pub why: String,
}

/// Every record of a person, the one that stays first; empty for an id that is nobody's.
pub(crate) async fn all_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Uuid>> {
    Ok(sql::records_of(cx, &[id.uuid()]).await?.into_iter().map(|(_, record)| record.uuid()).collect())
}

/// Every record of these people: who was asked for, and a record of the same person.
pub(crate) async fn records_of(cx: &mut Cx, ids: &[PersonId]) -> Result<Vec<(PersonId, PersonId)>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sql::records_of(cx, &ids).await
}

/// Makes two records those of one person. Pairs among them wait for nobody any more. Their cases are
/// another area's: callers outside go through `cases::decide_pair`.
///
/// Errors: `NotFound`, `Forbidden` as for a decision; Conflict `error-person-merged` when the record
/// that goes was joined to one already, `error-person-same` when both are one person's already; `why`:
/// `error-reason-missing`, `error-text-too-long`.
pub(crate) async fn merge(cx: &mut Cx, stays: PersonId, goes: PersonId, why: &str) -> Result<()> {
    let roots = sql::roots(cx, &[stays.uuid()]).await?;
    let root = roots.get(&stays).copied().ok_or(Error::NotFound)?;
    let locked = sql_merge::lock(cx, &[root, goes]).await?;
    let (Some(kept), Some(gone)) = (locked.get(&root), locked.get(&goes)) else {
        return Err(Error::NotFound);
    };
    permit_both(cx, kept.ward, gone.ward).await?;
    let why = reason(why)?;
    if root == goes {
        return Err(Error::Conflict("error-person-same"));
    }
    if gone.joined {
        return Err(Error::Conflict("error-person-merged"));
    }
    let id = cx.id::<Uuid>();
    sql_merge::join(cx, id, root, goes, &why).await?;
    let all = all_of(cx, root).await?;
    sql_merge::decide_among(cx, &all).await?;
    cx.record(
        Event::new("person.merged", goes)
            .unit(kept.ward)
            .data(json!({ "into": root }))
            .payload(json!({ "why": why })),
    );
    Ok(())
}

/// Takes a joining back: both records stand again, each with all that was written to it, and the pair
/// waits for a decision as before. The record it had been joined to. Callers outside go through
/// `cases::part`.
///
/// Errors: as for [`merge`]; Conflict `error-person-not-merged`.
pub(crate) async fn unmerge(cx: &mut Cx, goes: PersonId, why: &str) -> Result<PersonId> {
    let gone = sql_merge::lock(cx, &[goes]).await?.remove(&goes).ok_or(Error::NotFound)?;
    let live = sql_merge::live(cx, goes).await?;
    let kept = match &live {
        Some(live) => sql_merge::lock(cx, &[live.stays]).await?.remove(&live.stays),
        None => None,
    };
    let ward = kept.as_ref().map_or(gone.ward, |kept| kept.ward);
    permit_both(cx, ward, gone.ward).await?;
    let live = live.ok_or(Error::Conflict("error-person-not-merged"))?;
    let why = reason(why)?;
    sql_merge::part(cx, live.id, goes).await?;
    let (theirs, his) = (all_of(cx, live.stays).await?, all_of(cx, goes).await?);
    sql_merge::reopen(cx, live.at, &theirs, &his).await?;
    cx.record(
        Event::new("person.unmerged", goes)
            .unit(ward)
            .data(json!({ "from": live.stays }))
            .payload(json!({ "why": why })),
    );
    Ok(live.stays)
}

/// The records of a person that were joined, newest first. `NotFound` where the actor sees no cases of the
/// ward.
pub async fn merges_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Merged>> {
    super::act::brief(cx, id).await?;
    let all = all_of(cx, id).await?;
    let joined = sql_merge::joined_of(cx, &all).await?;
    named(cx, joined).await
}

/// What was joined lately in the wards in which the actor may open people, newest first.
pub async fn merges(cx: &mut Cx, limit: i64) -> Result<Vec<Merged>> {
    let wards = wards(cx, Action::PersonRead).await?;
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let joined = sql_merge::joined(cx, wards.as_deref(), limit).await?;
    named(cx, joined).await
}

async fn named(cx: &mut Cx, joined: Vec<sql_merge::Joined>) -> Result<Vec<Merged>> {
    let ids: Vec<PersonId> = joined.iter().flat_map(|one| [one.stays, one.goes]).collect();
    let people = briefs(cx, &ids).await?;
    joined
        .into_iter()
        .filter_map(|one| {
            let (stays, goes) = (people.get(&one.stays)?.clone(), people.get(&one.goes)?.clone());
            Some(one.why(cx).map(|why| Merged { stays, goes, at: one.at, by: one.by, why }))
        })
        .collect()
}
