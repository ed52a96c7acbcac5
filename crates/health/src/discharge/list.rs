//! Who is to leave, as the page of a station shows it.

use super::law::{Law, Standing, Stands};
use crate::{
    alerts,
    care::bags,
    cases::{self, Sampled, TestKind},
    facts,
    followups::{self, Kept, Subject},
    households,
    people::{self, Brief},
    samples,
    stand_in::or_latest,
};
use duty::{
    permissions::{Action, Permit, Scope},
    rules::{self, Rule},
    units,
};
use jiff::{Span, civil::Date};
use kernel::{HouseholdId, PersonId, PlanId, Result, UnitId};
use serde::Deserialize;
use std::collections::{BTreeMap, btree_map::Entry};
use store::Cx;

/// People on the list; more are not read.
const MOST: i64 = 500;

/// Somebody whose days are over.
#[derive(Clone, Debug)]
pub struct Leaving {
    pub plan: PlanId,
    pub person: Brief,
    pub household: HouseholdId,
    /// The household's code, said on the telephone.
    pub code: String,
    pub address: Option<String>,
    pub kept: Kept,
    pub stands: Stands,
    /// A bag C of his has not been accounted for.
    pub bag_c: bool,
}

/// Those whose plans end today or have ended, of the households for which this unit answers; the longest
/// over first.
///
/// Errors: `NotFound` for a unit whose households the actor does not see.
pub async fn list(cx: &mut Cx, unit: UnitId) -> Result<Vec<Leaving>> {
    cx.permit_sight(Action::CareSee, Scope::Units(&[unit]))?;
    let today = units::today(cx).await?;
    let plans = followups::ending(cx, unit, today, MOST).await?;
    let stands = judge(cx, &plans, today).await?;
    let people: Vec<PersonId> = plans.iter().map(|kept| kept.person).collect();
    let briefs = people::briefs(cx, &people).await?;
    let with_c = bags::open_c(cx, &people).await?;
    let mut homes: BTreeMap<HouseholdId, (String, Option<String>)> = BTreeMap::new();
    let mut leaving = Vec::with_capacity(plans.len());
    for (kept, stands) in plans.into_iter().zip(stands) {
        let Some(person) = briefs.get(&kept.person).cloned() else { continue };
        let (code, address) = match homes.entry(kept.household) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let home = households::kept(cx, kept.household).await?;
                new.insert((home.code, home.address)).clone()
            }
        };
        leaving.push(Leaving {
            plan: kept.id,
            bag_c: with_c.contains(&kept.person),
            household: kept.household,
            person,
            code,
            address,
            kept,
            stands,
        });
    }
    Ok(leaving)
}

/// Who counts as having full doses, as the risk groups say it.
#[derive(Clone, Copy, Deserialize)]
struct FullDose {
    doses: i16,
    since_days: i32,
}

/// The laws of a transaction, each read once.
#[derive(Default)]
struct Laws(BTreeMap<Date, (Law, FullDose)>);

impl Laws {
    async fn on(&mut self, cx: &mut Cx, day: Date) -> Result<(Law, FullDose)> {
        if let Some(known) = self.0.get(&day) {
            return Ok(*known);
        }
        let home: Option<Rule> = rules::known_on(cx, "f0.home_care", day).await?;
        let groups = rules::known_on(cx, "f0.risk_groups", day).await?;
        let full = or_latest(groups.as_ref(), "f0.risk_groups")?.read::<FullDose>("full_dose")?;
        let law = (Law::read(home.as_ref())?, full);
        self.0.insert(day, law);
        Ok(law)
    }
}

/// How the release of each stands today. The caller answers for the permission.
pub(super) async fn judge(cx: &mut Cx, plans: &[Kept], today: Date) -> Result<Vec<Stands>> {
    let people: Vec<PersonId> = plans.iter().map(|kept| kept.person).collect();
    let results: Vec<Sampled> = cases::results_of(cx, &people).await?;
    let known = facts::known(cx, &people, today).await?;
    let alerts = alerts::worst(cx, &people).await?;
    let mut laws = Laws::default();
    let mut all = Vec::with_capacity(plans.len());
    for kept in plans {
        let plan = &kept.plan;
        let (law, full) = laws.on(cx, plan.start_on).await?;
        let tests = results
            .iter()
            .filter(|one| one.person == kept.person && one.kind != TestKind::SelfTest)
            .map(|one| (one.sample_on, one.result));
        let doses = known.get(&kept.person).map(|known| known.doses.as_slice()).unwrap_or_default();
        let counts = |(number, on): &(i16, Date)| {
            let since = on.checked_add(Span::new().days(full.since_days));
            *number >= full.doses && since.is_ok_and(|day| day <= plan.start_on)
        };
        let standing = Standing {
            subject: plan.subject,
            start_on: plan.start_on,
            ends_on: plan.ends_on,
            tests: tests.collect(),
            full_dose: (!doses.is_empty()).then(|| doses.iter().any(counts)),
            owes_test: plan.subject == Subject::F1 && samples::owes_last(cx, kept.person).await?,
            alert: alerts.contains_key(&kept.person),
        };
        all.push(law.judge(&standing, today)?);
    }
    Ok(all)
}
