//! Who was at a gate: opened for tracing, with a reason that stays on record.

use super::{
    model::{By, Colour, Direction},
    sql_seen,
    whose::{self, Mark, Whose},
};
use crate::{
    gates::{self, Gate},
    people::{self, Brief},
    places,
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    units,
};
use jiff::Timestamp;
use kernel::{
    CaseId, Error, GateId, PersonId, PlaceId, Result, UnitId,
    text::{line, search_key},
};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// Longest reason, in characters.
pub(super) const WHY_CAP: usize = 200;
/// Scans of one answer: more is no list that somebody traces by.
const MOST: i64 = 5_000;

/// Where somebody was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Gate(GateId),
    /// All gates of a place.
    Place(PlaceId),
}

/// One scan, and whose it was as far as that is known.
#[derive(Clone, Debug)]
pub struct Seen {
    pub key: Uuid,
    pub at: Timestamp,
    /// `at` is when it was received: the device's clock was not believed.
    pub doubted: bool,
    pub gate: GateId,
    pub gate_name: String,
    pub direction: Direction,
    pub by: By,
    pub colour: Colour,
    pub whose: Option<Whose>,
    pub person: Option<Brief>,
    /// `None` where a guard let somebody in by hand.
    pub(super) mark: Option<Mark>,
}

/// The gates of a spot and the units at which they are looked at.
pub(super) struct Place {
    pub gates: Vec<(GateId, Gate)>,
    pub units: Vec<UnitId>,
}

/// The unit of a gate, and those that care for its ward.
pub(super) async fn units_of(cx: &mut Cx, gate: &Gate) -> Result<Vec<UnitId>> {
    let tree = units::tree(cx).await?;
    let ward = tree.get(gate.unit).map(|unit| unit.ward.unwrap_or(unit.id));
    let mut units = people::scope(cx, ward).await?;
    units.push(gate.unit);
    Ok(units)
}

/// What an actor may look at. Errors: `NotFound`.
pub(super) async fn place(cx: &mut Cx, spot: Spot) -> Result<Place> {
    let ids = match spot {
        Spot::Gate(gate) => vec![gate],
        Spot::Place(place) => gates::at_place(cx, place).await?,
    };
    let gates: Vec<(GateId, Gate)> = gates::of(cx, &ids).await?.into_iter().collect();
    let mut units = Vec::new();
    for (_, gate) in &gates {
        let of = units_of(cx, gate).await?;
        // Each gate by itself: who sees one door of a place need not see another ward's.
        cx.permit_sight(Action::CheckInRead, Scope::Units(&of))?;
        units.extend(of);
    }
    if gates.is_empty() { Err(Error::NotFound) } else { Ok(Place { gates, units }) }
}

/// Gates of one list.
const SPOTS: i64 = 200;

