//! The words of home care.

use crate::cases;
use health::{
    alerts::{Ended, Grade},
    facts::{Kind, Source, Withdrawn},
    followups::{Basis, Channel, Closed, ContactOutcome, Group, State, Subject},
    households::{Oxygen, Relation},
    risk::Why,
    vitals::Symptom,
};
use pages::Words;

/// Codes are written with `_`, message keys with `-`.
fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn grade(w: Words, one: Grade) -> String {
    w.by_key(&format!("alert-grade-{}", kebab(one.as_str())))
}

pub fn ended(w: Words, one: Ended) -> String {
    w.by_key(&format!("alert-ended-{}", kebab(one.as_str())))
}

pub fn subject(w: Words, one: Subject) -> String {
    w.by_key(&format!("follow-subject-{}", kebab(one.as_str())))
}

pub fn basis(w: Words, one: Basis) -> String {
    w.by_key(&format!("follow-basis-{}", kebab(one.as_str())))
}

pub fn channel(w: Words, one: Channel) -> String {
    w.by_key(&format!("follow-channel-{}", kebab(one.as_str())))
}

pub fn outcome(w: Words, one: ContactOutcome) -> String {
    w.by_key(&format!("follow-outcome-{}", kebab(one.as_str())))
}

pub fn closed(w: Words, one: Closed) -> String {
    w.by_key(&format!("follow-closed-{}", kebab(one.as_str())))
}

pub fn risk(w: Words, one: Group) -> String {
    w.by_key(&format!("follow-risk-{}", kebab(one.as_str())))
}

/// "Nguy cơ cao"
pub fn risk_tag(w: Words, one: Group) -> String {
    w.by_key(&format!("follow-risk-tag-{}", kebab(one.as_str())))
}

/// "tuổi, bệnh nền"; empty where no reason is on record.
pub fn risk_whys(w: Words, whys: &[Why]) -> String {
    let word = |one: &Why| w.by_key(&format!("follow-risk-why-{}", kebab(one.as_str())));
    whys.iter().map(word).collect::<Vec<_>>().join(", ")
}

pub fn fact(w: Words, one: Kind) -> String {
    w.by_key(&format!("fact-kind-{}", kebab(one.as_str())))
}

pub fn fact_source(w: Words, one: Source) -> String {
    w.by_key(&format!("fact-source-{}", kebab(one.as_str())))
}

pub fn fact_withdrawn(w: Words, one: Withdrawn) -> String {
    w.by_key(&format!("fact-withdrawn-{}", kebab(one.as_str())))
}

pub fn relation(w: Words, one: Relation) -> String {
    w.by_key(&format!("household-relation-{}", kebab(one.as_str())))
}

pub fn oxygen(w: Words, one: Oxygen) -> String {
    w.by_key(&format!("household-oxygen-{}", kebab(one.as_str())))
}

/// A time of the day as the rule names it; a rule of a district's own may name others.
pub fn slot(w: Words, name: &str) -> String {
    let key = format!("follow-slot-{}", kebab(name));
    if w.has(&key) { w.by_key(&key) } else { name.to_owned() }
}

pub fn state(w: Words, one: State) -> String {
    match one {
        State::Filled => w.follow_state_filled(),
        State::Open => w.follow_state_open(),
        State::Coming => w.follow_state_coming(),
        State::Missed => w.follow_state_missed(),
        State::NotOwed => w.follow_state_not_owed(),
        State::Outside => w.follow_state_outside(),
    }
}

/// "ngày 3/14"; whoever is past his last day is said to be.
pub fn day(w: Words, day: i32, days: i32) -> String {
    if day > days { w.follow_over(days.to_string()) } else { w.follow_day(day.to_string(), days.to_string()) }
}

/// What raised an alert: a reading by its name, or a symptom.
fn sign(w: Words, code: &str) -> String {
    match code {
        "spo2" => w.alert_sign_spo2(),
        "respiratory_rate" => w.alert_sign_respiratory_rate(),
        "pulse" => w.alert_sign_pulse(),
        "systolic" | "diastolic" => w.alert_sign_pressure(),
        "fever" => w.alert_sign_fever(),
        other => other.parse::<Symptom>().map_or_else(|_| other.to_owned(), |one| cases::symptom(w, one)),
    }
}

/// "SpO2 thấp, khó thở"
pub fn signs(w: Words, codes: &[impl AsRef<str>]) -> String {
    let mut words: Vec<String> = Vec::new();
    for code in codes {
        let word = sign(w, code.as_ref());
        let word = if words.is_empty() { word } else { small(&word) };
        if !words.iter().any(|known| small(known) == small(&word)) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// With a small first letter, unless more than the first is large: "SpO2" stays.
fn small(word: &str) -> String {
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    if rest.split(' ').next().is_some_and(|start| start.chars().any(char::is_uppercase)) {
        return word.to_owned();
    }
    first.to_lowercase().chain(rest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pages::Lang;

    #[test]
    fn signs_are_one_sentence_and_each_stands_once() {
        let w = Words(Lang::Vi);
        assert_eq!(signs(w, &["spo2", "breathless"]), "SpO2 thấp, khó thở");
        assert_eq!(signs(w, &["breathless", "spo2"]), "Khó thở, SpO2 thấp");
        assert_eq!(signs(w, &["systolic", "diastolic"]), "Huyết áp thấp");
        assert_eq!(signs(w, &[] as &[&str]), "");
    }
}
