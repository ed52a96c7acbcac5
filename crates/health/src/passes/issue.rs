//! Giving passes out, one by one and in sets.

use super::{
    SET, codes,
    holders::Known,
    model::{self, Cause, Held, LIST_SIZE, NewPass, Whose},
    sql::{self, Kept, NewRow},
    sql_holders, sql_lists, turn,
    turns::Turns,
};
use crate::people;
use duty::permissions::{Action, Permit, Scope};
use kernel::{Error, OrganisationId, PassId, PersonId, Result, SecretCode, UnitId};
use pass::{Force, Kind, StatusPlace};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic};

/// What asking for a pass came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    pub pass: PassId,
    /// Not issued before: whoever has one keeps it.
    pub fresh: bool,
}

/// What a set came to.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub issued: Vec<Issued>,
    /// Those who cannot have one as the record stands, each with the message that says why.
    pub refused: Vec<(PersonId, &'static str)>,
    /// Where the next set begins; `None` after the last.
    pub next: Option<PersonId>,
}

/// The units that answer for a holder.
pub(super) async fn answering(cx: &mut Cx, ward: Option<UnitId>) -> Result<Vec<UnitId>> {
    people::scope(cx, ward).await
}

/// A pass that the actor may act on. `NotFound` where he may not even see it.
pub(super) async fn claim(cx: &mut Cx, id: PassId, action: Action) -> Result<Kept> {
    let kept = sql::kept(cx, id).await?;
    let units = answering(cx, kept.ward).await?;
    cx.permit_sight(Action::PassIssue, Scope::Units(&units))?;
    cx.permit(action, Scope::Units(&units))?;
    Ok(kept)
}

/// The person's pass, made if there is none; `key` opens its page. The caller answers for the permission:
/// somebody who declares his health is given it, and whoever declares for him.
///
/// Errors: `NotFound`; Conflict `error-pass-birth-year`, `error-pass-name`.
pub async fn hold(cx: &mut Cx, person: PersonId) -> Result<Held> {
    let new = NewPass { whose: Whose::Person(person), code: false };
    let issued = make(cx, &[new], None).await?;
    let pass = issued.first().ok_or(Error::NotFound)?.pass;
    Ok(Held { pass, key: sql::key(cx, pass).await? })
}

/// Issues a pass. A holder who has one of the kind keeps it, and is given a code where one is asked for.
///
/// Errors: `NotFound` for holders that the actor does not issue passes to; Conflict
/// `error-pass-birth-year`, `error-pass-name`.
pub async fn issue(cx: &mut Cx, new: &NewPass) -> Result<Issued> {
    let issued = issue_all(cx, std::slice::from_ref(new)).await?;
    issued.first().copied().ok_or(Error::NotFound)
}

/// Issues a set, all or none, answered in the order asked.
///
/// Errors: as for [`issue`]; Conflict `error-pass-set-too-large` beyond 500.
pub async fn issue_all(cx: &mut Cx, new: &[NewPass]) -> Result<Vec<Issued>> {
    if new.len() > SET {
        return Err(Error::Conflict("error-pass-set-too-large"));
    }
    make(cx, new, Some(Action::PassIssue)).await
}

/// Issues to the next 500 people of a ward who have no pass of their own. Whoever cannot have one as the
/// record stands is told apart, and does not hold the others up.
///
/// Errors: `NotFound` for a ward whose people the actor issues no passes to.
pub async fn for_ward(cx: &mut Cx, ward: UnitId, code: bool, after: Option<PersonId>) -> Result<Batch> {
    let units = answering(cx, Some(ward)).await?;
    cx.permit_sight(Action::PassIssue, Scope::Units(&units))?;
    let people = sql_holders::without_pass(cx, ward, after, SET as i64).await?;
    batch(cx, &people, Whose::Person, code).await
}

/// Issues to the next 500 of those who work for an organisation: passes of a force, or of persons where
/// none is named. Those of other wards are served too: their employer has asked for them.
///
/// Errors: `NotFound` for an organisation in whose ward the actor issues no passes.
pub async fn for_employer(
    cx: &mut Cx,
    organisation: OrganisationId,
    force: Option<Force>,
    code: bool,
    after: Option<PersonId>,
) -> Result<Batch> {
    let known = sql_holders::businesses(cx, &[organisation]).await?.remove(&organisation);
    let units = answering(cx, known.ok_or(Error::NotFound)?.ward).await?;
    cx.permit_sight(Action::PassIssue, Scope::Units(&units))?;
    let people = sql_holders::employed(cx, organisation, after, SET as i64).await?;
    let whose = |person| match force {
        Some(force) => Whose::Force { force, person, organisation: Some(organisation) },
        None => Whose::Person(person),
    };
    batch(cx, &people, whose, code).await
}

