use super::model::{Before, Grade, Law, judge};
use crate::vitals::{Age, Symptom, Vitals};
use duty::rules::{self, Rule};
use jiff::{SignedDuration, Timestamp, civil::date};
use std::collections::BTreeSet;

const ADULT: Age = Age::Months(40 * 12);

fn rule(code: &str, number: i32) -> Rule {
    let versions = &rules::pack(code).unwrap().versions;
    let version = versions.iter().find(|version| version.version == number).unwrap();
    Rule::new(code, version)
}

fn law(version: i32) -> Law {
    let home = rule("f0.home_care", version);
    Law::read(home.valid_from, Some(&home), Some(&rule("f0.alerts", 1))).unwrap()
}

fn spo2(value: i16) -> Vitals {
    Vitals { spo2: Some(value), ..Vitals::default() }
}

fn breaths(value: i16) -> Vitals {
    Vitals { respiratory_rate: Some(value), ..Vitals::default() }
}

fn degrees(tenths: i16) -> Vitals {
    Vitals { temperature_tenths: Some(tenths), ..Vitals::default() }
}

fn told(signs: &[Symptom]) -> Vitals {
    Vitals { symptoms: signs.iter().copied().collect(), ..Vitals::default() }
}

fn grade(vitals: &Vitals, age: Age, law: &Law) -> Grade {
    judge(vitals, age, None, law).grade
}

/// The grades of a reading that rings, of the one beside it, and of the next.
fn steps(reading: fn(i16) -> Vitals, rings: i16, towards_well: i16, age: Age, law: &Law) -> [Grade; 3] {
    [0, 1, 2].map(|step| grade(&reading(rings + step * towards_well), age, law))
}

/// By a guideline one unit milder than the strictest, and by the strictest itself.
const NEAR: [Grade; 3] = [Grade::Emergency, Grade::Today, Grade::Well];
const STEPS: [Grade; 3] = [Grade::Emergency, Grade::Well, Grade::Well];

#[test]
fn each_version_judges_by_its_own_numbers() {
    // version, breaths from which an adult's ring, SpO2 up to which an adult's and a child's ring
    for (version, breaths_from, adult_spo2, child_spo2) in
        [(1, 21, 95, 95), (2, 21, 95, 95), (3, 21, 95, 95), (4, 20, 96, 96), (5, 20, 96, 95)]
    {
        let law = law(version);
        let adult = if version < 4 { NEAR } else { STEPS };
        assert_eq!((law.code(), law.version()), ("f0.home_care", version));
        assert_eq!(steps(breaths, breaths_from, -1, ADULT, &law), adult, "breaths of version {version}");
        assert_eq!(steps(spo2, adult_spo2, 1, ADULT, &law), adult, "SpO2 of version {version}");
        assert_eq!(steps(spo2, child_spo2, 1, Age::Months(30), &law), STEPS, "child of version {version}");
    }
}

#[test]
fn a_healthy_reading_is_called_about_by_no_version() {
    for version in 1..=5 {
        let law = law(version);
        for (vitals, age) in [(spo2(97), ADULT), (breaths(19), ADULT), (spo2(97), Age::Months(100))] {
            assert_eq!(grade(&vitals, age, &law), Grade::Well, "version {version}");
        }
    }
}

#[test]
fn pulse_and_pressure_are_judged_from_version_2_on_and_in_adults() {
    let pulse = |value| Vitals { pulse: Some(value), ..Vitals::default() };
    let pressure = |pair| Vitals { pressure: Some(pair), ..Vitals::default() };
    assert_eq!(grade(&pulse(150), ADULT, &law(1)), Grade::Well);
    for version in 2..=5 {
        let law = law(version);
        for (vitals, sign) in [
            (pulse(121), "pulse"),
            (pulse(49), "pulse"),
            (pressure((89, 70)), "systolic"),
            (pressure((110, 59)), "diastolic"),
        ] {
            let verdict = judge(&vitals, ADULT, None, &law);
            assert_eq!((verdict.grade, verdict.signs), (Grade::Emergency, vec![sign]));
        }
        assert_eq!(grade(&pulse(120), ADULT, &law), Grade::Well);
        assert_eq!(grade(&pressure((110, 70)), ADULT, &law), Grade::Well);
        // A small child's heart beats so.
        assert_eq!(grade(&pulse(130), Age::Months(8), &law), Grade::Well);
    }
}

