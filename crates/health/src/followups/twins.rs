//! Somebody who was on record twice is one person: he is followed by one plan, the strongest of those that
//! run, and what was entered in the others counts in it. Parted again, each record is followed by its own
//! plan, unless its days are over.

use super::{
    model::{Closed, Subject},
    settle::{Courses, settle},
    sql::{self, Kept},
    sql_join, take_on,
};
use crate::{households, samples};
use kernel::{HouseholdId, PersonId, Result};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Closes the weaker plans of a person whose records are one now. Done twice it changes nothing.
pub(super) async fn join(cx: &mut Cx, person: PersonId) -> Result<()> {
    let records = sql::records(cx, person).await?;
    hold(cx, &records).await?;
    let running = sql::running_of(cx, &records).await?;
    let Some(kept) = sql::strongest(running.clone()) else { return Ok(()) };
    for weaker in running.iter().filter(|one| one.id != kept.id) {
        take_on::close_joined(cx, weaker).await?;
    }
    count_together(cx, &records, Some(&kept)).await
}

/// The records of a person were parted: each that is followed by nothing else is followed by the plan again
/// that the joining closed.
pub(super) async fn part(cx: &mut Cx, people: [PersonId; 2]) -> Result<()> {
    for person in people {
        let records = sql::records(cx, person).await?;
        hold(cx, &records).await?;
        let plans = sql_join::all_of(cx, &records).await?;
        if let Some(joined) = waits(plans) {
            match joined.case {
                // Whether he is followed for it, his case says.
                Some(case) => {
                    take_on::take_on(cx, case).await?;
                }
                None => {
                    again(cx, &joined).await?;
                }
            }
        }
        let running = sql::running(cx, person).await?;
        count_together(cx, &records, running.as_ref()).await?;
    }
    Ok(())
}

/// Of the plans of one person that which the joining ended; `None` where one runs, or where somebody has
/// closed a plan since and knew why.
fn waits(plans: Vec<Kept>) -> Option<Kept> {
    if plans.iter().any(|kept| kept.plan.closed_at.is_none()) {
        return None;
    }
    let (joined, others): (Vec<Kept>, Vec<Kept>) =
        plans.into_iter().partition(|kept| kept.closed_as == Some(Closed::Joined));
    let since = others.iter().filter_map(|kept| kept.plan.closed_at).max();
    sql::strongest(joined.into_iter().filter(|kept| kept.plan.closed_at > since).collect())
}

/// A plan that was closed as joined runs again, where its days are not over.
pub(super) async fn again(cx: &mut Cx, kept: &Kept) -> Result<bool> {
    let mut courses = Courses::new(cx).await?;
    let today = cx.now().to_zoned(courses.zone.clone()).date();
    if kept.plan.ends_on < today {
        return Ok(false);
    }
    let home = households::lock(cx, kept.household).await?;
    sql_join::reopen(cx, kept.id).await?;
    cx.record(Event::new("follow.opened", home.id).unit(home.station).data(json!({
        "plan": kept.id, "person": kept.person, "case": kept.case, "subject": kept.plan.subject, "ward": home.ward,
        "basis": kept.plan.basis, "start_on": kept.plan.start_on, "ends_on": kept.plan.ends_on, "again": true,
    })));
    if kept.plan.subject == Subject::F1 {
        let days = courses.on(cx, kept.plan.start_on).await?.f1_test_days.clone();
        samples::of_contact(cx, kept.person, kept.plan.start_on, &days).await?;
    }
    settle(cx, &mut courses, &[home.id]).await?;
    cx.tell(Topic::screen("followups"));
    Ok(true)
}

/// What was entered in the plans that were closed as joined counts in the one that runs.
async fn count_together(cx: &mut Cx, records: &[PersonId], running: Option<&Kept>) -> Result<()> {
    sql_join::bind(cx, records, running.map(|kept| kept.id)).await?;
    if let Some(kept) = running {
        let mut courses = Courses::new(cx).await?;
        settle(cx, &mut courses, &[kept.household]).await?;
    }
    Ok(())
}

/// Locks the households in which these records are or were followed.
async fn hold(cx: &mut Cx, records: &[PersonId]) -> Result<()> {
    let homes: Vec<HouseholdId> =
        sql_join::all_of(cx, records).await?.into_iter().map(|kept| kept.household).collect();
    households::lock_all(cx, &homes).await
}
