//! Passes follow what happens: a confirmed F0 turns his back, and so does an F1's isolation; release turns them
//! good again. A household's follow those who live there, a neighbourhood's and a business's the places that are
//! closed off. Read from the sealed record; what holds is asked of the record as it stands ([`Turns`]), so that an
//! event read twice, or late, turns nothing wrong.

use super::{
    marks::Marks,
    model::{self, Cause, Reason, Step, Whose},
    revoke::take_back,
    sql::{self, Kept},
    sql_codes, sql_hold, sql_turn,
    turns::{self, Turns},
};
use crate::{cases, people};
use async_trait::async_trait;
use kernel::{CaseId, Error, HouseholdId, LockdownId, OrganisationId, PassId, PersonId, Result, UnitId};
use pass::Force;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event, Topic, events::Recorded, subscriptions::OnEvent};
use uuid::Uuid;

/// Reads the record for what turns passes.
pub struct TurnPasses;

/// Whose passes have to be asked about.
#[derive(Default)]
struct Touched {
    people: BTreeSet<PersonId>,
    homes: BTreeSet<HouseholdId>,
    areas: BTreeSet<UnitId>,
    businesses: BTreeSet<OrganisationId>,
    plans: Vec<Uuid>,
    places: Vec<Uuid>,
    decided: BTreeSet<LockdownId>,
    lifted: Vec<Uuid>,
}

#[async_trait]
impl OnEvent for TurnPasses {
    fn name(&self) -> &'static str {
        "health.passes"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let (mut touched, mut marks) = (Touched::default(), Marks::default());
        for event in events {
            let id = |key: &str| named(event, key);
            match event.kind.as_str() {
                "case.recorded" | "case.classified" | "case.ended" | "case.joined" | "case.parted"
                | "case.withdrawn" => match cases::footing(cx, CaseId(event.object_id)).await {
                    Ok(footing) => {
                        touched.people.insert(footing.person);
                    }
                    Err(Error::NotFound) => {}
                    Err(other) => return Err(other),
                },
                "person.merged" => {
                    join(cx, PersonId(event.object_id), &mut marks).await?;
                    touched.people.insert(PersonId(event.object_id));
                }
                "person.unmerged" => {
                    part(cx, PersonId(event.object_id), &mut marks).await?;
                    touched.people.insert(PersonId(event.object_id));
                    touched.people.extend(id("from").map(PersonId));
                }
                "ward.succeeded" => {
                    if let Some((from, to)) = id("from").zip(id("to")) {
                        sql::follow_ward(cx, UnitId(from), UnitId(to)).await?;
                    }
                }
                _ => touched.note(event),
            }
        }
        follow(cx, touched, &mut marks).await?;
        marks.touch(cx).await
    }
}

/// The id that an event names under a key.
fn named(event: &Recorded, key: &str) -> Option<Uuid> {
    event.data[key].as_str().and_then(|id| Uuid::parse_str(id).ok())
}

impl Touched {
    fn note(&mut self, event: &Recorded) {
        let id = |key: &str| named(event, key);
        match event.kind.as_str() {
            // Its days do not matter: a plan runs until somebody closes it.
            "follow.opened" | "follow.closed" => {
                self.homes.insert(HouseholdId(event.object_id));
                self.plans.extend(id("plan"));
            }
            "household.member_added"
            | "household.member_left"
            | "household.joined"
            | "household.joined_into" => {
                self.homes.insert(HouseholdId(event.object_id));
            }
            "lockdown.decided" => {
                self.decided.insert(LockdownId(event.object_id));
            }
            "lockdown.lifted" => self.lifted.push(event.object_id),
            "place.measured" => self.places.push(event.object_id),
            "place.recorded" | "gate.made" | "gate.changed" => {
                self.businesses.extend(id("organisation").map(OrganisationId));
                // Of a gate that is another's now.
                self.businesses.extend(id("organisation_before").map(OrganisationId));
            }
            "organisation.changed" => {
                self.businesses.insert(OrganisationId(event.object_id));
            }
            // Of whom an undone import empties (`person.erased`) nothing tells any more where he lived: his
            // household is met by the look over all passes.
            // What happened while the pass was being written has not seen it.
            "pass.issued" => {
                self.people.extend(id("person").map(PersonId));
                self.homes.extend(id("household").map(HouseholdId));
                self.areas.extend(id("neighbourhood").map(UnitId));
                self.businesses.extend(id("organisation").map(OrganisationId));
            }
            _ => {}
        }
    }
}

/// Brings the passes of whoever is touched into step with the record.
async fn follow(cx: &mut Cx, touched: Touched, marks: &mut Marks) -> Result<()> {
    let Touched { mut people, homes, mut areas, mut businesses, plans, places, decided, lifted } = touched;
    if !plans.is_empty() {
        people.extend(sql_turn::followed_by(cx, &plans).await?);
    }
    if !places.is_empty() {
        businesses.extend(sql_turn::owners(cx, &places).await?);
    }
    if !decided.is_empty() {
        let (reached, placed) = turns::reached(cx, &decided).await?;
        areas.extend(reached);
        businesses.extend(placed);
    }
    if !lifted.is_empty() {
        let (kept, placed) = sql_turn::kept_by(cx, &lifted).await?;
        areas.extend(kept);
        businesses.extend(placed);
    }
    let mut homes: Vec<HouseholdId> = homes.into_iter().collect();
    let mut records = Vec::new();
    if !people.is_empty() {
        let people: Vec<PersonId> = people.into_iter().collect();
        records.extend(people::records_of(cx, &people).await?.into_iter().map(|(_, record)| record.uuid()));
        homes.extend(sql_turn::homes_of(cx, &records).await?);
    }
    let homes = if homes.is_empty() { Vec::new() } else { sql_turn::same_homes(cx, &homes).await? };
    let areas: Vec<Uuid> = areas.into_iter().map(UnitId::uuid).collect();
    let businesses: Vec<Uuid> = businesses.into_iter().map(OrganisationId::uuid).collect();
    if [&records, &homes, &areas, &businesses].into_iter().all(Vec::is_empty) {
        return Ok(());
    }
    let passes = sql_hold::live(cx, &records, &homes, &areas, &businesses).await?;
    settle(cx, passes, marks).await
}

