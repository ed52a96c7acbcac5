//! Who is followed: every F0 cared for at home or nobody knows where, and whoever lives with one.

use super::{
    change,
    course::Course,
    doors,
    model::{Basis, Closed, Plan, Subject},
    protect, rejudge,
    settle::{Courses, settle},
    sql::{self, Kept, NewPlan},
    twins,
};
use crate::{
    alerts,
    cases::{self, Care, Classification, Ending, Footing},
    households::{self, NewMember},
    risk::Group,
    samples,
};
use duty::{permissions::Action, rules, tickets};
use jiff::civil::Date;
use kernel::{CaseId, Error, HouseholdId, PersonId, PlanId, Result, UnitId};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// What bringing follow-up into step with a case came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub household: HouseholdId,
    pub plan: PlanId,
    /// The plan was opened just now.
    pub fresh: bool,
}

/// Brings follow-up into step with a case: an F0 who is cared for at home, or nobody knows where,
/// gets a household and a plan; one who is in hospital, whose illness has ended, or who turns out to
/// be none, is followed no more. Done in the transaction of the news, and again by whoever reads the
/// record: doing it twice changes nothing.
pub async fn take_on(cx: &mut Cx, case: CaseId) -> Result<Option<Taken>> {
    let mut courses = Courses::new(cx).await?;
    let begun = begin(cx, &mut courses, case).await?;
    if let Some((taken, person)) = begun.filter(|(taken, _)| taken.fresh) {
        reckon(cx, &mut courses, &[person], &[taken.household]).await?;
    }
    Ok(begun.map(|(taken, _)| taken))
}

/// The same of many cases at once; risks and households are reckoned at the end, together.
pub(crate) async fn take_on_all(cx: &mut Cx, cases: &[CaseId]) -> Result<()> {
    let mut courses = Courses::new(cx).await?;
    let (mut people, mut homes) = (Vec::new(), BTreeSet::new());
    for case in cases {
        if let Some((taken, person)) = begin(cx, &mut courses, *case).await?.filter(|(taken, _)| taken.fresh)
        {
            people.push(person);
            homes.insert(taken.household);
        }
    }
    let homes: Vec<HouseholdId> = homes.into_iter().collect();
    if people.is_empty() { Ok(()) } else { reckon(cx, &mut courses, &people, &homes).await }
}

async fn reckon(
    cx: &mut Cx,
    courses: &mut Courses,
    people: &[PersonId],
    homes: &[HouseholdId],
) -> Result<()> {
    rejudge::judge(cx, people).await?;
    settle(cx, courses, homes).await?;
    Ok(())
}

/// Opens what a case needs, without reckoning how it stands.
async fn begin(cx: &mut Cx, courses: &mut Courses, case: CaseId) -> Result<Option<(Taken, PersonId)>> {
    let footing = cases::footing(cx, case).await?;
    let before = sql::of_case(cx, case).await?;
    let running = before.as_ref().filter(|kept| kept.plan.closed_at.is_none());
    if let Some(why) = ended(&footing) {
        match running {
            // He is followed on by the case with which it counts.
            Some(kept) if why == Closed::Joined => close_joined(cx, kept).await?,
            Some(kept) => end(cx, kept, why, true).await?,
            None => {}
        }
        return Ok(None);
    }
    let person = footing.person;
    if let Some(kept) = running {
        return Ok(Some((Taken { household: kept.household, plan: kept.id, fresh: false }, person)));
    }
    if before.as_ref().is_some_and(|kept| !kept.closed_by_case) {
        // Somebody closed it, and knew why.
        return Ok(None);
    }
    if let Some(kept) = before.as_ref().filter(|kept| kept.closed_as == Some(Closed::Joined)) {
        // Parted again: his own plan goes on, unless another follows him or its days are over.
        let free = sql::running(cx, footing.person).await?.is_none();
        let again = Taken { household: kept.household, plan: kept.id, fresh: false };
        return Ok((free && twins::again(cx, kept).await?).then_some((again, person)));
    }
    let household = households::of_person(cx, footing.person, footing.ward).await?;
    households::lock(cx, household).await?;
    let today = cx.now().to_zoned(courses.zone.clone()).date();
    let course = courses.on(cx, footing.sample_on.unwrap_or(today)).await?.clone();
    let (basis, start_on) = course.f0_start(footing.onset_on, footing.sample_on, footing.reported_on);
    if Course::last_day(start_on, course.days(Subject::F0, false))? < today {
        // An old case, read from a list or from the record of before: it is over.
        return Ok(None);
    }
    if let Some(kept) = sql::running(cx, footing.person).await? {
        if kept.plan.subject == Subject::F0 {
            // Another case of the same illness follows him already.
            return Ok(None);
        }
        // He is followed on: what rang for him as an F1 rings on.
        shut(cx, &kept, Closed::BecameF0, true, 0).await?;
    }
    let plan = open(
        cx,
        &course,
        &Whom {
            household,
            person: footing.person,
            case: Some(case),
            subject: Subject::F0,
            basis,
            start_on,
            told: None,
        },
    )
    .await?;
    Ok(Some((Taken { household, plan, fresh: true }, person)))
}

