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

/// What a person has to decide about a newcomer first; `None` where he is found, or made, for certain.
pub(crate) async fn unclear(cx: &mut Cx, new: &NewPerson) -> Result<Option<Unclear>> {
    if new.citizen_id.is_none() && new.phone.is_none() && new.birth.is_none() && new.address.is_none() {
        return Ok(Some(Unclear::Nobody));
    }
    let tied = batch::tied(cx, new).await?;
    Ok((!tied.is_empty()).then_some(Unclear::Several(tied)))
}

/// Whom the actor may choose among: those with equal right, or namesakes of these wards (`None`: of all).
pub(crate) async fn choices(cx: &mut Cx, new: &NewPerson, wards: Option<&[UnitId]>) -> Result<Vec<PersonId>> {
    if let Some(Unclear::Several(tied)) = unclear(cx, new).await? {
        return Ok(tied);
    }
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.iter().map(|ward| ward.uuid()).collect());
    sql::namesakes(cx, &new.name.search_key(), wards.as_deref()).await
}
