//! Facts that a list brings, many at once, and takes back with it.

use super::{
    model::{NewFact, Told},
    sql_listed::{self, Row},
};
use crate::{
    fault::Fault,
    households,
    people::{self, Birth},
};
use duty::units;
use kernel::{Error, FactId, ImportId, PersonId, Result, UnitId};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Cx, Event};
use uuid::Uuid;

/// What became of a fact of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Added,
    /// On record before, whoever told it.
    Known,
    /// It contradicts what is on record of the person.
    Refused(Fault),
}

/// Puts the facts of a list on record in the name of the unit that read it, and says of each, in
/// their order, what became of it. Whoever is followed must be judged anew by them. The caller
/// answers for the permission.
pub(crate) async fn add_listed(
    cx: &mut Cx,
    import: ImportId,
    unit: UnitId,
    facts: &[(PersonId, NewFact)],
) -> Result<Vec<Listed>> {
    let today = units::today(cx).await?;
    let people: Vec<PersonId> = facts.iter().map(|(person, _)| *person).collect();
    let births: BTreeMap<PersonId, Birth> = people::births(cx, &people).await?;
    let mut became = Vec::with_capacity(facts.len());
    let mut told: Vec<(FactId, PersonId, Told)> = Vec::with_capacity(facts.len());
    for (person, new) in facts {
        became.push(match new.check(today, births.get(person).copied()) {
            Ok(checked) => {
                told.push((cx.id(), *person, checked));
                Listed::Known
            }
            Err(faults) => match faults.first() {
                Some(fault) => Listed::Refused(*fault),
                None => return Err(Error::internal("a fact was refused without a fault")),
            },
        });
    }
    let mut rows = Vec::with_capacity(told.len());
    for (id, person, told) in &told {
        rows.push(Row::of(cx, *id, *person, told)?);
    }
    let added = sql_listed::insert(cx, import, unit, &rows).await?;
    let mut ids = told.iter();
    for one in became.iter_mut().filter(|one| **one == Listed::Known) {
        if let Some((id, person, told)) = ids.next()
            && added.contains(id)
        {
            *one = Listed::Added;
            let (object, station) = stands(cx, *person).await?;
            let event = Event::new("fact.added", object).unit(station.unwrap_or(unit)).data(json!({
                "fact": id, "person": person, "source": told.source, "import": import,
            }));
            cx.record(event.payload(json!({
                "kind": told.kind, "on_day": told.on_day, "dose": told.dose, "words": told.body.words,
                "lot": told.body.lot,
            })));
        }
    }
    Ok(became)
}

/// Takes the facts of a list about these people back; whose there were any. Whoever is followed must
/// be judged anew without them. The caller answers for the permission.
pub(crate) async fn withdraw_listed(
    cx: &mut Cx,
    import: ImportId,
    people: &[PersonId],
) -> Result<Vec<PersonId>> {
    let mut whose = Vec::new();
    for (fact, person, kind) in sql_listed::withdraw(cx, import, people).await? {
        let (object, station) = stands(cx, person).await?;
        cx.record(
            Event::new("fact.withdrawn", object)
                .unit(station)
                .data(json!({ "fact": fact, "person": person, "as": "import_undone", "import": import }))
                .payload(json!({ "kind": kind })),
        );
        if !whose.contains(&person) {
            whose.push(person);
        }
    }
    Ok(whose)
}

/// Where a person's story is told, and the station of his household.
async fn stands(cx: &mut Cx, person: PersonId) -> Result<(Uuid, Option<UnitId>)> {
    Ok(match households::lives_in(cx, person).await? {
        Some(home) => (home.uuid(), Some(households::kept(cx, home).await?.station)),
        None => (person.uuid(), None),
    })
}
