//! Who may see a household, and what the station does to it.

use super::{
    model::{Edit, Home, Member},
    sql::{self, Kept},
};
use crate::people;
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    units::{self, UnitKind},
};
use kernel::{Error, HouseholdId, PersonId, Phone, Result, UnitId};
use serde_json::json;
use store::{Cx, Event};

/// The units that answer for a household: its ward, its stations, its care team, the rapid teams of
/// the ward.
pub(crate) async fn units_of(cx: &mut Cx, home: &Kept) -> Result<Vec<UnitId>> {
    let tree = units::tree(cx).await?;
    let mut answering = vec![home.ward, home.station];
    answering.extend(home.mobile_station);
    answering.extend(home.care_team);
    answering.extend(tree.all_in_ward(home.ward, UnitKind::RapidTeam).map(|unit| unit.id));
    Ok(answering)
}

/// Where somebody lives by any of his records.
async fn lives_in(cx: &mut Cx, person: PersonId) -> Result<Option<HouseholdId>> {
    if let Some(home) = sql::home_of(cx, person).await? {
        return Ok(Some(home));
    }
    for record in people::all_of(cx, person).await? {
        if let Some(home) = sql::home_of(cx, record.into()).await? {
            return Ok(Some(home));
        }
    }
    Ok(None)
}

/// The units that answer for the household in which somebody lives; none where he lives in none.
pub async fn answering(cx: &mut Cx, person: PersonId) -> Result<Vec<UnitId>> {
    let Some(id) = lives_in(cx, person).await? else { return Ok(Vec::new()) };
    let home = sql::kept(cx, id).await?;
    units_of(cx, &home).await
}

/// Where somebody lives now, for those who may see the household; `None` for others.
pub async fn home_of(cx: &mut Cx, person: PersonId) -> Result<Option<HouseholdId>> {
    let Some(id) = lives_in(cx, person).await? else { return Ok(None) };
    match claim(cx, id, Action::CareSee).await {
        Ok(_) => Ok(Some(id)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A household the actor may work on by `action`; `NotFound` where he may not even see it.
pub(crate) async fn claim(cx: &mut Cx, id: HouseholdId, action: Action) -> Result<Kept> {
    let home = sql::kept(cx, id).await?;
    let units = units_of(cx, &home).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&units))?;
    cx.permit(action, Scope::Units(&units))?;
    Ok(home)
}

/// The units whose households the actor sees; `None` means all.
pub(crate) fn seen_by(cx: &Cx) -> Option<Vec<UnitId>> {
    allowed_units(&cx.actor, Action::CareSee).map(|units| units.into_iter().collect())
}

/// The units by which the actor sees households, or those by which `unit` does, as rows name them: a
/// rapid team answers for all households of its ward. `None` means all.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub(crate) async fn answered_by(cx: &mut Cx, unit: Option<UnitId>) -> Result<Option<Vec<uuid::Uuid>>> {
    let seen = match unit {
        Some(unit) => {
            cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
            Some(vec![unit])
        }
        None => seen_by(cx),
    };
    let tree = units::tree(cx).await?;
    let ward = |unit: &UnitId| {
        tree.get(*unit).filter(|unit| unit.kind == UnitKind::RapidTeam).and_then(|unit| unit.ward)
    };
    Ok(seen.map(|seen| {
        let wards: Vec<UnitId> = seen.iter().filter_map(ward).collect();
        seen.into_iter().chain(wards).map(UnitId::uuid).collect()
    }))
}

/// A household the actor may see.
pub async fn find(cx: &mut Cx, id: HouseholdId) -> Result<Home> {
    let kept = claim(cx, id, Action::CareSee).await?;
    let members = sql::members_of(cx, id).await?;
    let ids: Vec<PersonId> = members.iter().map(|member| member.person).collect();
    let people = people::briefs(cx, &ids).await?;
    let contact_masked = kept.contact(cx)?.map(|phone| phone.masked());
    Ok(Home {
        id,
        code: kept.code,
        ward: kept.ward,
        station: kept.station,
        mobile_station: kept.mobile_station,
        care_team: kept.care_team,
        address: kept.address,
        contact_masked,
        contact_person: kept.contact_person,
        oximeters: kept.oximeters,
        oxygen: kept.oxygen,
        opened_at: kept.opened_at,
        members: members
            .into_iter()
            .filter_map(|member| {
                Some(Member {
                    person: people.get(&member.person)?.clone(),
                    relation: member.relation,
                    carer: member.carer,
                    joined_at: member.joined_at,
                })
            })
            .collect(),
    })
}

/// The number at which a household is called, opened for the call that its care asks for: one press,
/// on record.
pub async fn open_contact(cx: &mut Cx, id: HouseholdId) -> Result<Option<Phone>> {
    let home = claim(cx, id, Action::CareRecord).await?;
    let phone = home.contact(cx)?;
    cx.record(
        Event::new("household.contact_opened", id).unit(home.station).data(json!({ "for": "care_call" })),
    );
    Ok(phone)
}

/// Writes what the station knows of the house.
///
/// Errors: `contact`: those of `kernel::Phone`; `oximeters`: `error-number-range`; `contact_person`:
/// `error-choice-unknown` when he does not live there.
pub async fn edit(cx: &mut Cx, id: HouseholdId, edit: &Edit) -> Result<()> {
    let home = claim(cx, id, Action::CareRecord).await?;
    let contact = match edit.contact.as_deref() {
        Some(text) if !text.trim().is_empty() => {
            Some(Phone::parse(text).map_err(|error| Error::invalid("contact", error.key))?)
        }
        _ => None,
    };
    if edit.oximeters.is_some_and(|count| !(0..=99).contains(&count)) {
        return Err(Error::invalid("oximeters", "error-number-range"));
    }
    if let Some(person) = edit.contact_person
        && !sql::members_of(cx, id).await?.iter().any(|member| member.person == person)
    {
        return Err(Error::invalid("contact_person", "error-choice-unknown"));
    }
    sql::edit(cx, id, edit, contact.as_ref()).await?;
    cx.record(Event::new("household.edited", id).unit(home.station).data(json!({
        "contact": contact.is_some(), "contact_person": edit.contact_person, "oximeters": edit.oximeters,
        "oxygen": edit.oxygen,
    })));
    Ok(())
}
