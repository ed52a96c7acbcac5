//! The questions and answers in the reader's words.

use health::{
    declarations::{Answers, Law, Question},
    vitals::Symptom,
};
use pages::{Portal, Words};

/// The question itself.
pub(super) fn title(p: &Portal, law: &Law, question: Question) -> String {
    let (w, days) = (p.w, law.near_days().to_string());
    match question {
        Question::Symptoms => w.declare_symptoms_title(),
        Question::NearF0 => w.declare_near_f0_title(days),
        Question::SelfTest => w.declare_self_test_title(),
        Question::CameBack => w.declare_came_back_title(days),
        Question::HomeIsolates => w.declare_home_isolates_title(),
    }
}

pub(super) fn hint(p: &Portal, question: Question) -> String {
    let w = p.w;
    match question {
        Question::Symptoms => w.declare_symptoms_hint(p.medical()),
        Question::NearF0 => w.declare_near_f0_hint(),
        Question::SelfTest => w.declare_self_test_hint(),
        Question::CameBack => w.declare_came_back_hint(),
        Question::HomeIsolates => w.declare_home_isolates_hint(),
    }
}

/// What is asked, in few words.
pub(super) fn label(w: Words, question: Question) -> String {
    match question {
        Question::Symptoms => w.declare_check_symptoms(),
        Question::NearF0 => w.declare_check_near_f0(),
        Question::SelfTest => w.declare_check_self_test(),
        Question::CameBack => w.declare_check_came_back(),
        Question::HomeIsolates => w.declare_check_home_isolates(),
    }
}

pub(super) fn symptom(w: Words, one: Symptom) -> String {
    w.by_key(&format!("symptom-{}", one.as_str().replace('_', "-")))
}

/// What was answered.
pub(super) fn answer(w: Words, answers: &Answers, question: Question) -> String {
    match (question, answers.said(question)) {
        (Question::Symptoms, _) if answers.symptoms.is_empty() => w.declare_check_empty(),
        (Question::Symptoms, _) => {
            answers.symptoms.iter().map(|one| symptom(w, *one)).collect::<Vec<_>>().join(", ")
        }
        (Question::SelfTest, Some(true)) => w.declare_check_self_test_on(answers.test_on.as_str()),
        (_, Some(true)) => w.declare_yes(),
        (_, Some(false)) => w.declare_no(),
        (_, None) => w.declare_check_empty(),
    }
}
