//! What an editor must mend before a script can be asked.

use super::model::{Act, Choice, END, Kind, Piece, Question, RESERVED, next, place, written};
use duty::prompts;
use kernel::Error;
use std::collections::BTreeSet;

/// Characters of one text.
pub const WORDS: usize = 400;
/// Questions of one script.
pub const QUESTIONS: usize = 40;
/// Keys of one choice.
pub const CHOICES: usize = 9;
const KEY: usize = 30;
const LABEL: usize = 60;
const DIGITS: usize = 6;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFault {
    /// Place of the question in the script; `None` for the whole.
    pub question: Option<usize>,
    /// Place of the key in its choice.
    pub choice: Option<usize>,
    /// `key`, `says`, `again`, `kind`, `once`, `next`, `most`, `unknown`, `choices`; of a choice `key`, `label`, `next`,
    /// `symptom`, `flag`; of the whole `questions`.
    pub field: &'static str,
    /// The message key.
    pub key: &'static str,
}

impl From<&ScriptFault> for Error {
    fn from(fault: &ScriptFault) -> Self {
        Self::invalid(fault.field, fault.key)
    }
}

/// All that is wrong with a script; nothing where it can be asked.
pub fn check(questions: &[Question]) -> Vec<ScriptFault> {
    let mut faults = Faults(Vec::new());
    if questions.iter().all(Question::is_closing) {
        faults.whole("error-script-empty");
        return faults.0;
    }
    if questions.len() > QUESTIONS {
        faults.whole("error-script-many");
        return faults.0;
    }
    for (at, question) in questions.iter().enumerate() {
        each(questions, at, question, &mut faults);
    }
    // Where a question leads is worth looking at only when every name is one.
    if faults.0.is_empty() {
        ways(questions, &mut faults);
    }
    faults.0
}

struct Faults(Vec<ScriptFault>);

impl Faults {
    fn whole(&mut self, key: &'static str) {
        self.0.push(ScriptFault { question: None, choice: None, field: "questions", key });
    }

    fn at(&mut self, question: usize, field: &'static str, key: &'static str) {
        self.0.push(ScriptFault { question: Some(question), choice: None, field, key });
    }

    fn of(&mut self, question: usize, choice: usize, field: &'static str, key: &'static str) {
        self.0.push(ScriptFault { question: Some(question), choice: Some(choice), field, key });
    }
}

fn each(all: &[Question], at: usize, question: &Question, faults: &mut Faults) {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let key = &question.key;
    if key.is_empty() || key.len() > KEY || !key.chars().all(fits) || key == END {
        faults.at(at, "key", "error-script-key");
    } else if place(all, key) != Some(at) {
        faults.at(at, "key", "error-script-key-twice");
    }
    said(at, "says", &question.says, question.once, faults);
    if question.says.is_empty() {
        faults.at(at, "says", "error-script-words");
    }
    said(at, "again", &question.again, question.once, faults);
    if !leads(all, question.next.as_deref()) {
        faults.at(at, "next", "error-script-next");
    }
    if question.is_closing() && !(question.once && question.kind == Kind::Statement) {
        faults.at(at, "kind", "error-script-closing");
    }
    match &question.kind {
        Kind::Statement => {}
        Kind::Choice(choices) => chosen(all, at, question, choices, faults),
        Kind::Digits { most, unknown, .. } => {
            if !(1..=DIGITS).contains(most) {
                faults.at(at, "most", "error-script-most");
            }
            if !unknown.is_ascii_digit() {
                faults.at(at, "unknown", "error-script-unknown");
            }
            if question.once {
                faults.at(at, "once", "error-script-reading-once");
            }
        }
    }
}

fn said(at: usize, field: &'static str, pieces: &[Piece], once: bool, faults: &mut Faults) {
    if written(pieces).chars().count() > WORDS {
        faults.at(at, field, "error-script-words-long");
    }
    let strange = |piece: &Piece| match piece {
        Piece::Text(text) => text.contains(['{', '}']),
        Piece::Clip(key) => prompts::words_of(key).is_none(),
        _ => false,
    };
    if pieces.iter().any(strange) {
        faults.at(at, field, "error-script-slot");
    }
    if once && pieces.contains(&Piece::Name) {
        faults.at(at, field, "error-script-name-once");
    }
}

