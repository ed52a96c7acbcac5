//! The form of a result, as it is sent from the list of orders and from a household.

use super::words;
use crate::{Me, cases};
use health::{
    cases::{TestKind, TestResult},
    followups,
    samples::{self, NewTest, SINGLE, SelfTest},
};
use kernel::{Error, HouseholdId, PersonId, Result};
use pages::forms::Errors;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub csrf: String,
    pub person: String,
    pub kind: String,
    pub result: String,
    pub sample_on: String,
    pub result_on: String,
    pub ct: String,
    pub why: String,
}

/// Code, label, chosen.
pub type Choice = (String, String, bool);

/// `told`: a household may also tell of a test it made itself.
pub fn kinds(me: &Me, told: bool, chosen: &str) -> Vec<Choice> {
    let kinds = SINGLE.iter().chain(told.then_some(&TestKind::SelfTest));
    kinds.map(|one| (one.as_str().to_owned(), cases::test_kind(me.w, *one), chosen == one.as_str())).collect()
}

pub fn results(me: &Me, chosen: &str) -> Vec<Choice> {
    TestResult::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), cases::test_result(me.w, *one), chosen == one.as_str()))
        .collect()
}

/// Writes it for one of these people; what it came to, or `None` when something must be mended first,
/// which `errors` then tell. A self-test is told of for a household alone.
pub async fn write(
    me: &Me,
    household: Option<HouseholdId>,
    people: &[PersonId],
    typed: &Typed,
    errors: &mut Errors,
) -> Result<Option<&'static str>> {
    let person = typed.person.parse::<PersonId>().ok().filter(|person| people.contains(person));
    let kind = typed.kind.parse::<TestKind>();
    let kind = kind.ok().filter(|kind| household.is_some() || SINGLE.contains(kind));
    let result = typed.result.parse::<TestResult>().ok();
    for (field, missing) in
        [("person", person.is_none()), ("kind", kind.is_none()), ("result", result.is_none())]
    {
        if missing {
            errors.add(field, me.w.error_choose());
        }
    }
    let (Some(person), Some(kind), Some(result)) = (person, kind, result) else { return Ok(None) };
    let came = match (household, kind) {
        (Some(household), TestKind::SelfTest) => tell(me, household, person, result, typed).await,
        _ => put(me, person, kind, result, typed, errors).await,
    };
    match came {
        Err(Error::Invalid { field, key }) => {
            // What a household calls the day of its test stands in the same field.
            let field = if field == "on_day" { "sample_on" } else { field };
            errors.add(field, words::fault(me.w, field, key));
            Ok(None)
        }
        other => other,
    }
}

async fn put(
    me: &Me,
    person: PersonId,
    kind: TestKind,
    result: TestResult,
    typed: &Typed,
    errors: &mut Errors,
) -> Result<Option<&'static str>> {
    let new = NewTest {
        person,
        kind,
        result,
        sample_on: typed.sample_on.clone(),
        result_on: typed.result_on.clone(),
        ct: typed.ct.clone(),
    };
    let mut cx = me.begin().await?;
    let today = cx.now().to_zoned(me.tenant.timezone()).date();
    for fault in new.faults(today, None) {
        errors.add(fault.field, words::fault(me.w, fault.field, fault.key));
    }
    if !errors.is_empty() {
        return Ok(None);
    }
    let written = samples::write(&mut cx, &me.tenant, &new).await?;
    if let Some((case, _)) = written.case {
        // Nobody is at home with the virus and followed by nobody.
        followups::take_on(&mut cx, case).await?;
    }
    cx.commit().await?;
    Ok(Some(match (written.test, written.opened) {
        (_, Some(_)) => "result-f0",
        (None, None) => "result-known",
        (Some(_), None) => "result",
    }))
}

/// What a household says of its own test on the telephone.
async fn tell(
    me: &Me,
    household: HouseholdId,
    person: PersonId,
    result: TestResult,
    typed: &Typed,
) -> Result<Option<&'static str>> {
    let new = SelfTest { person, result, on_day: typed.sample_on.clone(), file: None };
    let mut cx = me.begin().await?;
    let told = samples::tell(&mut cx, &me.tenant, household, &new).await?;
    cx.commit().await?;
    Ok(Some(if told.test.is_some() { "told" } else { "result-known" }))
}