/// Why a case is followed at home no more.
fn ended(case: &Footing) -> Option<Closed> {
    if case.joined {
        Some(Closed::Joined)
    } else if case.withdrawn || case.classification == Classification::Suspected {
        // Suspected only, or again: an F0 that was taken back.
        Some(Closed::Withdrawn)
    } else if case.classification == Classification::NotACase {
        Some(Closed::NotACase)
    } else if let Some(ending) = case.outcome {
        Some(match ending {
            Ending::Recovered => Closed::Released,
            Ending::Died => Closed::Died,
            Ending::LeftDistrict => Closed::MovedAway,
        })
    } else {
        matches!(case.care, Care::Hospital | Care::Facility).then_some(Closed::Removed)
    }
}

/// Who is to be followed, as what, from which day.
pub(super) struct Whom {
    pub household: HouseholdId,
    pub person: PersonId,
    pub case: Option<CaseId>,
    pub subject: Subject,
    pub basis: Basis,
    pub start_on: Date,
    /// Whether he says that he is protected.
    pub told: Option<bool>,
}

async fn open(cx: &mut Cx, course: &Course, whom: &Whom) -> Result<PlanId> {
    let home = households::kept(cx, whom.household).await?;
    let protected = match whom.subject {
        Subject::F1 => Some(protect::is_protected(cx, course, whom.person, whom.start_on, whom.told).await?),
        Subject::F0 | Subject::Other => None,
    };
    let (id, length) = (cx.id::<PlanId>(), course.days(whom.subject, protected == Some(true)));
    let plan = Plan {
        subject: whom.subject,
        basis: whom.basis,
        start_on: whom.start_on,
        ends_on: Course::last_day(whom.start_on, length)?,
        risk: Group::Unknown,
        opened_at: cx.now(),
        closed_at: None,
    };
    let new = NewPlan {
        id,
        household: whom.household,
        person: whom.person,
        ward: home.ward,
        case: whom.case,
        plan: &plan,
        length,
        protected,
        told: whom.told,
        rule: (course.code(), course.version()),
    };
    sql::insert(cx, &new).await?;
    let event = Event::new("follow.opened", whom.household).unit(home.station).data(json!({
        "plan": id, "person": whom.person, "case": whom.case, "subject": whom.subject, "ward": home.ward,
        "basis": whom.basis,
        "start_on": plan.start_on, "ends_on": plan.ends_on,
    }));
    cx.record(rules::judged(event, &course.rules()));
    if whom.subject == Subject::F1 {
        samples::of_contact(cx, whom.person, whom.start_on, &course.f1_test_days).await?;
    }
    cx.tell(Topic::screen("followups"));
    Ok(id)
}

/// Adds somebody to a household and follows him there: as an F1, whose exposure goes on to this day
/// while he lives with an F0, or as another. `None` follows nobody: he only lives there.
///
/// Errors: those of [`households::add_member`]; Conflict `error-already-followed`, and
/// `error-member-followed` for somebody who is followed in another household: he is released there first.
pub async fn add_member(
    cx: &mut Cx,
    household: HouseholdId,
    new: &NewMember,
    subject: Option<Subject>,
) -> Result<PersonId> {
    let person = households::add_member(cx, household, new).await?;
    if sql::running(cx, person).await?.is_some_and(|kept| kept.household != household) {
        return Err(Error::Conflict("error-member-followed"));
    }
    if let Some(subject) = subject {
        follow(cx, household, person, subject).await?;
    }
    Ok(person)
}

/// Follows a member from today on. An F0 is followed by his case, never by this.
///
/// Errors: `NotFound`; `subject`: `error-choice-unknown` for an F0; Conflict `error-already-followed`.
pub async fn follow(
    cx: &mut Cx,
    household: HouseholdId,
    person: PersonId,
    subject: Subject,
) -> Result<PlanId> {
    households::claim(cx, household, Action::CareRecord).await?;
    households::lock(cx, household).await?;
    if !households::members_of(cx, household).await?.iter().any(|member| member.person == person) {
        return Err(Error::NotFound);
    }
    let watched = match sql::running(cx, person).await? {
        Some(kept) if becomes_f1(&kept, subject) && kept.household == household => Some(kept),
        Some(_) => return Err(Error::Conflict("error-already-followed")),
        None => None,
    };
    let basis = match subject {
        Subject::F0 => return Err(Error::invalid("subject", "error-choice-unknown")),
        Subject::F1 => Basis::Exposure,
        Subject::Other => Basis::Report,
    };
    let mut courses = Courses::new(cx).await?;
    let start_on = cx.now().to_zoned(courses.zone.clone()).date();
    let course = courses.on(cx, start_on).await?.clone();
    if let Some(kept) = watched {
        shut(cx, &kept, Closed::BecameF1, true, 0).await?;
    }
    let whom = Whom { household, person, case: None, subject, basis, start_on, told: None };
    let plan = open(cx, &course, &whom).await?;
    rejudge::judge(cx, &[person]).await?;
    settle(cx, &mut courses, &[household]).await?;
    Ok(plan)
}