#[test]
fn children_are_judged_by_their_band_and_a_birth_year_by_the_stricter_one() {
    let law = law(5);
    for (months, rings) in
        [(0, 60), (1, 60), (2, 50), (11, 50), (12, 40), (59, 40), (60, 30), (143, 30), (144, 20), (1000, 20)]
    {
        assert_eq!(steps(breaths, rings, -1, Age::Months(months), &law), STEPS, "{months} months");
    }
    // Born in 2016, judged in September 2021: four or five years old.
    let age = Age::of(Some(2016), None, date(2021, 9, 25));
    assert_eq!(steps(breaths, 30, -1, age, &law), STEPS);
    // Eleven or twelve: the breaths of an adult, and his SpO2, ring first.
    let age = Age::of(Some(2009), None, date(2021, 9, 25));
    assert_eq!(steps(breaths, 20, -1, age, &law), STEPS);
    assert_eq!(steps(spo2, 96, 1, age, &law), STEPS);
    assert_eq!(steps(breaths, 20, -1, Age::Unknown, &law), STEPS);
}

#[test]
fn every_danger_sign_of_every_version_rings_and_is_a_word_of_the_sheet() {
    for version in 1..=5 {
        let (home, law) = (rule("f0.home_care", version), law(version));
        for word in home.texts("signs").unwrap() {
            let sign: Symptom = word.parse().expect("a symptom");
            let verdict = judge(&told(&[sign]), Age::Months(24), None, &law);
            assert_eq!((verdict.grade, verdict.signs), (Grade::Emergency, vec![word]), "version {version}");
        }
    }
}

#[test]
fn every_word_of_the_grades_is_one_of_the_sheet() {
    let grades = rule("f0.alerts", 1);
    for path in ["emergency.not_alone", "today.signs", "watch.signs"] {
        for word in grades.texts(path).unwrap() {
            assert!(word.parse::<Symptom>().is_ok(), "{path}: {word}");
        }
    }
}

#[test]
fn a_danger_sign_that_a_version_does_not_name_rings_all_the_same() {
    assert_eq!(grade(&told(&[Symptom::Convulsion]), ADULT, &law(1)), Grade::Emergency);
    assert_eq!(grade(&told(&[Symptom::CoughingBlood]), ADULT, &law(4)), Grade::Emergency);
    // What the grades name stays what they say.
    assert_eq!(grade(&told(&[Symptom::Vomiting]), ADULT, &law(1)), Grade::Today);
}

#[test]
fn tiredness_alone_is_watched_and_rings_nobody() {
    for version in 1..=5 {
        let law = law(version);
        assert_eq!(grade(&told(&[Symptom::Tired]), ADULT, &law), Grade::Watch);
        assert_eq!(grade(&told(&[Symptom::NoSymptom]), ADULT, &law), Grade::Well);
        assert_eq!(judge(&Vitals::default(), ADULT, None, &law).signs, Vec::<&str>::new());
    }
}

#[test]
fn vomiting_alone_rings_for_a_small_child_and_is_called_about_today_for_others() {
    let law = law(4);
    let vomiting = told(&[Symptom::Vomiting, Symptom::Cough]);
    for (age, expected) in [
        (Age::Months(59), Grade::Emergency),
        (Age::Months(60), Grade::Today),
        (ADULT, Grade::Today),
        (Age::Unknown, Grade::Today),
        // Four or five years old: the stricter.
        (Age::Between { least: 56, most: 68 }, Grade::Emergency),
    ] {
        assert_eq!(grade(&vomiting, age, &law), expected, "{age:?}");
    }
    let both = told(&[Symptom::Vomiting, Symptom::PoorFeeding]);
    assert_eq!(judge(&both, ADULT, None, &law).signs, ["vomiting", "poor_feeding"]);
    assert_eq!(grade(&both, ADULT, &law), Grade::Emergency);
}

