//! What was reported from a household, newest first.

use super::words;
use crate::{Me, cases, frame::Frame};
use health::{
    alerts::Grade,
    followups::{Contact, ContactOutcome, Followed, Sheet, State},
};
use jiff::civil::Date;
use pages::Words;

/// Lines shown: five people, twice a day, twenty days.
const SHOWN: usize = 200;
/// Days that stand open, counted from the newest on which something was reported.
pub const OPEN: usize = 2;

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

/// What was reported, the newest first: of the newest days, and of those before.
pub struct Readings {
    pub newest: Vec<Reading>,
    pub older: Vec<Reading>,
    /// So many more are not shown.
    pub more: usize,
}

/// The contacts of everybody who is or was followed there.
pub fn of_household(me: &Me, frame: &Frame, sheet: &Sheet) -> Readings {
    let mut all: Vec<(&Followed, usize)> =
        sheet.plans.iter().flat_map(|one| (0..one.contacts.len()).map(move |index| (one, index))).collect();
    all.sort_by_key(|(one, index)| std::cmp::Reverse(one.contacts[*index].at));
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let day = |(one, index): &(&Followed, usize)| frame.d.clock.day(one.contacts[*index].at);
    let mut days: Vec<Date> = all.iter().map(day).collect();
    days.dedup();
    let before = days.get(OPEN - 1).or(days.last()).copied();
    let open = all.partition_point(|line| before.is_none_or(|before| day(line) >= before));
    let mut newest: Vec<Reading> =
        all.into_iter().map(|(one, index)| reading(me.w, frame, one, index)).collect();
    let older = newest.split_off(open);
    Readings { newest, older, more }
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
