use super::{
    model::{Brief, Opened},
    sql,
};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    units::{self, UnitKind},
};
use kernel::{Error, PersonId, Result, UnitId, text::line};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{Cx, Event};

/// Longest reason for opening a record, in characters.
const REASON_CAP: usize = 200;
/// People of one number that are looked at; a boarding house's landlord has more.
const OF_NUMBER: i64 = 20;

/// Takes the turn of people of these names, so that nobody else makes one of them meanwhile. Called
/// once for all names of a transaction, before any of them is looked up.
pub(crate) async fn queue_up<'a>(
    cx: &mut Cx,
    names: impl Iterator<Item = &'a kernel::names::PersonName>,
) -> Result<()> {
    // Similar names share their given name, except where it is the misspelt word: then both are
    // made and the next writer of either finds the pair.
    let given: Vec<String> = names.map(|name| kernel::text::search_key(name.given())).collect();
    sql::queue_up(cx, &given).await
}

/// The units that answer for people of a ward: its committee and its station.
pub(crate) async fn scope(cx: &mut Cx, ward: Option<UnitId>) -> Result<Vec<UnitId>> {
    let tree = units::tree(cx).await?;
    let station = ward.and_then(|ward| tree.in_ward(ward, UnitKind::Station));
    Ok(ward.into_iter().chain(station).collect())
}

/// The wards whose people the actor may see by `action`; `None` means all.
pub(crate) async fn wards(cx: &mut Cx, action: Action) -> Result<Option<Vec<UnitId>>> {
    let Some(allowed) = allowed_units(&cx.actor, action) else { return Ok(None) };
    let tree = units::tree(cx).await?;
    let theirs = |ward: &UnitId| {
        let station = tree.in_ward(*ward, UnitKind::Station);
        allowed.contains(ward) || station.is_some_and(|station| allowed.contains(&station))
    };
    Ok(Some(tree.wards().map(|ward| ward.id).filter(theirs).collect()))
}

/// Opens the whole record of a person. Needs a reason in words, kept sealed with the event that
/// says who read it; the caller commits.
///
/// Errors: `NotFound` where the actor sees no cases of that ward, `Forbidden` where he may see them
/// and not open people; `reason`: `error-reason-missing`, `error-text-too-long` (200 characters).
pub async fn read(cx: &mut Cx, id: PersonId, reason: &str) -> Result<Opened> {
    let ward = sql::ward(cx, id).await?;
    let units = scope(cx, ward).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    cx.permit(Action::PersonRead, Scope::Units(&units))?;
    let reason = line(reason, REASON_CAP).map_err(|error| Error::invalid("reason", error.key))?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "error-reason-missing"));
    }
    cx.record(Event::new("person.read", id).unit(ward).payload(json!({ "reason": reason })));
    sql::open(cx, id).await
}

/// The same for an act whose permission has been asked, such as a paper that names him: why it was
/// opened stands on record all the same.
pub(crate) async fn open_for(cx: &mut Cx, id: PersonId, reason: &str) -> Result<Opened> {
    let ward = sql::ward(cx, id).await?;
    cx.record(Event::new("person.read", id).unit(ward).payload(json!({ "reason": reason })));
    sql::open(cx, id).await
}

/// A person without what is sealed. `NotFound` where the actor sees no cases of the ward.
pub async fn brief(cx: &mut Cx, id: PersonId) -> Result<Brief> {
    let ward = sql::ward(cx, id).await?;
    let units = scope(cx, ward).await?;
    cx.permit_sight(Action::CaseSee, Scope::Units(&units))?;
    briefs(cx, &[id]).await?.remove(&id).ok_or(Error::NotFound)
}

/// The same for the people of a list whose permission has been asked.
pub(crate) async fn briefs(cx: &mut Cx, ids: &[PersonId]) -> Result<BTreeMap<PersonId, Brief>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sql::briefs(cx, &ids).await
}

/// Everybody who has this number, each once by the record that stays. The caller knows by right.
pub(crate) async fn of_number(cx: &mut Cx, phone: &kernel::Phone) -> Result<Vec<PersonId>> {
    let ids = sql::of_number(cx, phone, OF_NUMBER).await?;
    let mut people: Vec<PersonId> = sql::roots(cx, &ids).await?.into_values().collect();
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// Empties people who were made by mistake and about whom nothing is on record any more.
pub(crate) async fn erase(cx: &mut Cx, ids: &[PersonId]) -> Result<()> {
    let raw: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sql::erase(cx, &raw).await?;
    for id in ids {
        cx.record(Event::new("person.erased", *id).data(json!({ "rule": "import_undone" })));
    }
    Ok(())
}
