//! Passes follow the illness of their person: a confirmed F0 turns his back, release turns them good
//! again. Read from the sealed record; what holds is asked of the cases as they stand, so that an event
//! read twice, or late, turns nothing wrong.

use super::{
    issue::touch,
    model::{self, Reason, Turn, Whose},
    revoke::take_back,
    sql::{self, Kept},
};
use crate::{
    cases::{self, ACTIVE_DAYS},
    people,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{CaseId, Error, PassId, PersonId, Result, UnitId};
use pass::Force;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic, events::Recorded, subscriptions::OnEvent};

/// Reads the record for what happens to cases and to records of persons.
pub struct TurnPasses;

#[async_trait]
impl OnEvent for TurnPasses {
    fn name(&self) -> &'static str {
        "health.passes"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let mut people = BTreeSet::new();
        for event in events {
            let id = |key: &str| event.data[key].as_str().and_then(|id| id.parse::<PersonId>().ok());
            match event.kind.as_str() {
                "case.recorded" | "case.classified" | "case.ended" | "case.joined" | "case.parted"
                | "case.withdrawn" => match cases::footing(cx, CaseId(event.object_id)).await {
                    Ok(footing) => {
                        people.insert(footing.person);
                    }
                    Err(Error::NotFound) => {}
                    Err(other) => return Err(other),
                },
                // A case that was confirmed while the pass was being written has not seen it.
                "pass.issued" => people.extend(id("person")),
                "person.merged" => {
                    join(cx, PersonId(event.object_id)).await?;
                    people.insert(PersonId(event.object_id));
                }
                "person.unmerged" => {
                    part(cx, PersonId(event.object_id)).await?;
                    people.insert(PersonId(event.object_id));
                    people.extend(id("from"));
                }
                "ward.succeeded" => {
                    let unit = |key: &str| event.data[key].as_str().and_then(|id| id.parse::<UnitId>().ok());
                    if let Some((from, to)) = unit("from").zip(unit("to")) {
                        sql::follow_ward(cx, from, to).await?;
                    }
                }
                _ => {}
            }
        }
        let people: Vec<PersonId> = people.into_iter().collect();
        if people.is_empty() { Ok(()) } else { follow(cx, &people).await }
    }
}

/// Which way the passes of these people turn now, by all records of each.
pub(super) async fn turns(cx: &mut Cx, people: &[PersonId]) -> Result<BTreeMap<PersonId, Turn>> {
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let records = people::records_of(cx, people).await?;
    let all: Vec<_> = records.iter().map(|(_, record)| record.uuid()).collect();
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let illnesses = sql::illnesses(cx, &all, since).await?;
    let mut of: BTreeMap<PersonId, Vec<_>> = BTreeMap::new();
    for (person, record) in records {
        of.entry(person).or_default().extend(illnesses.get(&record).into_iter().flatten().copied());
    }
    Ok(of.into_iter().map(|(person, cases)| (person, model::turn(&cases))).collect())
}

/// Brings the passes of these people into step with their cases.
async fn follow(cx: &mut Cx, people: &[PersonId]) -> Result<()> {
    let turns = turns(cx, people).await?;
    let mut of: BTreeMap<PersonId, PersonId> = BTreeMap::new();
    for (person, record) in people::records_of(cx, people).await? {
        of.insert(record, person);
    }
    let records: Vec<_> = of.keys().map(|id| id.uuid()).collect();
    let mut groups: BTreeMap<Option<CaseId>, Vec<Kept>> = BTreeMap::new();
    for kept in sql::live(cx, &records, &[], &[], &[]).await? {
        let person = kept.whose.person().and_then(|record| of.get(&record));
        match person.and_then(|person| turns.get(person)) {
            Some(Turn::Suspend(case)) if !kept.suspended => groups.entry(Some(*case)).or_default().push(kept),
            Some(Turn::Restore) if kept.suspended => groups.entry(None).or_default().push(kept),
            Some(Turn::End) => take_back(cx, &kept, Reason::Died, None).await?,
            _ => {}
        }
    }
    for (case, passes) in groups {
        turned(cx, case, &passes).await?;
    }
    Ok(())
}

async fn turned(cx: &mut Cx, case: Option<CaseId>, passes: &[Kept]) -> Result<()> {
    let ids: Vec<PassId> = passes.iter().map(|kept| kept.id).collect();
    let turned: BTreeSet<PassId> = sql::turn(cx, &ids, case).await?.into_iter().collect();
    let mut lists = BTreeSet::new();
    for kept in passes.iter().filter(|kept| turned.contains(&kept.id)) {
        lists.insert(kept.place.list);
        let kind = if case.is_some() { "pass.suspended" } else { "pass.restored" };
        cx.record(Event::new(kind, kept.id).unit(kept.ward).data(json!({ "case": case })));
    }
    if !lists.is_empty() {
        touch(cx, lists).await?;
        cx.tell(Topic::screen("passes"));
    }
    Ok(())
}

/// The holder of a pass as far as two of one kind are one too many.
fn kind_of(kept: &Kept) -> u8 {
    kept.whose.force().map_or(0, Force::number)
}

/// Two records are of one person: of two passes of a kind he keeps that of the record that stays.
async fn join(cx: &mut Cx, goes: PersonId) -> Result<()> {
    let records = people::all_of(cx, goes).await?;
    let passes = sql::live(cx, &records, &[], &[], &[]).await?;
    let Some(stays) = records.first() else { return Ok(()) };
    let owner = |kept: &Kept| kept.whose.person().map(PersonId::uuid);
    let mut keeps: BTreeMap<u8, PassId> = BTreeMap::new();
    let (his, others): (Vec<_>, Vec<_>) = passes.iter().partition(|kept| owner(kept) == Some(*stays));
    for kept in his.into_iter().chain(others) {
        match keeps.get(&kind_of(kept)) {
            None => {
                keeps.insert(kind_of(kept), kept.id);
            }
            Some(kept_one) => {
                take_back(cx, kept, Reason::Merged, None).await?;
                sql::set_replaced(cx, kept.id, *kept_one).await?;
            }
        }
    }
    Ok(())
}

/// The joining was a mistake: what it took back holds again, where nothing else was issued meanwhile.
async fn part(cx: &mut Cx, goes: PersonId) -> Result<()> {
    let records = people::all_of(cx, goes).await?;
    let live = sql::live(cx, &records, &[], &[], &[]).await?;
    let mut has: BTreeSet<(Option<PersonId>, u8)> =
        live.iter().map(|kept| (kept.whose.person(), kind_of(kept))).collect();
    let mut lists = BTreeSet::new();
    for kept in sql::merged_of(cx, &records).await? {
        let (Whose::Person(person) | Whose::Force { person, .. }) = kept.whose else { continue };
        if has.insert((Some(person), kind_of(&kept))) {
            sql::stand_again(cx, kept.id).await?;
            lists.insert(kept.place.list);
            cx.record(Event::new("pass.stood_again", kept.id).unit(kept.ward).data(json!({})));
        }
    }
    if lists.is_empty() { Ok(()) } else { touch(cx, lists).await }
}
