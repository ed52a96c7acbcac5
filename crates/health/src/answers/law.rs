//! The words by which a text is known, by `text.answers`.

use super::{
    model::{Meant, Told},
    ours, oxygen,
};
use crate::{alerts, stand_in::or_latest};
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

pub(super) type Phrase = Vec<Syllable>;

#[derive(Clone, Debug)]
pub(super) struct Law {
    signs: Vec<Phrase>,
    cries: Vec<Phrase>,
    harmless: Vec<Phrase>,
    negations: Phrase,
    /// Negations that mean something else too: they count at the head of a clause, with nothing but `heads` before
    /// them.
    at_head: Phrase,
    heads: Phrase,
    between: Phrase,
    /// A sign before one of these is there: that it lessens is what is denied.
    relief: Phrase,
    oxygen: oxygen::Words,
    /// SpO2 below which it is an emergency.
    oxygen_below: i16,
    /// A word, and what it stands for.
    shorthand: Vec<(Syllable, Phrase)>,
    call_back: Vec<Phrase>,
    stop: Vec<Phrase>,
    resume: Vec<Phrase>,
    pub call_back_within: SignedDuration,
    pub answer_again_after: SignedDuration,
    /// Answers that one number gets on a day; to danger there is always one.
    pub answers_a_day: i64,
    /// Alarms of unknown numbers that ring by themselves in this time.
    pub most_unknown: usize,
    pub unknown_within: SignedDuration,
}

impl Law {
    /// Of today. A version that cannot be read keeps no danger from being heard: what ships stands in.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, CODE, today).await?;
        let below = alerts::law_on(cx, today).await?.spo2_below();
        Self::read(rule.as_ref(), below).or_else(|error| {
            tracing::error!(rule.code = CODE, %error, "the rule of texts cannot be read, what ships stands in");
            Self::read(None, below)
        })
    }

    pub fn read(rule: Option<&Rule>, oxygen_below: i16) -> Result<Self> {
        let rule = or_latest(rule, CODE)?;
        let shorthand = phrases(&rule, "shorthand")?;
        Ok(Self {
            signs: phrases(&rule, "signs")?,
            cries: phrases(&rule, "cries")?,
            harmless: phrases(&rule, "harmless")?,
            negations: phrases(&rule, "negations")?.concat(),
            at_head: phrases(&rule, "at_head")?.concat(),
            heads: phrases(&rule, "heads")?.concat(),
            between: phrases(&rule, "between")?.concat(),
            relief: phrases(&rule, "relief")?.concat(),
            oxygen: oxygen::Words {
                names: phrases(&rule, "oxygen")?.concat(),
                between: phrases(&rule, "oxygen_between")?.concat(),
                units: phrases(&rule, "oxygen_units")?.concat(),
            },
            oxygen_below,
            shorthand: shorthand
                .into_iter()
                .filter_map(|line| line.split_first().map(|(short, long)| (short.clone(), long.to_vec())))
                .collect(),
            call_back: phrases(&rule, "call_back_words")?,
            stop: phrases(&rule, "stop_words")?,
            resume: phrases(&rule, "resume_words")?,
            call_back_within: rule.duration("call_back_within")?,
            answer_again_after: rule.duration("answer_again_after")?,
            answers_a_day: with(&rule, "answers_a_day", |rule| rule.int("answers_a_day"))?,
            most_unknown: most_unknown(&rule)?,
            unknown_within: with(&rule, "unknown_within", |rule| rule.duration("unknown_within"))?,
        })
    }

    /// What somebody means. Danger comes before everything; a wish is one only where nothing else is said. An
    /// answer of ours that is sent back says nothing.
    pub fn told(&self, words: &str) -> Told {
        if ours::is_ours(words) {
            return Told { meant: Meant::Words, signs: Vec::new() };
        }
        let clauses: Vec<Phrase> = clauses(words).into_iter().map(|clause| self.in_full(clause)).collect();
        let mut signs: Vec<String> = clauses.iter().flat_map(|clause| self.signs_in(clause)).collect();
        if self.oxygen.low(&clauses, self.oxygen_below) {
            signs.push(oxygen::SIGN.to_owned());
        }
        signs.sort_unstable();
        signs.dedup();
        if !signs.is_empty() {
            return Told { meant: Meant::Danger, signs };
        }
        let said = clauses.concat();
        let is_one_of = |phrases: &[Phrase]| phrases.iter().any(|phrase| are(&said, phrase));
        let meant = if is_one_of(&self.call_back) {
            Meant::CallBack
        } else if is_one_of(&self.stop) {
            Meant::Stop
        } else if is_one_of(&self.resume) {
            Meant::Resume
        } else {
            Meant::Words
        };
        Told { meant, signs }
    }

    fn in_full(&self, clause: Phrase) -> Phrase {
        let long = |one: Syllable| match self.shorthand.iter().find(|(short, _)| one.may_be(short)) {
            Some((_, long)) => long.clone(),
            None => vec![one],
        };
        clause.into_iter().flat_map(long).collect()
    }

    /// The phrases of danger in a clause, without marks.
    fn signs_in(&self, clause: &[Syllable]) -> Vec<String> {
        let harmless = spots(clause, &self.harmless);
        let counts =
            |at: &Range<usize>| !harmless.iter().any(|(one, _)| one.start <= at.start && at.end <= one.end);
        let cries = spots(clause, &self.cries).into_iter().filter(|(at, _)| counts(at));
        let signs = spots(clause, &self.signs)
            .into_iter()
            .filter(|(at, _)| counts(at) && !self.taken_back(&clause[..at.start], &clause[at.end..]));
        cries.chain(signs).map(|(_, phrase)| letters(phrase)).collect()
    }

    /// Whether what stands around a sign says that it is not so. "Chưa hết" takes back what takes back. Where it
    /// may mean something else ("không biết gì hết", "bình oxy hết", "chưa thấy giảm") it is danger.
    fn taken_back(&self, before: &[Syllable], after: &[Syllable]) -> bool {
        let is_one_of = |one: &Syllable, words: &[Syllable]| words.iter().any(|meant| one.may_be(meant));
        let next = after.iter().find(|one| !is_one_of(one, &self.between));
        if next.is_some_and(|one| is_one_of(one, &self.relief)) {
            return false;
        }
        let mut negations = 0;
        for (at, one) in before.iter().enumerate().rev() {
            if is_one_of(one, &self.at_head) {
                let head = before[..at].iter().all(|one| is_one_of(one, &self.heads));
                return head && negations == 0;
            }
            if is_one_of(one, &self.negations) {
                negations += 1;
            } else if !is_one_of(one, &self.between) {
                break;
            }
        }
        negations % 2 == 1
    }
}

