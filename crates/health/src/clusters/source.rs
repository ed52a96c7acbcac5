//! Who infected a case: proposed by the program, said by a person, taken back.

use super::{group, sql};
use crate::{cases, people};
use duty::permissions::Action;
use jiff::civil::Date;
use kernel::{CaseId, Error, PersonId, PlaceId, Result, UnitId, text::line};
use std::collections::BTreeSet;
use store::Cx;

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// Possible sources that are shown.
const MOST: i64 = 50;

/// Who infected a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub by: CaseId,
    /// A person has said so; otherwise it is proposed.
    pub sure: bool,
}

/// Somebody who may have infected a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub case: CaseId,
    /// `None` where the actor does not see cases of that ward.
    pub name: Option<String>,
    pub ward: UnitId,
    pub day: Date,
}

/// Who infected a case, as far as it is known.
///
/// Errors: `NotFound` for a case that the actor does not see.
pub async fn source_of(cx: &mut Cx, case: CaseId) -> Result<Option<Source>> {
    let traced = cases::see_traced(cx, case).await?;
    Ok(traced.infected_by.zip(traced.infected_sure).map(|(by, sure)| Source { by, sure }))
}

/// Who may have infected a case: those of whom he was a contact, with whom he lives, who were at the same
/// place or are of the same cluster, and did not fall ill after him.
///
/// Errors: `NotFound` for a case that the actor does not see.
pub async fn candidates(cx: &mut Cx, case: CaseId) -> Result<Vec<Candidate>> {
    let traced = cases::see_traced(cx, case).await?;
    let suspects = sql::suspects(cx, case, traced.day, MOST).await?;
    let seen = people::wards(cx, Action::CaseSee).await?;
    let seen: Option<BTreeSet<UnitId>> = seen.map(|wards| wards.into_iter().collect());
    let ids: Vec<PersonId> = suspects.iter().map(|suspect| suspect.person).collect();
    let people = people::briefs(cx, &ids).await?;
    Ok(suspects
        .into_iter()
        .map(|suspect| {
            let visible = seen.as_ref().is_none_or(|seen| seen.contains(&suspect.ward));
            let name = people.get(&suspect.person).filter(|_| visible).map(|brief| brief.full_name.clone());
            Candidate { case: suspect.case, name, ward: suspect.ward, day: suspect.day }
        })
        .collect())
}

/// A person says who infected a case, or that it is not known; clusters follow.
///
/// Errors: `NotFound`, `Forbidden`; `by`: `error-choice-unknown` for nobody of [`candidates`],
/// `error-source-circle` for somebody who has it from him; `place`: `error-choice-unknown` for one at which
/// he was not; `why`; Conflict `error-case-unchanged`,
/// `error-not-an-f0`.
pub async fn set_source(
    cx: &mut Cx,
    id: CaseId,
    by: Option<CaseId>,
    place: Option<PlaceId>,
    why: &str,
) -> Result<()> {
    cases::claim_traced(cx, id).await?;
    group::take_turn(cx).await?;
    let case = cases::lock_traced(cx, id).await?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if case.infected_by == by && case.infected_sure != Some(false) && place.is_none() {
        return Err(Error::Conflict("error-case-unchanged"));
    }
    if let Some(by) = by {
        if !candidates(cx, id).await?.iter().any(|one| one.case == by) {
            return Err(Error::invalid("by", "error-choice-unknown"));
        }
        if sql::comes_from(cx, by, id).await? {
            return Err(Error::invalid("by", "error-source-circle"));
        }
    }
    if let Some(place) = place
        && !sql::was_at(cx, id, place).await?
    {
        return Err(Error::invalid("place", "error-choice-unknown"));
    }
    cases::set_source(cx, &case, by.map(|by| (by, true)), place, &why).await?;
    let seeds: Vec<CaseId> = [Some(id), by, case.infected_by].into_iter().flatten().collect();
    group::settle(cx, &seeds).await
}

/// The program proposes who infected a case; what a person has said, or an older proposal, stays. Whether
/// it was written.
pub(crate) async fn propose_source(cx: &mut Cx, id: CaseId, by: CaseId) -> Result<bool> {
    group::take_turn(cx).await?;
    let case = cases::lock_traced(cx, id).await?;
    if case.infected_by.is_some() || id == by || !case.is_f0() || sql::comes_from(cx, by, id).await? {
        return Ok(false);
    }
    cases::set_source(cx, &case, Some((by, false)), None, "").await?;
    group::settle(cx, &[id, by]).await?;
    Ok(true)
}
