//! What staff does to a plan: moves its first day, makes it longer, closes it. No contact that was
//! made is ever changed or hidden by it.

use super::{
    model::{Basis, Closed, Moved, Subject},
    rejudge,
    settle::{Courses, settle},
    sql::{self, Contact, Kept},
    take_on,
};
use crate::{
    alerts::{self, Ended},
    households, samples,
};
use duty::permissions::Action;
use jiff::civil::Date;
use kernel::{AlertId, CaseId, Error, HouseholdId, PersonId, PlanId, Result, text::line};
use serde_json::json;
use store::{Cx, Event, Topic};

/// Longest reason, in characters.
const WHY_CAP: usize = 200;
/// A plan of more days is a slip of the pen.
const LONGEST: i32 = 60;

/// Moves the first day and what it rests on; the length stays. How many contacts now lie outside the
/// plan's days is told, so that whoever moves it can see it: they stay in view.
///
/// Errors: `NotFound`; `start_on`: `error-date-future`, `error-date-none`; `why`; Conflict
/// `error-plan-closed`.
pub async fn restart(cx: &mut Cx, id: PlanId, basis: Basis, on: Date, why: &str) -> Result<Moved> {
    let (kept, why) = claim(cx, id, why).await?;
    let made: Vec<_> = sql::contacts(cx, &[id], false)
        .await?
        .remove(&id)
        .unwrap_or_default()
        .iter()
        .map(Contact::made)
        .collect();
    let mut courses = Courses::new(cx).await?;
    let (zone, now) = (courses.zone.clone(), cx.now());
    let moved = kept.plan.started(basis, on, courses.on(cx, on).await?, &made, &zone, now)?;
    sql::set_days(cx, id, &moved.plan).await?;
    let data = json!({
        "plan": id, "basis": basis, "from": moved.before, "to": moved.after, "outside": moved.outside,
    });
    told(cx, &kept, "follow.restarted", data, &why).await?;
    if kept.plan.subject == Subject::F1 {
        let days = courses.on(cx, on).await?.f1_test_days.clone();
        samples::of_contact(cx, kept.person, on, &days).await?;
    }
    settle(cx, &mut courses, &[kept.household]).await?;
    Ok(moved)
}

/// Sets the last day. A plan may also become shorter; what was made after its new end stays in view.
///
/// Errors: `NotFound`; `ends_on`: `error-plan-length` (before its first day, or more than 60 days);
/// `why`; Conflict `error-plan-closed`.
pub async fn lengthen(cx: &mut Cx, id: PlanId, until: Date, why: &str) -> Result<()> {
    let (kept, why) = claim(cx, id, why).await?;
    let days = kept.plan.start_on.until(until).map_err(Error::internal)?.get_days();
    if !(1..=LONGEST).contains(&days) {
        return Err(Error::invalid("ends_on", "error-plan-length"));
    }
    let plan = super::Plan { ends_on: until, ..kept.plan };
    sql::set_days(cx, id, &plan).await?;
    let data = json!({ "plan": id, "from": kept.plan.ends_on, "to": until });
    told(cx, &kept, "follow.lengthened", data, &why).await?;
    let mut courses = Courses::new(cx).await?;
    settle(cx, &mut courses, &[kept.household]).await?;
    Ok(())
}

/// Closes a plan, with the reason in words.
///
/// Errors: `NotFound`; `closed_as`: `error-choice-unknown` for what follows from the case; `why`;
/// Conflict `error-plan-closed`, `error-alert-open` while an alert of his waits for somebody.
pub async fn close(cx: &mut Cx, id: PlanId, closed: Closed, why: &str) -> Result<()> {
    let (kept, why) = claim(cx, id, why).await?;
    if closed.follows() {
        return Err(Error::invalid("closed_as", "error-choice-unknown"));
    }
    if alerts::worst(cx, &[kept.person]).await?.contains_key(&kept.person) {
        return Err(Error::Conflict("error-alert-open"));
    }
    take_on::end(cx, &kept, closed, false).await?;
    told(cx, &kept, "follow.closed_because", json!({ "plan": id, "as": closed }), &why).await
}

