//! Who cares for a household beside its station: a mobile station and a community care team, spread
//! by what each carries. The station answers in any case and is never changed here.

use super::{
    sight,
    spread::{self, Carried, Law, Load, Lone, Placing},
    sql, sql_assign,
};
use crate::people;
use duty::{
    permissions::{Action, Permit, Scope},
    rules::{self, Rule},
    staff,
    units::{self, Line, Tree, UnitKind},
};
use kernel::{Error, HouseholdId, Result, Role, UnitId, text::line};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Cx, Event, Topic};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// Households that are proposed at once; whoever gives these finds the next.
const MOST: i64 = 200;
/// The kinds of units that households are given to.
const PLACED: [UnitKind; 2] = [UnitKind::MobileStation, UnitKind::CareTeam];

/// What the units of a ward carry.
#[derive(Clone, Debug)]
pub struct Balance {
    pub ward: UnitId,
    /// The station, its mobile stations, its care teams.
    pub loads: Vec<Load>,
    /// By which these are the limits.
    pub rule: Rule,
}

/// Who is to take the households of a ward for which somebody is missing.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Those to be called first stand first.
    pub lone: Vec<Lone>,
    /// There are more than are read at once.
    pub more: bool,
    /// One for each household for which there is room; the others stay with the station alone.
    pub placings: Vec<Placing>,
}

/// What the units of a ward carry, for those who place its households.
///
/// Errors: `NotFound` for no ward and outside the actor's wards; `Forbidden`.
pub async fn balance(cx: &mut Cx, ward: UnitId) -> Result<Balance> {
    let tree = claim_ward(cx, ward).await?;
    let law = law(cx).await?;
    let station = tree.in_ward(ward, UnitKind::Station).unwrap_or(ward);
    let mut loads = loads(cx, &law, &[station], UnitKind::Station).await?;
    loads.extend(of_kind(cx, &law, &tree, ward, UnitKind::MobileStation).await?);
    loads.extend(of_kind(cx, &law, &tree, ward, UnitKind::CareTeam).await?);
    Ok(Balance { ward, loads, rule: law.rule().clone() })
}

/// Spreads the households for which a team or a mobile station is missing: each to one of its own
/// quarter where that is known, else to the one that carries least; a full one takes no more.
///
/// Errors: as for [`balance`].
pub async fn proposal(cx: &mut Cx, ward: UnitId) -> Result<Proposal> {
    let tree = claim_ward(cx, ward).await?;
    let law = law(cx).await?;
    let mut mobiles = of_kind(cx, &law, &tree, ward, UnitKind::MobileStation).await?;
    let mut teams = of_kind(cx, &law, &tree, ward, UnitKind::CareTeam).await?;
    let lacks = (!teams.is_empty(), !mobiles.is_empty());
    let mut lone = sql_assign::lone(cx, ward, lacks, MOST + 1).await?;
    let more = lone.len() as i64 > MOST;
    lone.truncate(MOST as usize);
    let placings = spread::spread(&lone, &mut mobiles, &mut teams, |home| {
        home.quarter.map_or_else(BTreeSet::new, |quarter| of_quarter(&tree, ward, quarter))
    });
    Ok(Proposal { lone, more, placings })
}

