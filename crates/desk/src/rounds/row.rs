//! One household of the morning list: who is followed there, and what is the matter, in words that
//! need no legend.

use crate::{
    Me,
    frame::{self, Frame},
    households::{self, Rights},
};
use duty::messages::State;
use health::{
    alerts::Grade,
    followups::{Asked, Only, Round},
};

/// Seconds for which a reminder is not repeated.
const AGAIN: i64 = 3600;
/// From this rank on somebody is watched for a sign, whether he owes an entry or not.
const WATCHED: i16 = 250;

pub struct Row {
    pub href: String,
    pub code: String,
    pub address: String,
    pub team: String,
    /// "Trần Thị Bích · F0 · ngày 3/14"
    pub people: Vec<String>,
    pub matters: Vec<Matter>,
    pub due: Option<Due>,
    /// Where its number is opened by one press, when it is to be called now.
    pub call_href: Option<String>,
    /// Where it is put on record that it was reminded, when it owes an entry and no text went to it, or is
    /// on its way, within the hour.
    pub remind_href: Option<String>,
    /// "Đã nhắc 10:15", or that the text could not be sent; empty where nobody has.
    pub reminded: String,
    pub enter_href: Option<String>,
}

/// What is the matter with one of them, or with several of whom the same is to be said.
pub struct Matter {
    /// The grade of an alert; empty where there is none.
    pub grade: String,
    pub urgent: bool,
    /// Whose; empty when it is said of all.
    pub who: String,
    pub text: String,
}

/// When the next entry is late.
pub struct Due {
    pub rfc: String,
    pub full: String,
    pub left: String,
    pub pressure: &'static str,
    /// Seconds before it from which it presses.
    pub soon: i64,
}

impl Row {
    pub fn new(me: &Me, frame: &Frame, round: &Round, rights: Rights) -> Self {
        let clock = &frame.d.clock;
        let at = |act: &str| me.at(format!("households/{}{act}", round.home.id));
        let person = |one: &Asked| {
            let subject = households::subject(me.w, one.subject);
            format!("{} · {subject} · {}", one.person.full_name, households::day(me.w, one.day, one.days))
        };
        let part = Only::of(round.home.rank);
        let pressing = matches!(part, Only::Flagged | Only::Silent);
        let owes = matches!(part, Only::Silent | Only::Owed);
        let lately = round.text != Some(State::GivenUp)
            && round.reminded_at.is_some_and(|at| clock.now.duration_since(at).as_secs() < AGAIN);
        Self {
            href: at(""),
            code: round.home.code.clone(),
            address: round.home.address.clone().unwrap_or_else(|| me.w.household_no_address()),
            team: round
                .home
                .care_team
                .map_or_else(String::new, |team| frame::short(&frame.tree, &frame.d, Some(team))),
            people: round.people.iter().map(person).collect(),
            matters: matters(me, frame, round, rights),
            due: round.home.due_at.map(|due| Due {
                rfc: clock.rfc(due),
                full: clock.full(due),
                left: clock.left(me.w, due),
                pressure: clock.pressure(due, true),
                soon: 900,
            }),
            call_href: (pressing && rights.records).then(|| at("/call")),
            remind_href: (owes && !lately && rights.records).then(|| at("/remind")),
            reminded: reminded(me, frame, round),
            enter_href: rights.records.then(|| at("/enter")),
        }
    }
}

/// A text that did not go is no reminder.
fn reminded(me: &Me, frame: &Frame, round: &Round) -> String {
    let Some(at) = round.reminded_at else { return String::new() };
    let (w, at) = (me.w, frame.d.clock.short(at));
    let became = match round.text {
        Some(State::Failed) => w.household_reminder_failed(at),
        Some(State::GivenUp | State::Withdrawn | State::Undeliverable) => w.household_reminder_lost(at),
        Some(State::Queued | State::HandedOver | State::Delivered) | None => return w.rounds_reminded(at),
    };
    format!("{}: {became}", w.household_reminder())
}

/// The same words about several stand once, with their names before them; about all, without names.
fn matters(me: &Me, frame: &Frame, round: &Round, rights: Rights) -> Vec<Matter> {
    let mut said: Vec<(Matter, Vec<&str>)> = Vec::new();
    for one in &round.people {
        let (grade, text) = matter(me, frame, round, one, rights);
        let name = one.person.given_name();
        let word = grade.map_or_else(String::new, |grade| households::grade(me.w, grade));
        let same = said.iter_mut().find(|(known, _)| known.grade == word && known.text == text);
        if let Some((_, names)) = same {
            names.push(name);
        } else {
            let urgent = grade == Some(Grade::Emergency);
            said.push((Matter { grade: word, urgent, who: String::new(), text }, vec![name]));
        }
    }
    let of_all = said.len() == 1;
    let named = |(matter, names): (Matter, Vec<&str>)| Matter {
        who: if of_all { String::new() } else { names.join(", ") },
        ..matter
    };
    said.into_iter().map(named).collect()
}

fn matter(me: &Me, frame: &Frame, round: &Round, one: &Asked, rights: Rights) -> (Option<Grade>, String) {
    let (w, clock) = (me.w, &frame.d.clock);
    if let Some(alert) = one.alerts.first() {
        let at = clock.short(alert.raised_at);
        let text = if rights.reads {
            w.rounds_alert(households::signs(w, &alert.signs), at)
        } else {
            w.rounds_alert_bare(at)
        };
        return (Some(alert.grade), text);
    }
    let Some(last) = one.last_at else { return (None, w.rounds_never()) };
    let (last, state) = (clock.short(last), state(me, one.last_grade));
    let text = match one.missed {
        1 => w.rounds_missed_once(last),
        more @ 2.. => w.rounds_missed(more.to_string(), last),
        _ if owes(round, one) => w.rounds_owed(last, state),
        _ => w.rounds_last(last, state),
    };
    (None, text)
}

/// Whether an entry of his is due in the slot that is open now: the household stands among those
/// that owe one, and his is the next.
fn owes(round: &Round, one: &Asked) -> bool {
    Only::of(round.home.rank) == Only::Owed && round.home.rank < WATCHED && one.due_at == round.home.due_at
}

/// What the last entry said; an alert that it raised has been seen to.
fn state(me: &Me, grade: Option<Grade>) -> String {
    let w = me.w;
    match grade {
        Some(Grade::Emergency | Grade::Today) => w.rounds_state_seen_to(),
        Some(Grade::Watch) => w.rounds_state_watch(),
        Some(Grade::Well) | None => w.rounds_state_well(),
    }
}
