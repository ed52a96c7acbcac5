//! The scripts that ship. Their words are the program's own choice, and each of them an announcement that can be
//! recorded; a district writes its own versions.

use super::model::{Act, Choice, GAVE_UP, Kind, Piece, Question, REFUSED, Reading, Script, pieces};
use crate::vitals::Symptom;
use duty::prompts;
use jiff::civil::Date;
use kernel::{Error, Result, ScriptId};
use uuid::Uuid;

/// The conversations there are.
pub const KEYS: [&str; 2] = ["care", "symptoms"];

/// The program's own version of a script, version 0.
///
/// Errors: `NotFound` for a conversation that there is not.
pub fn shipped(key: &str) -> Result<Script> {
    let questions = match key {
        "care" => care(),
        "symptoms" => symptoms(),
        _ => return Err(Error::NotFound),
    };
    let id = ScriptId(Uuid::nil());
    Ok(Script { id, key: key.to_owned(), version: 0, valid_from: Date::MIN, questions })
}

/// Said where a question names no words of its own for an answer that cannot be.
pub(super) fn usual_again(kind: &Kind) -> Vec<Piece> {
    said(match kind {
        Kind::Digits { reading: Reading::Temperature, .. } => "{clip:ask.not_temperature}",
        Kind::Digits { reading: Reading::Spo2, .. } => "{clip:ask.not_spo2}",
        Kind::Digits { .. } => "{clip:ask.not_reading}",
        Kind::Choice(_) | Kind::Statement => "{clip:care.not_understood}",
    })
}

/// Said before a question that nobody answered is put again.
pub(super) fn usual_silence() -> Vec<Piece> {
    said("{clip:care.repeat}")
}

/// Said where nobody would know about whom a question is.
pub(super) fn usual_about() -> Vec<Piece> {
    said("{clip:ask.about} {name}.")
}

/// Said where a script has no closing words of its own.
pub(super) fn usual_closing(key: &str) -> Vec<Piece> {
    said(if key == REFUSED { REFUSED_WORDS } else { GAVE_UP_WORDS })
}

const REFUSED_WORDS: &str = "{clip:care.refused} {station} {clip:care.refused_then}";
const GAVE_UP_WORDS: &str = "{clip:care.gave_up} {station} {clip:care.gave_up_then}";

/// A text in which announcements stand by their keys, in their words: an editor reads what is heard, and what he
/// leaves as it is stays an announcement.
fn said(text: &str) -> Vec<Piece> {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{clip:") {
        let (key, after) = after.split_once('}').unwrap_or((after, ""));
        words.push_str(before);
        words.push_str(prompts::words_of(key).unwrap_or_default());
        rest = after;
    }
    words.push_str(rest);
    pieces(&words)
}

fn statement(key: &str, says: &str) -> Question {
    question(key, says, Kind::Statement, true)
}

fn question(key: &str, says: &str, kind: Kind, once: bool) -> Question {
    Question { key: key.to_owned(), says: said(says), again: Vec::new(), kind, once, next: None }
}

fn digits(key: &str, says: &str, reading: Reading, most: usize) -> Question {
    question(key, says, Kind::Digits { most, reading, unknown: '0' }, false)
}

fn choice(key: char, label: &str) -> Choice {
    Choice { key, label: label.to_owned(), next: None, symptom: None, flag: false, act: Act::Next }
}

fn sign(key: char, label: &str, symptom: Symptom, flag: bool) -> Choice {
    Choice { symptom: Some(symptom), flag, ..choice(key, label) }
}

/// A sign asked for: 1 yes, 2 no.
fn has(key: &str, says: &str, symptom: Symptom, flag: bool) -> Question {
    let choices = vec![sign('1', "có", symptom, flag), choice('2', "không")];
    question(key, says, Kind::Choice(choices), false)
}

fn temperature() -> Question {
    let says = "{clip:ask.temperature_of} {name} {clip:ask.temperature}";
    digits("temperature", says, Reading::Temperature, 4)
}

fn spo2() -> Question {
    digits("spo2", "{clip:ask.spo2_of} {name} {clip:ask.spo2}", Reading::Spo2, 3)
}

fn breath() -> Question {
    has("breath", "{clip:ask.resting} {name} {clip:ask.breath}", Symptom::Breathless, true)
}

fn chest() -> Question {
    has("chest", "{name} {clip:ask.chest}", Symptom::ChestPain, true)
}

/// The day's call to a household that is cared for at home.
fn care() -> Vec<Question> {
    let refuse = Choice { act: Act::Refuse, ..choice('9', "không trả lời") };
    vec![
        statement("intro", "{clip:care.greeting} {station}, {ward}, {clip:care.intro}"),
        statement("notice", "{clip:care.notice}"),
        question("consent", "{clip:care.consent}", Kind::Choice(vec![choice('1', "bắt đầu"), refuse]), true),
        question(
            "feel",
            "{clip:ask.about} {name}. {clip:ask.today} {name} {clip:ask.feel}",
            Kind::Choice(vec![
                choice('1', "khỏe"),
                sign('2', "mệt hơn", Symptom::Tired, false),
                sign('3', "rất mệt hoặc khó thở", Symptom::Breathless, true),
            ]),
            false,
        ),
        temperature(),
        spo2(),
        breath(),
        chest(),
        statement("thanks", "{clip:care.goodbye} {station}. {clip:care.advice}"),
        statement(REFUSED, REFUSED_WORDS),
        statement(GAVE_UP, GAVE_UP_WORDS),
    ]
}

/// Somebody who has called and does not feel well.
fn symptoms() -> Vec<Question> {
    vec![
        statement("intro", "{clip:ask.intro}"),
        has("alert", "{name} {clip:ask.alert}", Symptom::NotAlert, true),
        breath(),
        chest(),
        has("cyanosis", "{name} {clip:ask.cyanosis}", Symptom::Cyanosis, true),
        has("fever", "{name} {clip:ask.fever}", Symptom::Fever, false),
        temperature(),
        spo2(),
        has("cough", "{name} {clip:ask.cough}", Symptom::Cough, false),
        has("throat", "{name} {clip:ask.throat}", Symptom::SoreThroat, false),
        has("taste", "{name} {clip:ask.taste}", Symptom::TasteSmellLoss, false),
        statement("thanks", "{clip:ask.thanks}"),
        statement(REFUSED, REFUSED_WORDS),
        statement(GAVE_UP, GAVE_UP_WORDS),
    ]
}
