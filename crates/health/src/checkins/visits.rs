//! Where a case was, by its check-ins: they become visits of the places at whose gates it was let in or out, and
//! tracing goes on from there as from any other visit.

use super::{
    seen::{self, units_of},
    sql_seen, whose,
};
use crate::{
    cases::{self, Traced},
    gates::{self, Gate},
    people,
    places::{self, NewVisit, Role, Told},
    windows::{Days, Windows},
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    units,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{CaseId, Error, GateId, PersonId, PlaceId, Result, dates};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// A gate that let a case in or out on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub gate: GateId,
    pub gate_name: String,
    /// `None` for a gate that belongs to no place on record.
    pub place: Option<PlaceId>,
    pub day: Date,
    pub first: Timestamp,
    pub last: Timestamp,
    pub scans: usize,
    pub entered: Entered,
}

/// Whether it is on record that the case was at the place of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    Not,
    /// On other days, or nobody has said on which.
    OtherDays,
    /// On that day.
    Day,
}

impl Entered {
    fn of(at: &[(PlaceId, Option<Days>)], place: PlaceId, day: Date) -> Self {
        let mut entered = Self::Not;
        for (_, days) in at.iter().filter(|(known, _)| *known == place) {
            if days.is_some_and(|days| days.overlap(Days { from: day, to: day })) {
                return Self::Day;
            }
            entered = Self::OtherDays;
        }
        entered
    }
}

/// Where a case was in the days that tracing looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stops {
    /// The first day on which it may have been infected.
    pub from: Date,
    /// Until it could infect others.
    pub to: Date,
    /// The latest first.
    pub stops: Vec<Stop>,
    /// So many scans at gates that are not for this actor to see.
    pub elsewhere: usize,
}

/// What the scans of a case say.
struct Read {
    case: Traced,
    days: Days,
    zone: TimeZone,
    /// In order of time.
    scans: Vec<(GateId, Timestamp)>,
    gates: BTreeMap<GateId, Gate>,
    elsewhere: usize,
}

/// The gates at which an F0 was let in or out, from the first day on which it may have been infected to today. The
/// reading and its reason stay on record with the case.
///
/// Errors: `NotFound`, `Forbidden` for those who do not both trace the case and read the check-ins of its ward;
/// `why`: `error-reason-missing`, `error-text-too-long`; Conflict `error-not-an-f0`.
pub async fn stops(cx: &mut Cx, id: CaseId, why: &str) -> Result<Stops> {
    let read = read(cx, id, why).await?;
    let known = places::days_at(cx, id).await?;
    let mut of: BTreeMap<(Date, GateId), (Timestamp, Timestamp, usize)> = BTreeMap::new();
    for (gate, at) in &read.scans {
        let day = at.to_zoned(read.zone.clone()).date();
        let stop = of.entry((day, *gate)).or_insert((*at, *at, 0));
        *stop = (stop.0, *at, stop.2 + 1);
    }
    let mut stops: Vec<Stop> = of
        .into_iter()
        .filter_map(|((day, id), (first, last, scans))| {
            let gate = read.gates.get(&id)?;
            Some(Stop {
                gate: id,
                gate_name: gate.name.clone(),
                place: gate.place,
                day,
                first,
                last,
                scans,
                entered: gate.place.map_or(Entered::Not, |place| Entered::of(&known, place, day)),
            })
        })
        .collect();
    stops.sort_by_key(|stop| (std::cmp::Reverse(stop.first), stop.gate));
    Ok(Stops { from: read.days.from, to: read.days.to, stops, elsewhere: read.elsewhere })
}

/// Enters the places of those gates on days on which the case is not known to have been there: a visit that is on
/// record reaches as far from then on. How many places they are; entered once, they are known.
///
/// Errors: as for [`stops`].
pub async fn enter_visits(cx: &mut Cx, id: CaseId, why: &str) -> Result<usize> {
    let read = read(cx, id, why).await?;
    let known = places::days_at(cx, read.case.id).await?;
    let mut lacking: BTreeMap<PlaceId, Days> = BTreeMap::new();
    for (gate, at) in &read.scans {
        let Some(place) = read.gates.get(gate).and_then(|gate| gate.place) else { continue };
        let day = at.to_zoned(read.zone.clone()).date();
        if Entered::of(&known, place, day) != Entered::Day {
            let days = lacking.entry(place).or_insert(Days { from: day, to: day });
            *days = Days { from: days.from.min(day), to: days.to.max(day) };
        }
    }
    let mut entered = 0;
    for (place, days) in lacking {
        let visit = NewVisit {
            role: Role::Visited,
            told: Told::CheckIn,
            from_on: dates::shown_date(days.from),
            to_on: dates::shown_date(days.to),
        };
        let done = places::visit(cx, place, id, &visit).await?
            || places::widen(cx, place, id, visit.role, days).await?;
        entered += usize::from(done);
    }
    Ok(entered)
}

async fn read(cx: &mut Cx, id: CaseId, why: &str) -> Result<Read> {
    let case = cases::claim_traced(cx, id).await?;
    let mut units = people::scope(cx, Some(case.ward)).await?;
    units.extend(case.recorded_by_unit);
    cx.permit(Action::CheckInRead, Scope::Units(&units))?;
    if !case.is_f0() {
        return Err(Error::Conflict("error-not-an-f0"));
    }
    let why = seen::reason(why)?;
    let (today, zone) = (units::today(cx).await?, units::timezone(cx).await?);
    let windows = Windows::on(cx, case.day).await?;
    let days = Days { from: windows.source(case.day).from, to: windows.infectious(case.day, today).to };
    let mut marks = Vec::new();
    for record in people::all_of(cx, case.person).await? {
        marks.extend(whose::marks_of(cx, PersonId(record)).await?);
    }
    let (from, to) =
        (begins(days.from, &zone)?, begins(days.to.tomorrow().map_err(Error::internal)?, &zone)?);
    let all = if marks.is_empty() { Vec::new() } else { sql_seen::of_marks(cx, &marks, from, to).await? };
    let ids: BTreeSet<GateId> = all.iter().map(|(gate, _)| *gate).collect();
    let mut gates = gates::of(cx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut hidden = BTreeSet::new();
    for (id, gate) in &gates {
        // A gate of another ward is that ward's to look at.
        let units = units_of(cx, gate).await?;
        if !permits(&cx.actor, Action::CheckInRead, Scope::Units(&units)) {
            hidden.insert(*id);
        }
    }
    gates.retain(|id, _| !hidden.contains(id));
    let n = all.len();
    let scans: Vec<(GateId, Timestamp)> =
        all.into_iter().filter(|(gate, _)| gates.contains_key(gate)).collect();
    cx.record(
        Event::new("case.checkins_read", id)
            .unit(case.ward)
            .data(json!({ "from": days.from, "to": days.to, "n": scans.len(), "gates": gates.len() }))
            .payload(json!({ "why": why })),
    );
    let elsewhere = n - scans.len();
    Ok(Read { case, days, zone, scans, gates, elsewhere })
}

fn begins(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    Ok(day.to_zoned(zone.clone()).map_err(Error::internal)?.timestamp())
}
