//! The bags of a household, and what each patient may have, as the page shows it.

use super::{
    law::{Answers, Law, Patient, Readings, Verdict},
    model::{Bar, Ended, Kind},
    sql::{self, Kept},
};
use crate::{
    care::stock::{self, Line},
    cases, facts,
    followups::{self, Followed, Sheet, Subject},
    people::{self, Birth, Brief},
    vitals::{Age, Symptom},
};
use duty::{
    rules,
    units::{self, UnitKind},
};
use jiff::civil::Date;
use kernel::{CaseId, HouseholdId, PersonId, Result, UnitId};
use store::Cx;

/// A bag as pages show it.
#[derive(Clone, Debug)]
pub struct Bag {
    pub kept: Kept,
    pub person: Brief,
    pub prescriber: Option<String>,
    /// Who consented, by name.
    pub consented_by: Option<String>,
    /// Who signs later, or keeps the paper, where there is no picture of it.
    pub without_who: Option<String>,
}

/// A patient, and what each bag would need now.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub person: Brief,
    pub verdicts: Vec<(Kind, Verdict)>,
}

/// What the page of a household's bags shows.
#[derive(Clone, Debug)]
pub struct Cupboard {
    pub law: Law,
    /// The newest first.
    pub bags: Vec<Bag>,
    pub candidates: Vec<Candidate>,
    /// The units whose stock may be given from, and what they have.
    pub stocks: Vec<(UnitId, Vec<Line>)>,
}

/// The law by which bags are judged today. A version that cannot be read keeps nobody from his drugs:
/// what ships stands in.
pub(super) async fn law(cx: &mut Cx) -> Result<Law> {
    let today = units::today(cx).await?;
    let rule = rules::known_on(cx, "f0.drug_bags", today).await?;
    Law::read(rule.as_ref()).or_else(|error| {
        tracing::error!(rule.code = "f0.drug_bags", %error, "the drug bags cannot be read, the shipped ones judge");
        Law::read(None)
    })
}

/// The bags of a household the actor sees, with what each of its patients may have.
///
/// Errors: `NotFound` outside the actor's households.
pub async fn of_household(cx: &mut Cx, id: HouseholdId) -> Result<Cupboard> {
    let sheet = followups::sheet(cx, id).await?;
    let law = law(cx).await?;
    let kept = sql::of_household(cx, id).await?;
    let mut candidates = Vec::new();
    for (followed, case) in patients(&sheet) {
        let patient = patient(cx, followed, case, &law).await?;
        let verdicts = Kind::ALL.iter().map(|kind| {
            let verdict = law.judge(*kind, &patient, &Answers::default());
            (*kind, with_given(verdict, &kept, case, *kind))
        });
        candidates.push(Candidate { verdicts: verdicts.collect(), person: followed.person.clone() });
    }
    let mut stocks = Vec::new();
    for unit in sources(cx, &sheet).await? {
        stocks.push((unit, stock::lines(cx, unit).await?));
    }
    let named: Vec<PersonId> =
        kept.iter().flat_map(|bag| [Some(bag.person), bag.consent.map(|(_, _, by)| by)]).flatten().collect();
    let people = people::briefs(cx, &named).await?;
    let mut bags = Vec::with_capacity(kept.len());
    for kept in kept {
        let Some(person) = people.get(&kept.person).cloned() else { continue };
        let by = kept.consent.and_then(|(_, _, by)| people.get(&by));
        let (consented_by, prescriber) = (by.map(|by| by.full_name.clone()), kept.prescriber(cx)?);
        let without_who = kept.without_who(cx)?;
        bags.push(Bag { kept, person, prescriber, consented_by, without_who });
    }
    Ok(Cupboard { law, bags, candidates, stocks })
}

/// F0s of the household who are followed now, by their cases.
pub(super) fn patients(sheet: &Sheet) -> impl Iterator<Item = (&Followed, CaseId)> {
    let running = |one: &&Followed| one.kept.plan.closed_at.is_none() && one.kept.plan.subject == Subject::F0;
    sheet.plans.iter().filter(running).filter_map(|one| Some((one, one.kept.case?)))
}

/// The units of a household that keep drugs, those of the actor first.
pub(super) async fn sources(cx: &mut Cx, sheet: &Sheet) -> Result<Vec<UnitId>> {
    let home = &sheet.home;
    let tree = units::tree(cx).await?;
    let keeps = |unit: &UnitId| {
        tree.get(*unit).is_some_and(|unit| {
            matches!(
                unit.kind,
                UnitKind::Station | UnitKind::MobileStation | UnitKind::CareTeam | UnitKind::Ward
            )
        })
    };
    let mut units = vec![home.station];
    units.extend(home.mobile_station);
    units.extend(home.care_team);
    units.retain(keeps);
    units.sort_by_key(|unit| !cx.actor.grants.iter().any(|grant| grant.unit == *unit));
    Ok(units)
}

/// The verdict, with what he has or has used already. A bag that was lost or came back counts for none.
pub(super) fn with_given(mut verdict: Verdict, kept: &[Kept], case: CaseId, kind: Kind) -> Verdict {
    let counts = |bag: &&Kept| {
        let over = bag.ended.map(|(ended, _)| ended);
        bag.case == case
            && bag.kind == kind
            // B is for so many days, and may be prescribed again.
            && (over.is_none() || (over == Some(Ended::Used) && kind != Kind::B))
    };
    if kept.iter().any(|bag| counts(&bag)) {
        verdict.bars.push(Bar::Given);
    }
    verdict
}

/// What is on record of somebody, as the law asks for it.
pub(super) async fn patient(cx: &mut Cx, of: &Followed, case: CaseId, law: &Law) -> Result<Patient> {
    let person = of.person.id;
    let today = units::today(cx).await?;
    let birth: Option<Birth> = people::births(cx, &[person]).await?.remove(&person);
    let known = facts::known(cx, &[person], today).await?.remove(&person).unwrap_or_default();
    let footing = cases::footing(cx, case).await?;
    let began: Date = footing.onset_on.or(footing.sample_on).unwrap_or(footing.reported_on);
    let told = cases::told_symptoms(cx, case).await?;
    Ok(Patient {
        age: Age::of(birth.map(Birth::year), birth.and_then(Birth::day), today),
        readings: readings(cx, of, &told, law),
        pregnant: known.pregnant,
        ill_for: began.until(today).map_or(0, |span| span.get_days()),
    })
}

fn readings(cx: &Cx, of: &Followed, told: &[Symptom], law: &Law) -> Readings {
    let counted: Vec<_> = of.contacts.iter().rev().filter(|contact| contact.made().counts()).collect();
    let fresh: Vec<_> =
        counted.iter().filter(|contact| cx.now().duration_since(contact.at) <= law.readings_within).collect();
    let said = |symptom: &Symptom| *symptom != Symptom::NoSymptom;
    // The last time he was asked decides whether he is breathless now.
    let last = fresh.iter().find(|contact| !contact.vitals.symptoms.is_empty());
    Readings {
        spo2: fresh.iter().find_map(|contact| contact.vitals.spo2),
        respiratory_rate: fresh.iter().find_map(|contact| contact.vitals.respiratory_rate),
        breathless: last.is_some_and(|contact| contact.vitals.symptoms.contains(&Symptom::Breathless)),
        symptoms: told.iter().any(said)
            || counted.iter().any(|contact| contact.vitals.symptoms.iter().any(said)),
        asked: !told.is_empty() || counted.iter().any(|contact| !contact.vitals.symptoms.is_empty()),
    }
}
