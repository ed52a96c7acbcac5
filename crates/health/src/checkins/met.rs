//! Who was at a gate or place while a case was there: asked for the tracing of that case, and put on the list of its
//! contacts by whoever picks them out.

use super::{
    seen::{self, Place, Seen, Spot},
    stays::{self, Stay, Together},
    whose::Mark,
};
use crate::{
    cases::{self, Traced},
    contacts::{self, Beside, CheckedIn, Named, State},
    people::{self, Brief},
    windows::Days,
};
use duty::units;
use jiff::{Timestamp, tz::TimeZone};
use kernel::{CaseId, Error, PersonId, PlaceId, Result, dates};
use serde_json::json;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use store::{Cx, Event};

/// What is asked: who was at a spot from one instant up to and without another, for the tracing of a case, and why.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub case: CaseId,
    pub spot: Spot,
    pub from: Timestamp,
    pub to: Timestamp,
    pub why: &'a str,
}

/// Somebody who was there.
#[derive(Clone, Debug)]
pub struct Met {
    /// By the record that stays.
    pub person: Brief,
    /// Where he was scanned first.
    pub gate_name: String,
    /// His first and his last scan.
    pub first: Timestamp,
    pub last: Timestamp,
    /// When he came in first and went out last, as far as it was seen.
    pub came: Option<Timestamp>,
    pub left: Option<Timestamp>,
    /// Inside with the case.
    pub together: Together,
    /// What he is on the list of the case's contacts.
    pub stands: Option<State>,
    place: Option<PlaceId>,
}

/// Everybody who was there.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Every scan in order of time.
    pub seen: Vec<Seen>,
    /// When the case itself was inside; empty where no scan of it is known there.
    pub stays: Vec<Stay>,
    /// Those who are known, without the case: who was longest together with it first, who may have been before who was not.
    pub people: Vec<Met>,
    /// So many passes, cards and codes of which nobody here knows whose they are.
    pub unknown: usize,
    /// So many passes of households, businesses and neighbourhoods, which are no person's.
    pub shared: usize,
    /// So many scans without any of them: a guard pressed by hand.
    pub unmarked: usize,
}

/// What became of those who were picked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// They are to be reached.
    pub listed: usize,
    /// They are followed already, and so count as reached.
    pub followed: usize,
    /// They are F0s themselves, tied to their own cases.
    pub ill: usize,
    /// They stood on the list already.
    pub known: usize,
    /// The case could not infect anybody yet.
    pub early: usize,
}

impl Taken {
    fn count(&mut self, became: CheckedIn) {
        *match became {
            CheckedIn::Named(Named::Listed(_)) => &mut self.listed,
            CheckedIn::Named(Named::Followed(_)) => &mut self.followed,
            CheckedIn::Named(Named::IsCase(..)) => &mut self.ill,
            CheckedIn::Named(Named::Known(_)) => &mut self.known,
            CheckedIn::TooEarly => &mut self.early,
        } += 1;
    }

    /// Those who were not on the list before.
    pub fn anew(self) -> usize {
        self.listed + self.followed + self.ill
    }
}

impl Met {
    fn beside(&self, zone: &TimeZone) -> Beside {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        Beside {
            person: self.person.id,
            place: self.place,
            days: Days { from: day(self.first), to: day(self.last) },
            told: self.told(zone),
        }
    }

    /// "Cổng chợ, vào 25/09/2021 07:10, ra 25/09/2021 07:55, cùng F0 32 phút"; nothing of the time with the case where
    /// that is not known.
    fn told(&self, zone: &TimeZone) -> String {
        let shown = |at: Timestamp| dates::shown_date_time(at.to_zoned(zone.clone()).datetime());
        let mut told = vec![self.gate_name.clone()];
        told.extend(self.came.map(|at| format!("vào {}", shown(at))));
        told.extend(self.left.map(|at| format!("ra {}", shown(at))));
        if self.came.or(self.left).is_none() {
            told.push(format!("quét lúc {}", shown(self.first)));
        }
        match self.together {
            Together::Unknown => {}
            Together::AtLeast(minutes) => told.push(format!("cùng F0 ít nhất {minutes} phút")),
            Together::Exactly(minutes) => told.push(format!("cùng F0 {minutes} phút")),
        }
        told.join(", ")
    }
}

/// Who was there while a case was. The reading and its reason stay on record, with the case.
///
/// Errors: `NotFound` where the actor does not see the case or the check-ins; `Forbidden` where he does not trace the
/// case; `why`, `to` as for [`who_was_at`](super::who_was_at); Conflict `error-not-an-f0`.
pub async fn who_met(cx: &mut Cx, look: &Look<'_>) -> Result<Meeting> {
    let case = claim(cx, look.case).await?;
    let (place, seen) = seen::open(cx, look.spot, (look.from, look.to), look.why, Some(case.id)).await?;
    meeting(cx, &case, &place, seen).await
}

