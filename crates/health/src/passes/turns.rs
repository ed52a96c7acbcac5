//! Which way passes turn now, asked of the record as it stands: of cases and isolations, of who lives where, of
//! places that are closed off or stopped, of businesses that have ended.

use super::{
    model::{self, Cause, Illness, Turn, Whose},
    sql,
    sql_turn::{self, Point, Spot},
};
use crate::{cases::ACTIVE_DAYS, people};
use duty::units::{
    self, Line, Tree,
    shape::{self, Polygon},
};
use jiff::SignedDuration;
use kernel::{CaseId, HouseholdId, LockdownId, OrganisationId, PersonId, PlaceId, PlanId, Result, UnitId};
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;
use uuid::Uuid;

/// Which way the passes turn of a holder who can be ill, and his cases that nobody has ended.
struct Ill {
    turn: Turn,
    open: Vec<CaseId>,
}

/// Which way the passes of some holders turn.
pub(super) struct Turns {
    people: BTreeMap<PersonId, Ill>,
    homes: BTreeMap<HouseholdId, Ill>,
    areas: BTreeMap<UnitId, Turn>,
    businesses: BTreeMap<OrganisationId, Turn>,
}

impl Turns {
    pub async fn of(cx: &mut Cx, whose: &[Whose]) -> Result<Self> {
        let (mut people, mut homes, mut areas, mut businesses) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for whose in whose {
            match *whose {
                Whose::Person(person) | Whose::Force { person, .. } => people.push(person),
                Whose::Household(id) => homes.push(id),
                Whose::Neighbourhood(id) => areas.push(id),
                Whose::Business { organisation, .. } => businesses.push(organisation),
            }
        }
        Ok(Self {
            people: if people.is_empty() { BTreeMap::new() } else { of_people(cx, &people).await? },
            homes: if homes.is_empty() { BTreeMap::new() } else { of_homes(cx, &homes).await? },
            areas: if areas.is_empty() { BTreeMap::new() } else { of_areas(cx, &areas).await? },
            businesses: if businesses.is_empty() {
                BTreeMap::new()
            } else {
                of_businesses(cx, &businesses).await?
            },
        })
    }

    /// With the cases of its holder that nobody has ended; `None` of a holder who is not on record.
    pub fn turn(&self, whose: Whose) -> Option<(Turn, &[CaseId])> {
        const NONE: &[CaseId] = &[];
        let ill = match whose {
            Whose::Person(person) | Whose::Force { person, .. } => self.people.get(&person),
            Whose::Household(id) => self.homes.get(&id),
            Whose::Neighbourhood(id) => return self.areas.get(&id).map(|turn| (*turn, NONE)),
            Whose::Business { organisation, .. } => {
                return self.businesses.get(&organisation).map(|turn| (*turn, NONE));
            }
        };
        ill.map(|ill| (ill.turn, ill.open.as_slice()))
    }
}

/// By all records of each.
async fn of_people(cx: &mut Cx, asked: &[PersonId]) -> Result<BTreeMap<PersonId, Ill>> {
    let records = people::records_of(cx, asked).await?;
    let all: Vec<Uuid> = records.iter().map(|(_, record)| record.uuid()).collect();
    let illnesses = illnesses(cx, &all).await?;
    let isolations = sql_turn::isolations(cx, &all).await?;
    let mut of: BTreeMap<PersonId, (Vec<Illness>, Option<PlanId>)> = BTreeMap::new();
    for (person, record) in records {
        let (cases, isolation) = of.entry(person).or_default();
        cases.extend(illnesses.get(&record).into_iter().flatten().copied());
        // The earliest of all, whoever asks.
        *isolation = isolation.iter().chain(isolations.get(&record)).min().copied();
    }
    let ill = |(person, (cases, plan)): (PersonId, (Vec<Illness>, Option<PlanId>))| {
        (person, Ill { turn: model::turn(&cases, plan), open: model::open(&cases) })
    };
    Ok(of.into_iter().map(ill).collect())
}

/// By all records of all who live there, and by the isolations that go on there.
async fn of_homes(cx: &mut Cx, homes: &[HouseholdId]) -> Result<BTreeMap<HouseholdId, Ill>> {
    let members = sql_turn::members(cx, homes).await?;
    let asked: Vec<PersonId> = members.iter().map(|(_, person)| *person).collect();
    let mut records: BTreeMap<PersonId, Vec<PersonId>> = BTreeMap::new();
    for (person, record) in people::records_of(cx, &asked).await? {
        records.entry(person).or_default().push(record);
    }
    let all: Vec<Uuid> = records.values().flatten().map(|record| record.uuid()).collect();
    let illnesses = illnesses(cx, &all).await?;
    let isolations = sql_turn::isolations_at(cx, homes).await?;
    let mut of: BTreeMap<HouseholdId, Vec<Illness>> = homes.iter().map(|home| (*home, Vec::new())).collect();
    for (home, person) in members {
        let of_him = records.get(&person).into_iter().flatten();
        let cases = of_him.flat_map(|record| illnesses.get(record).into_iter().flatten().copied());
        of.entry(home).or_default().extend(cases);
    }
    let ill = |(home, cases): (HouseholdId, Vec<Illness>)| {
        let turn = model::turn_home(&cases, isolations.get(&home).copied());
        (home, Ill { turn, open: model::open_at_home(&cases) })
    };
    Ok(of.into_iter().map(ill).collect())
}