/// Follows a contact from the last day of his exposure on, in the household where he lives or a new one,
/// by an act whose permission has been asked. The plan that follows him already is his plan, unless he was
/// only watched by it and is an F1 now: then it ends, and what was entered in it stays. `None` for an F0,
/// whom his case follows, and where the days of the rule are over. `told`: whether he says that he is
/// protected.
///
/// Errors: `start_on`: `error-date-none`.
pub(crate) async fn follow_contact(
    cx: &mut Cx,
    person: PersonId,
    ward: UnitId,
    subject: Subject,
    exposed_to: Date,
    told: Option<bool>,
) -> Result<Option<PlanId>> {
    let household = households::of_person(cx, person, ward).await?;
    doors::hold(cx, person, Some(household)).await?;
    let running = sql::running(cx, person).await?;
    if let Some(kept) = running.as_ref().filter(|kept| !becomes_f1(kept, subject)) {
        if kept.plan.subject == subject && kept.plan.start_on < exposed_to {
            change::exposed_again(cx, kept, exposed_to).await?;
        }
        protect::tell(cx, kept, told).await?;
        return Ok(Some(kept.id).filter(|_| kept.plan.subject != Subject::F0));
    }
    let mut courses = Courses::new(cx).await?;
    let today = cx.now().to_zoned(courses.zone.clone()).date();
    let course = courses.on(cx, exposed_to).await?.clone();
    if subject == Subject::F0 || Course::last_day(exposed_to, course.days(subject, false))? < today {
        return Ok(None);
    }
    if let Some(kept) = &running {
        // What rang for him rings on.
        shut(cx, kept, Closed::BecameF1, true, 0).await?;
    }
    let basis = Basis::Exposure;
    let whom = Whom { household, person, case: None, subject, basis, start_on: exposed_to, told };
    let plan = open(cx, &course, &whom).await?;
    rejudge::judge(cx, &[person]).await?;
    settle(cx, &mut courses, &[household]).await?;
    Ok(Some(plan))
}

/// Whether somebody who was only watched is to be followed as an F1 from now on.
fn becomes_f1(kept: &Kept, subject: Subject) -> bool {
    kept.plan.subject == Subject::Other && subject == Subject::F1
}

/// Closes the plan of somebody who is followed no more: what is still open of him ends with it.
pub(super) async fn end(cx: &mut Cx, kept: &Kept, closed: Closed, by_case: bool) -> Result<()> {
    households::lock(cx, kept.household).await?;
    let superseded = alerts::supersede(cx, kept.person).await?;
    shut(cx, kept, closed, by_case, superseded).await
}

/// Closes the plan of somebody who was on record twice and is followed by another: what rings for him rings
/// on.
pub(super) async fn close_joined(cx: &mut Cx, kept: &Kept) -> Result<()> {
    shut(cx, kept, Closed::Joined, true, 0).await
}

/// Closes a plan and reckons its household anew; so many alerts ended with it. The ticket of his silence
/// is withdrawn when nobody else of the household is silent.
async fn shut(cx: &mut Cx, kept: &Kept, closed: Closed, by_case: bool, superseded: u64) -> Result<()> {
    let home = households::lock(cx, kept.household).await?;
    sql::close(cx, kept.id, closed, by_case).await?;
    if kept.plan.subject == Subject::F1 {
        samples::forget_contact(cx, kept.person).await?;
    }
    cx.record(Event::new("follow.closed", home.id).unit(home.station).data(json!({
        "plan": kept.id, "as": closed, "by_case": by_case, "alerts": superseded,
    })));
    let mut courses = Courses::new(cx).await?;
    let left = settle(cx, &mut courses, &[home.id]).await?;
    if let Some(ticket) = kept.silence_ticket
        && left.iter().all(|one| one.kept.silence_ticket != Some(ticket))
    {
        tickets::withdraw(cx, ticket, "Không còn theo dõi tại nhà.").await?;
    }
    cx.tell(Topic::screen("followups"));
    Ok(())
}