/// Puts those whom a person has picked out of them on the list of the case's contacts. Whoever was not there is
/// passed over; pressed twice, nobody stands there twice.
///
/// Errors: as for [`who_met`]; `person`: `error-choose`.
pub async fn take_met(cx: &mut Cx, look: &Look<'_>, persons: &[PersonId]) -> Result<Taken> {
    let case = claim(cx, look.case).await?;
    let place = seen::place(cx, look.spot).await?;
    seen::stretch(look.from, look.to)?;
    let why = seen::reason(look.why)?;
    let seen = seen::read(cx, &place, look.from, look.to).await?;
    let meeting = meeting(cx, &case, &place, seen).await?;
    let zone = units::timezone(cx).await?;
    let picked = meeting.people.iter().filter(|one| persons.contains(&one.person.id));
    let beside: Vec<Beside> = picked.map(|one| one.beside(&zone)).collect();
    if beside.is_empty() {
        return Err(Error::invalid("person", "error-choose"));
    }
    let mut taken = Taken::default();
    for became in contacts::add_checked_in(cx, case.id, &beside).await? {
        taken.count(became);
    }
    if taken.anew() > 0 {
        let (gate, place) = match look.spot {
            Spot::Gate(gate) => (Some(gate), None),
            Spot::Place(place) => (None, Some(place)),
        };
        cx.record(
            Event::new("contact.from_checkins", case.id)
                .unit(case.ward)
                .data(json!({
                    "gate": gate, "place": place, "from": look.from, "to": look.to, "n": taken.anew(),
                }))
                .payload(json!({ "why": why })),
        );
    }
    Ok(taken)
}

/// An F0 on whose tracing the actor may work.
async fn claim(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let case = cases::claim_traced(cx, id).await?;
    if case.is_f0() { Ok(case) } else { Err(Error::Conflict("error-not-an-f0")) }
}

async fn meeting(cx: &mut Cx, case: &Traced, place: &Place, seen: Vec<Seen>) -> Result<Meeting> {
    let person = |one: &Seen| one.whose.and_then(|whose| whose.person);
    let persons: BTreeSet<PersonId> = seen.iter().filter_map(person).collect();
    let persons: Vec<PersonId> = persons.into_iter().collect();
    // Of somebody's records the first is the one that stays.
    let mut roots: BTreeMap<PersonId, PersonId> = BTreeMap::new();
    for (asked, record) in people::records_of(cx, &persons).await? {
        roots.entry(asked).or_insert(record);
    }
    let himself: BTreeSet<PersonId> =
        people::all_of(cx, case.person).await?.into_iter().map(PersonId).collect();
    let mut own: Vec<&Seen> = Vec::new();
    let mut others: BTreeMap<PersonId, Vec<&Seen>> = BTreeMap::new();
    for one in &seen {
        let Some(person) = person(one) else { continue };
        let root = roots.get(&person).copied().unwrap_or(person);
        if himself.contains(&root) { own.push(one) } else { others.entry(root).or_default().push(one) }
    }
    let stays = stays::stays(&own);
    let ids: Vec<PersonId> = others.keys().copied().collect();
    let briefs = people::briefs(cx, &ids).await?;
    let standing = contacts::standing(cx, case.id, &ids).await?;
    let mut people: Vec<Met> = others
        .iter()
        .filter_map(|(person, scans)| {
            let (first, last) = (scans.first()?, scans.last()?);
            let inside = stays::stays(scans);
            let gate = place.gates.iter().find(|(id, _)| *id == first.gate);
            Some(Met {
                person: briefs.get(person)?.clone(),
                gate_name: first.gate_name.clone(),
                first: first.at,
                last: last.at,
                came: inside.iter().find_map(|stay| stay.came),
                left: inside.iter().rev().find_map(|stay| stay.left),
                together: stays::together(&stays, &inside),
                stands: standing.get(person).map(|(_, state)| *state),
                place: gate.and_then(|(_, gate)| gate.place),
            })
        })
        .collect();
    people.sort_by_key(|one| (Reverse(one.together.rank()), one.first, one.person.id));
    let marks = |is: fn(&Seen) -> bool| -> usize {
        let marks: BTreeSet<&Mark> =
            seen.iter().filter(|one| is(one)).filter_map(|one| one.mark.as_ref()).collect();
        marks.len()
    };
    let (unknown, shared) = (
        marks(|one| one.whose.is_none()),
        marks(|one| one.whose.is_some_and(|whose| whose.person.is_none())),
    );
    let unmarked = seen.iter().filter(|one| one.mark.is_none()).count();
    Ok(Meeting { seen, stays, people, unknown, shared, unmarked })
}