async fn illnesses(cx: &mut Cx, records: &[Uuid]) -> Result<BTreeMap<PersonId, Vec<Illness>>> {
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    sql::illnesses(cx, records, since).await
}

async fn of_areas(cx: &mut Cx, areas: &[UnitId]) -> Result<BTreeMap<UnitId, Turn>> {
    let (points, tree) = (sql_turn::points(cx).await?, units::tree(cx).await?);
    let turn = |area: &UnitId| match points.iter().find(|point| touches(&tree, point, *area)) {
        Some(point) => (*area, Turn::Suspend(Cause::Lockdown(point.id))),
        None => (*area, Turn::Restore),
    };
    Ok(areas.iter().map(turn).collect())
}

/// Whether a place that is closed off lies in a khu phố, a tổ dân phố or a ward. One of which only the ward is
/// written may lie in any khu phố of it.
fn touches(tree: &Tree, point: &Point, area: UnitId) -> bool {
    let above = |unit| tree.above(unit, Line::Administrative);
    area == point.ward
        || match point.quarter {
            Some(quarter) => {
                area == quarter || above(quarter).contains(&area) || above(area).contains(&quarter)
            }
            None => tree.get(area).is_some_and(|unit| unit.ward == Some(point.ward)),
        }
}

async fn of_businesses(cx: &mut Cx, asked: &[OrganisationId]) -> Result<BTreeMap<OrganisationId, Turn>> {
    let ids: Vec<Uuid> = asked.iter().map(|id| id.uuid()).collect();
    let today = units::today(cx).await?;
    let ended = sql_turn::ended(cx, &ids, today).await?;
    let stopped = sql_turn::stopped(cx, &ids, today).await?;
    let closed = closed_off(cx, &ids).await?;
    let turn = |id: &OrganisationId| {
        let cause = if ended.contains(id) {
            Some(Cause::Ended(*id))
        } else {
            let closed = closed.get(id).copied().map(Cause::Lockdown);
            closed.or_else(|| stopped.get(id).copied().map(Cause::Stopped))
        };
        (*id, cause.map_or(Turn::Restore, Turn::Suspend))
    };
    Ok(asked.iter().map(turn).collect())
}

/// Where a lockdown holds: at the place it was made for, and within its boundary.
struct Bound {
    id: LockdownId,
    place: Option<PlaceId>,
    /// The box around the boundary: asked first, since nearly everything lies outside.
    around: Option<(shape::Point, shape::Point)>,
    rings: Vec<Polygon>,
}

impl Bound {
    fn of(point: &Point) -> Self {
        let rings = point.area.as_ref().map(shape::polygons).unwrap_or_default();
        Self { id: point.id, place: point.place, around: shape::bounds(&rings), rings }
    }

    fn holds(&self, spot: &Spot) -> bool {
        let inside = |at| {
            self.around.is_some_and(|around| shape::in_bounds(around, at)) && shape::contains(&self.rings, at)
        };
        (self.place.is_some() && self.place == spot.place) || spot.at.is_some_and(inside)
    }
}

/// Of these businesses those of which a place or a gate is closed off, by the earliest lockdown: it was made for the
/// place, or its boundary holds the spot. Of one whose spot nobody has put on record it is not known.
async fn closed_off(cx: &mut Cx, businesses: &[Uuid]) -> Result<BTreeMap<OrganisationId, LockdownId>> {
    let bounds: Vec<Bound> = sql_turn::points(cx).await?.iter().map(Bound::of).collect();
    if bounds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let today = units::today(cx).await?;
    let mut closed = BTreeMap::new();
    for spot in sql_turn::spots(cx, businesses, today).await? {
        if let Some(bound) = bounds.iter().find(|bound| bound.holds(&spot)) {
            let earliest = closed.entry(spot.organisation).or_insert(bound.id);
            *earliest = bound.id.min(*earliest);
        }
    }
    Ok(closed)
}

/// Whose passes these lockdowns may touch, as far as they have not been lifted: neighbourhoods, and businesses at the
/// place or in the box around the boundary.
pub(super) async fn reached(
    cx: &mut Cx,
    lockdowns: &BTreeSet<LockdownId>,
) -> Result<(Vec<UnitId>, Vec<OrganisationId>)> {
    let mut points = sql_turn::points(cx).await?;
    points.retain(|point| lockdowns.contains(&point.id));
    if points.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let tree = units::tree(cx).await?;
    let mut areas = sql_turn::neighbourhoods(cx).await?;
    areas.retain(|area| points.iter().any(|point| touches(&tree, point, *area)));
    let mut businesses = Vec::new();
    for Bound { place, around, .. } in points.iter().map(Bound::of) {
        if place.is_some() || around.is_some() {
            businesses.extend(sql_turn::within(cx, place, around).await?);
        }
    }
    Ok((areas, businesses))
}
