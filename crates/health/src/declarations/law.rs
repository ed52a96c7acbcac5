//! The rule of a declaration, and what the answers come to by it.

use super::model::{Answers, Question};
use crate::{
    alerts::{Grade, Verdict},
    stand_in::or_latest,
    vitals::Symptom,
};
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::SignedDuration;
use kernel::{Error, Result};
use std::collections::BTreeSet;
use store::Cx;

const CODE: &str = "declaration.valid";
/// Nobody is asked more than this.
const MOST: usize = 5;

/// `declaration.valid` of one day.
#[derive(Clone, Debug)]
pub struct Law {
    rule: Rule,
    questions: Vec<Question>,
    symptoms: Vec<Symptom>,
    look: Vec<Question>,
    look_signs: BTreeSet<Symptom>,
    near_days: i64,
    /// How long a declaration holds from the moment it is made.
    pub valid_for: SignedDuration,
}

impl Law {
    /// Of today. A version that cannot be read keeps nobody from declaring: what ships stands in.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, CODE, today).await?;
        Self::read(rule.as_ref()).or_else(|error| {
            tracing::error!(rule.code = CODE, %error, "the rule of declarations cannot be read, what ships stands in");
            Self::read(None)
        })
    }

    /// A word that nothing here knows is passed over.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind, and where no question is left.
    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, CODE)?;
        let mut questions: Vec<Question> = Vec::new();
        for question in rule.texts("questions")?.into_iter().filter_map(|word| word.parse().ok()) {
            if !questions.contains(&question) && questions.len() < MOST {
                questions.push(question);
            }
        }
        if questions.is_empty() {
            return Err(Error::internal("a declaration without a question"));
        }
        let signs = |path: &str| -> Result<Vec<Symptom>> {
            Ok(rule.texts(path)?.into_iter().filter_map(|word| word.parse().ok()).collect())
        };
        let mut symptoms = signs("symptoms")?;
        symptoms.retain(|sign| *sign != Symptom::NoSymptom);
        Ok(Self {
            questions,
            symptoms,
            look: rule.texts("look")?.into_iter().filter_map(|word| word.parse().ok()).collect(),
            look_signs: signs("look_signs")?.into_iter().collect(),
            near_days: rule.int("near_days")?,
            valid_for: rule.duration("valid_for")?,
            rule,
        })
    }

    /// In the order in which they are asked.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    pub fn asks(&self, question: Question) -> bool {
        self.questions.contains(&question)
    }

    /// The symptoms that are asked for, without the answer that there are none.
    pub fn symptoms(&self) -> &[Symptom] {
        &self.symptoms
    }

    /// How many days back the questions look.
    pub fn near_days(&self) -> i64 {
        self.near_days
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Whether somebody of the station has to look at these answers, beside what rings and what is a self-test of
    /// its own.
    pub(super) fn looks(&self, answers: &Answers, verdict: &Verdict) -> bool {
        let said = |question: &Question| answers.said(*question) == Some(true);
        self.look.iter().any(said)
            || answers.symptoms.iter().any(|sign| self.look_signs.contains(sign))
            || verdict.grade == Grade::Today
    }

    /// The answers that are red flags, in the order of the questions.
    pub(super) fn flags(&self, answers: &Answers, grade: Grade) -> Vec<Question> {
        let flags = |question: &Question| match question {
            Question::Symptoms => {
                grade >= Grade::Today || answers.symptoms.iter().any(|sign| self.look_signs.contains(sign))
            }
            Question::SelfTest => answers.self_test == Some(true),
            other => self.look.contains(other) && answers.said(*other) == Some(true),
        };
        self.questions.iter().copied().filter(flags).collect()
    }
}
