use super::model::*;
use crate::people::Birth;
use jiff::civil::{Date, date};
use kernel::PersonId;

fn faults(edit: impl Fn(&mut NewFact)) -> Vec<(&'static str, &'static str)> {
    let mut new = NewFact { on_day: "1/9/2021".into(), ..NewFact::of(Kind::Vaccination, Source::Paper) };
    new.dose = Some(2);
    edit(&mut new);
    let birth = Some(Birth::Day(date(1985, 3, 2)));
    let faults = new.faults(date(2021, 9, 25), birth);
    faults.into_iter().map(|fault| (fault.field, fault.key)).collect()
}

#[test]
fn each_field_says_what_is_wrong_with_it() {
    assert_eq!(faults(|_| {}), []);
    assert_eq!(faults(|new| new.on_day.clear()), [("on_day", "error-date-empty")]);
    assert_eq!(faults(|new| new.on_day = "26/9/2021".into()), [("on_day", "error-date-future")]);
    assert_eq!(faults(|new| new.on_day = "1/3/1985".into()), [("on_day", "error-day-before-birth")]);
    assert_eq!(faults(|new| new.until_day = "31/8/2021".into()), [("until_day", "error-fact-backwards")]);
    assert_eq!(faults(|new| new.dose = None), [("dose", "error-dose-number")]);
    assert_eq!(faults(|new| new.dose = Some(10)), [("dose", "error-dose-number")]);
    assert_eq!(faults(|new| new.kind = Kind::Illness), [("words", "error-text-missing")]);
    assert_eq!(faults(|new| new.lot = "x".repeat(41)), [("lot", "error-text-too-long")]);
}

#[test]
fn one_fact_has_one_spelling_whoever_tells_it() {
    let told = |words: &str, source| {
        let new = NewFact {
            on_day: "1/9/2021".into(),
            dose: Some(1),
            words: words.into(),
            ..NewFact::of(Kind::Vaccination, source)
        };
        new.check(date(2021, 9, 25), None).unwrap().canonical(PersonId(uuid::Uuid::from_u128(1)))
    };
    assert_eq!(told("AstraZeneca", Source::Paper), told(" astrazeneca ", Source::List));
    assert_ne!(told("AstraZeneca", Source::Paper), told("Pfizer", Source::Paper));
}

#[test]
fn a_fact_counts_in_its_days_only() {
    let fact = |kind, on_day, until_day| Counted {
        kind,
        on_day,
        until_day,
        dose: Some(1),
        told_on: date(2021, 9, 1),
        source: Source::Paper,
    };
    let known = |fact: Counted, on: Date| {
        let mut known = Known::default();
        known.add(&fact, on);
        known
    };
    let dose = fact(Kind::Vaccination, Some(date(2021, 9, 10)), None);
    assert_eq!(known(dose, date(2021, 9, 9)), Known::default());
    assert_eq!(known(dose, date(2021, 9, 10)).doses, [(1, date(2021, 9, 10))]);
    let told = Counted { source: Source::Person, ..dose };
    assert_eq!(known(dose, date(2021, 9, 10)).proven_doses, [(1, date(2021, 9, 10))]);
    assert_eq!(known(told, date(2021, 9, 10)).doses, [(1, date(2021, 9, 10))]);
    assert_eq!(known(told, date(2021, 9, 10)).proven_doses, [], "nobody has seen a paper");
    let expected = fact(Kind::Pregnancy, None, Some(date(2021, 10, 1)));
    assert!(known(expected, date(2021, 10, 1)).pregnant && !known(expected, date(2021, 10, 2)).pregnant);
    let unknown_end = fact(Kind::Pregnancy, None, None);
    assert!(known(unknown_end, date(2022, 6, 8)).pregnant);
    assert!(!known(unknown_end, date(2022, 6, 9)).pregnant);
    let delivered = fact(Kind::NewlyDelivered, Some(date(2021, 9, 1)), None);
    assert!(known(delivered, date(2021, 10, 13)).newly_delivered);
    assert!(!known(delivered, date(2021, 10, 14)).newly_delivered);
    assert!(known(fact(Kind::Illness, None, None), date(2031, 1, 1)).illness);
}
