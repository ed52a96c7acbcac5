//! Finding passes: for the desk, for the gates, for whoever holds the address of his own.

use super::{
    holders::Known,
    issue::claim,
    model::{Named, Number, Reason, Standing, Whose},
    sql::{self, Kept},
    sql_codes, sql_find,
};
use crate::people;
use duty::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{Error, OrganisationId, PassId, PersonId, Result, SecretCode, UnitId};
use pass::{Code, Force, Kind};
use std::collections::HashMap;
use store::Cx;
use uuid::Uuid;

/// Lines of one page.
const PAGE: usize = 50;

/// Which passes a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub force: Option<Force>,
    pub ward: Option<UnitId>,
    pub organisation: Option<OrganisationId>,
    pub standing: Option<Standing>,
}

/// A pass in a list, or at the head of its page.
#[derive(Clone, Debug)]
pub struct Line {
    pub pass: PassId,
    pub whose: Whose,
    /// As people write it; empty where the holder was erased.
    pub name: String,
    pub birth_year: Option<i16>,
    pub ward: Option<UnitId>,
    pub standing: Standing,
    pub issued_at: Timestamp,
    pub revoked: Option<(Timestamp, Reason)>,
    pub replaced_by: Option<PassId>,
    /// Twelve digits lead to it too.
    pub has_code: bool,
}

/// A page of them.
#[derive(Clone, Debug)]
pub struct Listed {
    pub lines: Vec<Line>,
    /// After which the next page begins; `None` on the last.
    pub next: Option<PassId>,
}

/// A pass as its own holder sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub pass: PassId,
    pub whose: Whose,
    pub name: String,
    pub birth_year: Option<i16>,
    /// Whose station is asked about it.
    pub ward: Option<UnitId>,
    pub standing: Standing,
    /// Where he has one.
    pub code: Option<Code>,
}

/// A pass as a gate's record names it.
pub(super) fn told(kept: &Kept) -> Named {
    Named {
        pass: kept.id,
        kind: kept.whose.kind(),
        force: kept.whose.force(),
        person: kept.whose.person(),
        organisation: match kept.whose {
            Whose::Force { organisation, .. } => organisation,
            Whose::Business { organisation, .. } => Some(organisation),
            _ => None,
        },
        ward: kept.ward,
        standing: kept.standing(),
    }
}

/// The passes of these numbers, taken back or not; numbers that are none of ours are left out.
pub async fn named(cx: &mut Cx, numbers: &[Number]) -> Result<HashMap<Number, Named>> {
    let found = sql_find::by_numbers(cx, numbers).await?;
    Ok(found.into_iter().map(|kept| (kept.number, told(&kept))).collect())
}

/// A page of the passes that the actor gives out, the newest first.
///
/// Errors: `NotFound` for those who give none out.
pub async fn list(cx: &mut Cx, filter: &Filter, after: Option<PassId>) -> Result<Listed> {
    cx.permit_sight(Action::PassIssue, Scope::Tenant)?;
    let wards = people::wards(cx, Action::PassIssue).await?;
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    let mut found = sql_find::list(cx, filter, wards.as_deref(), after, PAGE as i64 + 1).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().map(|kept| kept.id).filter(|_| more);
    Ok(Listed { lines: lines(cx, &found).await?, next })
}

/// One pass.
///
/// Errors: `NotFound` for a pass that the actor could not have issued.
pub async fn find(cx: &mut Cx, id: PassId) -> Result<Line> {
    let kept = claim(cx, id, Action::PassIssue).await?;
    lines(cx, &[kept]).await?.pop().ok_or(Error::NotFound)
}

/// Every pass that a person has had, the newest first.
///
/// Errors: `NotFound` for somebody to whom the actor issues none.
pub async fn of_person(cx: &mut Cx, person: PersonId) -> Result<Vec<Line>> {
    let known = Known::of(cx, &[Whose::Person(person)], false).await?;
    let units = people::scope(cx, known.ward(Whose::Person(person))?).await?;
    cx.permit_sight(Action::PassIssue, Scope::Units(&units))?;
    let records = people::all_of(cx, person).await?;
    let found = sql_find::of_records(cx, &records).await?;
    lines(cx, &found).await
}

/// The name that would stand in a pass, as people write it.
///
/// Errors: `NotFound` for holders that the actor does not issue passes to.
pub async fn holder(cx: &mut Cx, whose: Whose) -> Result<String> {
    let known = Known::of(cx, &[whose], false).await?;
    let units = people::scope(cx, known.ward(whose)?).await?;
    cx.permit_sight(Action::PassIssue, Scope::Units(&units))?;
    Ok(known.name(whose)?.to_owned())
}

async fn lines(cx: &mut Cx, found: &[Kept]) -> Result<Vec<Line>> {
    let whose: Vec<Whose> = found.iter().map(|kept| kept.whose).collect();
    let ids: Vec<PassId> = found.iter().map(|kept| kept.id).collect();
    let known = Known::of(cx, &whose, false).await?;
    let codes = sql_codes::of(cx, &ids).await?;
    let line = |kept: &Kept| Line {
        pass: kept.id,
        whose: kept.whose,
        name: known.name(kept.whose).unwrap_or_default().to_owned(),
        birth_year: known.born(kept.whose),
        ward: kept.ward,
        standing: kept.standing(),
        issued_at: kept.issued_at,
        revoked: kept.revoked_at.zip(kept.revoked),
        replaced_by: kept.replaced_by,
        has_code: codes.contains_key(&kept.id),
    };
    Ok(found.iter().map(line).collect())
}

/// The pass that an address opens. What opens nothing is `NotFound`, whether it never did or is of another
/// district; one that was taken back still opens, and says so.
pub async fn held(cx: &mut Cx, typed: &str) -> Result<PassId> {
    sql::by_key(cx, &SecretCode::parse(typed)?).await
}

/// A pass as its own holder sees it, whose address has been asked ([`held`]).
///
/// Errors: `NotFound`, also where the holder was erased.
pub async fn shown(cx: &mut Cx, id: PassId) -> Result<Shown> {
    let kept = sql::kept(cx, id).await?;
    let known = Known::of(cx, &[kept.whose], false).await?;
    let code = sql_codes::of(cx, &[id]).await?.remove(&id).map(|(code, _)| code);
    Ok(Shown {
        pass: id,
        whose: kept.whose,
        name: known.name(kept.whose)?.to_owned(),
        birth_year: known.born(kept.whose),
        ward: kept.ward,
        standing: kept.standing(),
        code: code.filter(|_| kept.revoked.is_none()),
    })
}
