//! One household under care: who is followed there, what they have reported, what it came to, and
//! what staff does for it: enters a diary, calls, reminds, adds people, prints the code, moves,
//! lengthens and closes plans, ends alerts, puts facts on record, asks for a journey to hospital and
//! presses its hours, hands out drug bags, asks for necessities and issues papers; and who cares for
//! it, given by those who place households, who also make one of two that are one.
//!
//! Readings are shown to those who write them down or command there; others who see the household
//! see how it stands, not what was measured.

mod act;
mod alert;
mod assign;
mod bags;
mod call;
mod change;
mod code;
mod consent;
mod edit;
mod enter;
mod entry;
mod fact;
mod join;
mod journey;
mod known;
mod leave;
mod member;
mod order;
mod needs;
mod page;
mod papers;
mod plans;
mod readings;
mod remind;
mod removal;
mod result;
mod story;
mod supplies;
mod unfact;
mod words;

pub use act::{Sent, joined};
pub use readings::{Reading, of as readings_of};
pub use supplies::{item, lack_of_release, move_reason};
pub use words::{day, ended, grade, signs, subject};

use crate::{Me, frame::Frame};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Scope, permits},
    units::UnitKind,
};
use health::{
    followups::{self, Followed, Sheet, State},
    households::Home,
    people::Brief,
};
use jiff::civil::Date;
use kernel::{Error, HouseholdId, PlanId, Result, UnitId};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/households/{id}", get(page::page))
        .route("/{tenant}/desk/households/{id}/{act}", get(act::form).post(act::act))
        .route(
            "/{tenant}/desk/households/{id}/bags/signed",
            post(consent::give).layer(DefaultBodyLimit::max(consent::BODY)),
        )
        .route(
            "/{tenant}/desk/bags/{bag}/consent",
            get(consent::picture).post(consent::attach).layer(DefaultBodyLimit::max(consent::BODY)),
        )
        .route("/{tenant}/desk/alerts/{id}/end", get(alert::form).post(alert::end))
}

/// The units that answer for a household: its ward, its stations, its care team, the rapid teams of
/// the ward.
pub fn standing(frame: &Frame, home: &Home) -> Vec<UnitId> {
    let mut units = vec![home.ward, home.station];
    units.extend(home.mobile_station);
    units.extend(home.care_team);
    units.extend(frame.tree.all_in_ward(home.ward, UnitKind::RapidTeam).map(|unit| unit.id));
    units
}

/// What somebody may do for households of these units.
#[derive(Clone, Copy)]
pub struct Rights {
    /// Enters diaries, calls, ends alerts.
    pub records: bool,
    /// Gives it to a mobile station and a care team, and joins it with another.
    pub assigns: bool,
    /// Issues papers and releases.
    pub papers: bool,
    /// Sees what was measured.
    pub reads: bool,
    /// Orders tests and writes their results.
    pub tests: bool,
}

impl Rights {
    pub fn of(me: &Me, units: &[UnitId]) -> Self {
        let may = |action| permits(&me.actor, action, Scope::Units(units));
        let records = may(Action::CareRecord);
        Self {
            records,
            assigns: may(Action::CareAssign),
            papers: may(Action::CarePaper),
            reads: records || may(Action::DirectiveGive),
            tests: may(Action::CaseRecord),
        }
    }
}

/// What a form is about, for those who may fill it in.
struct Ground {
    frame: Frame,
    sheet: Sheet,
    rights: Rights,
}

impl Ground {
    /// For those who record in it.
    ///
    /// Errors: `NotFound` outside the actor's households, `Forbidden` for those who only see it.
    async fn of(me: &Me, id: HouseholdId) -> Result<Self> {
        Self::allowing(me, id, Action::CareRecord).await
    }

    /// For those who place it.
    ///
    /// Errors: the same.
    async fn placing(me: &Me, id: HouseholdId) -> Result<Self> {
        Self::allowing(me, id, Action::CareAssign).await
    }

    /// For those who issue papers.
    ///
    /// Errors: the same.
    async fn of_papers(me: &Me, id: HouseholdId) -> Result<Self> {
        Self::allowing(me, id, Action::CarePaper).await
    }

    async fn allowing(me: &Me, id: HouseholdId, action: Action) -> Result<Self> {
        let mut frame = Frame::new(me, "rounds").await?;
        let sheet = followups::sheet(&mut frame.cx, id).await?;
        let units = standing(&frame, &sheet.home);
        if !permits(&me.actor, action, Scope::Units(&units)) {
            return Err(Error::Forbidden(action.as_str()));
        }
        let rights = Rights::of(me, &units);
        Ok(Self { frame, sheet, rights })
    }

    /// The same for those who may order tests and write results.
    fn testing(self) -> Result<Self> {
        if self.rights.tests { Ok(self) } else { Err(Error::Forbidden(Action::CaseRecord.as_str())) }
    }

    /// Those who are followed now.
    fn running(&self) -> impl Iterator<Item = &Followed> {
        self.sheet.plans.iter().filter(|one| is_running(one))
    }

    /// Those who live there, then those who only are followed there.
    fn people(&self) -> impl Iterator<Item = &Brief> {
        let living = &self.sheet.home.members;
        let followed = self.running().map(|one| &one.person);
        let others = followed.filter(move |one| living.iter().all(|member| member.person.id != one.id));
        living.iter().map(|member| &member.person).chain(others)
    }

    fn plan(&self, id: PlanId) -> Result<&Followed> {
        self.sheet.plans.iter().find(|one| one.kept.id == id).ok_or(Error::NotFound)
    }
}

fn is_running(one: &Followed) -> bool {
    one.kept.plan.closed_at.is_none()
}

/// Whether the days of somebody's plan have moved between two looks at a household, and how many
/// contacts lie outside them now.
fn moved(before: &Sheet, after: &Sheet) -> Option<usize> {
    let last = |sheet: &Sheet, id: PlanId| {
        sheet.plans.iter().find(|one| one.kept.id == id).map(|one| one.kept.plan.ends_on)
    };
    let moved: Vec<&Followed> = after
        .plans
        .iter()
        .filter(|one| last(before, one.kept.id).is_some_and(|day| day != one.kept.plan.ends_on))
        .collect();
    let outside = |one: &&Followed| one.slots.iter().filter(|slot| slot.state == State::Outside).count();
    (!moved.is_empty()).then(|| moved.iter().map(outside).sum())
}

/// "F0 · ngày 3/14"
fn followed_as(me: &Me, frame: &Frame, one: &Followed) -> String {
    let plan = &one.kept.plan;
    let days = |to: Date| plan.start_on.until(to).map_or(0, |span| span.get_days());
    let course = words::day(me.w, days(frame.d.clock.today()), days(plan.ends_on));
    format!("{} · {course}", words::subject(me.w, plan.subject))
}
