use super::{
    model::{NewPool, NewTest, Reason, SelfTest},
    rule::Law,
};
use crate::{
    cases::{TestKind, TestResult},
    people::Birth,
};
use jiff::{SignedDuration, Timestamp, civil::date};
use kernel::{PersonId, UnitId};
use std::collections::BTreeSet;
use uuid::Uuid;

const TODAY: jiff::civil::Date = date(2021, 9, 25);

fn test(sample_on: &str, result_on: &str, ct: &str, kind: TestKind) -> Vec<(&'static str, &'static str)> {
    let new = NewTest {
        person: PersonId(Uuid::from_u128(1)),
        kind,
        result: TestResult::Negative,
        sample_on: sample_on.into(),
        result_on: result_on.into(),
        ct: ct.into(),
    };
    let born = Some(Birth::Day(date(2021, 9, 1)));
    new.faults(TODAY, born).into_iter().map(|fault| (fault.field, fault.key)).collect()
}

#[test]
fn a_day_that_cannot_be_is_refused_beside_its_field() {
    let rapid = |sample, result| test(sample, result, "", TestKind::Rapid);
    assert_eq!(rapid("25/9/2021", "25/9/2021"), []);
    assert_eq!(rapid("26/9/2021", ""), [("sample_on", "error-date-future")]);
    assert_eq!(rapid("31/8/2021", ""), [("sample_on", "error-sample-before-birth")]);
    assert_eq!(rapid("25/9/2021", "24/9/2021"), [("result_on", "error-result-before-sample")]);
    assert_eq!(rapid("", ""), [("sample_on", "error-date-empty")]);
    assert_eq!(test("25/9/2021", "", "", TestKind::SelfTest), [("kind", "error-choice-unknown")]);
}

#[test]
fn a_cycle_threshold_is_a_pcrs() {
    let ct = |text, kind| test("25/9/2021", "", text, kind);
    assert_eq!(ct("21,5", TestKind::Pcr), []);
    assert_eq!(ct("215", TestKind::Pcr), [("ct", "error-ct-range")]);
    assert_eq!(ct("cao", TestKind::Pcr), [("ct", "error-ct-format")]);
    assert_eq!(ct("21.5", TestKind::Rapid), [("ct", "error-ct-without-pcr")]);
}

#[test]
fn a_pool_has_a_code_and_as_many_people_as_the_rule_allows() {
    let law = Law::read(None).unwrap();
    let pool = |code: &str, members: u128| {
        let new = NewPool {
            unit: UnitId(Uuid::from_u128(1)),
            code: code.into(),
            kind: TestKind::Pcr,
            sample_on: "25/9/2021".into(),
            members: (0..members).map(|n| PersonId(Uuid::from_u128(n))).collect::<BTreeSet<_>>(),
        };
        new.check(TODAY, &[], law.pool).map_err(|faults| faults[0].key).map(|(code, _)| code)
    };
    assert_eq!(pool(" G05 ", 5), Ok("G05".to_owned()));
    assert_eq!(pool(" ", 5), Err("error-pool-code-missing"));
    assert_eq!(pool("G05", 1), Err("error-pool-few"));
    assert_eq!(pool("G05", 21), Err("error-pool-many"));
}

#[test]
fn a_self_test_of_tomorrow_or_of_before_birth_is_none() {
    let told = |on_day: &str, birth| {
        let new = SelfTest {
            person: PersonId(Uuid::from_u128(1)),
            result: TestResult::Positive,
            on_day: on_day.into(),
            file: None,
        };
        new.check(TODAY, birth).map(|result| result.sample_on).map_err(|fault| (fault.field, fault.key))
    };
    assert_eq!(told("25/9/2021", None), Ok(TODAY));
    assert_eq!(told("26/9/2021", None), Err(("on_day", "error-date-future")));
    assert_eq!(told("25/9/2021", Some(Birth::Year(2022))), Err(("on_day", "error-sample-before-birth")));
    assert_eq!(told("", None), Err(("on_day", "error-date-empty")));
}

#[test]
fn every_reason_has_its_time_in_the_rule() {
    let law = Law::read(None).unwrap();
    let day = SignedDuration::from_hours(24);
    for reason in Reason::ALL {
        assert_eq!(law.due(*reason, Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH + day, "{reason:?}");
    }
    assert_eq!((law.rule().code.as_str(), law.pool), ("samples.orders", (2, 20)));
}
