//! Whom a test is about, and who may know of it.

use crate::{
    households,
    people::{self, Birth, Brief},
};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    units::{self, UnitKind},
};
use kernel::{Error, HouseholdId, PersonId, Result, UnitId};
use store::Cx;
use uuid::Uuid;

/// Somebody with the units that answer for him.
pub(super) struct Whom {
    pub person: Brief,
    pub birth: Option<Birth>,
    /// That of his household, else his own.
    pub ward: Option<UnitId>,
    /// The unit that takes his sample; the duty leader's where he lives nowhere.
    pub station: UnitId,
    pub household: Option<HouseholdId>,
    units: Vec<UnitId>,
}

impl Whom {
    pub fn id(&self) -> PersonId {
        self.person.id
    }

    /// Where it is told: his household's story, his own where he lives in none.
    pub fn object(&self) -> Uuid {
        self.household.map_or(self.person.id.uuid(), HouseholdId::uuid)
    }

    pub fn ward(&self) -> Result<UnitId> {
        self.ward.ok_or(Error::invalid("person", "error-ward-missing"))
    }

    /// The unit in whose name the actor writes.
    pub fn own_unit(&self, cx: &Cx) -> Option<UnitId> {
        let posts = || cx.actor.grants.iter().map(|grant| grant.unit);
        posts().find(|unit| self.units.contains(unit)).or_else(|| posts().next())
    }
}

/// Somebody of whom the caller knows by right.
pub(super) async fn of(cx: &mut Cx, person: PersonId) -> Result<Whom> {
    let brief = people::briefs(cx, &[person]).await?.remove(&person).ok_or(Error::NotFound)?;
    let birth = people::births(cx, &[person]).await?.remove(&person);
    let household = households::lives_in(cx, person).await?;
    let home = match household {
        Some(id) => Some(households::kept(cx, id).await?),
        None => None,
    };
    let ward = home.as_ref().map(|home| home.ward).or(brief.ward);
    let mut units = people::scope(cx, brief.ward).await?;
    if let Some(home) = &home {
        units.extend(households::units_of(cx, home).await?);
    }
    let station = match (&home, ward) {
        (Some(home), _) => home.station,
        (None, ward) => {
            let tree = units::tree(cx).await?;
            let station = ward.and_then(|ward| tree.in_ward(ward, UnitKind::Station));
            station.or(ward).unwrap_or_else(|| tree.duty_leader())
        }
    };
    Ok(Whom { person: brief, birth, ward, station, household, units })
}

/// Somebody for whom the actor may record tests, his ward and household locked.
///
/// Errors: `NotFound` outside the wards and households of which the actor sees cases, `Forbidden` where
/// he only sees them.
pub(super) async fn claim(cx: &mut Cx, person: PersonId) -> Result<Whom> {
    let whom = of(cx, person).await?;
    permitted(cx, &whom)?;
    if let Some(ward) = whom.ward {
        households::queue_up(cx, ward).await?;
    }
    if let Some(household) = whom.household {
        households::lock(cx, household).await?;
    }
    Ok(whom)
}

/// The same of somebody who is at hand.
pub(super) fn permitted(cx: &Cx, whom: &Whom) -> Result<()> {
    cx.permit_sight(Action::CaseSee, Scope::Units(&whom.units))?;
    cx.permit(Action::CaseRecord, Scope::Units(&whom.units))
}

/// Whether the actor may know which tests somebody is owed.
pub(super) async fn sees(cx: &mut Cx, person: PersonId) -> Result<bool> {
    let whom = of(cx, person).await?;
    Ok(permits(&cx.actor, Action::CaseSee, Scope::Units(&whom.units)))
}
