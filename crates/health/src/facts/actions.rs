use super::{
    model::{Fact, Known, NewFact, Withdrawn},
    sql,
};
use crate::{
    households,
    people::{self, Birth},
};
use duty::{
    organisations,
    permissions::{Action, Permit, Scope, permits},
    units,
};
use jiff::civil::Date;
use kernel::{Error, FactId, HouseholdId, PersonId, Result, UnitId, text::line};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event};
use uuid::Uuid;

/// Longest reason, in characters.
const WHY_CAP: usize = 200;

/// Whom a fact is about, once the actor may know of it.
struct Claimed {
    person: PersonId,
    /// Where his household's story is told; his own where he lives in none.
    object: Uuid,
    /// The unit that stands for it in the record.
    unit: Option<UnitId>,
    /// In whose name the actor writes.
    by_unit: Option<UnitId>,
}

/// Whoever records the care of his household, or may open people of his ward, sees and writes a
/// person's facts. `Forbidden` for those who see the household only.
async fn claim(cx: &mut Cx, person: PersonId) -> Result<Claimed> {
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    let answering = households::answering(cx, person).await?;
    let ward = people::scope(cx, brief.ward).await?;
    let cares = permits(&cx.actor, Action::CareRecord, Scope::Units(&answering));
    if !cares && !permits(&cx.actor, Action::PersonRead, Scope::Units(&ward)) {
        cx.permit_sight(Action::CareSee, Scope::Units(&answering))?;
        cx.permit(Action::CareRecord, Scope::Units(&answering))?;
    }
    let home = households::lives_in(cx, person).await?;
    let station = match home {
        Some(home) => Some(households::kept(cx, home).await?.station),
        None => brief.ward,
    };
    let posts = || cx.actor.grants.iter().map(|grant| grant.unit);
    let by_unit = posts().find(|unit| answering.contains(unit) || ward.contains(unit));
    Ok(Claimed {
        person,
        object: home.map_or(person.uuid(), HouseholdId::uuid),
        unit: station,
        by_unit: by_unit.or_else(|| posts().next()),
    })
}

/// Puts a fact on record; `None` when it was known, whoever told it before. Whoever is followed must
/// be judged anew by it: callers outside go through `followups::add_fact`.
///
/// Errors: `NotFound`, `Forbidden`; `Invalid` with the first field to mend ([`NewFact::faults`] lists
/// all); `organisation`: `error-choice-unknown`.
pub(crate) async fn add(cx: &mut Cx, person: PersonId, new: &NewFact) -> Result<Option<FactId>> {
    let claimed = claim(cx, person).await?;
    let today = units::today(cx).await?;
    let birth: Option<Birth> = people::births(cx, &[person]).await?.remove(&person);
    let told = new.check(today, birth).map_err(|faults| match faults.first() {
        Some(fault) => Error::from(*fault),
        None => Error::internal("a form was refused without a fault"),
    })?;
    if let Some(organisation) = told.organisation
        && !organisations::names(cx, &[organisation]).await?.contains_key(&organisation)
    {
        return Err(Error::invalid("organisation", "error-choice-unknown"));
    }
    let id = cx.id::<FactId>();
    if !sql::insert(cx, id, person, &told, claimed.by_unit).await? {
        return Ok(None);
    }
    let event = Event::new("fact.added", claimed.object).unit(claimed.unit).data(json!({
        "fact": id, "person": claimed.person, "source": told.source,
    }));
    cx.record(event.payload(json!({
        "kind": told.kind, "on_day": told.on_day, "until_day": told.until_day, "dose": told.dose, "words": told.body.words,
        "lot": told.body.lot, "organisation": told.organisation,
    })));
    Ok(Some(id))
}

/// Takes a fact back, with the reason in words: it stays in view and counts no more. Whose it was.
///
/// Errors: `NotFound`, `Forbidden`; `withdrawn_as`: `error-choice-unknown` for what only the program
/// says; `why`: `error-reason-missing`, `error-text-too-long`; Conflict `error-fact-withdrawn`.
pub(crate) async fn withdraw(cx: &mut Cx, id: FactId, withdrawn: Withdrawn, why: &str) -> Result<PersonId> {
    let (person, kind, counts) = sql::lock(cx, id).await?;
    let claimed = claim(cx, person).await?;
    if withdrawn == Withdrawn::ImportUndone {
        return Err(Error::invalid("withdrawn_as", "error-choice-unknown"));
    }
    if !counts {
        return Err(Error::Conflict("error-fact-withdrawn"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    sql::withdraw(cx, id, withdrawn).await?;
    cx.record(
        Event::new("fact.withdrawn", claimed.object)
            .unit(claimed.unit)
            .data(json!({ "fact": id, "person": person, "as": withdrawn }))
            .payload(json!({ "kind": kind, "why": why })),
    );
    Ok(person)
}

/// Everything on record of a person, in whichever of his records, with where it comes from; what was
/// withdrawn stands last.
///
/// Errors: `NotFound`, `Forbidden`.
pub async fn of(cx: &mut Cx, person: PersonId) -> Result<Vec<Fact>> {
    claim(cx, person).await?;
    let records = people::all_of(cx, person).await?;
    sql::of(cx, person, &records).await
}

/// The same for the person himself, whose code has been asked.
pub(crate) async fn own(cx: &mut Cx, person: PersonId) -> Result<Vec<Fact>> {
    let records = people::all_of(cx, person).await?;
    sql::of(cx, person, &records).await
}

/// What counts on a day of these people, in all of their records; those of whom nothing is known are
/// left out. The caller answers for the permission.
pub(crate) async fn known(cx: &mut Cx, people: &[PersonId], on: Date) -> Result<BTreeMap<PersonId, Known>> {
    let zone = units::timezone(cx).await?;
    let mut asked: BTreeMap<PersonId, Vec<PersonId>> = BTreeMap::new();
    for (person, record) in people::records_of(cx, people).await? {
        asked.entry(record).or_default().push(person);
    }
    let records: Vec<PersonId> = asked.keys().copied().collect();
    let mut known: BTreeMap<PersonId, Known> = BTreeMap::new();
    for (record, fact) in sql::counted(cx, &records, &zone).await? {
        for person in asked.get(&record).into_iter().flatten() {
            known.entry(*person).or_default().add(&fact, on);
        }
    }
    Ok(known)
}
