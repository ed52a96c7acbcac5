//! Points as the desk shows them.

use super::{
    decide,
    sql::{self, Kept},
    supplies::Asked,
};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units, permits},
    rosters::{self, Gap},
    units::{self, UnitKind},
};
use jiff::SignedDuration;
use kernel::{HouseholdId, LockdownId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// For so long a lifted point stays in the list.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Points that a list shows.
const MOST: i64 = 200;
/// Days ahead in which a missing guard is looked for.
const AHEAD: u16 = 3;

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub kept: Kept,
    pub households: i64,
    /// Asked for and not come yet.
    pub wanted: i64,
    /// The first stretch of the coming days in which nobody stands guard.
    pub gap: Option<Gap>,
}

/// A household inside.
#[derive(Clone, Debug)]
pub struct Inside {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
    pub people: i64,
    /// Of them followed now.
    pub followed: i16,
}

/// A household that may be put inside.
#[derive(Clone, Debug)]
pub struct Near {
    pub id: HouseholdId,
    pub code: String,
    pub address: Option<String>,
}

/// One point with all that is known of it.
#[derive(Clone, Debug)]
pub struct Lockdown {
    pub kept: Kept,
    pub inside: Vec<Inside>,
    pub supplies: Vec<Asked>,
    /// Stretches of the coming days in which nobody stands guard.
    pub gaps: Vec<Gap>,
    /// The actor may decide about it.
    pub decides: bool,
}

/// Points in force and lately lifted that the actor sees, the one planned to end first at the top.
pub async fn list(cx: &mut Cx) -> Result<Vec<Listed>> {
    cx.permit_sight(Action::CareSee, Scope::Tenant)?;
    let seen = match allowed_units(&cx.actor, Action::CareSee) {
        None => None,
        Some(allowed) => {
            let tree = units::tree(cx).await?;
            // A station's point is its ward's.
            let ward = |unit: &UnitId| {
                tree.get(*unit).filter(|unit| unit.kind == UnitKind::Station).and_then(|unit| unit.ward)
            };
            let wards: Vec<UnitId> = allowed.iter().filter_map(ward).collect();
            Some(allowed.into_iter().chain(wards).map(UnitId::uuid).collect::<Vec<Uuid>>())
        }
    };
    let since = cx.now() - REMEMBERED;
    let points = sql::list(cx, seen.as_deref(), since, MOST).await?;
    let ids: Vec<LockdownId> = points.iter().map(|point| point.id).collect();
    let counts = sql::counts(cx, &ids).await?;
    let mut listed = Vec::with_capacity(points.len());
    for kept in points {
        let (households, wanted) = counts.get(&kept.id).copied().unwrap_or_default();
        let gap = gaps(cx, &kept).await?.into_iter().next();
        listed.push(Listed { kept, households, wanted, gap });
    }
    Ok(listed)
}

/// One point. `NotFound` for those who see neither its ward nor its guards.
pub async fn find(cx: &mut Cx, id: LockdownId) -> Result<Lockdown> {
    let kept = sql::find(cx, id).await?;
    let concerned = decide::concerned(cx, &kept).await?;
    cx.permit_sight(Action::CareSee, Scope::Units(&concerned))?;
    let inside = sql::inside(cx, id).await?;
    let supplies = sql::supplies(cx, id).await?;
    Ok(Lockdown {
        gaps: gaps(cx, &kept).await?,
        decides: permits(&cx.actor, Action::LockdownDecide, Scope::Units(&concerned)),
        inside: inside
            .into_iter()
            .map(|row| Inside {
                id: row.id,
                code: row.code,
                address: row.address,
                people: row.people,
                followed: row.followed,
            })
            .collect(),
        supplies: supplies
            .into_iter()
            .map(|row| Asked {
                id: row.id,
                kind: row.kind,
                words: row.words,
                asked_at: row.asked_at,
                met_at: row.met_at,
            })
            .collect(),
        kept,
    })
}

/// Where nobody will stand guard; a lifted point needs nobody.
async fn gaps(cx: &mut Cx, kept: &Kept) -> Result<Vec<Gap>> {
    if kept.lifted.is_some() { Ok(Vec::new()) } else { rosters::gaps_ahead(cx, kept.unit, AHEAD).await }
}