/// Ends an alert with what was done about it, and reckons the household's place anew.
///
/// Errors: those of ending an alert: `NotFound`; Conflict `error-alert-ended`; `note`.
pub async fn end_alert(cx: &mut Cx, id: AlertId, ended: Ended, note: &str) -> Result<HouseholdId> {
    let household = alerts::household_of(cx, id).await?;
    // In the order in which a diary takes them: the household before its alerts and tickets.
    households::lock(cx, household).await?;
    let ending = alerts::end(cx, id, ended, note).await?;
    if ended == Ended::Slip {
        sql::withdraw_contacts(cx, &ending.alerts).await?;
        rejudge::judge(cx, &[ending.person]).await?;
    }
    let mut courses = Courses::new(cx).await?;
    settle(cx, &mut courses, &[household]).await?;
    Ok(household)
}

/// The case for which somebody is followed now; `None` for an F1, and for whoever is not followed.
pub(crate) async fn case_of(cx: &mut Cx, person: PersonId) -> Result<Option<CaseId>> {
    Ok(sql::running(cx, person).await?.and_then(|kept| kept.case))
}

/// The plan by which somebody is followed who is no F0; `None` where none runs.
pub(crate) async fn contact_plan(cx: &mut Cx, person: PersonId) -> Result<Option<PlanId>> {
    let running = sql::running(cx, person).await?;
    Ok(running.filter(|kept| kept.plan.subject != Subject::F0).map(|kept| kept.id))
}

/// The same where it counts from this day or a later one, and follows him as no less than `subject`: a plan
/// by which he is only watched is none of an F1.
pub(crate) async fn contact_plan_since(
    cx: &mut Cx,
    person: PersonId,
    subject: Subject,
    day: Date,
) -> Result<Option<PlanId>> {
    let running = sql::running(cx, person).await?;
    let covers = |kept: &Kept| {
        kept.plan.start_on >= day
            && (kept.plan.subject == Subject::F1 || kept.plan.subject == subject && subject != Subject::F0)
    };
    Ok(running.filter(covers).map(|kept| kept.id))
}

/// The days of an F1 who was exposed again begin with the later day.
pub(super) async fn exposed_again(cx: &mut Cx, kept: &Kept, on: Date) -> Result<()> {
    let contacts = sql::contacts(cx, &[kept.id], false).await?.remove(&kept.id).unwrap_or_default();
    let made: Vec<_> = contacts.iter().map(Contact::made).collect();
    let mut courses = Courses::new(cx).await?;
    let (zone, now) = (courses.zone.clone(), cx.now());
    let course = courses.on(cx, on).await?.clone();
    let moved = kept.plan.started(Basis::Exposure, on, &course, &made, &zone, now)?;
    sql::set_days(cx, kept.id, &moved.plan).await?;
    let home = households::kept(cx, kept.household).await?;
    cx.record(Event::new("follow.restarted", home.id).unit(home.station).data(json!({
        "plan": kept.id, "basis": Basis::Exposure, "from": moved.before, "to": moved.after, "outside": moved.outside,
    })));
    if kept.plan.subject == Subject::F1 {
        samples::of_contact(cx, kept.person, on, &course.f1_test_days).await?;
    }
    settle(cx, &mut courses, &[kept.household]).await?;
    Ok(())
}

/// Closes the running plan of somebody who is no longer at home, by an act whose permission has been
/// asked. Nothing where none runs.
pub(crate) async fn removed(cx: &mut Cx, person: PersonId, closed: Closed) -> Result<()> {
    match sql::running(cx, person).await? {
        Some(kept) => take_on::end(cx, &kept, closed, true).await,
        None => Ok(()),
    }
}

/// Closes a plan because its person is released, by an act that has asked and judged. The household is
/// locked.
pub(crate) async fn released(cx: &mut Cx, kept: &Kept) -> Result<()> {
    take_on::end(cx, kept, Closed::Released, false).await
}

async fn claim(cx: &mut Cx, id: PlanId, why: &str) -> Result<(Kept, String)> {
    let household = sql::find(cx, id).await?.household;
    households::claim(cx, household, Action::CareRecord).await?;
    households::lock(cx, household).await?;
    let kept = sql::find(cx, id).await?;
    if kept.plan.closed_at.is_some() {
        return Err(Error::Conflict("error-plan-closed"));
    }
    let why = line(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    Ok((kept, why))
}

async fn told(
    cx: &mut Cx,
    kept: &Kept,
    kind: &'static str,
    data: serde_json::Value,
    why: &str,
) -> Result<()> {
    let station = households::kept(cx, kept.household).await?.station;
    cx.record(Event::new(kind, kept.household).unit(station).data(data).payload(json!({ "why": why })));
    cx.tell(Topic::screen("followups"));
    Ok(())
}
