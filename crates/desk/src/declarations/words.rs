//! The questions and answers in the reader's words.

use health::{
    declarations::{Answers, Law, Question, Seen},
    vitals::Symptom,
};
use pages::Words;

pub fn symptom(w: Words, one: Symptom) -> String {
    w.by_key(&format!("symptom-{}", one.as_str().replace('_', "-")))
}

pub fn question(w: Words, one: Question) -> String {
    w.by_key(&format!("declare-check-{}", one.as_str().replace('_', "-")))
}

/// The question in full, as the resident reads it.
pub fn title(w: Words, law: &Law, one: Question) -> String {
    let days = law.near_days().to_string();
    match one {
        Question::Symptoms => w.declare_symptoms_title(),
        Question::NearF0 => w.declare_near_f0_title(days),
        Question::SelfTest => w.declare_self_test_title(),
        Question::CameBack => w.declare_came_back_title(days),
        Question::HomeIsolates => w.declare_home_isolates_title(),
    }
}

pub fn answer(w: Words, answers: &Answers, one: Question) -> String {
    match (one, answers.said(one)) {
        (Question::Symptoms, _) if answers.symptoms.is_empty() => w.declare_check_empty(),
        (Question::Symptoms, _) => {
            answers.symptoms.iter().map(|sign| symptom(w, *sign)).collect::<Vec<_>>().join(", ")
        }
        (Question::SelfTest, Some(true)) => w.declare_check_self_test_on(answers.test_on.as_str()),
        (_, Some(true)) => w.declare_yes(),
        (_, Some(false)) => w.declare_no(),
        (_, None) => w.declare_check_empty(),
    }
}

/// A red flag: what was answered, where the question alone does not say it.
pub fn flag(w: Words, answers: &Answers, one: Question) -> String {
    match one {
        Question::Symptoms => answer(w, answers, one),
        other => question(w, other),
    }
}

pub fn seen(w: Words, one: Seen) -> String {
    w.by_key(&format!("declarations-seen-{}", one.as_str()))
}
