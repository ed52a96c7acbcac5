//! Judging anew how likely somebody is to fall severely ill, and whether an F1 was protected, after
//! anything that may change it: a fact, an oxygen reading, a plan that was opened.

use super::{
    protect,
    settle::{Courses, settle},
    sql::{self, Kept},
    sql_risk,
};
use crate::{
    facts::{self, NewFact, Withdrawn},
    households, risk,
};
use duty::rules;
use kernel::{FactId, HouseholdId, PersonId, PlanId, Result};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// Writes the risk of these people, and the days of an F1 who turns out to be protected or not, to
/// their running plans and reckons their households anew. Whoever is not followed is passed over.
pub async fn rejudge(cx: &mut Cx, people: &[PersonId]) -> Result<()> {
    let homes: BTreeSet<HouseholdId> =
        sql::running_of(cx, people).await?.into_iter().map(|kept| kept.household).collect();
    if homes.is_empty() {
        return Ok(());
    }
    let homes: Vec<HouseholdId> = homes.into_iter().collect();
    households::lock_all(cx, &homes).await?;
    judge(cx, people).await?;
    let mut courses = Courses::new(cx).await?;
    protect::rejudge(cx, &mut courses, people).await?;
    settle(cx, &mut courses, &homes).await?;
    cx.tell(Topic::screen("followups"));
    Ok(())
}

/// Writes the risk alone, for those who reckon the households themselves and hold their locks.
pub(super) async fn judge(cx: &mut Cx, people: &[PersonId]) -> Result<()> {
    let plans = sql::running_of(cx, people).await?;
    let ids: Vec<PlanId> = plans.iter().map(|kept| kept.id).collect();
    let spo2 = sql_risk::newest_spo2(cx, &ids).await?;
    let people: Vec<PersonId> = plans.iter().map(|kept| kept.person).collect();
    let judged = risk::judge(cx, &people, &spo2).await?;
    for kept in &plans {
        let Some((group, why)) = judged.of.get(&kept.person) else { continue };
        let version = judged.rule.version;
        if (kept.plan.risk, kept.risk_version) == (*group, Some(version)) {
            continue;
        }
        sql_risk::set(cx, kept.id, *group, version).await?;
        if kept.plan.risk != *group {
            let event = told(cx, kept).await?.data(json!({
                "plan": kept.id, "person": kept.person, "from": kept.plan.risk, "to": group,
            }));
            let event = event.payload(json!({ "why": why }));
            cx.record(rules::judged(event, &[&judged.rule]));
        }
    }
    Ok(())
}

async fn told(cx: &mut Cx, kept: &Kept) -> Result<Event> {
    let station = households::kept(cx, kept.household).await?.station;
    Ok(Event::new("follow.risk_changed", kept.household).unit(station))
}

/// Puts a fact on record and judges the person anew by it; `None` when it was known.
///
/// Errors: `NotFound` for somebody neither of whose household the actor records the care nor whom he
/// may open, `Forbidden` where he only sees the household; `Invalid` with the first field to mend.
pub async fn add_fact(cx: &mut Cx, person: PersonId, new: &NewFact) -> Result<Option<FactId>> {
    let id = facts::add(cx, person, new).await?;
    if id.is_some() {
        rejudge(cx, &[person]).await?;
    }
    Ok(id)
}

/// Takes a fact back and judges the person anew without it. Whose it was.
///
/// Errors: as for [`add_fact`]; `withdrawn_as`: `error-choice-unknown` for what only the program says;
/// `why`; Conflict `error-fact-withdrawn`.
pub async fn withdraw_fact(cx: &mut Cx, id: FactId, withdrawn: Withdrawn, why: &str) -> Result<PersonId> {
    let person = facts::withdraw(cx, id, withdrawn, why).await?;
    rejudge(cx, &[person]).await?;
    Ok(person)
}