/// A centre's own version may be older than a value: what ships stands in for it.
fn with<T>(rule: &Rule, path: &str, read: impl FnOnce(&Rule) -> Result<T>) -> Result<T> {
    if rule.get(path).is_some() { read(rule) } else { read(&or_latest(None, CODE)?) }
}

fn most_unknown(rule: &Rule) -> Result<usize> {
    let most = with(rule, "most_unknown", |rule| rule.int("most_unknown"))?;
    // One always rings.
    Ok(usize::try_from(most).unwrap_or_default().max(1))
}

fn phrases(rule: &Rule, path: &str) -> Result<Vec<Phrase>> {
    with(rule, path, |rule| {
        let lines = rule.texts(path)?.into_iter().map(|line| clauses(line).concat());
        // An empty line would be found everywhere.
        Ok(lines.filter(|phrase: &Phrase| !phrase.is_empty()).collect())
    })
}

pub(super) fn are(said: &[Syllable], phrase: &[Syllable]) -> bool {
    said.len() == phrase.len() && said.iter().zip(phrase).all(|(one, meant)| one.may_be(meant))
}

fn letters(phrase: &[Syllable]) -> String {
    phrase.iter().map(Syllable::letters).collect::<Vec<_>>().join(" ")
}

/// Where one of these phrases stands, also written as one word.
fn spots<'a>(clause: &[Syllable], phrases: &'a [Phrase]) -> Vec<(Range<usize>, &'a Phrase)> {
    let mut spots = Vec::new();
    for (start, first) in clause.iter().enumerate() {
        for phrase in phrases {
            let joined: String = phrase.iter().map(Syllable::letters).collect();
            let length = if phrase.len() > 1 && first.letters() == joined { 1 } else { phrase.len() };
            let said = clause.get(start..start + length);
            if length < phrase.len() || said.is_some_and(|said| are(said, phrase)) {
                spots.push((start..start + length, phrase));
            }
        }
    }
    spots
}
