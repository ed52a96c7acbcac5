//! A script, its questions, and the text of what is said with its slots.

use crate::{codes::codes, vitals::Symptom};
use duty::prompts::{self, Say};
use jiff::{SignedDuration, civil::Date};
use kernel::ScriptId;
use serde::{Deserialize, Serialize};

/// Where a `next` leads that ends the conversation about a member, or the whole.
pub const END: &str = "end";
/// What is said to somebody who will not answer, before the call ends.
pub const REFUSED: &str = "refused";
/// What is said when nobody presses a key.
pub const GAVE_UP: &str = "gave_up";

/// Keys that mean the same everywhere: a person, again, the end of an answer.
pub const RESERVED: [char; 3] = ['0', '*', '#'];

/// One script in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// All zeroes for the program's own.
    pub id: ScriptId,
    /// "care", "symptoms".
    pub key: String,
    /// 0 for the program's own.
    pub version: i32,
    pub valid_from: Date,
    pub questions: Vec<Question>,
}

/// Something said, with or without an answer. Those of one member stand together in the script and are asked
/// member by member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Of its script; answers are kept under it.
    pub key: String,
    pub says: Vec<Piece>,
    /// Said before the question is put again, where the answer could not be; the usual words when empty.
    #[serde(default)]
    pub again: Vec<Piece>,
    pub kind: Kind,
    /// For the household, not for each member.
    pub once: bool,
    /// Where an answer leads that names nothing itself; the question below when `None`.
    #[serde(default)]
    pub next: Option<String>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Text(String),
    /// A recorded piece, by its key.
    Clip(String),
    /// What the caller may say of the member.
    Name,
    Ward,
    Station,
    /// The number to call back.
    Number,
    Pause,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By one key.
    Choice(Vec<Choice>),
    /// By up to `most` keys; `unknown` alone says that nothing was measured.
    Digits { most: usize, reading: Reading, unknown: char },
    /// Not at all: it is only said.
    Statement,
}

/// One key of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub key: char,
    /// What the answer is called where it is read.
    pub label: String,
    #[serde(default)]
    pub next: Option<String>,
    #[serde(default)]
    pub symptom: Option<Symptom>,
    /// Whoever conducts the call judges at once, and does not wait for the end of the questions.
    #[serde(default)]
    pub flag: bool,
    #[serde(default)]
    pub act: Act,
}

codes! {
    /// What is measured.
    Reading in "reading" {
        Temperature = "temperature",
        Spo2 = "spo2",
        Pulse = "pulse",
        RespiratoryRate = "respiratory_rate",
    }
    /// What a key does beside answering.
    #[derive(Default)]
    Act in "act" {
        #[default]
        Next = "next",
        /// He will not answer; the call ends politely.
        Refuse = "refuse",
        /// He wants to speak to somebody.
        Person = "person",
    }
}

impl Question {
    /// Said before the call ends, wherever it breaks off; no other question leads to it.
    pub fn is_closing(&self) -> bool {
        self.key == REFUSED || self.key == GAVE_UP
    }

    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Choice(choices) => choices,
            Kind::Digits { .. } | Kind::Statement => &[],
        }
    }

    pub fn names(&self) -> bool {
        self.says.contains(&Piece::Name)
    }
}

impl Script {
    pub fn place(&self, key: &str) -> Option<usize> {
        place(&self.questions, key)
    }

    /// Where question `at` leads by `choice`, or without one; `None` ends.
    pub fn next(&self, at: usize, choice: Option<&Choice>) -> Option<usize> {
        next(&self.questions, at, choice)
    }
}

pub(super) fn place(questions: &[Question], key: &str) -> Option<usize> {
    questions.iter().position(|question| question.key == key)
}

/// Where question `at` leads; what leads nowhere ends, which the check of an edited script refuses.
pub(super) fn next(questions: &[Question], at: usize, choice: Option<&Choice>) -> Option<usize> {
    let named = choice.and_then(|choice| choice.next.as_deref()).or(questions.get(at)?.next.as_deref());
    match named {
        Some(key) => place(questions, key),
        None => below(questions, at),
    }
}

/// The question below; those that only close are passed over.
pub(super) fn below(questions: &[Question], at: usize) -> Option<usize> {
    (at + 1..questions.len()).find(|place| !questions[*place].is_closing())
}

/// Slots as an editor writes them.
const SLOTS: [(&str, Piece); 5] = [
    ("name", Piece::Name),
    ("ward", Piece::Ward),
    ("station", Piece::Station),
    ("number", Piece::Number),
    ("pause", Piece::Pause),
];
const CLIP: &str = "clip:";
const PAUSE: SignedDuration = SignedDuration::from_millis(600);