/// Gives the households of a proposal as it was shown. What has been given meanwhile, or for whom
/// there is no more room, is passed over; how many were given.
///
/// Errors: as for [`balance`]; `unit`: `error-choice-unknown` for a unit that is none of the ward.
pub async fn apply(cx: &mut Cx, ward: UnitId, placings: &[Placing]) -> Result<usize> {
    let tree = claim_ward(cx, ward).await?;
    for placing in placings {
        of_ward(&tree, ward, placing.mobile_station, placing.care_team)?;
    }
    // Loads stand still while a ward gives or opens households.
    sql::queue_up(cx, ward).await?;
    let ids: Vec<HouseholdId> = placings.iter().map(|placing| placing.household).collect();
    sql::lock_all(cx, &ids).await?;
    let law = law(cx).await?;
    let mut mobiles = of_kind(cx, &law, &tree, ward, UnitKind::MobileStation).await?;
    let mut teams = of_kind(cx, &law, &tree, ward, UnitKind::CareTeam).await?;
    let mut given = 0;
    for placing in placings {
        let home = match sql::kept(cx, placing.household).await {
            Ok(home) if home.ward == ward && home.joined_into.is_none() => home,
            Ok(_) | Err(Error::NotFound) => continue,
            Err(other) => return Err(other),
        };
        let f0 = i64::from(home.f0);
        let mobile = placing.mobile_station.filter(|_| home.mobile_station.is_none());
        let team = placing.care_team.filter(|_| home.care_team.is_none());
        let (mobile, team) = (room(&mut mobiles, mobile, f0), room(&mut teams, team, f0));
        if mobile.is_some() || team.is_some() {
            write(cx, &home, mobile.or(home.mobile_station), team.or(home.care_team), "").await?;
            given += 1;
        }
    }
    cx.tell(Topic::screen("followups"));
    Ok(given)
}

/// The unit, if it has room, with the household taken.
fn room(loads: &mut [Load], unit: Option<UnitId>, f0: i64) -> Option<UnitId> {
    let load = loads.iter_mut().find(|load| Some(load.unit) == unit)?;
    load.takes(f0).then(|| {
        load.take(f0);
        load.unit
    })
}

