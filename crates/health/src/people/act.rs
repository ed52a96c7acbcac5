use super::{
    matching::{self, Newcomer},
    model::{Birth, Brief, Duplicate, Found, Known, NewPerson, Opened},
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

/// Finds the person or makes a new one; keeps what the newcomer tells that was not known, and notes
/// whom he may be. The caller has queued up and answers for the permission.
pub(crate) async fn find_or_make(cx: &mut Cx, new: &NewPerson) -> Result<Found> {
    let citizen_id = new.citizen_id.as_ref().map(|id| sql::citizen_id_index(cx, id)).transpose()?;
    let phone = new.phone.as_ref().map(|phone| sql::phone_index(cx, phone)).transpose()?;
    let search = new.name.search_key();
    let year = new.birth.map(Birth::year);
    let known = sql::candidates(cx, citizen_id.as_deref(), phone.as_deref(), &search, year).await?;
    let newcomer = Newcomer { search: &search, birth: new.birth, citizen_id_index: citizen_id.as_deref() };
    let verdict = matching::judge(&newcomer, &known);
    if let Some(id) = verdict.same
        && let Some(person) = known.iter().find(|person| person.id == id)
    {
        complete(cx, person, new).await?;
        return Ok(Found { person: id, made: false });
    }
    let id = cx.id::<PersonId>();
    sql::insert(cx, id, new).await?;
    cx.record(Event::new("person.created", id).unit(new.ward).data(json!({ "ward": new.ward })));
    if let Some(phone) = &new.phone {
        sql::add_phone(cx, id, phone).await?;
    }
    for (other, basis) in verdict.perhaps {
        if sql::suspect(cx, id, other, basis).await? {
            cx.record(
                Event::new("person.duplicate_suspected", id)
                    .unit(new.ward)
                    .data(json!({ "other": other, "basis": basis })),
            );
        }
    }
    Ok(Found { person: id, made: true })
}

/// Adds what is new. What contradicts is not overwritten, except where somebody lives: the newest
/// word counts there, and the one before stays in the sealed part of the event.
async fn complete(cx: &mut Cx, known: &Known, news: &NewPerson) -> Result<()> {
    let mut fields = Vec::new();
    let mut before = serde_json::Map::new();
    let more_exact =
        matches!((known.birth, news.birth), (None, Some(_)) | (Some(Birth::Year(_)), Some(Birth::Day(_))));
    if more_exact && known.birth.zip(news.birth).is_none_or(|(one, two)| one.agrees(two)) {
        fields.push("birth");
    }
    if known.sex.is_none() && news.sex.is_some() {
        fields.push("sex");
    }
    if known.citizen_id_index.is_none() && news.citizen_id.is_some() {
        fields.push("citizen_id");
    }
    if let Some(address) = &news.address
        && known.address.as_deref() != Some(address.original())
    {
        fields.push("address");
        before.insert("address".into(), json!(known.address));
    }
    if news.ward.is_some() && news.ward != known.ward {
        fields.push("ward");
        before.insert("ward".into(), json!(known.ward));
    }
    if !fields.is_empty() {
        sql::complete(cx, known.id, news, &fields).await?;
    }
    if let Some(phone) = &news.phone
        && sql::add_phone(cx, known.id, phone).await?
    {
        fields.push("phone");
    }
    if !fields.is_empty() {
        let event = Event::new("person.updated", known.id)
            .unit(news.ward.or(known.ward))
            .data(json!({ "fields": fields }));
        cx.record(if before.is_empty() { event } else { event.payload(json!({ "before": before })) });
    }
    Ok(())
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

/// Pairs that may be one person and wait for a decision, newest first, where the actor may open
/// people.
pub async fn duplicates(cx: &mut Cx, limit: i64) -> Result<Vec<Duplicate>> {
    let wards = wards(cx, Action::PersonRead).await?;
    let wards: Option<Vec<Uuid>> = wards.map(|wards| wards.into_iter().map(UnitId::uuid).collect());
    sql::duplicates(cx, wards.as_deref(), limit).await
}

/// Undecided pairs with this person, newest first. `NotFound` where the actor sees no cases of the ward.
pub async fn duplicates_of(cx: &mut Cx, id: PersonId) -> Result<Vec<Duplicate>> {
    brief(cx, id).await?;
    sql::duplicates_of(cx, id).await
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
