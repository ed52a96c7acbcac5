use super::model::{Group, Law, Why, group};
use crate::{facts::Known, vitals::Age};
use duty::rules::{self, Rule};
use jiff::civil::{Date, date};

fn law(number: i32, day: Date) -> Law {
    let pack = rules::pack("f0.risk_groups").unwrap();
    let version = pack.versions.iter().find(|version| version.version == number).unwrap();
    assert!(version.covers(day));
    let rule = Rule::new(&pack.head.code, version);
    Law::read(day, Some(&rule)).unwrap()
}

fn both() -> [Law; 2] {
    [law(1, date(2021, 9, 25)), law(2, date(2021, 12, 25))]
}

fn years(years: i16) -> Age {
    Age::Months(years * 12)
}

/// Two doses, long ago.
fn full() -> Known {
    Known { doses: vec![(1, date(2021, 5, 1)), (2, date(2021, 7, 1))], ..Known::default() }
}

/// One of two doses.
fn half() -> Known {
    Known { doses: vec![(1, date(2021, 7, 1))], ..Known::default() }
}

fn ill(known: Known) -> Known {
    Known { illness: true, ..known }
}

#[test]
fn each_line_of_the_groups_in_both_versions() {
    use Group::{High, Low, Medium, VeryHigh};
    let rows: [(Known, Age, Group, &[Why]); 18] = [
        (full(), years(30), Low, &[Why::Age, Why::FullDose]),
        (full(), years(49), Low, &[Why::Age, Why::FullDose]),
        (half(), years(49), Medium, &[Why::Age, Why::NotFullDose]),
        (half(), Age::Months(3), Medium, &[Why::Age, Why::NotFullDose]),
        (full(), years(50), Medium, &[Why::Age, Why::FullDose]),
        (full(), years(64), Medium, &[Why::Age, Why::FullDose]),
        (half(), years(50), High, &[Why::Age, Why::NotFullDose]),
        (half(), years(64), High, &[Why::Age, Why::NotFullDose]),
        (full(), years(65), High, &[Why::Age, Why::FullDose]),
        (ill(full()), years(30), High, &[Why::Illness]),
        (ill(half()), years(30), High, &[Why::Illness]),
        (half(), Age::Months(2), High, &[Why::Age]),
        (Known { pregnant: true, ..full() }, years(30), High, &[Why::Pregnant]),
        (Known { newly_delivered: true, ..half() }, years(30), High, &[Why::NewlyDelivered]),
        (Known { obese: true, ..full() }, years(30), High, &[Why::Obese]),
        (half(), years(65), VeryHigh, &[Why::Age, Why::NotFullDose]),
        (ill(full()), years(65), VeryHigh, &[Why::Age, Why::Illness]),
        (ill(half()), years(90), VeryHigh, &[Why::Age, Why::Illness, Why::NotFullDose]),
    ];
    for law in both() {
        for (known, age, expected, why) in &rows {
            let found = group(known, *age, None, &law);
            assert_eq!((found.0, found.1.as_slice()), (*expected, *why), "{known:?} {age:?}");
        }
    }
}

#[test]
fn oxygen_puts_anybody_higher_by_the_numbers_of_its_version() {
    use Group::{High, Low, VeryHigh};
    let [first, second] = both();
    for (spo2, by_first, by_second) in [
        (97, Low, Low),
        (96, High, High),
        (95, High, High),
        (94, High, VeryHigh),
        (93, High, VeryHigh),
        (92, VeryHigh, VeryHigh),
    ] {
        let of = |law| group(&full(), years(30), Some(spo2), law).0;
        assert_eq!((of(&first), of(&second)), (by_first, by_second), "{spo2}");
    }
    assert_eq!(group(&Known::default(), Age::Unknown, Some(90), &second).1.first(), Some(&Why::Spo2));
}

#[test]
fn the_second_dose_counts_after_its_fourteen_days() {
    let law = law(2, date(2021, 12, 25));
    let dosed = |on| Known { doses: vec![(1, date(2021, 5, 1)), (2, on)], ..Known::default() };
    assert_eq!(group(&dosed(date(2021, 12, 11)), years(30), None, &law).0, Group::Low);
    assert_eq!(group(&dosed(date(2021, 12, 12)), years(30), None, &law).0, Group::Medium);
    // The first was never put on record.
    let second = Known { doses: vec![(2, date(2021, 7, 1))], ..Known::default() };
    assert_eq!(group(&second, years(30), None, &law).0, Group::Low);
}

#[test]
fn too_little_known_is_not_low_and_what_is_high_anyway_is_high() {
    let nothing = Known::default;
    for law in both() {
        let of = |known: &Known, age| group(known, age, None, &law);
        assert_eq!(of(&full(), Age::Unknown), (Group::Unknown, vec![Why::AgeUnknown]));
        assert_eq!(of(&nothing(), years(30)), (Group::Unknown, vec![Why::DosesUnknown]));
        // Fifty with full doses would be medium, without them high: nobody knows.
        assert_eq!(of(&nothing(), years(50)), (Group::Unknown, vec![Why::DosesUnknown]));
        assert_eq!(of(&nothing(), Age::Unknown), (Group::Unknown, vec![Why::AgeUnknown, Why::DosesUnknown]));
        assert_eq!(of(&nothing(), years(65)), (Group::High, vec![Why::Age, Why::DosesUnknown]));
        assert_eq!(of(&ill(nothing()), years(65)).0, Group::VeryHigh);
        assert_eq!(
            of(&ill(nothing()), Age::Unknown),
            (Group::High, vec![Why::Illness, Why::AgeUnknown, Why::DosesUnknown])
        );
        assert_eq!(of(&nothing(), Age::Months(1)), (Group::High, vec![Why::Age, Why::DosesUnknown]));
    }
}

#[test]
fn a_birth_year_takes_the_worse_of_its_two_ages() {
    let law = law(2, date(2021, 12, 25));
    let born_in = |years: i16| Age::Between { least: years * 12 - 1, most: years * 12 + 10 };
    assert_eq!(group(&full(), born_in(50), None, &law).0, Group::Medium);
    assert_eq!(group(&half(), born_in(65), None, &law).0, Group::VeryHigh);
    assert_eq!(group(&half(), Age::Between { least: 0, most: 8 }, None, &law).0, Group::High);
}

#[test]
fn a_condition_that_nobody_knows_is_refused_and_not_passed_over() {
    let mut rule = law(2, date(2021, 12, 25)).rule().clone();
    rule.values["groups"][0]["any"][0]["smokes"] = true.into();
    assert!(Law::read(date(2021, 12, 25), Some(&rule)).is_err());
}

#[test]
fn a_day_without_a_version_is_judged_all_the_same_and_says_so() {
    let law = Law::read(date(2021, 6, 1), None).unwrap();
    assert_eq!(law.rule().version, 0);
    assert_eq!(group(&full(), years(30), None, &law).0, Group::Medium, "the second dose is still to come");
}