/// Gives one household, by somebody's own decision: a full unit may be given more, and is shown as
/// over its load. Taking it from a unit that had it needs a reason. What was asked of the former
/// unit by a ticket stays its own.
///
/// Errors: `NotFound`, `Forbidden`; `mobile_station`, `care_team`: `error-choice-unknown` for a unit
/// that is none of the ward; `why`; Conflict `error-assign-unchanged`.
pub async fn assign(
    cx: &mut Cx,
    id: HouseholdId,
    mobile_station: Option<UnitId>,
    care_team: Option<UnitId>,
    why: &str,
) -> Result<()> {
    sight::claim(cx, id, Action::CareAssign).await?;
    let home = sql::lock(cx, id).await?;
    let tree = units::tree(cx).await?;
    of_ward(&tree, home.ward, mobile_station, care_team)?;
    if (home.mobile_station, home.care_team) == (mobile_station, care_team) {
        return Err(Error::Conflict("error-assign-unchanged"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    let taken = |before: Option<UnitId>, after| before.is_some() && before != after;
    let takes = taken(home.mobile_station, mobile_station) || taken(home.care_team, care_team);
    if why.is_empty() && takes {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    write(cx, &home, mobile_station, care_team, &why).await?;
    cx.tell(Topic::screen("followups"));
    Ok(())
}

async fn write(
    cx: &mut Cx,
    home: &sql::Kept,
    mobile_station: Option<UnitId>,
    care_team: Option<UnitId>,
    why: &str,
) -> Result<()> {
    sql_assign::assign(cx, home.id, mobile_station, care_team).await?;
    for kind in PLACED {
        cx.unlearn(&learnt(home.ward, kind));
    }
    let event = Event::new("household.assigned", home.id).unit(home.station).data(json!({
        "mobile_station": mobile_station, "care_team": care_team,
        "from": { "mobile_station": home.mobile_station, "care_team": home.care_team },
    }));
    cx.record(if why.is_empty() { event } else { event.payload(json!({ "why": why })) });
    Ok(())
}

/// The name under which a transaction knows what the units of a ward carry.
fn learnt(ward: UnitId, kind: UnitKind) -> String {
    format!("loads {ward} {}", kind.as_str())
}

/// Who takes a household that is opened just now for one F0: mobile station and care team, where the
/// ward has one with room.
pub(super) async fn first(
    cx: &mut Cx,
    tree: &Tree,
    ward: UnitId,
) -> Result<(Option<UnitId>, Option<UnitId>)> {
    let mut chosen = [None, None];
    for (kind, chosen) in PLACED.into_iter().zip(&mut chosen) {
        // A list opens hundreds of households in one transaction: the loads are read once, and grow here.
        let name = learnt(ward, kind);
        let known = if let Some(known) = cx.known::<Mutex<Vec<Load>>>(&name) {
            known
        } else {
            let law = law(cx).await?;
            let read = Arc::new(Mutex::new(of_kind(cx, &law, tree, ward, kind).await?));
            cx.learn(name, read.clone());
            read
        };
        let mut loads = known.lock().unwrap_or_else(PoisonError::into_inner);
        *chosen = spread::choose(&loads, &BTreeSet::new(), 1);
        if let Some(load) = loads.iter_mut().find(|load| Some(load.unit) == *chosen) {
            load.f0 += 1;
            load.homes += 1;
        }
    }
    Ok((chosen[0], chosen[1]))
}

async fn law(cx: &mut Cx) -> Result<Law> {
    let today = units::today(cx).await?;
    let rule = rules::known_on(cx, "care.load", today).await?;
    Law::read(rule.as_ref()).or_else(|error| {
        // A version that cannot be read keeps no household from being opened.
        tracing::error!(rule.code = "care.load", %error, "the loads cannot be read, the shipped ones hold");
        Law::read(None)
    })
}

/// A ward whose households the actor places.
async fn claim_ward(cx: &mut Cx, ward: UnitId) -> Result<std::sync::Arc<Tree>> {
    let tree = units::tree(cx).await?;
    if tree.unit(ward)?.kind != UnitKind::Ward {
        return Err(Error::NotFound);
    }
    let answering = people::scope(cx, Some(ward)).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&answering))?;
    cx.permit(Action::CareAssign, Scope::Units(&answering))?;
    Ok(tree)
}

fn of_ward(
    tree: &Tree,
    ward: UnitId,
    mobile_station: Option<UnitId>,
    care_team: Option<UnitId>,
) -> Result<()> {
    let known = |kind, unit| tree.all_in_ward(ward, kind).any(|one| one.id == unit);
    if mobile_station.is_some_and(|unit| !known(UnitKind::MobileStation, unit)) {
        return Err(Error::invalid("mobile_station", "error-choice-unknown"));
    }
    if care_team.is_some_and(|unit| !known(UnitKind::CareTeam, unit)) {
        return Err(Error::invalid("care_team", "error-choice-unknown"));
    }
    Ok(())
}

/// The units of a ward that stand below a quarter.
fn of_quarter(tree: &Tree, ward: UnitId, quarter: UnitId) -> BTreeSet<UnitId> {
    [UnitKind::MobileStation, UnitKind::CareTeam]
        .into_iter()
        .flat_map(|kind| tree.all_in_ward(ward, kind))
        .map(|unit| unit.id)
        .filter(|unit| tree.above(*unit, Line::Administrative).contains(&quarter))
        .collect()
}

/// The loads of the units of a kind in a ward, in order of their codes.
async fn of_kind(cx: &mut Cx, law: &Law, tree: &Tree, ward: UnitId, kind: UnitKind) -> Result<Vec<Load>> {
    let units: Vec<UnitId> = tree.all_in_ward(ward, kind).map(|unit| unit.id).collect();
    loads(cx, law, &units, kind).await
}

async fn loads(cx: &mut Cx, law: &Law, units: &[UnitId], kind: UnitKind) -> Result<Vec<Load>> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let carried = sql_assign::carried(cx, units).await?;
    let mut nurses = BTreeSet::new();
    if kind == UnitKind::Station {
        let posts = staff::posts_at(cx, units).await?;
        nurses.extend(posts.iter().filter(|post| post.role == Role::StationStaff).map(|post| post.staff));
    }
    let nurses = nurses.len() as i64;
    Ok(units
        .iter()
        .map(|unit| {
            let carried: Carried = carried.get(unit).copied().unwrap_or_default();
            law.load(*unit, kind, carried, nurses)
        })
        .collect())
}
