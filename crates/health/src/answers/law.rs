//! The words by which a text is known, by `text.answers`.

use super::model::Meant;
use crate::stand_in::or_latest;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::SignedDuration;
use kernel::{
    Result,
    syllables::{Syllable, clauses},
};
use std::ops::Range;
use store::Cx;

const CODE: &str = "text.answers";

type Phrase = Vec<Syllable>;

#[derive(Clone, Debug)]
pub(super) struct Law {
    signs: Vec<Phrase>,
    cries: Vec<Phrase>,
    harmless: Vec<Phrase>,
    negations: Phrase,
    between: Phrase,
    /// A word, and what it stands for.
    shorthand: Vec<(Syllable, Phrase)>,
    call_back: Vec<Phrase>,
    stop: Vec<Phrase>,
    resume: Vec<Phrase>,
    pub call_back_within: SignedDuration,
    pub answer_again_after: SignedDuration,
}

impl Law {
    /// Of today. A version that cannot be read keeps no danger from being heard: what ships stands in.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, CODE, today).await?;
        Self::read(rule.as_ref()).or_else(|error| {
            tracing::error!(rule.code = CODE, %error, "the rule of texts cannot be read, what ships stands in");
            Self::read(None)
        })
    }

    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, CODE)?;
        let shorthand = phrases(&rule, "shorthand")?;
        Ok(Self {
            signs: phrases(&rule, "signs")?,
            cries: phrases(&rule, "cries")?,
            harmless: phrases(&rule, "harmless")?,
            negations: phrases(&rule, "negations")?.concat(),
            between: phrases(&rule, "between")?.concat(),
            shorthand: shorthand
                .into_iter()
                .filter_map(|line| line.split_first().map(|(short, long)| (short.clone(), long.to_vec())))
                .collect(),
            call_back: phrases(&rule, "call_back_words")?,
            stop: phrases(&rule, "stop_words")?,
            resume: phrases(&rule, "resume_words")?,
            call_back_within: rule.duration("call_back_within")?,
            answer_again_after: rule.duration("answer_again_after")?,
        })
    }

    /// What somebody means. Danger comes before everything; a wish is one only where nothing else is said.
    pub fn meant(&self, words: &str) -> Meant {
        let clauses: Vec<Phrase> = clauses(words).into_iter().map(|clause| self.in_full(clause)).collect();
        if clauses.iter().any(|clause| self.is_danger(clause)) {
            return Meant::Danger;
        }
        let said = clauses.concat();
        let is_one_of = |phrases: &[Phrase]| phrases.iter().any(|phrase| are(&said, phrase));
        if is_one_of(&self.call_back) {
            Meant::CallBack
        } else if is_one_of(&self.stop) {
            Meant::Stop
        } else if is_one_of(&self.resume) {
            Meant::Resume
        } else {
            Meant::Words
        }
    }

    fn in_full(&self, clause: Phrase) -> Phrase {
        let long = |one: Syllable| match self.shorthand.iter().find(|(short, _)| one.may_be(short)) {
            Some((_, long)) => long.clone(),
            None => vec![one],
        };
        clause.into_iter().flat_map(long).collect()
    }

    fn is_danger(&self, clause: &[Syllable]) -> bool {
        let harmless = spots(clause, &self.harmless);
        let counts =
            |at: &Range<usize>| !harmless.iter().any(|one| one.start <= at.start && at.end <= one.end);
        spots(clause, &self.cries).iter().any(counts)
            || spots(clause, &self.signs).iter().any(|at| counts(at) && !self.taken_back(&clause[..at.start]))
    }

    /// Whether what stands before a sign says that it is not so. "Chưa hết" takes back what takes back.
    fn taken_back(&self, before: &[Syllable]) -> bool {
        let mut negations = 0;
        for one in before.iter().rev() {
            if self.negations.iter().any(|meant| one.may_be(meant)) {
                negations += 1;
            } else if !self.between.iter().any(|meant| one.may_be(meant)) {
                break;
            }
        }
        negations % 2 == 1
    }
}

fn phrases(rule: &Rule, path: &str) -> Result<Vec<Phrase>> {
    let lines = rule.texts(path)?.into_iter().map(|line| clauses(line).concat());
    // An empty line would be found everywhere.
    Ok(lines.filter(|phrase: &Phrase| !phrase.is_empty()).collect())
}

fn are(said: &[Syllable], phrase: &[Syllable]) -> bool {
    said.len() == phrase.len() && said.iter().zip(phrase).all(|(one, meant)| one.may_be(meant))
}

/// Where one of these phrases stands, also written as one word.
fn spots(clause: &[Syllable], phrases: &[Phrase]) -> Vec<Range<usize>> {
    let mut spots = Vec::new();
    for (start, first) in clause.iter().enumerate() {
        for phrase in phrases {
            let joined: String = phrase.iter().map(Syllable::letters).collect();
            let length = if phrase.len() > 1 && first.letters() == joined { 1 } else { phrase.len() };
            let said = clause.get(start..start + length);
            if length < phrase.len() || said.is_some_and(|said| are(said, phrase)) {
                spots.push(start..start + length);
            }
        }
    }
    spots
}
