//! Whether an F1 was protected when he was exposed: full doses, neither too new nor too old, or a
//! recovery (10696/BYT-MT of 16/12/2021). The days of his plan follow what is known of him until they
//! are over; a plan whose last day somebody has set keeps it.

use super::{
    course::Course,
    doors,
    model::{Plan, Subject},
    settle::{Courses, settle},
    sql::{self, Contact, Kept},
};
use crate::{facts, households};
use duty::rules;
use jiff::civil::Date;
use kernel::{PersonId, Result};
use serde_json::json;
use store::{Cx, Event};

/// By what is known of him today about the day on which he was exposed; where that protects him not, by
/// what he says himself.
pub(super) async fn is_protected(
    cx: &mut Cx,
    course: &Course,
    person: PersonId,
    exposed_on: Date,
    told: Option<bool>,
) -> Result<bool> {
    let known = facts::known(cx, &[person], exposed_on).await?.remove(&person).unwrap_or_default();
    Ok(course.protects(&known, exposed_on) || told == Some(true))
}

/// An F1 who is followed already says whether he is protected: the days of his plan follow. Whoever calls
/// holds the lock of his household.
pub(super) async fn tell(cx: &mut Cx, kept: &Kept, told: Option<bool>) -> Result<()> {
    if kept.plan.subject != Subject::F1 || told.is_none() || told == kept.told {
        return Ok(());
    }
    sql::set_told(cx, kept.id, told).await?;
    let mut courses = Courses::new(cx).await?;
    rejudge(cx, &mut courses, &[kept.person]).await?;
    settle(cx, &mut courses, &[kept.household]).await?;
    Ok(())
}

/// The same, of whoever is followed as an F1 by whichever plan; nothing where none is, or where he says
/// nothing.
pub(crate) async fn told_protected(cx: &mut Cx, person: PersonId, told: Option<bool>) -> Result<()> {
    if told.is_none() {
        return Ok(());
    }
    doors::hold(cx, person, None).await?;
    match sql::running(cx, person).await? {
        Some(kept) => tell(cx, &kept, told).await,
        None => Ok(()),
    }
}

/// Gives the running plans of F1s among these people the days that what is known of them asks for.
/// Whoever calls holds the locks of their households and reckons them anew.
pub(super) async fn rejudge(cx: &mut Cx, courses: &mut Courses, people: &[PersonId]) -> Result<()> {
    let today = cx.now().to_zoned(courses.zone.clone()).date();
    for kept in sql::running_of(cx, people).await? {
        if kept.plan.subject != Subject::F1 {
            continue;
        }
        let course = courses.on(cx, kept.plan.start_on).await?.clone();
        // Whose days are over whatever is known of him stays as he was followed.
        if kept.plan.ends_on.max(last(&course, &kept, false)?) < today {
            continue;
        }
        let protected = is_protected(cx, &course, kept.person, kept.plan.start_on, kept.told).await?;
        if kept.protected != Some(protected) {
            change(cx, courses, &course, &kept, protected).await?;
        }
    }
    Ok(())
}

async fn change(cx: &mut Cx, courses: &Courses, course: &Course, kept: &Kept, protected: bool) -> Result<()> {
    sql::set_protected(cx, kept.id, protected).await?;
    let ends_on = last(course, kept, protected)?;
    let by_rule = kept.plan.ends_on == last(course, kept, kept.protected.unwrap_or_default())?;
    if !by_rule || ends_on == kept.plan.ends_on {
        return Ok(());
    }
    let plan = Plan { ends_on, ..kept.plan };
    sql::set_days(cx, kept.id, &plan).await?;
    let contacts = sql::contacts(cx, &[kept.id], false).await?.remove(&kept.id).unwrap_or_default();
    let made: Vec<_> = contacts.iter().map(Contact::made).collect();
    let outside = plan.outside(course, &made, &courses.zone, cx.now());
    let station = households::kept(cx, kept.household).await?.station;
    let event = Event::new("follow.days_judged", kept.household).unit(station).data(json!({
        "plan": kept.id, "person": kept.person, "from": kept.plan.ends_on, "to": ends_on, "outside": outside,
    }));
    // That somebody had doses is for those who see what is known of him.
    let event = event.payload(json!({ "protected": protected }));
    cx.record(rules::judged(event, &course.rules()));
    Ok(())
}

/// The last day that the rule gives him.
fn last(course: &Course, kept: &Kept, protected: bool) -> Result<Date> {
    Course::last_day(kept.plan.start_on, course.days(Subject::F1, protected))
}
