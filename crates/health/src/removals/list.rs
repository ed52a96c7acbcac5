//! Removals as screens show them.

use super::sql::{self, Kept};
use crate::{
    households,
    people::{self, Brief},
};
use duty::permissions::Action;
use kernel::{HouseholdId, PersonId, Result, UnitId};
use store::Cx;

/// Journeys under way at one time; more are not read.
const MOST: i64 = 500;

/// A journey as pages show it.
#[derive(Clone, Debug)]
pub struct Removal {
    pub journey: Kept,
    pub person: Brief,
    /// The household's code, said on the telephone.
    pub code: String,
    pub address: Option<String>,
    /// In the words of whoever refused.
    pub refused_why: Option<String>,
}

/// Removals under way of the households for which this unit answers, or of all that the actor sees; the
/// oldest first.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn open(cx: &mut Cx, unit: Option<UnitId>) -> Result<Vec<Removal>> {
    let answering = households::answered_by(cx, unit).await?;
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
        let refused_why = kept.refused_why(cx)?;
        shown.push(Removal { journey: kept, person, code: home.code, address: home.address, refused_why });
    }
    Ok(shown)
}
