//! What was reported from a household, newest first.

use super::words;
use crate::{Me, cases, frame::Frame};
use health::{
    alerts::Grade,
    followups::{Contact, ContactOutcome, Followed, Sheet, State},
};
use pages::Words;

/// Lines shown.
const SHOWN: usize = 40;

/// One contact, with what was measured in it.
pub struct Reading {
    pub time: String,
    pub full: String,
    pub who: String,
    pub channel: String,
    pub temperature: String,
    pub spo2: String,
    pub breaths: String,
    pub pulse: String,
    pub pressure: String,
    pub symptoms: String,
    pub note: Option<String>,
    /// What it came to; of a contact in which nobody was reached, that.
    pub state: String,
    pub urgent: bool,
    /// It lies outside the plan's days, or was withdrawn.
    pub marks: Vec<String>,
}

/// The newest contacts of everybody who is or was followed there, and how many more there are.
pub fn newest(me: &Me, frame: &Frame, sheet: &Sheet) -> (Vec<Reading>, usize) {
    let mut all: Vec<(&Followed, usize)> =
        sheet.plans.iter().flat_map(|one| (0..one.contacts.len()).map(move |index| (one, index))).collect();
    all.sort_by_key(|(one, index)| std::cmp::Reverse(one.contacts[*index].at));
    let more = all.len().saturating_sub(SHOWN);
    let lines = all.into_iter().take(SHOWN).map(|(one, index)| reading(me.w, frame, one, index)).collect();
    (lines, more)
}

/// Every contact with somebody, the oldest first.
pub fn of(me: &Me, frame: &Frame, one: &Followed) -> Vec<Reading> {
    (0..one.contacts.len()).map(|index| reading(me.w, frame, one, index)).collect()
}

fn reading(w: Words, frame: &Frame, one: &Followed, index: usize) -> Reading {
    let contact = &one.contacts[index];
    let vitals = &contact.vitals;
    let number = |value: Option<i16>| value.map_or_else(dash, |value| value.to_string());
    let outside = one.slots.iter().any(|slot| slot.state == State::Outside && slot.made == Some(index));
    let marks =
        [outside.then(|| w.follow_mark_outside()), contact.withdrawn.then(|| w.follow_mark_withdrawn())];
    let symptoms: Vec<String> = vitals.symptoms.iter().map(|one| cases::symptom(w, *one)).collect();
    Reading {
        time: frame.d.clock.short(contact.at),
        full: frame.d.clock.full(contact.at),
        who: one.person.full_name.clone(),
        channel: words::channel(w, contact.channel),
        temperature: vitals.temperature_tenths.map_or_else(dash, |value| crate::removals::tenths(w, value)),
        spo2: number(vitals.spo2),
        breaths: number(vitals.respiratory_rate),
        pulse: number(vitals.pulse),
        pressure: vitals.pressure.map_or_else(dash, |(upper, lower)| format!("{upper}/{lower}")),
        symptoms: if symptoms.is_empty() { dash() } else { symptoms.join(", ") },
        note: contact.note.clone(),
        state: state(w, contact),
        urgent: contact.grade == Some(Grade::Emergency),
        marks: marks.into_iter().flatten().collect(),
    }
}

fn state(w: Words, contact: &Contact) -> String {
    match contact.grade {
        Some(grade) if contact.outcome == ContactOutcome::Reached => words::grade(w, grade),
        _ => words::outcome(w, contact.outcome),
    }
}

fn dash() -> String {
    "–".to_owned()
}
