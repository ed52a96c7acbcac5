//! Pairs of records that may be of one person, and what a person decides about them.

use super::{
    act::{brief, scope, wards},
    matching::{self, Basis},
    merge,
    model::{Birth, Duplicate},
    sql_merge,
};
use crate::codes::codes;
use duty::permissions::{Action, Permit, Scope, permits};
use jiff::Timestamp;
use kernel::{Error, PersonId, Result, UnitId, citizen_id::Sex, text::line};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{Cx, Event};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// Longest queue that is shown.
const PAGE: i64 = 50;

codes! {
    /// What two records are compared by.
    Field in "field" {
        Name = "name",
        Birth = "birth",
        Sex = "sex",
        CitizenId = "citizen_id",
        Phone = "phone",
        Address = "address",
        Ward = "ward",
    }
    Agreement in "agreement" {
        Same = "same",
        /// A name spelt otherwise, day and month swapped.
        Near = "near",
        Other = "other",
        /// One of the two does not say.
        Unknown = "unknown",
    }
}

/// One of two records, with numbers masked.
#[derive(Clone, Debug)]
pub struct Side {
    pub person: PersonId,
    pub full_name: String,
    pub birth: Option<Birth>,
    pub sex: Option<Sex>,
    /// `··· 345`
    pub citizen_masked: Option<String>,
    /// `0903 ··· 456`, the newest first.
    pub phones_masked: Vec<String>,
    pub address: Option<String>,
    pub ward: Option<UnitId>,
    pub made_at: Timestamp,
    /// Of a ward whose people the reader may open; of another only the ward is shown.
    pub seen: bool,
    pub(super) search: String,
    pub(super) citizen_id_index: Option<Vec<u8>>,
    pub(super) phone_indexes: Vec<Vec<u8>>,
    pub(super) address_key: Option<String>,
}

/// Two records side by side.
#[derive(Clone, Debug)]
pub struct Pair {
    pub one: Side,
    pub other: Side,
    pub basis: Basis,
    pub weight: i16,
    pub found_at: Timestamp,
    /// What agrees and what differs, in the order of a form.
    pub compared: Vec<(Field, Agreement)>,
}

/// Pairs that may be one person and wait for a decision, the heaviest first, where the actor may open
/// people.
pub async fn duplicates(cx: &mut Cx, limit: i64) -> Result<Vec<Duplicate>> {
    let wards = wards(cx, Action::PersonRead).await?;
    waiting(cx, wards, limit).await
}

async fn waiting(cx: &mut Cx, wards: Option<Vec<UnitId>>, limit: i64) -> Result<Vec<Duplicate>> {
    let limit = limit.clamp(1, PAGE);
    match wards {
        Some(wards) => {
            let wards: Vec<Uuid> = wards.into_iter().map(UnitId::uuid).collect();
            sql_merge::waiting_in(cx, &wards, limit).await
        }
        None => sql_merge::waiting(cx, limit).await,
    }
}

/// Undecided pairs with this person, the heaviest first. `NotFound` where the actor sees no cases of the
/// ward.
pub async fn duplicates_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Duplicate>> {
    brief(cx, id).await?;
    sql_merge::waiting_of(cx, id).await
}

/// The same pairs side by side, of one ward or of all in which the actor may open people; at most fifty.
///
/// Errors: `NotFound` for a ward of which he may open nobody.
pub async fn queue(cx: &mut Cx, ward: Option<UnitId>, limit: i64) -> Result<Vec<Pair>> {
    let seen = wards(cx, Action::PersonRead).await?;
    let asked = match (ward, &seen) {
        (None, seen) => seen.clone(),
        (Some(ward), Some(seen)) if !seen.contains(&ward) => return Err(Error::NotFound),
        (Some(ward), _) => Some(vec![ward]),
    };
    let pairs = waiting(cx, asked, limit).await?;
    beside(cx, &pairs, seen.as_deref()).await
}

