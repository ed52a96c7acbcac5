//! One household's follow-up, whole: for its page at the desk, and what of it the household itself
//! sees on its phone.

use super::{
    model::{Subject, day_of},
    settle::Courses,
    sql::{self, Contact, Kept},
};
use crate::{
    alerts::{self, Alert, Grade},
    households::{self, Home},
    people::{self, Brief},
};
use duty::units;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{Actor, ActorKind, Error, HouseholdId, PersonId, Result};
use store::Cx;

pub use super::calendar::State;

/// A household with everybody who is or was followed there.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub home: Home,
    /// Those who are followed now stand first.
    pub plans: Vec<Followed>,
    /// Open ones, worst first.
    pub alerts: Vec<Alert>,
}

/// Somebody's plan with all its contacts.
#[derive(Clone, Debug)]
pub struct Followed {
    pub person: Brief,
    pub kept: Kept,
    pub missed: i16,
    /// Every slot in order of time; then the contacts outside the plan's days.
    pub slots: Vec<Entry>,
    /// In order of time.
    pub contacts: Vec<Contact>,
}

/// A slot of the calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    pub day: Date,
    /// "morning"; `None` outside the plan's days.
    pub name: Option<String>,
    pub due_at: Timestamp,
    pub state: State,
    /// What filled it, by its place in [`Followed::contacts`].
    pub made: Option<usize>,
    pub grade: Option<Grade>,
}

/// The sheet of a household the actor may see.
pub async fn sheet(cx: &mut Cx, id: HouseholdId) -> Result<Sheet> {
    let home = households::find(cx, id).await?;
    let plans = followed(cx, id, true).await?;
    let alerts = alerts::open_of(cx, id).await?;
    Ok(Sheet { home, plans, alerts })
}

async fn followed(cx: &mut Cx, id: HouseholdId, closed_too: bool) -> Result<Vec<Followed>> {
    let plans = sql::of_households(cx, &[id], closed_too).await?;
    let ids: Vec<_> = plans.iter().map(|kept| kept.id).collect();
    let people: Vec<PersonId> = plans.iter().map(|kept| kept.person).collect();
    let mut contacts = sql::contacts(cx, &ids, true).await?;
    let briefs = people::briefs(cx, &people).await?;
    let mut courses = Courses::new(cx).await?;
    let now = cx.now();
    let mut all = Vec::with_capacity(plans.len());
    for kept in plans {
        let Some(person) = briefs.get(&kept.person).cloned() else { continue };
        let contacts = contacts.remove(&kept.id).unwrap_or_default();
        let made: Vec<_> = contacts.iter().map(Contact::made).collect();
        let zone = courses.zone.clone();
        let course = courses.on(cx, kept.plan.start_on).await?;
        let slots = kept.plan.calendar(course, &made, &zone, now);
        let missed = kept.plan.standing(&slots, None).missed;
        let slots = slots
            .into_iter()
            .map(|slot| Entry {
                day: slot.day,
                name: slot.name.map(str::to_owned),
                due_at: slot.due_at,
                state: slot.state,
                made: slot.made,
                grade: slot.made.and_then(|at| contacts[at].grade),
            })
            .collect();
        all.push(Followed { person, kept, missed, slots, contacts });
    }
    Ok(all)
}

/// What a household sees of one of its members: enough to know who is meant, nothing to steal.
#[derive(Clone, Debug)]
pub struct Own {
    pub person: PersonId,
    /// The last word of the name.
    pub given_name: String,
    pub birth_year: Option<i16>,
    pub subject: Subject,
    /// Day of the plan, from 0, and its last.
    pub day: i32,
    pub days: i32,
    /// An entry is owed now, or late.
    pub owed: bool,
    pub last_at: Option<Timestamp>,
}

/// The household whose code this is; from here on it acts itself. A code is worth nothing any more
/// some days after the last of the household is released.
///
/// Errors: `NotFound` for what opens nothing, whether it never did, no longer does, or is of another
/// district.
pub async fn held(cx: &mut Cx, typed: &str) -> Result<HouseholdId> {
    let (id, rested_at) = households::of_code(cx, typed).await?;
    if let Some(rested) = rested_at {
        let mut courses = Courses::new(cx).await?;
        let day = rested.to_zoned(courses.zone.clone()).date();
        let valid = courses.on(cx, day).await?.code_valid_after_days;
        if cx.now().duration_since(rested) > SignedDuration::from_hours(24 * i64::from(valid)) {
            return Err(Error::NotFound);
        }
    }
    if cx.actor.kind == ActorKind::Public {
        cx.actor = Actor::citizen(id.uuid());
    }
    Ok(id)
}

/// The members who are followed, for the household that holds the code ([`held`]).
pub async fn own(cx: &mut Cx, id: HouseholdId) -> Result<Vec<Own>> {
    let today = units::today(cx).await?;
    let mut own = Vec::new();
    for one in followed(cx, id, false).await? {
        let plan = one.kept.plan;
        let current = one.slots.iter().rev().find(|slot| {
            matches!(slot.state, State::Open | State::Missed | State::Filled) && slot.name.is_some()
        });
        own.push(Own {
            person: one.person.id,
            given_name: one.person.given_name().to_owned(),
            birth_year: one.person.birth_year,
            subject: plan.subject,
            day: day_of(plan.start_on, today),
            days: day_of(plan.start_on, plan.ends_on),
            owed: current.is_some_and(|slot| slot.state != State::Filled),
            last_at: one.contacts.iter().rev().find(|contact| contact.made().counts()).map(|c| c.at),
        });
    }
    Ok(own)
}
