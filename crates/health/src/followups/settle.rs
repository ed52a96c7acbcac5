//! Reckoning anew how plans and households stand, after anything that touches them.

use super::{
    course::Course,
    model::{Plan, Subject},
    sql::{self, Contact, Kept, Line},
};
use crate::{
    alerts::{self, Grade},
    households::{self, Standing},
};
use duty::{rules, units};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{HouseholdId, PersonId, PlanId, Result};
use std::collections::{BTreeMap, btree_map::Entry};
use store::Cx;

/// The courses of a transaction, each read once: a plan keeps the law of the day on which it starts.
pub(super) struct Courses {
    pub zone: TimeZone,
    of: BTreeMap<Date, Course>,
}

impl Courses {
    pub(super) async fn new(cx: &mut Cx) -> Result<Self> {
        Ok(Self { zone: units::timezone(cx).await?, of: BTreeMap::new() })
    }

    pub(super) async fn on(&mut self, cx: &mut Cx, day: Date) -> Result<&Course> {
        Ok(match self.of.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let plans = rules::known_on(cx, "follow.plans", day).await?;
                let home = rules::known_on(cx, "f0.home_care", day).await?;
                let course = Course::read(plans.as_ref(), home.as_ref()).or_else(|error| {
                    // A version that cannot be read keeps nobody from being followed.
                    tracing::error!(%error, "the course of follow-up: what ships stands in");
                    Course::read(None, None)
                });
                new.insert(course?)
            }
        })
    }
}

/// A running plan with its contacts, as it stands now.
pub(super) struct Settled {
    pub kept: Kept,
    pub missed: i16,
    /// It has been silent for as long as its rule allows.
    pub silent: bool,
}

/// Writes how the running plans of these households stand, and the households by them. Whoever calls
/// holds their locks.
pub(super) async fn settle(
    cx: &mut Cx,
    courses: &mut Courses,
    homes: &[HouseholdId],
) -> Result<Vec<Settled>> {
    let plans = sql::of_households(cx, homes, false).await?;
    let ids: Vec<PlanId> = plans.iter().map(|kept| kept.id).collect();
    let people: Vec<PersonId> = plans.iter().map(|kept| kept.person).collect();
    let contacts = sql::contacts(cx, &ids, false).await?;
    let open = alerts::worst(cx, &people).await?;
    let now = cx.now();
    let mut lines = Vec::with_capacity(plans.len());
    let mut settled = Vec::with_capacity(plans.len());
    let mut standing: BTreeMap<HouseholdId, Standing> = homes
        .iter()
        .map(|home| (*home, Standing { household: *home, followed: 0, f0: 0, rank: 0, due_at: None }))
        .collect();
    for kept in plans {
        let made = contacts.get(&kept.id).map(Vec::as_slice).unwrap_or_default();
        let zone = courses.zone.clone();
        let course = courses.on(cx, kept.plan.start_on).await?;
        let line = line(&kept, made, open.get(&kept.person).copied(), course, &zone, now);
        let home = standing.entry(kept.household).or_insert(Standing {
            household: kept.household,
            followed: 0,
            f0: 0,
            rank: 0,
            due_at: None,
        });
        home.followed += 1;
        home.f0 += i16::from(kept.plan.subject == Subject::F0);
        home.rank = home.rank.max(line.standing.rank);
        home.due_at = earliest(home.due_at, line.standing.due_at);
        let missed = line.standing.missed;
        let silent = missed >= course.silent_after(kept.plan.risk);
        settled.push(Settled { kept, missed, silent });
        lines.push(line);
    }
    sql::stand(cx, &lines).await?;
    let mut homes: Vec<Standing> = standing.into_values().collect();
    households::stand(cx, &mut homes).await?;
    Ok(settled)
}

fn earliest(one: Option<Timestamp>, two: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(two).min()
}

fn line(
    kept: &Kept,
    contacts: &[Contact],
    open: Option<Grade>,
    course: &Course,
    zone: &TimeZone,
    now: Timestamp,
) -> Line {
    let reached = contacts.iter().rev().find(|contact| contact.made().counts());
    let last_grade = reached.and_then(|contact| contact.grade);
    // What is only watched opens no alert: the next entry says how it is.
    let open = open.max(last_grade.filter(|grade| *grade == Grade::Watch));
    let made: Vec<_> = contacts.iter().map(Contact::made).collect();
    let plan: &Plan = &kept.plan;
    let slots = plan.calendar(course, &made, zone, now);
    Line {
        plan: kept.id,
        standing: plan.standing(&slots, open),
        last_at: reached.map(|contact| contact.at),
        last_grade,
    }
}