/// Two records of an undecided pair, side by side.
///
/// Errors: `NotFound` where there is none, and where the actor may open neither; Conflict
/// `error-pair-decided`.
pub async fn pair(cx: &mut Cx, one: PersonId, other: PersonId) -> Result<Pair> {
    let seen = wards(cx, Action::PersonRead).await?;
    let found = sql_merge::pair(cx, one.min(other), one.max(other)).await?.ok_or(Error::NotFound)?;
    let pairs = beside(cx, &[found.0], seen.as_deref()).await?;
    let pair = pairs.into_iter().next().ok_or(Error::NotFound)?;
    if !pair.one.seen && !pair.other.seen {
        return Err(Error::NotFound);
    }
    if found.1 { Err(Error::Conflict("error-pair-decided")) } else { Ok(pair) }
}

async fn beside(cx: &mut Cx, pairs: &[Duplicate], seen: Option<&[UnitId]>) -> Result<Vec<Pair>> {
    let ids: Vec<Uuid> = pairs.iter().flat_map(|pair| [pair.person.uuid(), pair.other.uuid()]).collect();
    let mut sides: BTreeMap<PersonId, Side> = sql_merge::sides(cx, &ids).await?;
    for side in sides.values_mut() {
        side.seen = seen.is_none_or(|seen| side.ward.is_some_and(|ward| seen.contains(&ward)));
    }
    Ok(pairs
        .iter()
        .filter_map(|pair| {
            let (one, other) = (sides.get(&pair.person)?.clone(), sides.get(&pair.other)?.clone());
            let compared = compare(&one, &other);
            Some(Pair {
                one,
                other,
                basis: pair.basis,
                weight: pair.weight,
                found_at: pair.found_at,
                compared,
            })
        })
        .collect())
}

/// Pure: what of two records agrees.
fn compare(one: &Side, other: &Side) -> Vec<(Field, Agreement)> {
    fn of<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> Agreement {
        match (one, other) {
            (Some(one), Some(other)) if one == other => Agreement::Same,
            (Some(_), Some(_)) => Agreement::Other,
            _ => Agreement::Unknown,
        }
    }
    let name = match (one.search == other.search, matching::similar(&one.search, &other.search)) {
        (true, _) => Agreement::Same,
        (false, true) => Agreement::Near,
        (false, false) => Agreement::Other,
    };
    let birth = match (one.birth, other.birth) {
        (Some(Birth::Day(one)), Some(Birth::Day(other))) if matching::swapped(one, other) => Agreement::Near,
        (Some(one), Some(other)) if one.agrees(other) => Agreement::Same,
        (Some(_), Some(_)) => Agreement::Other,
        _ => Agreement::Unknown,
    };
    let phone = if one.phone_indexes.is_empty() || other.phone_indexes.is_empty() {
        Agreement::Unknown
    } else if one.phone_indexes.iter().any(|index| other.phone_indexes.contains(index)) {
        Agreement::Same
    } else {
        Agreement::Other
    };
    vec![
        (Field::Name, name),
        (Field::Birth, birth),
        (Field::Sex, of(one.sex.as_ref(), other.sex.as_ref())),
        (Field::CitizenId, of(one.citizen_id_index.as_ref(), other.citizen_id_index.as_ref())),
        (Field::Phone, phone),
        (Field::Address, of(one.address_key.as_ref(), other.address_key.as_ref())),
        (Field::Ward, of(one.ward.as_ref(), other.ward.as_ref())),
    ]
}

/// Whoever records the cases of both wards decides about both records; whoever sees neither does not
/// know of them.
pub(super) async fn permit_both(cx: &mut Cx, one: Option<UnitId>, other: Option<UnitId>) -> Result<()> {
    let (one, other) = (scope(cx, one).await?, scope(cx, other).await?);
    let sees = |units: &[UnitId]| permits(&cx.actor, Action::CaseSee, Scope::Units(units));
    if !sees(&one) && !sees(&other) {
        return Err(Error::NotFound);
    }
    cx.permit(Action::CaseRecord, Scope::Units(&one))?;
    cx.permit(Action::CaseRecord, Scope::Units(&other))
}

