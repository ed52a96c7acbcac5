//! Counting what the record tells.

use super::{
    model::{Kind, speaks_of_illness},
    place, sql,
};
use crate::vitals::Symptom;
use async_trait::async_trait;
use duty::units::{self, Tree};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{HouseholdId, PersonId, PlanId, Result, UnitId, address::Address, text::search_key};
use serde_json::Value;
use std::collections::BTreeMap;
use store::{Cx, events::Recorded, subscriptions::OnEvent};

/// Adds to what is counted of a place on a day. For what other rooms know: they say where and what, and
/// answer for not saying it twice.
pub async fn count(cx: &mut Cx, place: UnitId, day: Date, kind: Kind, n: i32) -> Result<()> {
    sql::add(cx, &[(place, day, kind, n)]).await
}

/// Reads the record: diaries, suspected cases, and what citizens report in words. Its cursor and its
/// counts are one transaction, so each event is counted once.
pub struct Count;

#[async_trait]
impl OnEvent for Count {
    fn name(&self) -> &'static str {
        "health.signals"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let tree = units::tree(cx).await?;
        let zone = units::timezone(cx).await?;
        let mut counted: BTreeMap<(UnitId, Date, Kind), i32> = BTreeMap::new();
        for event in events {
            if let Some((place, day, kind)) = told(cx, &tree, &zone, event).await? {
                *counted.entry((place, day, kind)).or_default() += 1;
            }
        }
        let rows: Vec<_> = counted.into_iter().map(|((place, day, kind), n)| (place, day, kind, n)).collect();
        sql::add(cx, &rows).await
    }
}

/// What one event adds, and where.
async fn told(
    cx: &mut Cx,
    tree: &Tree,
    zone: &TimeZone,
    event: &Recorded,
) -> Result<Option<(UnitId, Date, Kind)>> {
    let day = event.at.to_zoned(zone.clone()).date();
    let counted = match event.kind.as_str() {
        "household.diary_entered" => falls_ill(cx, tree, event).await?.map(|place| (place, Kind::Symptoms)),
        "case.recorded" if event.data["classification"] == "suspected" => {
            let kind = if event.data["basis"] == "self_test" { Kind::SelfTest } else { Kind::Symptoms };
            suspected(cx, tree, event).await?.map(|place| (place, kind))
        }
        "report.received" => reported(tree, event),
        _ => None,
    };
    Ok(counted.map(|(place, kind)| (place, day, kind)))
}

fn id<T: From<uuid::Uuid>>(data: &Value, name: &str) -> Option<T> {
    data[name].as_str()?.parse::<uuid::Uuid>().ok().map(T::from)
}

/// Somebody who is watched and not known to be ill tells of his first symptom in two weeks. An F0's
/// symptoms are no news.
async fn falls_ill(cx: &mut Cx, tree: &Tree, event: &Recorded) -> Result<Option<UnitId>> {
    let payload = event.payload.as_ref();
    let symptoms = payload.and_then(|payload| payload["symptoms"].as_array());
    let well = Symptom::NoSymptom.as_str();
    if !symptoms.is_some_and(|told| told.iter().any(|one| one.as_str().is_some_and(|one| one != well))) {
        return Ok(None);
    }
    let Some(plan) = id::<PlanId>(&event.data, "plan") else { return Ok(None) };
    let Some(contact) = id::<uuid::Uuid>(&event.data, "contact") else { return Ok(None) };
    if !sql::is_first_symptom(cx, plan, contact).await? {
        return Ok(None);
    }
    let Some(home) = sql::home(cx, HouseholdId(event.object_id)).await? else { return Ok(None) };
    Ok(Some(place::of_home(tree, home.ward, home.quarter, home.parts)))
}

async fn suspected(cx: &mut Cx, tree: &Tree, event: &Recorded) -> Result<Option<UnitId>> {
    let (Some(person), Some(ward)) =
        (id::<PersonId>(&event.data, "person"), id::<UnitId>(&event.data, "ward"))
    else {
        return Ok(None);
    };
    Ok(Some(place::of_person(cx, tree, person, ward).await?))
}

/// A report or call that speaks of illness, by its words.
fn reported(tree: &Tree, event: &Recorded) -> Option<(UnitId, Kind)> {
    let payload = event.payload.as_ref()?;
    if !speaks_of_illness(&search_key(payload["details"].as_str()?)) {
        return None;
    }
    let ward = id::<UnitId>(&event.data, "ward")?;
    let address = payload["address"].as_str().and_then(|text| Address::parse(text).ok());
    let place = address.map_or(ward, |address| place::by_address(tree, ward, address.parts()));
    let spoken = matches!(event.data["channel"].as_str(), Some("phone" | "1022"));
    Some((place, if spoken { Kind::Call } else { Kind::Report }))
}
