//! Reads the record for what happens to cases, households and plans, and brings tracing into step.

use super::{
    begin::{begin, leave_plan},
    model::State,
    sql, trace,
};
use crate::{
    cases::{self, ACTIVE_DAYS},
    clusters, followups, people,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{CaseId, Error, HouseholdId, PersonId, PlanId, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{Cx, events::Recorded, subscriptions::OnEvent};

/// The subscriber of tracing.
pub struct TraceCases;

#[async_trait]
impl OnEvent for TraceCases {
    fn name(&self) -> &'static str {
        "health.contacts"
    }

    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()> {
        let mut begun: BTreeSet<CaseId> = BTreeSet::new();
        let mut plans: Vec<&Value> = Vec::new();
        let mut parted: BTreeSet<PersonId> = BTreeSet::new();
        for event in events {
            match event.kind.as_str() {
                "case.recorded" | "case.classified" | "case.withdrawn" | "case.onset_set"
                | "case.moved_ward" | "case.joined" | "case.parted" | "visit.entered" => {
                    begun.insert(event.object_id.into());
                }
                // Somebody who moves in with an F0 is his contact.
                "household.member_added" => {
                    begun.extend(sql::f0s_of(cx, HouseholdId(event.object_id)).await?);
                }
                "follow.closed" => plans.push(&event.data),
                // Two records are of one person: as whoever of them is an F0 he is traced.
                "person.merged" => {
                    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
                    begun.extend(cases::f0_of(cx, event.object_id.into(), since).await?);
                }
                "person.unmerged" => {
                    parted.insert(event.object_id.into());
                    parted.extend(named(&event.data, "from"));
                }
                "follow.opened" if event.data["again"] == true => {
                    parted.extend(named(&event.data, "person"));
                }
                _ => {}
            }
        }
        if begun.is_empty() && plans.is_empty() && parted.is_empty() {
            return Ok(());
        }
        clusters::take_turn(cx).await?;
        for case in &begun {
            match leave_plan(cx, *case).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        for case in begun {
            match begin(cx, case).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        for plan in plans {
            over(cx, plan).await?;
        }
        for person in parted {
            apart(cx, person).await?;
        }
        Ok(())
    }
}

fn named(data: &Value, key: &str) -> Option<PersonId> {
    data[key].as_str()?.parse().ok()
}

/// A record stands by itself again: what was said of its person because of the other is taken back.
async fn apart(cx: &mut Cx, person: PersonId) -> Result<()> {
    let records = people::all_of(cx, person).await?;
    for (contact, case) in sql::ill_by_another(cx, &records).await? {
        sql::become_case(cx, contact, None).await?;
        trace::settle(cx, case).await?;
    }
    match followups::contact_plan(cx, person).await? {
        Some(plan) => sql::follow_by_own(cx, &records, plan).await,
        None => Ok(()),
    }
}

/// A plan has ended: whoever was followed by it as a contact is done, or lost.
async fn over(cx: &mut Cx, data: &Value) -> Result<()> {
    let Some(plan) = data["plan"].as_str().and_then(|plan| plan.parse::<PlanId>().ok()) else {
        return Ok(());
    };
    let state = match data["as"].as_str() {
        Some("released") => State::Done,
        Some("lost") => State::Lost,
        Some("became_f1" | "joined") => {
            let person = followups::plan(cx, plan).await?.person;
            let goes_on = followups::contact_plan(cx, person).await?;
            return sql::follow_by(cx, plan, goes_on.filter(|other| *other != plan)).await;
        }
        _ => return Ok(()),
    };
    for (contact, case) in sql::reached_by(cx, plan).await? {
        sql::end(cx, contact, state, None).await?;
        trace::settle(cx, case).await?;
    }
    Ok(())
}
