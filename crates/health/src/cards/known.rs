//! What a card rests on: doses and recoveries, tests, and whether somebody is ill now.

use super::model::Known;
use crate::{
    cases::{self, ACTIVE_DAYS, Ending, Illness, Sampled, TestKind, TestResult},
    facts, people,
};
use duty::units;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{PersonId, Result};
use pass::Kind;
use std::collections::BTreeMap;
use store::Cx;

/// What counts of somebody today. The caller answers for the permission.
pub async fn known(cx: &mut Cx, person: PersonId) -> Result<Known> {
    let known = known_of(cx, &[person]).await?.remove(&person);
    Ok(known.unwrap_or(Known::of(Kind::Person, None)))
}

/// The same of many, read once.
pub async fn known_of(cx: &mut Cx, people: &[PersonId]) -> Result<BTreeMap<PersonId, Known>> {
    let today = units::today(cx).await?;
    let bodies = bodies(cx, people, today).await?;
    Ok(bodies.into_iter().map(|(person, body)| (person, body.known)).collect())
}

/// What is known of somebody, and what he is told besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub known: Known,
    /// An F0 who has not been released.
    pub ill: bool,
    /// He told of more than has been seen on paper.
    pub unproven: bool,
}

/// Of each of these people, what counts on a day.
pub(super) async fn bodies(cx: &mut Cx, people: &[PersonId], on: Date) -> Result<BTreeMap<PersonId, Body>> {
    let mut asked: BTreeMap<PersonId, Vec<PersonId>> = BTreeMap::new();
    for (person, record) in people::records_of(cx, people).await? {
        asked.entry(record).or_default().push(person);
    }
    let records: Vec<PersonId> = asked.keys().copied().collect();
    let mut tests: BTreeMap<PersonId, Vec<Sampled>> = BTreeMap::new();
    for test in cases::results_of(cx, &records).await? {
        for person in asked.get(&test.person).into_iter().flatten() {
            tests.entry(*person).or_default().push(test);
        }
    }
    let mut illnesses: BTreeMap<PersonId, Vec<Illness>> = BTreeMap::new();
    for illness in cases::confirmed_of(cx, &records).await? {
        for person in asked.get(&illness.person).into_iter().flatten() {
            illnesses.entry(*person).or_default().push(illness);
        }
    }
    let mut facts = facts::known(cx, people, on).await?;
    let since = cx.now() - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let of = |person: &PersonId| {
        let told = facts.remove(person).unwrap_or_default();
        let tests = tests.remove(person).unwrap_or_default();
        let illnesses = illnesses.remove(person).unwrap_or_default();
        (*person, body(&told, &tests, &illnesses, since, on))
    };
    Ok(people.iter().map(of).collect())
}

/// Pure. `since`: an illness that was reported before and never ended is no longer running.
pub(super) fn body(
    told: &facts::Known,
    tests: &[Sampled],
    illnesses: &[Illness],
    since: Timestamp,
    on: Date,
) -> Body {
    let doses = told.proven_doses.iter().map(|(number, _)| *number).max();
    let over = illnesses.iter().filter_map(|illness| match illness.ended {
        Some((Ending::Recovered, day)) if day <= on => Some(day),
        _ => None,
    });
    let known = Known {
        doses: doses.and_then(|doses| u8::try_from(doses).ok()),
        last_dose: told.proven_doses.iter().map(|(_, day)| *day).max(),
        last_negative: last_negative(tests, on),
        recovered: over.chain(told.proven_recovery).max(),
        ..Known::of(Kind::Person, None)
    };
    Body {
        known,
        ill: illnesses.iter().any(|illness| runs(illness, since)),
        unproven: told.doses.iter().map(|(number, _)| *number).max() > doses
            || told.recovered_on > known.recovered,
    }
}

/// Whoever has left the district is as ill as before.
fn runs(illness: &Illness, since: Timestamp) -> bool {
    let over = matches!(illness.ended, Some((Ending::Recovered | Ending::Died, _)));
    !over && illness.reported_at >= since
}

/// The newest negative test that no positive one stands beside or follows. A self-test proves nothing: nobody
/// has seen whose it was.
fn last_negative(tests: &[Sampled], on: Date) -> Option<Date> {
    let newest = |result: TestResult| {
        let seen = tests.iter().filter(|test| test.kind != TestKind::SelfTest && test.sample_on <= on);
        seen.filter(|test| test.result == result).map(|test| test.sample_on).max()
    };
    newest(TestResult::Negative).filter(|negative| Some(*negative) > newest(TestResult::Positive))
}