/// What each of these passes lacks, so that it stands as it should.
async fn steps(cx: &mut Cx, passes: &[Kept]) -> Result<Vec<Option<Step>>> {
    let whose: Vec<Whose> = passes.iter().map(|kept| kept.whose).collect();
    let turns = Turns::of(cx, &whose).await?;
    let step = |kept: &Kept| {
        let (turn, open) = turns.turn(kept.whose)?;
        model::step(turn, open, kept.suspended)
    };
    Ok(passes.iter().map(step).collect())
}

/// Those of these passes that do not stand as they should.
pub(super) async fn astray(cx: &mut Cx, passes: &[Kept]) -> Result<Vec<PassId>> {
    let steps = steps(cx, passes).await?;
    Ok(passes.iter().zip(steps).filter_map(|(kept, step)| step.map(|_| kept.id)).collect())
}

/// Turns those of these passes that do not stand as they should; the caller holds all of them, and touches what is
/// marked when everything else is written.
pub(super) async fn settle(cx: &mut Cx, passes: Vec<Kept>, marks: &mut Marks) -> Result<()> {
    let steps = steps(cx, &passes).await?;
    let mut groups: BTreeMap<Option<Cause>, Vec<Kept>> = BTreeMap::new();
    for (kept, step) in passes.into_iter().zip(steps) {
        match step {
            Some(Step::Back(cause)) => groups.entry(Some(cause)).or_default().push(kept),
            Some(Step::Again) => groups.entry(None).or_default().push(kept),
            Some(Step::End) => marks.add(take_back(cx, &kept, Reason::Died, None).await?),
            None => {}
        }
    }
    for (cause, passes) in groups {
        turned(cx, cause, &passes, marks).await?;
    }
    Ok(())
}

async fn turned(cx: &mut Cx, cause: Option<Cause>, passes: &[Kept], marks: &mut Marks) -> Result<()> {
    let ids: Vec<PassId> = passes.iter().map(|kept| kept.id).collect();
    let turned: BTreeSet<PassId> = sql::turn(cx, &ids, cause).await?.into_iter().collect();
    for kept in passes.iter().filter(|kept| turned.contains(&kept.id)) {
        // Of one that is turned back by something else now no bit changes.
        if kept.suspended.is_some() != cause.is_some() {
            marks.lists.insert(kept.place.list);
        }
        cx.record(told(kept.id, kept.ward, cause));
    }
    if !turned.is_empty() {
        cx.tell(Topic::screen("passes"));
    }
    Ok(())
}

/// What the record says of a pass that turns.
pub(super) fn told(pass: PassId, ward: Option<UnitId>, cause: Option<Cause>) -> Event {
    match cause {
        Some(cause) => Event::new("pass.suspended", pass)
            .unit(ward)
            .data(json!({ "by": cause.word(), "of": cause.id() })),
        None => Event::new("pass.restored", pass).unit(ward),
    }
}

/// The holder of a pass as far as two of one kind are one too many.
fn kind_of(kept: &Kept) -> u8 {
    kept.whose.force().map_or(0, Force::number)
}

/// Two records are of one person: of two passes of a kind he keeps that of the record that stays.
async fn join(cx: &mut Cx, goes: PersonId, marks: &mut Marks) -> Result<()> {
    let records = people::all_of(cx, goes).await?;
    let passes = sql_hold::live(cx, &records, &[], &[], &[]).await?;
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
                marks.add(take_back(cx, kept, Reason::Merged, None).await?);
                sql::set_replaced(cx, kept.id, *kept_one).await?;
            }
        }
    }
    Ok(())
}

/// The joining was a mistake: what it took back holds again, where nothing else was issued meanwhile.
async fn part(cx: &mut Cx, goes: PersonId, marks: &mut Marks) -> Result<()> {
    let records = people::all_of(cx, goes).await?;
    let live = sql_hold::live(cx, &records, &[], &[], &[]).await?;
    let mut has: BTreeSet<(Option<PersonId>, u8)> =
        live.iter().map(|kept| (kept.whose.person(), kind_of(kept))).collect();
    for kept in sql::merged_of(cx, &records).await? {
        let (Whose::Person(person) | Whose::Force { person, .. }) = kept.whose else { continue };
        if has.insert((Some(person), kind_of(&kept))) {
            sql::stand_again(cx, kept.id).await?;
            let table = !sql_codes::of(cx, &[kept.id]).await?.is_empty();
            marks.add(Marks { lists: [kept.place.list].into(), table });
            cx.record(Event::new("pass.stood_again", kept.id).unit(kept.ward).data(json!({})));
        }
    }
    Ok(())
}
