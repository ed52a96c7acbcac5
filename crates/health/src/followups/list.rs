//! The morning list: whom to call first. Ordered by danger, then silence, then risk; the order is
//! kept with each household, so the list is read, not reckoned.

use super::{
    model::{Subject, day_of},
    sql_list,
};
use crate::{
    alerts::{self, Alert, Grade},
    households::{self, Placed},
    people::{self, Brief},
};
use duty::{
    messages,
    permissions::{Action, Permit, Scope},
    units::{self, UnitKind},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{HouseholdId, PersonId, PlanId, Result, UnitId};
use std::collections::BTreeMap;
use store::Cx;

/// Households on a page.
pub const PAGE: i64 = 50;
/// For so long a reminder stands beside its household.
const REMINDED_LASTS: SignedDuration = SignedDuration::from_hours(12);

/// Which part of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    #[default]
    All,
    /// With an alert that nobody has ended.
    Flagged,
    /// Never reached, or silent.
    Silent,
    /// Owed now and not late, or watched.
    Owed,
    Done,
}

impl Only {
    /// The ranks of this part, both included: see `rank`.
    pub(super) const fn ranks(self) -> (i16, i16) {
        match self {
            Self::All => (i16::MIN, i16::MAX),
            Self::Flagged => (700, i16::MAX),
            Self::Silent => (320, 699),
            Self::Owed => (100, 319),
            Self::Done => (i16::MIN, 99),
        }
    }

    pub fn of(rank: i16) -> Self {
        let within = |one: Self| (one.ranks().0..=one.ranks().1).contains(&rank);
        [Self::Flagged, Self::Silent, Self::Owed].into_iter().find(|one| within(*one)).unwrap_or(Self::Done)
    }
}

/// One household on the list.
#[derive(Clone, Debug)]
pub struct Round {
    pub home: Placed,
    /// Those who are followed there, the one to ask for first.
    pub people: Vec<Asked>,
    /// When it was reminded last, in the half day before.
    pub reminded_at: Option<Timestamp>,
    /// How the text of that reminder stands.
    pub text: Option<messages::State>,
}

/// Somebody who is followed.
#[derive(Clone, Debug)]
pub struct Asked {
    pub person: Brief,
    pub plan: PlanId,
    pub subject: Subject,
    /// Day of the plan, from 0, and its last.
    pub day: i32,
    pub days: i32,
    pub last_at: Option<Timestamp>,
    pub last_grade: Option<Grade>,
    pub missed: i16,
    pub due_at: Option<Timestamp>,
    /// Worst first.
    pub alerts: Vec<Alert>,
}

/// How many households stand in each part of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub flagged: i64,
    pub silent: i64,
    pub owed: i64,
    pub done: i64,
}

#[derive(Clone, Debug)]
pub struct Morning {
    pub rounds: Vec<Round>,
    pub counts: Counts,
    /// There is a next page.
    pub more: bool,
}

/// The list of a station, a mobile station, a care team or a ward; pages are counted from 0.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn morning(cx: &mut Cx, unit: UnitId, only: Only, page: i64) -> Result<Morning> {
    cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
    let today = units::today(cx).await?;
    let mut homes = households::placed(cx, unit, only.ranks(), PAGE + 1, page.max(0) * PAGE).await?;
    let more = homes.len() as i64 > PAGE;
    homes.truncate(PAGE as usize);
    let ids: Vec<HouseholdId> = homes.iter().map(|home| home.id).collect();
    let lines = sql_list::people(cx, &ids).await?;
    let asked: Vec<PersonId> = lines.iter().map(|line| line.person).collect();
    let briefs = people::briefs(cx, &asked).await?;
    let alerts = alerts::open_of_households(cx, &ids).await?;
    let reminded = sql_list::reminded(cx, &ids, cx.now() - REMINDED_LASTS).await?;
    let texted: Vec<_> = reminded.keys().map(|home| home.uuid()).collect();
    let texts = messages::last_text_states(cx, &texted).await?;
    let mut of: BTreeMap<HouseholdId, Vec<Asked>> = BTreeMap::new();
    for line in lines {
        let Some(person) = briefs.get(&line.person).cloned() else { continue };
        of.entry(line.household).or_default().push(Asked {
            alerts: alerts.iter().filter(|alert| alert.person == line.person).cloned().collect(),
            person,
            plan: line.plan,
            subject: line.subject,
            day: day_of(line.start_on, today),
            days: day_of(line.start_on, line.ends_on),
            last_at: line.last_at,
            last_grade: line.last_grade,
            missed: line.missed,
            due_at: line.due_at,
        });
    }
    let rounds = homes
        .into_iter()
        .map(|home| Round {
            people: of.remove(&home.id).unwrap_or_default(),
            reminded_at: reminded.get(&home.id).copied(),
            text: texts.get(&home.id.uuid()).copied(),
            home,
        })
        .collect();
    let mut counts = Counts::default();
    for (rank, count) in households::ranks(cx, unit).await? {
        *match Only::of(rank) {
            Only::Flagged => &mut counts.flagged,
            Only::Silent => &mut counts.silent,
            Only::Owed => &mut counts.owed,
            Only::All | Only::Done => &mut counts.done,
        } += count;
    }
    Ok(Morning { rounds, counts, more })
}

/// How many households of these units are flagged or silent, counted to a hundred each, for the
/// number beside the entry of the rail.
pub async fn owed(cx: &mut Cx, units: &[UnitId]) -> Result<i64> {
    let mut owed = 0;
    for unit in units {
        owed += households::from_rank(cx, *unit, Only::Silent.ranks().0).await?;
    }
    Ok(owed)
}

/// The units whose lists the actor may open: stations, mobile stations and care teams.
pub async fn lists(cx: &mut Cx) -> Result<Vec<UnitId>> {
    let tree = units::tree(cx).await?;
    let seen = households::seen_by(cx);
    let holds = |unit: &&units::Unit| match unit.kind {
        UnitKind::Station | UnitKind::MobileStation | UnitKind::CareTeam => true,
        // A ward without a station answers itself.
        UnitKind::Ward => tree.in_ward(unit.id, UnitKind::Station).is_none(),
        _ => false,
    };
    let may = |unit: &&units::Unit| seen.as_ref().is_none_or(|seen| seen.contains(&unit.id));
    Ok(tree.iter().filter(holds).filter(may).map(|unit| unit.id).collect())
}