#[test]
fn a_fever_is_called_about_when_it_lasts_two_days_or_is_high_in_a_small_child() {
    let law = law(5);
    let lasting = |hours| Before { fever_for: SignedDuration::from_hours(hours) };
    assert_eq!(grade(&degrees(384), ADULT, &law), Grade::Well);
    assert_eq!(grade(&degrees(400), ADULT, &law), Grade::Watch);
    assert_eq!(judge(&degrees(385), ADULT, Some(&lasting(47)), &law).grade, Grade::Watch);
    let verdict = judge(&degrees(385), ADULT, Some(&lasting(48)), &law);
    assert_eq!((verdict.grade, verdict.signs), (Grade::Today, vec!["fever"]));
    // Down again.
    assert_eq!(judge(&degrees(372), ADULT, Some(&lasting(48)), &law).grade, Grade::Well);
    assert_eq!(grade(&degrees(389), Age::Months(59), &law), Grade::Watch);
    assert_eq!(grade(&degrees(390), Age::Months(59), &law), Grade::Today);
    assert_eq!(grade(&degrees(390), Age::Months(60), &law), Grade::Watch);
    // No thermometer in the house.
    assert_eq!(judge(&told(&[Symptom::Fever]), ADULT, Some(&lasting(48)), &law).signs, ["fever"]);
}

#[test]
fn a_fever_lasts_until_an_entry_says_otherwise() {
    let law = law(5);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (hot, told_hot, cool, silent) = (degrees(388), told(&[Symptom::Fever]), degrees(371), spo2(98));
    let now = at("2022-03-05T01:00:00Z");
    let fever_for = |earlier: &[(&str, &Vitals)]| {
        law.before(earlier.iter().map(|(then, vitals)| (at(then), *vitals)), now).fever_for
    };
    let (first, second, third) = ("2022-03-03T01:00:00Z", "2022-03-03T11:00:00Z", "2022-03-04T01:00:00Z");
    assert_eq!(fever_for(&[]), SignedDuration::ZERO);
    assert_eq!(fever_for(&[(third, &hot), (first, &hot)]), SignedDuration::from_hours(48));
    assert_eq!(
        fever_for(&[(first, &told_hot), (second, &silent), (third, &hot)]),
        SignedDuration::from_hours(48)
    );
    assert_eq!(fever_for(&[(first, &hot), (second, &cool), (third, &hot)]), SignedDuration::from_hours(24));
    assert_eq!(fever_for(&[(first, &hot), (third, &cool)]), SignedDuration::ZERO);
    // What was entered later does not count backwards.
    assert_eq!(fever_for(&[("2022-03-05T02:00:00Z", &hot)]), SignedDuration::ZERO);
}

#[test]
fn the_worst_sign_gives_the_grade_and_only_what_asks_for_it_is_named() {
    let vitals = Vitals {
        spo2: Some(91),
        temperature_tenths: Some(390),
        symptoms: BTreeSet::from([Symptom::Breathless, Symptom::Diarrhoea, Symptom::Cough]),
        ..Vitals::default()
    };
    let verdict = judge(&vitals, ADULT, None, &law(2));
    assert_eq!(verdict.grade, Grade::Emergency);
    assert_eq!(verdict.signs, ["spo2", "breathless"]);
    assert!(Grade::Emergency > Grade::Today && Grade::Today > Grade::Watch && Grade::Watch > Grade::Well);
}

#[test]
fn a_day_without_a_version_is_judged_on_the_safe_side_and_says_so() {
    let law = Law::read(date(2021, 7, 31), None, None).unwrap();
    assert_eq!(law.version(), 0);
    assert!(law.rules().iter().all(|rule| rule.version == 0 && !rule.verified));
    assert_eq!(steps(breaths, 21, -1, ADULT, &law), NEAR);
    assert_eq!(steps(spo2, 95, 1, ADULT, &law), NEAR);
    assert_eq!(steps(breaths, 40, -1, Age::Months(30), &law), STEPS);
    assert_eq!(grade(&told(&[Symptom::Convulsion]), ADULT, &law), Grade::Emergency);
    assert_eq!(grade(&told(&[Symptom::Tired]), ADULT, &law), Grade::Watch);
}