/// Gates and places whose check-ins the actor may read, by a part of their names: the places first. A place without
/// a gate is none of them.
///
/// Errors: `NotFound` for those who read none.
pub async fn spots(cx: &mut Cx, text: &str) -> Result<Vec<(Spot, String)>> {
    cx.permit_sight(Action::CheckInRead, Scope::Tenant)?;
    let tree = units::tree(cx).await?;
    let mut units = Vec::new();
    for unit in tree.iter() {
        let mut of = people::scope(cx, Some(unit.ward.unwrap_or(unit.id))).await?;
        of.push(unit.id);
        if permits(&cx.actor, Action::CheckInRead, Scope::Units(&of)) {
            units.push(unit.id);
        }
    }
    let gates = gates::by_name(cx, &units, &search_key(text), SPOTS).await?;
    let mut at: BTreeMap<PlaceId, String> = BTreeMap::new();
    if gates.iter().any(|(.., place)| place.is_some()) {
        match places::to_choose(cx).await {
            Ok(known) => at.extend(known.into_iter().map(|place| (place.id, place.name))),
            // Who traces nobody sees the gates alone.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let with_gates: BTreeSet<PlaceId> = gates.iter().filter_map(|(.., place)| *place).collect();
    let named =
        with_gates.into_iter().filter_map(|place| Some((Spot::Place(place), at.get(&place)?.clone())));
    Ok(named.chain(gates.iter().map(|(gate, name, _)| (Spot::Gate(*gate), name.clone()))).collect())
}

pub(super) fn reason(why: &str) -> Result<String> {
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() { Err(Error::invalid("why", "error-reason-missing")) } else { Ok(why) }
}

/// A stretch of time in which somebody may be looked for.
pub(super) fn stretch(from: Timestamp, to: Timestamp) -> Result<()> {
    if from < to { Ok(()) } else { Err(Error::invalid("to", "error-checkin-time")) }
}

/// Who was at a gate or place from one instant up to and without another, in order of time. The reading and its
/// reason stay on record.
///
/// Errors: `NotFound` where the actor sees no check-ins; `why`: `error-reason-missing`, `error-text-too-long`;
/// `to`: `error-checkin-time`, `error-checkin-many` for more than 5,000 scans.
pub async fn who_was_at(
    cx: &mut Cx,
    spot: Spot,
    from: Timestamp,
    to: Timestamp,
    why: &str,
) -> Result<Vec<Seen>> {
    Ok(open(cx, spot, (from, to), why, None).await?.1)
}

/// The same, with the gates; `case` is the one for which it is asked. Whoever asks for a case has been permitted to
/// trace it.
pub(super) async fn open(
    cx: &mut Cx,
    spot: Spot,
    (from, to): (Timestamp, Timestamp),
    why: &str,
    case: Option<CaseId>,
) -> Result<(Place, Vec<Seen>)> {
    let place = place(cx, spot).await?;
    stretch(from, to)?;
    let why = reason(why)?;
    let seen = read(cx, &place, from, to).await?;
    let persons: BTreeSet<PersonId> =
        seen.iter().filter_map(|one| one.whose.and_then(|whose| whose.person)).collect();
    let (kind, object) = match spot {
        Spot::Gate(gate) => ("gate.checkins_read", gate.uuid()),
        Spot::Place(place) => ("place.checkins_read", place.uuid()),
    };
    cx.record(
        Event::new(kind, object)
            .unit(place.gates.first().map(|(_, gate)| gate.unit))
            .data(json!({ "from": from, "to": to, "n": seen.len(), "persons": persons, "case": case }))
            .payload(json!({ "reason": why })),
    );
    Ok((place, seen))
}

/// The scans of a place, for whoever has asked the permission and writes the record.
pub(super) async fn read(cx: &mut Cx, place: &Place, from: Timestamp, to: Timestamp) -> Result<Vec<Seen>> {
    let ids: Vec<GateId> = place.gates.iter().map(|(id, _)| *id).collect();
    let rows = sql_seen::at(cx, &ids, from, to, MOST + 1).await?;
    if rows.len() as i64 > MOST {
        return Err(Error::invalid("to", "error-checkin-many"));
    }
    let marks: BTreeSet<Mark> = rows.iter().filter_map(|row| row.mark.clone()).collect();
    let marks: Vec<Mark> = marks.into_iter().collect();
    let known = whose::whose(cx, &marks).await?;
    let persons: BTreeSet<PersonId> = known.values().filter_map(|whose| whose.person).collect();
    let persons: Vec<PersonId> = persons.into_iter().collect();
    let briefs = people::briefs(cx, &persons).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let whose = row.mark.as_ref().and_then(|mark| known.get(mark)).copied();
            let name = place.gates.iter().find(|(id, _)| *id == row.gate);
            Seen {
                key: row.key,
                at: row.at,
                doubted: row.doubted,
                gate: row.gate,
                gate_name: name.map(|(_, gate)| gate.name.clone()).unwrap_or_default(),
                direction: row.direction,
                by: row.by,
                colour: row.colour,
                whose,
                person: whose.and_then(|whose| briefs.get(&whose.person?).cloned()),
                mark: row.mark,
            }
        })
        .collect())
}
