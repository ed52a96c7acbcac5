//! What is asked, what is answered, and what is wrong with it. Pure.

use super::law::Law;
use crate::{
    cases::{days_agree, event_day},
    codes::codes,
    fault::{Fault, kept},
    people::{Birth, NewPerson},
    vitals::{Symptom, Vitals},
};
use jiff::civil::Date;
use kernel::{Phone, UnitId, ValueError, names::PersonName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

codes! {
    Question in "question" {
        /// Of today.
        Symptoms = "symptoms",
        /// Near an F0 in the last days.
        NearF0 = "near_f0",
        /// A positive test made at home.
        SelfTest = "self_test",
        /// Back from another province, or from an outbreak place.
        CameBack = "came_back",
        /// Somebody at home is isolating.
        HomeIsolates = "home_isolates",
    }
    /// What the station made of a declaration on its list.
    Seen in "seen_as" {
        /// Called, and advised.
        Called = "called",
        /// Named as a contact of an F0.
        Contact = "contact",
        /// A test was ordered.
        Test = "test",
        /// Nothing follows from it.
        Nothing = "nothing",
        /// He declared anew; only the program says so.
        Superseded = "superseded",
    }
}

/// The answers as they were given. No `Debug`: they are of somebody's health.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// `NoSymptom` is an answer, an empty set is none.
    pub symptoms: BTreeSet<Symptom>,
    pub near_f0: Option<bool>,
    pub self_test: Option<bool>,
    /// The day of the positive test, as typed.
    pub test_on: String,
    pub came_back: Option<bool>,
    pub home_isolates: Option<bool>,
}

impl Answers {
    /// The answer to a question of yes or no; `None` for [`Question::Symptoms`] and where none was given.
    pub fn said(&self, question: Question) -> Option<bool> {
        match question {
            Question::Symptoms => None,
            Question::NearF0 => self.near_f0,
            Question::SelfTest => self.self_test,
            Question::CameBack => self.came_back,
            Question::HomeIsolates => self.home_isolates,
        }
    }

    /// Answers a question of yes or no.
    pub fn say(&mut self, question: Question, said: Option<bool>) {
        match question {
            Question::Symptoms => {}
            Question::NearF0 => self.near_f0 = said,
            Question::SelfTest => self.self_test = said,
            Question::CameBack => self.came_back = said,
            Question::HomeIsolates => self.home_isolates = said,
        }
    }

    pub(super) fn vitals(&self) -> Vitals {
        Vitals { symptoms: self.symptoms.clone(), ..Vitals::default() }
    }

    /// What is wrong with the answer to one question.
    pub fn faults_of(&self, question: Question, today: Date, birth: Option<Birth>) -> Vec<Fault> {
        let field = question.as_str();
        match question {
            Question::Symptoms if self.symptoms.is_empty() => {
                vec![Fault { field, key: "error-declare-symptoms" }]
            }
            Question::Symptoms if self.symptoms.len() > 1 && self.symptoms.contains(&Symptom::NoSymptom) => {
                vec![Fault { field, key: "error-symptoms-contradict" }]
            }
            Question::Symptoms => Vec::new(),
            Question::SelfTest if self.self_test == Some(true) => {
                let mut faults = Vec::new();
                kept(&mut faults, "test_on", test_day(&self.test_on, today, birth));
                faults
            }
            _ if self.said(question).is_none() => vec![Fault { field, key: "error-declare-answer" }],
            _ => Vec::new(),
        }
    }

    /// Everything that must be mended, in the order of the questions of the day.
    pub fn faults(&self, law: &Law, today: Date, birth: Option<Birth>) -> Vec<Fault> {
        law.questions().iter().flat_map(|question| self.faults_of(*question, today, birth)).collect()
    }

    /// The answers to the questions of the day alone: what is no longer asked is not kept.
    pub(super) fn only(mut self, law: &Law) -> Self {
        for question in Question::ALL {
            if law.asks(*question) {
                continue;
            }
            self.say(*question, None);
            if *question == Question::Symptoms {
                self.symptoms.clear();
            }
        }
        if self.self_test != Some(true) {
            self.test_on.clear();
        }
        self
    }
}

fn test_day(text: &str, today: Date, birth: Option<Birth>) -> Result<Date, ValueError> {
    let day = event_day(text, today)?;
    days_agree(day, None, birth).map_err(|(_, error)| error)?;
    Ok(day)
}

/// Somebody who is not on record, as a form tells of him.
///
/// Errors: `full_name`: those of [`PersonName::parse`]; `birth`: `error-birth-empty`, those of [`Birth::parse`];
/// `ward`: `error-ward-missing`.
pub fn newcomer(
    full_name: &str,
    birth: &str,
    ward: Option<UnitId>,
    phone: Option<Phone>,
    today: Date,
) -> Result<NewPerson, Vec<Fault>> {
    let mut faults = Vec::new();
    let name = kept(&mut faults, "full_name", PersonName::parse(full_name));
    let birth = if birth.trim().is_empty() {
        faults.push(Fault { field: "birth", key: "error-birth-empty" });
        None
    } else {
        kept(&mut faults, "birth", Birth::parse(birth, today))
    };
    if ward.is_none() {
        faults.push(Fault { field: "ward", key: "error-ward-missing" });
    }
    match name {
        Some(name) if faults.is_empty() => Ok(NewPerson {
            name,
            birth,
            sex: None,
            citizen_id: None,
            phone,
            address: None,
            ward,
            ward_guessed: false,
            quarter: None,
            import: None,
        }),
        _ => Err(faults),
    }
}