async fn batch(
    cx: &mut Cx,
    people: &[PersonId],
    whose: impl Fn(PersonId) -> Whose,
    code: bool,
) -> Result<Batch> {
    let all: Vec<Whose> = people.iter().map(|person| whose(*person)).collect();
    let known = Known::of(cx, &all, false).await?;
    let (mut new, mut refused) = (Vec::new(), Vec::new());
    for (person, whose) in people.iter().zip(all) {
        match known.holder(whose) {
            Ok(_) => new.push(NewPass { whose, code }),
            Err(Error::Conflict(why)) => refused.push((*person, why)),
            // Erased meanwhile.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let issued = if new.is_empty() { Vec::new() } else { make(cx, &new, None).await? };
    let next = people.last().copied().filter(|_| people.len() == SET);
    Ok(Batch { issued, refused, next })
}

/// Who has a pass of which kind: the record that stands for a person, the force, or the other holder.
fn holder(known: &Known, whose: Whose) -> Option<(u8, u8, uuid::Uuid)> {
    let id = match whose {
        Whose::Person(person) | Whose::Force { person, .. } => known.root(person)?.uuid(),
        Whose::Household(id) => id.uuid(),
        Whose::Neighbourhood(id) => id.uuid(),
        Whose::Business { organisation, .. } => organisation.uuid(),
    };
    Some((whose.kind().number(), whose.force().map_or(0, Force::number), id))
}

/// Makes passes; whoever has one of the kind keeps it. `action`: asked for the units of each holder.
pub(super) async fn make(cx: &mut Cx, new: &[NewPass], action: Option<Action>) -> Result<Vec<Issued>> {
    let whose: Vec<Whose> = new.iter().map(|new| new.whose).collect();
    let known = Known::of(cx, &whose, false).await?;
    let mut asked = Vec::with_capacity(new.len());
    for new in new {
        let ward = known.ward(new.whose)?;
        if let Some(action) = action {
            let units = answering(cx, ward).await?;
            cx.permit_sight(action, Scope::Units(&units))?;
        }
        known.holder(new.whose)?;
        asked.push((*new, ward, holder(&known, new.whose).ok_or(Error::NotFound)?));
    }
    let before = live(cx, &known, &whose).await?;
    let mut missing = BTreeMap::new();
    for (new, ward, holder) in &asked {
        if !before.contains_key(holder) {
            missing.entry(*holder).or_insert((at_root(&known, new.whose), *ward));
        }
    }
    let written = write(cx, missing.into_values().collect()).await?;
    let mut now = before;
    if !written.is_empty() || asked.iter().any(|(_, _, holder)| !now.contains_key(holder)) {
        now = live(cx, &known, &whose).await?;
    }
    let mut coded = BTreeSet::new();
    let mut issued = Vec::with_capacity(asked.len());
    for (new, _, holder) in &asked {
        let pass = *now.get(holder).ok_or_else(|| Error::internal("a pass was not kept"))?;
        if new.code {
            coded.insert(pass);
        }
        issued.push(Issued { pass, fresh: written.contains(&pass) });
    }
    if !coded.is_empty() {
        let coded: Vec<PassId> = coded.into_iter().collect();
        codes::make(cx, &coded).await?;
    }
    Ok(issued)
}

/// Passes are kept with the record that stands for a person.
fn at_root(known: &Known, whose: Whose) -> Whose {
    let root = |person| known.root(person).unwrap_or(person);
    match whose {
        Whose::Person(person) => Whose::Person(root(person)),
        Whose::Force { force, person, organisation } => {
            Whose::Force { force, person: root(person), organisation }
        }
        other => other,
    }
}

/// The passes of these holders that hold, of whichever record.
async fn live(cx: &mut Cx, known: &Known, whose: &[Whose]) -> Result<BTreeMap<(u8, u8, uuid::Uuid), PassId>> {
    let people: Vec<PersonId> = whose.iter().filter_map(|whose| whose.person()).collect();
    let records = people::records_of(cx, &people).await?;
    // A record is of one person, however often he was asked for.
    let root: BTreeMap<PersonId, PersonId> =
        records.iter().filter_map(|(asked, record)| Some((*record, known.root(*asked)?))).collect();
    let (mut homes, mut units, mut businesses) = (Vec::new(), Vec::new(), Vec::new());
    for whose in whose {
        match whose {
            Whose::Household(id) => homes.push(id.uuid()),
            Whose::Neighbourhood(id) => units.push(id.uuid()),
            Whose::Business { organisation, .. } => businesses.push(organisation.uuid()),
            Whose::Person(_) | Whose::Force { .. } => {}
        }
    }
    let records: Vec<_> = root.keys().map(|id| id.uuid()).collect();
    let mut found = BTreeMap::new();
    for kept in sql::live(cx, &records, &homes, &units, &businesses).await? {
        let (kind, force) = (kept.whose.kind().number(), kept.whose.force().map_or(0, Force::number));
        let id = match kept.whose {
            Whose::Person(person) | Whose::Force { person, .. } => {
                root.get(&person).copied().unwrap_or(person).uuid()
            }
            Whose::Household(id) => id.uuid(),
            Whose::Neighbourhood(id) => id.uuid(),
            Whose::Business { organisation, .. } => organisation.uuid(),
        };
        found.entry((kind, force, id)).or_insert(kept.id);
    }
    Ok(found)
}

/// Writes passes at places of their own, turned back from the first moment where something turns them back now.
async fn write(cx: &mut Cx, new: Vec<(Whose, Option<UnitId>)>) -> Result<BTreeSet<PassId>> {
    if new.is_empty() {
        return Ok(BTreeSet::new());
    }
    let whose: Vec<Whose> = new.iter().map(|(whose, _)| *whose).collect();
    let turns = Turns::of(cx, &whose).await?;
    let people: Vec<_> = whose.iter().filter_map(|whose| whose.person().map(PersonId::uuid)).collect();
    let homes: Vec<_> = whose.iter().filter_map(home).collect();
    let held_back = sql::held_back(cx, &people, &homes).await?;
    let places = places(cx, new.len()).await?;
    let mut rows = Vec::with_capacity(new.len());
    for ((whose, ward), place) in new.into_iter().zip(places) {
        let holder = whose.person().map(PersonId::uuid).or_else(|| home(&whose));
        let suspended = turns.turn(whose).and_then(|(turn, open)| {
            let cases = holder.and_then(|holder| held_back.get(&holder)).into_iter().flatten();
            let held = cases.copied().find(|case| open.contains(case)).map(Cause::Case);
            model::begins(turn, held)
        });
        let (id, number, key) = (cx.id(), cx.rng().bytes(), SecretCode::new(cx.rng()));
        rows.push(NewRow { id, number, whose, ward, place, key, suspended });
    }
    let written: BTreeSet<PassId> = sql::insert(cx, &rows).await?.into_iter().collect();
    let mut lists = BTreeSet::new();
    for row in rows.iter().filter(|row| written.contains(&row.id)) {
        record(cx, row);
        if row.suspended.is_some() {
            lists.insert(row.place.list);
        }
    }
    if !lists.is_empty() {
        touch(cx, lists).await?;
    }
    cx.tell(Topic::screen("passes"));
    Ok(written)
}

fn home(whose: &Whose) -> Option<uuid::Uuid> {
    match whose {
        Whose::Household(id) => Some(id.uuid()),
        _ => None,
    }
}

fn record(cx: &mut Cx, row: &NewRow) {
    let (home, unit, organisation) = match row.whose {
        Whose::Person(_) => (None, None, None),
        Whose::Force { organisation, .. } => (None, None, organisation),
        Whose::Household(id) => (Some(id), None, None),
        Whose::Neighbourhood(id) => (None, Some(id), None),
        Whose::Business { organisation, .. } => (None, None, Some(organisation)),
    };
    cx.record(Event::new("pass.issued", row.id).unit(row.ward).data(json!({
        "kind": Kind::name(row.whose.kind()), "force": row.whose.force().map(Force::name),
        "person": row.whose.person(), "household": home, "neighbourhood": unit, "organisation": organisation,
        "ward": row.ward,
    })));
    if row.suspended.is_some() {
        cx.record(turn::told(row.id, row.ward, row.suspended));
    }
}

/// Bits of these lists have turned.
pub(super) async fn touch(cx: &mut Cx, lists: BTreeSet<u64>) -> Result<()> {
    let lists: Vec<i64> = lists.into_iter().filter_map(|list| i64::try_from(list).ok()).collect();
    sql_lists::touch(cx, &lists).await
}

/// So many places, each given out once and for all, in shuffled order.
async fn places(cx: &mut Cx, count: usize) -> Result<Vec<StatusPlace>> {
    let keys = cx.keys()?;
    let mut places = Vec::with_capacity(count);
    while places.len() < count {
        let left = u32::try_from(count - places.len()).map_err(Error::internal)?;
        let Some(taken) = sql_lists::take(cx, left).await? else {
            sql_lists::open(cx, LIST_SIZE).await?;
            continue;
        };
        let list = u64::try_from(taken.number).map_err(Error::internal)?;
        let mix = |round: u8, half: u32| {
            let hash = keys.hash(&[b"pass_place", &taken.seed, &[round], &half.to_be_bytes()]);
            hash.first_chunk::<4>().map_or(0, |four| u32::from_be_bytes(*four))
        };
        places.extend(
            (taken.from..taken.from + taken.count)
                .map(|n| StatusPlace { list, index: model::place(n, LIST_SIZE, mix).into() }),
        );
    }
    Ok(places)
}
