use super::{
    Answers, Law, Question, newcomer,
    who::{masked_name, masked_year},
};
use crate::{
    alerts::{self, Grade, Verdict},
    vitals::{Age, Symptom},
};
use jiff::civil::date;
use kernel::UnitId;
use uuid::Uuid;

fn well() -> Answers {
    Answers {
        symptoms: [Symptom::NoSymptom].into(),
        near_f0: Some(false),
        self_test: Some(false),
        came_back: Some(false),
        home_isolates: Some(false),
        ..Answers::default()
    }
}

fn faults(edit: impl Fn(&mut Answers)) -> Vec<(&'static str, &'static str)> {
    let law = Law::read(None).unwrap();
    let mut answers = well();
    edit(&mut answers);
    let told = answers.faults(&law, date(2021, 9, 25), None);
    told.into_iter().map(|fault| (fault.field, fault.key)).collect()
}

fn judged(edit: impl Fn(&mut Answers)) -> (Verdict, bool, Vec<Question>) {
    let (law, alarms) = (Law::read(None).unwrap(), alerts::Law::read(date(2021, 9, 25), None, None).unwrap());
    let mut answers = well();
    edit(&mut answers);
    let verdict = alerts::judge(&answers.vitals(), Age::Unknown, None, &alarms);
    let (looks, flags) = (law.looks(&answers, &verdict), law.flags(&answers, verdict.grade));
    (verdict, looks, flags)
}

#[test]
fn five_questions_at_most_are_asked_of_symptoms_that_exist() {
    let law = Law::read(None).unwrap();
    assert_eq!(law.questions(), Question::ALL);
    assert!(law.questions().len() <= 5);
    assert!(law.symptoms().contains(&Symptom::Breathless) && !law.symptoms().contains(&Symptom::NoSymptom));
    assert_eq!((law.valid_for.as_hours(), law.near_days()), (72, 14));
}

#[test]
fn each_question_says_what_is_wrong_with_its_answer() {
    assert_eq!(faults(|_| {}), []);
    assert_eq!(faults(|told| told.symptoms.clear()), [("symptoms", "error-declare-symptoms")]);
    assert_eq!(
        faults(|told| _ = told.symptoms.insert(Symptom::Cough)),
        [("symptoms", "error-symptoms-contradict")]
    );
    assert_eq!(faults(|told| told.came_back = None), [("came_back", "error-declare-answer")]);
    assert_eq!(faults(|told| told.self_test = Some(true)), [("test_on", "error-date-empty")]);
    let tested = |day: &'static str| {
        faults(move |told| {
            told.self_test = Some(true);
            told.test_on = day.into();
        })
    };
    assert_eq!(tested("25/9/2021"), []);
    assert_eq!(tested("26/9/2021"), [("test_on", "error-date-future")]);
}

#[test]
fn danger_rings_a_red_flag_is_looked_at_and_tiredness_asks_for_nobody() {
    let (verdict, looks, flags) = judged(|_| {});
    assert_eq!((verdict.grade, looks, flags), (Grade::Well, false, vec![]));
    let (verdict, looks, flags) = judged(|told| told.symptoms = [Symptom::Tired].into());
    assert_eq!((verdict.grade, looks, flags), (Grade::Watch, false, vec![]));
    let (_, looks, flags) = judged(|told| told.symptoms = [Symptom::Cough].into());
    assert_eq!((looks, flags), (true, vec![Question::Symptoms]));
    let (verdict, _, flags) = judged(|told| told.symptoms = [Symptom::Breathless].into());
    assert_eq!((verdict.grade, flags), (Grade::Emergency, vec![Question::Symptoms]));
    let (verdict, looks, flags) = judged(|told| told.near_f0 = Some(true));
    assert_eq!((verdict.grade, looks, flags), (Grade::Well, true, vec![Question::NearF0]));
    // A self-test has a ticket of its own.
    let (_, looks, flags) = judged(|told| told.self_test = Some(true));
    assert_eq!((looks, flags), (false, vec![Question::SelfTest]));
}

#[test]
fn what_is_not_asked_any_more_is_not_kept() {
    let law = Law::read(None).unwrap();
    let answers = Answers { test_on: "25/9/2021".into(), ..well() };
    assert_eq!(answers.only(&law).test_on, "", "no test, no day");
}

#[test]
fn a_newcomer_says_name_birth_and_ward() {
    let ward = Some(UnitId(Uuid::from_u128(1)));
    let faults = |name: &str, birth: &str, ward| {
        let told = newcomer(name, birth, ward, None, date(2021, 9, 25)).err().unwrap_or_default();
        told.into_iter().map(|fault| (fault.field, fault.key)).collect::<Vec<_>>()
    };
    assert_eq!(faults("Lê Thị Thử", "1985", ward), []);
    assert_eq!(
        faults(" ", "", None),
        [("full_name", "error-name-empty"), ("birth", "error-birth-empty"), ("ward", "error-ward-missing")]
    );
    assert_eq!(faults("Lê Thị Thử", "2022", ward), [("birth", "error-birth-future")]);
}

#[test]
fn of_a_name_the_given_name_alone_is_shown() {
    assert_eq!(masked_name("Trần Thị Bích"), "T·· T·· Bích");
    assert_eq!(masked_name("Đỗ Ân"), "Đ·· Ân");
    assert_eq!(masked_name("Sáu"), "Sáu");
    assert_eq!(masked_year(1985), "19··");
}