pub(super) fn reason(why: &str) -> Result<String> {
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() { Err(Error::invalid("why", "error-reason-missing")) } else { Ok(why) }
}

/// Decides a pair, with the reason in words: two people for good, or one, whose record that `stays` is
/// kept. The cases of a person who was on record twice are another area's: callers outside go through
/// `cases::decide_pair`.
///
/// Errors: `NotFound` where there is no such pair or the actor sees neither record, `Forbidden` for
/// those who do not record the cases of both wards; Conflict `error-pair-decided`, and those of
/// [`merge::merge`]; `why`: `error-reason-missing`, `error-text-too-long` (200 characters).
pub(crate) async fn decide(
    cx: &mut Cx,
    stays: PersonId,
    goes: PersonId,
    same: bool,
    why: &str,
) -> Result<()> {
    let (low, high) = (stays.min(goes), stays.max(goes));
    let locked = sql_merge::lock(cx, &[stays, goes]).await?;
    let (Some(kept), Some(gone)) = (locked.get(&stays), locked.get(&goes)) else {
        return Err(Error::NotFound);
    };
    permit_both(cx, kept.ward, gone.ward).await?;
    let unit = kept.ward.or(gone.ward);
    if sql_merge::lock_pair(cx, low, high).await?.ok_or(Error::NotFound)? {
        return Err(Error::Conflict("error-pair-decided"));
    }
    let why = reason(why)?;
    sql_merge::decide(cx, low, high, same).await?;
    cx.record(
        Event::new("person.decided", stays)
            .unit(unit)
            .data(json!({ "other": goes, "same": same }))
            .payload(json!({ "why": why })),
    );
    if same { merge::merge(cx, stays, goes, &why).await } else { Ok(()) }
}

/// Those with whom somebody has an undecided pair.
pub(crate) async fn twins(cx: &mut Cx, id: PersonId) -> Result<Vec<PersonId>> {
    let pairs = sql_merge::waiting_of(cx, id).await?;
    Ok(pairs.into_iter().map(|pair| if pair.person == id { pair.other } else { pair.person }).collect())
}

/// Puts the undecided pairs of somebody with these on top: a case runs on both sides.
pub(crate) async fn raise(cx: &mut Cx, id: PersonId, others: &[PersonId]) -> Result<()> {
    let others: Vec<Uuid> = others.iter().map(|other| other.uuid()).collect();
    sql_merge::raise(cx, id, &others).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn side(search: &str, birth: Option<Birth>) -> Side {
        Side {
            person: PersonId(Uuid::nil()),
            full_name: search.to_owned(),
            birth,
            sex: None,
            citizen_masked: None,
            phones_masked: Vec::new(),
            address: None,
            ward: None,
            made_at: Timestamp::UNIX_EPOCH,
            seen: true,
            search: search.to_owned(),
            citizen_id_index: None,
            phone_indexes: Vec::new(),
            address_key: None,
        }
    }

    fn told(one: &Side, other: &Side, field: Field) -> Agreement {
        compare(one, other).into_iter().find(|(known, _)| *known == field).unwrap().1
    }

    #[test]
    fn what_agrees_what_is_near_and_what_is_unknown_are_three_things() {
        let born = Some(Birth::Day(date(1985, 3, 2)));
        let one = Side { phone_indexes: vec![vec![1], vec![2]], ..side("tran thi bich", born) };
        let other =
            Side { phone_indexes: vec![vec![2]], ..side("tran t bich", Some(Birth::Day(date(1985, 2, 3)))) };
        assert_eq!(told(&one, &other, Field::Name), Agreement::Near);
        assert_eq!(told(&one, &other, Field::Birth), Agreement::Near);
        assert_eq!(told(&one, &other, Field::Phone), Agreement::Same);
        assert_eq!(told(&one, &other, Field::CitizenId), Agreement::Unknown);
        assert_eq!(told(&one, &side("le van cuong", None), Field::Name), Agreement::Other);
        assert_eq!(told(&one, &side("le van cuong", Some(Birth::Year(1985))), Field::Birth), Agreement::Same);
    }
}
