//! Signals and what they rest on, as the desk shows them.

use super::{
    look,
    model::{Kind, Law, before},
    sql::{self, Signal},
};
use crate::{people, stand_in};
use duty::{
    permissions::{Action, Permit, Scope},
    rules, units,
};
use jiff::civil::Date;
use kernel::{Result, UnitId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// Days that a place's line is drawn over.
pub const DRAWN: i32 = 35;
/// Days of which the false alarms are counted.
const REMEMBERED: i32 = 84;
/// Signals that a page shows.
const MOST: i64 = 200;

/// One place and what was counted there.
#[derive(Clone, Debug)]
pub struct Place {
    pub unit: UnitId,
    pub ward: UnitId,
    /// All kinds together, one number a day, the last for yesterday.
    pub days: Vec<i64>,
    /// In the latest days, by kind; kinds of which nothing was counted are left out.
    pub latest: Vec<(Kind, i64)>,
}

/// What came of the method, in the whole district.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub planned_per_week: f64,
    /// None before a week has been counted.
    pub observed_per_week: Option<f64>,
    pub real: i64,
    pub false_alarms: i64,
    /// Of places that had F0s already.
    pub known: i64,
    pub waiting: i64,
    /// Weeks that were looked back over.
    pub weeks: f64,
}

#[derive(Clone, Debug)]
pub struct Overview {
    pub law: Law,
    pub verified: bool,
    pub rates: Rates,
    pub signals: Vec<Signal>,
    /// Where most was counted in the latest days stands first.
    pub places: Vec<Place>,
    pub first: Date,
}

/// Everything of the wards that the actor sees.
pub async fn overview(cx: &mut Cx) -> Result<Overview> {
    cx.permit_sight(Action::CareSee, Scope::Tenant)?;
    let wards = people::wards(cx, Action::CareSee).await?;
    let today = units::today(cx).await?;
    let known = rules::known_on(cx, "signal.early", today).await?;
    let rule = stand_in::or_latest(known.as_ref(), "signal.early")?;
    let law = Law::read(&rule)?;
    let raw: Option<Vec<Uuid>> = wards.as_ref().map(|wards| wards.iter().map(|ward| ward.uuid()).collect());
    let signals = sql::since(cx, raw.as_deref(), before(today, REMEMBERED), MOST).await?;
    let first = before(today, DRAWN);
    let places = places(cx, wards.as_deref(), &law, first, today).await?;
    let rates = rates(cx, &law, today).await?;
    Ok(Overview { verified: rule.verified, law, rates, signals, places, first })
}

async fn rates(cx: &mut Cx, law: &Law, today: Date) -> Result<Rates> {
    let from = before(today, REMEMBERED);
    let (real, false_alarms, known, waiting) = sql::judged_since(cx, from).await?;
    let counted_from = sql::first_day(cx).await?.map_or(today, |first| first.max(from));
    let days = counted_from.until(today).map_or(0, |span| span.get_days());
    let weeks = f64::from(days) / 7.0;
    Ok(Rates {
        planned_per_week: law.false_alarms_per_week,
        observed_per_week: (weeks >= 1.0).then(|| false_alarms as f64 / weeks),
        real,
        false_alarms,
        known,
        waiting,
        weeks,
    })
}

async fn places(
    cx: &mut Cx,
    wards: Option<&[UnitId]>,
    law: &Law,
    first: Date,
    today: Date,
) -> Result<Vec<Place>> {
    let tree = units::tree(cx).await?;
    let counted = sql::days(cx, first, today).await?;
    let latest_from = before(today, law.window_days);
    let with_counts: BTreeSet<UnitId> = counted.keys().map(|(place, _)| *place).collect();
    let mut all: BTreeMap<UnitId, Place> = BTreeMap::new();
    for unit in look::places(&tree) {
        let Some(ward) = tree.get(unit).map(|one| one.ward.unwrap_or(one.id)) else { continue };
        let is_ward = unit == ward;
        if wards.is_some_and(|wards| !wards.contains(&ward)) || (is_ward && !with_counts.contains(&unit)) {
            continue;
        }
        let days = vec![0; usize::try_from(DRAWN).unwrap_or_default()];
        all.insert(unit, Place { unit, ward, days, latest: Vec::new() });
    }
    for ((unit, kind), days) in &counted {
        let Some(place) = all.get_mut(unit) else { continue };
        for (day, n) in days {
            let at = first.until(*day).map_or(-1, |span| span.get_days());
            if let Some(sum) = usize::try_from(at).ok().and_then(|at| place.days.get_mut(at)) {
                *sum += n;
            }
        }
        let latest: i64 = days.range(latest_from..today).map(|(_, n)| *n).sum();
        if latest > 0 {
            place.latest.push((*kind, latest));
        }
    }
    let mut places: Vec<Place> = all.into_values().collect();
    let weight = |place: &Place| -> i64 { place.latest.iter().map(|(_, n)| *n).sum() };
    places.sort_by_key(|place| (std::cmp::Reverse(weight(place)), place.unit));
    Ok(places)
}
