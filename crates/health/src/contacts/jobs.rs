//! Reads the record for what happens to cases, households and plans, and brings tracing into step.

use super::{
    begin::{begin, leave_plan},
    model::State,
    sql, trace,
};
use crate::clusters;
use async_trait::async_trait;
use kernel::{CaseId, Error, HouseholdId, PlanId, Result};
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
        let mut cases: BTreeSet<CaseId> = BTreeSet::new();
        let mut plans: Vec<&Value> = Vec::new();
        for event in events {
            match event.kind.as_str() {
                "case.recorded" | "case.classified" | "case.withdrawn" | "case.onset_set"
                | "case.moved_ward" | "case.joined" | "case.parted" | "visit.entered" => {
                    cases.insert(event.object_id.into());
                }
                // Somebody who moves in with an F0 is his contact.
                "household.member_added" => {
                    cases.extend(sql::f0s_of(cx, HouseholdId(event.object_id)).await?);
                }
                "follow.closed" => plans.push(&event.data),
                _ => {}
            }
        }
        if cases.is_empty() && plans.is_empty() {
            return Ok(());
        }
        clusters::take_turn(cx).await?;
        for case in &cases {
            match leave_plan(cx, *case).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        for case in cases {
            match begin(cx, case).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        for plan in plans {
            over(cx, plan).await?;
        }
        Ok(())
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
        _ => return Ok(()),
    };
    for (contact, case) in sql::reached_by(cx, plan).await? {
        sql::end(cx, contact, state, None).await?;
        trace::settle(cx, case).await?;
    }
    Ok(())
}