/// A text with `{name}`, `{ward}`, `{station}`, `{number}`, `{pause}` and `{clip:key}`. Any other brace stays in
/// the text, where the check finds it.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        let slot = after.split_once('}').and_then(|(slot, after)| Some((slot_of(slot)?, after)));
        if let Some((piece, after)) = slot {
            push_text(&mut found, &mut plain);
            found.push(piece);
            rest = after;
        } else {
            plain.push('{');
            rest = after;
        }
    }
    plain.push_str(rest);
    push_text(&mut found, &mut plain);
    found
}

fn push_text(found: &mut Vec<Piece>, plain: &mut String) {
    if !plain.trim().is_empty() {
        found.push(Piece::Text(std::mem::take(plain)));
    }
    plain.clear();
}

fn slot_of(slot: &str) -> Option<Piece> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_';
    match slot.strip_prefix(CLIP) {
        Some(key) if !key.is_empty() && key.chars().all(fits) => Some(Piece::Clip(key.to_owned())),
        Some(_) => None,
        None => SLOTS.iter().find(|(name, _)| *name == slot).map(|(_, piece)| piece.clone()),
    }
}

/// The text as an editor writes it.
pub fn written(pieces: &[Piece]) -> String {
    let slot = |piece: &Piece| SLOTS.iter().find(|(_, known)| known == piece).map_or("", |(name, _)| *name);
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Clip(key) => format!("{{{CLIP}{key}}}"),
            other => format!("{{{}}}", slot(other)),
        })
        .collect()
}

/// What the slots stand for in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    pub ward: String,
    pub station: String,
    /// Read out digit by digit.
    pub number: String,
}

impl Slots {
    /// Where nobody knows yet which ward and station it is.
    pub fn general() -> Self {
        Self { station: general("care.station"), ..Self::default() }
    }
}

/// What somebody is called of whom no name is known.
pub fn somebody() -> String {
    general("ask.patient")
}

/// Words that stand for a name, and can be recorded.
fn general(key: &str) -> String {
    prompts::words_of(key).unwrap_or_default().to_owned()
}

/// What is said, the slots filled. A mark that follows a slot stays with it, so that a voice falls where it
/// should.
pub(super) fn spoken(pieces: &[Piece], name: &str, slots: &Slots) -> Vec<Say> {
    let mut says: Vec<Say> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                let own = text.trim_start();
                let rest = own.trim_start_matches([',', '.', ';', ':', '!', '?']);
                let marks = &own[..own.len() - rest.len()];
                match says.last_mut() {
                    Some(Say::Text(before) | Say::Name(before)) => before.push_str(marks),
                    _ if rest.trim().is_empty() => continue,
                    _ => {}
                }
                push_say(&mut says, rest);
            }
            // Apart from the words around it: no name lies on the disk as speech.
            Piece::Name if name.trim().is_empty() => {}
            Piece::Name => says.push(Say::Name(name.trim().to_owned())),
            Piece::Ward => push_say(&mut says, &slots.ward),
            Piece::Station => push_say(&mut says, &slots.station),
            Piece::Clip(key) => says.push(Say::Clip(key.clone())),
            Piece::Number => {
                let digits: String = slots.number.chars().filter(char::is_ascii_digit).collect();
                if !digits.is_empty() {
                    says.push(Say::Digits(digits));
                }
            }
            Piece::Pause => says.push(Say::Pause(PAUSE)),
        }
    }
    // What nobody has reworded is heard in the voice of the district, where it has recorded it.
    for say in &mut says {
        let key = match say {
            Say::Text(words) | Say::Name(words) => prompts::key_of(words),
            _ => None,
        };
        if let Some(key) = key {
            *say = Say::clip(key);
        }
    }
    says
}

fn push_say(says: &mut Vec<Say>, text: &str) {
    if !text.trim().is_empty() {
        says.push(Say::Text(text.trim().to_owned()));
    }
}

/// What is said, to be read: the dry run's side of a conversation.
pub fn words(says: &[Say]) -> String {
    let words: Vec<String> = says
        .iter()
        .map(|say| match say {
            Say::Text(text) | Say::Name(text) => text.clone(),
            Say::Digits(digits) => digits.clone(),
            Say::Clip(key) => prompts::words_of(key).map_or_else(|| format!("[{key}]"), str::to_owned),
            Say::Pause(_) => "…".to_owned(),
            _ => String::new(),
        })
        .collect();
    words.join(" ")
}
