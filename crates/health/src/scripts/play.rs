//! A conversation tried out with typed keys: nothing is called and nothing is kept.

use super::{
    model::{self, Script, Slots},
    run::{Effect, Member, Run, Step},
};
use crate::{
    alerts::{self, Verdict},
    followups::MemberEntry,
    vitals::{self, Age, Typed},
};
use duty::{lines::Heard, units};
use kernel::{PersonId, Result};
use store::Cx;

/// Most that is said in one dry run; a script that passes its check ends long before.
const LINES: usize = 2_000;

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What the program says.
    Said(String),
    /// What was pressed; empty for silence.
    Pressed(String),
    /// What an answer came to, where it is more than the next question.
    Came(Effect),
}

/// A conversation as far as keys were typed for it.
#[derive(Clone, Debug)]
pub struct Played {
    pub lines: Vec<Line>,
    /// It waits for keys.
    pub waits: bool,
    /// It waits for a person, not for keys.
    pub person: bool,
    pub run: Run,
    /// Whose answer raised the flag, in order.
    pub flagged: Vec<PersonId>,
}

/// Plays a script with these answers; an empty one is a silence. After a talk with a person the next answer
/// goes on where it was left.
pub fn play(script: &Script, members: Vec<Member>, slots: Slots, answers: &[String]) -> Played {
    let run = Run::new(script, members).with(slots);
    let mut played = Played { lines: Vec::new(), waits: false, person: false, run, flagged: Vec::new() };
    let mut answers = answers.iter();
    while played.lines.len() < LINES {
        match played.run.step() {
            Step::Say(says) => {
                played.lines.push(Line::Said(model::words(&says)));
                played.run.said();
            }
            Step::Ask { says, most, .. } => {
                played.lines.push(Line::Said(model::words(&says)));
                let Some(keys) = answers.next() else {
                    played.waits = true;
                    break;
                };
                // As a line does: with as many keys as are asked for, the answer is there.
                let keys: String = keys.chars().take(most).collect();
                played.take(&keys);
            }
            Step::Person => {
                if answers.as_slice().is_empty() {
                    played.person = true;
                    break;
                }
                played.run.go_on();
            }
            Step::Done => break,
        }
    }
    played
}

impl Played {
    fn take(&mut self, keys: &str) {
        self.lines.push(Line::Pressed(keys.to_owned()));
        let heard = if keys.is_empty() { Heard::Nothing } else { Heard::Keys(keys.to_owned()) };
        let effect = self.run.answer(&heard);
        if let Effect::Flagged(person) = effect {
            self.flagged.push(person);
        }
        if !matches!(effect, Effect::Next | Effect::Repeat) {
            self.lines.push(Line::Came(effect));
        }
    }
}

/// What an entry would come to by today's law for a grown-up of unknown age. Nothing is kept.
pub async fn judged(cx: &mut Cx, entry: &MemberEntry) -> Result<Verdict> {
    let today = units::today(cx).await?;
    let law = alerts::law_on(cx, today).await?;
    let typed = Typed {
        temperature: &entry.temperature,
        spo2: &entry.spo2,
        respiratory_rate: &entry.respiratory_rate,
        pulse: &entry.pulse,
        pressure: &entry.pressure,
    };
    let (vitals, _) = vitals::read(&typed, entry.symptoms.clone());
    Ok(alerts::judge(&vitals, Age::Unknown, None, &law))
}
