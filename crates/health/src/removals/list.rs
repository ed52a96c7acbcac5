//! Removals as screens show them.

use super::{
    model::{Reason, State, Vehicle},
    sql::{self, Kept},
};
use crate::{
    households,
    people::{self, Brief},
};
use duty::{
    permissions::{Action, Permit, Scope},
    units::{self, UnitKind},
};
use jiff::Timestamp;
use kernel::{AlertId, CaseId, HouseholdId, PersonId, RemovalId, Result, StaffId, UnitId};
use store::Cx;

/// Journeys under way at one time; more are not read.
const MOST: i64 = 500;

#[derive(Clone, Debug)]
pub struct Removal {
    pub id: RemovalId,
    pub household: HouseholdId,
    /// The household's code, said on the telephone.
    pub code: String,
    pub ward: UnitId,
    pub address: Option<String>,
    pub person: Brief,
    pub case: Option<CaseId>,
    pub alert: Option<AlertId>,
    pub reason: Reason,
    pub vehicle: Option<Vehicle>,
    pub to_unit: Option<UnitId>,
    /// A house outside the district.
    pub to_name: Option<String>,
    pub asked_at: Timestamp,
    pub asked_by: Option<StaffId>,
    pub state: State,
    /// In the words of whoever refused.
    pub refused_why: Option<String>,
    pub oxygen_from: Option<Timestamp>,
    /// Tenths of a litre a minute.
    pub oxygen_litres_tenths: Option<i16>,
}

/// Removals under way of the households for which this unit answers, or of all that the actor sees; the
/// oldest first.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn open(cx: &mut Cx, unit: Option<UnitId>) -> Result<Vec<Removal>> {
    let seen = match unit {
        Some(unit) => {
            cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
            Some(vec![unit])
        }
        None => households::seen_by(cx),
    };
    let tree = units::tree(cx).await?;
    // A rapid team answers for all households of its ward.
    let wards = |unit: &UnitId| {
        tree.get(*unit).filter(|unit| unit.kind == UnitKind::RapidTeam).and_then(|unit| unit.ward)
    };
    let answering = seen.map(|seen| {
        let wards: Vec<UnitId> = seen.iter().filter_map(wards).collect();
        seen.into_iter().chain(wards).map(UnitId::uuid).collect::<Vec<_>>()
    });
    let mut removals = Vec::new();
    for kept in sql::open(cx, answering.as_deref(), MOST).await? {
        let home = households::kept(cx, kept.household).await?;
        removals.push((kept, home));
    }
    shown(cx, removals).await
}

/// All removals of a household, the newest first.
///
/// Errors: `NotFound` outside the actor's households.
pub async fn of_household(cx: &mut Cx, id: HouseholdId) -> Result<Vec<Removal>> {
    let home = households::claim(cx, id, Action::CareSee).await?;
    let removals = sql::of_household(cx, id).await?.into_iter().map(|kept| (kept, home.clone())).collect();
    shown(cx, removals).await
}

async fn shown(cx: &mut Cx, removals: Vec<(Kept, households::Kept)>) -> Result<Vec<Removal>> {
    let ids: Vec<PersonId> = removals.iter().map(|(kept, _)| kept.person).collect();
    let people = people::briefs(cx, &ids).await?;
    let mut shown = Vec::with_capacity(removals.len());
    for (kept, home) in removals {
        let Some(person) = people.get(&kept.person).cloned() else { continue };
        shown.push(Removal {
            refused_why: kept.refused_why(cx)?,
            id: kept.id,
            household: kept.household,
            code: home.code,
            ward: home.ward,
            address: home.address,
            person,
            case: kept.case,
            alert: kept.alert,
            reason: kept.reason,
            vehicle: kept.vehicle,
            to_unit: kept.to_unit,
            to_name: kept.to_name,
            asked_at: kept.asked_at,
            asked_by: kept.asked_by,
            state: kept.state,
            oxygen_from: kept.oxygen_from,
            oxygen_litres_tenths: kept.oxygen_litres_tenths,
        });
    }
    Ok(shown)
}
