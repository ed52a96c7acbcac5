//! Where a case was, by its check-ins: they become visits of the places at whose gates it was let in or out, and
//! tracing goes on from there as from any other visit.

use super::{sql_seen, whose};
use crate::{
    cases, gates, people,
    places::{self, NewVisit, Role, Told},
    windows::Windows,
};
use duty::units;
use jiff::{civil::Date, tz::TimeZone};
use kernel::{CaseId, Error, GateId, PersonId, PlaceId, Result, dates};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// Enters the check-ins of a case as visits, from the first day on which it may have been infected to today; how
/// many places are new. The reading is on record with the case.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-not-an-f0`.
pub async fn enter_visits(cx: &mut Cx, id: CaseId) -> Result<usize> {
    let case = cases::claim_traced(cx, id).await?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    let (today, zone) = (units::today(cx).await?, units::timezone(cx).await?);
    let windows = Windows::on(cx, case.day).await?;
    let days = (windows.source(case.day).from, windows.infectious(case.day, today).to);
    let mut marks = Vec::new();
    for record in people::all_of(cx, case.person).await? {
        marks.extend(whose::marks_of(cx, PersonId(record)).await?);
    }
    let (from, to) = (begins(days.0, &zone)?, begins(days.1.tomorrow().map_err(Error::internal)?, &zone)?);
    let seen = if marks.is_empty() { Vec::new() } else { sql_seen::of_marks(cx, &marks, from, to).await? };
    let gates: BTreeSet<GateId> = seen.iter().map(|(gate, _)| *gate).collect();
    let gates = gates::of(cx, &gates.into_iter().collect::<Vec<_>>()).await?;
    let mut places: BTreeMap<PlaceId, (Date, Date)> = BTreeMap::new();
    for (gate, at) in &seen {
        let Some(place) = gates.get(gate).and_then(|gate| gate.place) else { continue };
        let day = at.to_zoned(zone.clone()).date();
        let known = places.entry(place).or_insert((day, day));
        *known = (known.0.min(day), known.1.max(day));
    }
    cx.record(
        Event::new("case.checkins_read", id)
            .unit(case.ward)
            .data(json!({ "from": days.0, "to": days.1, "n": seen.len(), "places": places.len() })),
    );
    let mut entered = 0;
    for (place, (from, to)) in places {
        let visit = NewVisit {
            role: Role::Visited,
            told: Told::CheckIn,
            from_on: dates::shown_date(from),
            to_on: dates::shown_date(to),
        };
        entered += usize::from(places::visit(cx, place, id, &visit).await?);
    }
    Ok(entered)
}

fn begins(day: Date, zone: &TimeZone) -> Result<jiff::Timestamp> {
    Ok(day.to_zoned(zone.clone()).map_err(Error::internal)?.timestamp())
}