fn chosen(all: &[Question], at: usize, question: &Question, choices: &[Choice], faults: &mut Faults) {
    if choices.is_empty() {
        faults.at(at, "choices", "error-script-no-choice");
    }
    let mut keys = BTreeSet::new();
    for (n, choice) in choices.iter().enumerate() {
        if RESERVED.contains(&choice.key) {
            faults.of(at, n, "key", "error-script-reserved");
        } else if !choice.key.is_ascii_digit() {
            faults.of(at, n, "key", "error-script-choice-key");
        } else if !keys.insert(choice.key) {
            faults.of(at, n, "key", "error-script-choice-twice");
        }
        if choice.label.trim().is_empty() {
            faults.of(at, n, "label", "error-text-missing");
        } else if choice.label.chars().count() > LABEL {
            faults.of(at, n, "label", "error-text-too-long");
        }
        if !leads(all, choice.next.as_deref()) {
            faults.of(at, n, "next", "error-script-next");
        }
        if question.once && choice.symptom.is_some() {
            faults.of(at, n, "symptom", "error-script-flag-once");
        }
        if question.once && choice.flag {
            faults.of(at, n, "flag", "error-script-flag-once");
        }
    }
}

fn leads(all: &[Question], next: Option<&str>) -> bool {
    next.is_none_or(|key| key == END || place(all, key).is_some_and(|place| !all[place].is_closing()))
}

/// Where a question can lead; `None` is the end.
fn exits(all: &[Question], at: usize) -> BTreeSet<Option<usize>> {
    match all[at].choices() {
        [] => BTreeSet::from([next(all, at, None)]),
        choices => choices
            .iter()
            .map(|choice| if choice.act == Act::Next { next(all, at, Some(choice)) } else { None })
            .collect(),
    }
}

fn ways(all: &[Question], faults: &mut Faults) {
    let Some(first) = all.iter().position(|question| !question.is_closing()) else { return };
    let exits: Vec<BTreeSet<Option<usize>>> = (0..all.len()).map(|at| exits(all, at)).collect();
    let reached = reach(first, |at| exits[at].iter().copied().flatten().collect());
    for (at, question) in all.iter().enumerate() {
        if !question.is_closing() && !reached.contains(&at) {
            faults.at(at, "key", "error-script-unreachable");
        }
    }
    // Back from the end: what cannot be met on the way is in a loop without end, or leads into one.
    let mut out: BTreeSet<usize> = BTreeSet::new();
    loop {
        let more: Vec<usize> = (0..all.len())
            .filter(|at| !out.contains(at))
            .filter(|at| exits[*at].iter().any(|to| to.is_none_or(|to| out.contains(&to))))
            .collect();
        if more.is_empty() {
            break;
        }
        out.extend(more);
    }
    for at in reached.iter().copied().filter(|at| !out.contains(at)) {
        faults.at(at, "next", "error-script-loop");
    }
    if !out.contains(&first) {
        faults.whole("error-script-no-way-out");
    }
    members(all, first, &exits, &reached, faults);
}

/// Questions of one member stand together, begin with his name, and are left for good.
fn members(
    all: &[Question],
    first: usize,
    exits: &[BTreeSet<Option<usize>>],
    reached: &BTreeSet<usize>,
    faults: &mut Faults,
) {
    let of_member = |at: usize| !all[at].once;
    if !reached.iter().copied().any(of_member) {
        faults.whole("error-script-no-member");
    }
    let mut begins: BTreeSet<usize> = BTreeSet::new();
    if of_member(first) {
        begins.insert(first);
    }
    for at in reached.iter().copied().filter(|at| !of_member(*at)) {
        begins.extend(exits[at].iter().copied().flatten().filter(|to| of_member(*to)));
    }
    for at in &begins {
        if !all[*at].names() {
            faults.at(*at, "says", "error-script-name-first");
        }
    }
    // Whatever is said to the household after its members leads back to none of them.
    let after = reached.iter().copied().filter(|at| of_member(*at));
    let after: BTreeSet<usize> =
        after.flat_map(|at| exits[at].iter().copied().flatten()).filter(|to| !of_member(*to)).collect();
    let mut back: BTreeSet<usize> = BTreeSet::new();
    for at in after {
        let household = reach(at, |at| {
            let to = exits[at].iter().copied().flatten();
            if of_member(at) { Vec::new() } else { to.collect() }
        });
        back.extend(household.into_iter().filter(|to| of_member(*to)));
    }
    for at in back {
        faults.at(at, "once", "error-script-apart");
    }
}

fn reach(first: usize, exits: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([first]);
    let mut open = vec![first];
    while let Some(at) = open.pop() {
        for to in exits(at) {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}
