//! Whom a list means, before anything of it is on record: nobody who could be found again, or two.

use super::{batch, model::NewPerson, sql};
use kernel::{PersonId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// What is unclear about somebody whom a list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// A bare name, no paper, number, birth or address: whoever it is cannot be found again.
    Nobody,
    /// So many people on record are him with equal right.
    Several(Vec<PersonId>),
}

/// What a person has to decide about each of these newcomers first, in their order; `None` where one is
/// found, or made, for certain. One look-up for all.
pub(crate) async fn unclear(cx: &mut Cx, new: &[NewPerson]) -> Result<Vec<Option<Unclear>>> {
    let asked: Vec<NewPerson> = new.iter().filter(|one| !is_bare(one)).cloned().collect();
    let tied = if asked.is_empty() { Vec::new() } else { batch::tied(cx, &asked).await? };
    let mut tied = tied.into_iter();
    Ok(new
        .iter()
        .map(|one| {
            if is_bare(one) {
                return Some(Unclear::Nobody);
            }
            tied.next().filter(|tied| !tied.is_empty()).map(Unclear::Several)
        })
        .collect())
}

fn is_bare(new: &NewPerson) -> bool {
    new.citizen_id.is_none() && new.phone.is_none() && new.birth.is_none() && new.address.is_none()
}

/// Whom the actor may choose among for a newcomer of whom this is unclear: those with equal right, or
/// namesakes of these wards (`None`: of all).
pub(crate) async fn choices(
    cx: &mut Cx,
    new: &NewPerson,
    unclear: Option<Unclear>,
    wards: Option<&[UnitId]>,
) -> Result<Vec<PersonId>> {
    if let Some(Unclear::Several(tied)) = unclear {
        return Ok(tied);
    }
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.iter().map(|ward| ward.uuid()).collect());
    sql::namesakes(cx, &new.name.search_key(), wards.as_deref()).await
}
