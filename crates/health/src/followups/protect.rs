//! Whether an F1 was protected when he was exposed: full doses, neither too new nor too old, or a
//! recovery (10696/BYT-MT of 16/12/2021). The days of his plan follow what is known of him until they
//! are over; a plan whose last day somebody has set keeps it.

use super::{
    course::Course,
    model::{Plan, Subject},
    settle::Courses,
    sql::{self, Contact, Kept},
};
use crate::{facts, households};
use duty::rules;
use jiff::civil::Date;
use kernel::{PersonId, Result};
use serde_json::json;
use store::{Cx, Event};

/// By what is known of him today about the day on which he was exposed.
pub(super) async fn is_protected(
    cx: &mut Cx,
    course: &Course,
    person: PersonId,
    exposed_on: Date,
) -> Result<bool> {
    let known = facts::known(cx, &[person], exposed_on).await?.remove(&person).unwrap_or_default();
    Ok(course.protects(&known, exposed_on))
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
        let protected = is_protected(cx, &course, kept.person, kept.plan.start_on).await?;
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
