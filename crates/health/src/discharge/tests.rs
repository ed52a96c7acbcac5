use super::law::*;
use crate::{cases::TestResult, followups::Subject};
use duty::rules::{self, Rule};
use jiff::civil::{Date, date};

fn law(version: usize) -> Law {
    let pack = rules::pack("f0.home_care").unwrap();
    Law::read(Some(&Rule::new("f0.home_care", &pack.versions[version - 1]))).unwrap()
}

/// Positive on the 1st of a month, followed for so many days.
fn standing(start_on: Date, ends_on: Date) -> Standing {
    Standing {
        subject: Subject::F0,
        start_on,
        ends_on,
        tests: vec![(start_on, TestResult::Positive)],
        full_dose: Some(true),
        owes_test: false,
        alert: false,
    }
}

#[test]
fn release_after_seven_days_needs_a_negative_test_and_otherwise_ten_or_fourteen() {
    let law = law(4);
    let day = |day| date(2022, 2, day);
    let of = standing(day(1), day(8));
    let on = |of: &Standing, today| law.judge(of, today).unwrap();
    assert_eq!(on(&of, day(7)).lacks, [Lack::Days]);
    let untested = on(&of, day(8));
    assert_eq!((untested.ready, untested.lacks), (None, vec![Lack::NegativeTest]));
    assert_eq!((untested.from, untested.without_test_from), (day(8), Some(day(11))));
    let tested = |on: Date, result| Standing {
        tests: vec![(day(1), TestResult::Positive), (on, result)],
        ..of.clone()
    };
    assert_eq!(on(&tested(day(8), TestResult::Negative), day(8)).ready, Some(Ready::NegativeTest));
    // A sample of the day before is not of the seventh day.
    assert_eq!(on(&tested(day(7), TestResult::Negative), day(8)).lacks, [Lack::NegativeTest]);
    assert_eq!(on(&tested(day(8), TestResult::Positive), day(8)).lacks, [Lack::Positive]);
    // Without one: ten days with full doses, fourteen without, or where nobody knows.
    assert_eq!(on(&of, day(10)).ready, None);
    assert_eq!(on(&of, day(11)).ready, Some(Ready::LongDays));
    for full_dose in [Some(false), None] {
        let of = Standing { full_dose, ..of.clone() };
        assert_eq!(on(&of, day(14)).ready, None);
        assert_eq!(on(&of, day(15)).ready, Some(Ready::LongDays));
    }
    let alert = Standing { alert: true, ..of.clone() };
    let alarmed = on(&alert, day(11));
    assert_eq!((alarmed.ready, alarmed.lacks), (None, vec![Lack::Alert]));
    // Somebody made the plan longer and knew why.
    let longer = Standing { ends_on: day(20), ..of };
    assert_eq!(on(&longer, day(15)).lacks, [Lack::Days]);
}

#[test]
fn before_2022_the_days_decide_and_a_positive_test_holds_back() {
    let law = law(2);
    let of = standing(date(2021, 9, 24), date(2021, 10, 8));
    assert_eq!(law.judge(&of, date(2021, 10, 7)).unwrap().lacks, [Lack::Days]);
    assert_eq!(law.judge(&of, date(2021, 10, 8)).unwrap().ready, Some(Ready::Days));
    let positive = Standing { tests: vec![(date(2021, 10, 8), TestResult::Positive)], ..of };
    assert_eq!(law.judge(&positive, date(2021, 10, 8)).unwrap().lacks, [Lack::Positive]);
}

#[test]
fn a_contact_goes_when_his_plan_ends() {
    let of =
        Standing { subject: Subject::F1, tests: Vec::new(), ..standing(date(2022, 2, 1), date(2022, 2, 6)) };
    assert_eq!(law(4).judge(&of, date(2022, 2, 5)).unwrap().lacks, [Lack::Days]);
    assert_eq!(law(4).judge(&of, date(2022, 2, 6)).unwrap().ready, Some(Ready::Days));
    let owes = Standing { owes_test: true, ..of };
    assert_eq!(law(4).judge(&owes, date(2022, 2, 6)).unwrap().lacks, [Lack::NegativeTest]);
}
