//! The words of calls.

use duty::calls::{Call, Direction, Disposition, Outcome, Purpose, State, operators::Presence};
use pages::Words;

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn direction(w: Words, one: Direction) -> String {
    w.by_key(&format!("call-direction-{}", one.as_str()))
}

pub fn purpose(w: Words, one: Purpose) -> String {
    w.by_key(&format!("call-purpose-{}", kebab(one.as_str())))
}

pub fn outcome(w: Words, one: Outcome) -> String {
    w.by_key(&format!("call-outcome-{}", kebab(one.as_str())))
}

pub fn state(w: Words, one: State) -> String {
    w.by_key(&format!("call-state-{}", one.as_str()))
}

pub fn presence(w: Words, one: Presence) -> String {
    w.by_key(&format!("call-presence-{}", one.as_str()))
}

pub fn disposition(w: Words, one: Disposition) -> String {
    w.by_key(&format!("call-disposition-{}", kebab(one.as_str())))
}

/// How it stands, or how it ended.
pub fn standing(w: Words, call: &Call) -> String {
    match call.outcome {
        Some(one) => outcome(w, one),
        None => state(w, call.state()),
    }
}

/// What somebody waits about: a topic that has a word, else as the menu calls it.
pub fn topic(w: Words, topic: &str) -> String {
    let key = format!("call-topic-{}", kebab(topic));
    if w.has(&key) { w.by_key(&key) } else { topic.to_owned() }
}
