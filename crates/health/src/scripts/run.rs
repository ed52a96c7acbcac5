//! The run through a script for the members of one household: pure, so that it can be tried out at a desk, and
//! so that it can be taken up again after a crash from what it tells of itself.
//!
//! Whatever keys come, it ends: a question is put [`VISITS`] times at most, repeated [`REPEATS`] times at most,
//! and two silences in a row end the call politely.

use super::{
    model::{self, Act, Choice, GAVE_UP, Kind, Question, REFUSED, Reading, Script, Slots, spoken},
    readings, shipped,
};
use crate::{followups::MemberEntry, vitals::Symptom};
use duty::{lines::Heard, prompts::Say};
use jiff::SignedDuration;
use kernel::PersonId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How often one question is reached for one member.
const VISITS: u8 = 5;
/// How often one question is heard again.
const REPEATS: u8 = 5;
/// How many wrong keys a choice bears.
const WRONG: u8 = 3;
/// How many readings that cannot be: asked again once, then left out.
const UNREADABLE: u8 = 2;
/// How many silences in a row.
const SILENCES: u8 = 2;
const WAIT_CHOICE: SignedDuration = SignedDuration::from_secs(6);
/// Somebody fetches his glasses and reads a display.
const WAIT_DIGITS: SignedDuration = SignedDuration::from_secs(10);
/// Characters of a note; a diary takes few more.
const NOTE: usize = 480;
/// A person, where a single `0` says that nothing was measured.
const PERSON: &str = "00";

/// Somebody who is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: PersonId,
    /// What the caller may say of him: given name, year of birth.
    pub name_words: String,
    /// Keys of questions that are not put to him, because the answer is known or nobody can measure it.
    pub asked: BTreeSet<String>,
}

/// What comes next.
#[derive(Clone, Debug)]
pub enum Step {
    /// [`Run::said`] goes on.
    Say(Vec<Say>),
    /// [`Run::answer`] goes on.
    Ask {
        says: Vec<Say>,
        most: usize,
        wait: SignedDuration,
    },
    /// He wants to speak to a person; [`Run::go_on`] goes on where he left.
    Person,
    Done,
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Next,
    Repeat,
    /// All is asked about him. Others may be finished with him: [`Run::finished`].
    MemberDone(PersonId),
    /// An answer that must not wait for the end of the questions; he may be finished too.
    Flagged(PersonId),
    WantsPerson,
    /// He will not answer; what [`Run::step`] says now is the farewell.
    Refused,
    /// Nobody answers any more; likewise.
    GaveUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Saying(usize),
    Asking(usize),
    /// The farewell, by its key.
    Closing(&'static str),
    /// With a person, and where it goes on.
    Person(Option<usize>),
    Done,
}

/// One answer, as pressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    /// `None` where the household was asked.
    person: Option<PersonId>,
    question: String,
    keys: String,
    /// Whether it could be taken; a reading that could not is told in the note.
    taken: bool,
}

/// What [`Run::answers`] holds.
#[derive(Deserialize)]
struct Answers {
    given: Vec<Given>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Nothing,
    /// The answer could not be.
    Wrong,
    Silence,
}

/// A conversation in progress.
#[derive(Clone, Debug)]
pub struct Run {
    script: Script,
    members: Vec<Member>,
    slots: Slots,
    at: At,
    /// Which member is asked about.
    turn: usize,
    /// The question with which each member begins.
    begins: Option<usize>,
    given: Vec<Given>,
    /// Answers of an earlier call that have not come up yet.
    past: Vec<Given>,
    visits: BTreeMap<(Option<PersonId>, usize), u8>,
    finished: Vec<PersonId>,
    /// Who was named last.
    named: Option<PersonId>,
    before: Before,
    wrong: u8,
    repeats: u8,
    silences: u8,
}

impl Run {
    pub fn new(script: &Script, members: Vec<Member>) -> Self {
        Self::begin(script, members, Vec::new())
    }

    /// Takes a conversation up again from what [`Run::answers`] said: nothing that was answered is asked again.
    /// Who calls is said again, and whom the first question is about. Answers to questions that are no longer
    /// there, and of members who are not, are forgotten.
    pub fn resume(script: &Script, members: Vec<Member>, answers: Value) -> Self {
        let past =
            serde_json::from_value(answers).map_or_else(|_| Vec::new(), |answers: Answers| answers.given);
        Self::begin(script, members, past)
    }

    fn begin(script: &Script, members: Vec<Member>, past: Vec<Given>) -> Self {
        let mut run = Self {
            script: script.clone(),
            members,
            slots: Slots::default(),
            at: At::Done,
            turn: 0,
            begins: None,
            given: Vec::new(),
            past,
            visits: BTreeMap::new(),
            finished: Vec::new(),
            named: None,
            before: Before::Nothing,
            wrong: 0,
            repeats: 0,
            silences: 0,
        };
        let first = script.questions.iter().position(|question| !question.is_closing());
        run.travel(None, first);
        run
    }

    /// What is said where a text has a slot.
    #[must_use]
    pub fn with(self, slots: Slots) -> Self {
        Self { slots, ..self }
    }

    pub fn step(&self) -> Step {
        match self.at {
            At::Saying(place) => Step::Say(self.says(place)),
            At::Asking(place) => self.ask(place),
            At::Closing(key) => {
                let own = self.script.place(key).map(|place| self.script.questions[place].says.clone());
                let says = own.unwrap_or_else(|| shipped::usual_closing(key));
                Step::Say(spoken(&says, "", &self.slots))
            }
            At::Person(_) => Step::Person,
            At::Done => Step::Done,
        }
    }

    /// The question that waits for an answer.
    pub(super) fn asking(&self) -> Option<&Question> {
        match self.at {
            At::Asking(place) => Some(&self.script.questions[place]),
            At::Saying(_) | At::Closing(_) | At::Person(_) | At::Done => None,
        }
    }

    /// What [`Step::Say`] told has been said.
    pub fn said(&mut self) {
        match self.at {
            At::Saying(place) => {
                self.tell_named(place);
                let next = self.script.next(place, None);
                self.travel(Some(place), next);
            }
            At::Closing(_) => self.at = At::Done,
            At::Asking(_) | At::Person(_) | At::Done => {}
        }
    }

    /// Passes over what would be said, on to the first question that was not answered.
    pub fn pass_over(&mut self) {
        while matches!(self.at, At::Saying(_)) {
            self.said();
        }
    }

    /// After the talk with a person, or because nobody can be had: the questions go on.
    pub fn go_on(&mut self) {
        if let At::Person(place) = self.at {
            self.at = place.map_or(At::Done, At::Asking);
            self.fresh();
        }
    }

    /// Takes an answer to what [`Step::Ask`] asked; anything else changes nothing.
    pub fn answer(&mut self, heard: &Heard) -> Effect {
        let At::Asking(place) = self.at else { return Effect::Next };
        match heard {
            Heard::Gone => {
                self.at = At::Done;
                Effect::GaveUp
            }
            Heard::Nothing => self.silent(),
            Heard::Keys(keys) => self.keys(place, keys),
        }
    }

    /// Whose questions are all asked, in the order in which they were.
    pub fn finished(&self) -> &[PersonId] {
        &self.finished
    }

    /// Whether what is said now is the farewell to somebody who answers no more.
    pub fn gave_up(&self) -> bool {
        self.at == At::Closing(GAVE_UP)
    }

    /// What he has answered so far, as a diary takes it. Readings that could not be stand in the note as they
    /// were pressed. That he has no symptom is said only when he was asked for all of them.
    pub fn entry(&self, person: PersonId) -> MemberEntry {
        self.told(person, self.given.iter())
    }

    /// The same with what he answered in an earlier call and this one has not come to.
    pub fn entry_of_all(&self, person: PersonId) -> MemberEntry {
        self.told(person, self.given.iter().chain(&self.past))
    }

    fn told<'a>(&'a self, person: PersonId, given: impl Iterator<Item = &'a Given>) -> MemberEntry {
        let mut entry = MemberEntry::of(person);
        let mut notes = Vec::new();
        let mut asked = false;
        for given in given.filter(|given| given.person == Some(person)) {
            let Some(question) = self.question(&given.question) else { continue };
            match &question.kind {
                Kind::Choice(choices) => {
                    asked |= choices.iter().any(|choice| choice.symptom.is_some());
                    let chosen = choices.iter().find(|choice| is_key(&given.keys, choice.key));
                    entry.symptoms.extend(chosen.and_then(|choice| choice.symptom));
                }
                Kind::Digits { reading, unknown, .. } if !is_key(&given.keys, *unknown) => {
                    match readings::typed(*reading, &given.keys).filter(|_| given.taken) {
                        Some(text) => *slot(&mut entry, *reading) = text,
                        None => {
                            notes.push(format!("{}: đã bấm {}, không đọc được.", reading.name(), given.keys));
                        }
                    }
                }
                Kind::Digits { .. } | Kind::Statement => {}
            }
        }
        let told = entry.symptoms.iter().any(|symptom| *symptom != Symptom::NoSymptom);
        entry.symptoms.remove(&Symptom::NoSymptom);
        if asked && !told && self.finished.contains(&person) {
            entry.symptoms.insert(Symptom::NoSymptom);
        }
        entry.note = notes.join(" ").chars().take(NOTE).collect();
        entry
    }

    /// What has been answered, for [`Run::resume`]. It holds readings: whoever keeps it seals it.
    pub fn answers(&self) -> Value {
        json!({
            "script": self.script.key,
            "version": self.script.version,
            "given": self.given.iter().chain(&self.past).collect::<Vec<_>>(),
        })
    }

    fn question(&self, key: &str) -> Option<&Question> {
        self.script.place(key).map(|place| &self.script.questions[place])
    }

    /// Whom question `place` is about now.
    fn person(&self, place: usize) -> Option<PersonId> {
        if self.script.questions[place].once { None } else { self.members.get(self.turn).map(|m| m.person) }
    }

    fn says(&self, place: usize) -> Vec<Say> {
        let question = &self.script.questions[place];
        let member = self.members.get(self.turn).filter(|_| !question.once);
        let name = member.map_or("", |member| member.name_words.as_str());
        let mut says = Vec::new();
        match self.before {
            Before::Nothing => {}
            Before::Wrong if question.again.is_empty() => {
                says.extend(spoken(&shipped::usual_again(&question.kind), name, &self.slots));
            }
            Before::Wrong => says.extend(spoken(&question.again, name, &self.slots)),
            Before::Silence => says.extend(spoken(&shipped::usual_silence(), name, &self.slots)),
        }
        // Taken up in the middle, nobody would know about whom.
        if member.is_some_and(|member| self.named != Some(member.person)) && !question.names() {
            says.extend(spoken(&shipped::usual_about(), name, &self.slots));
        }
        says.extend(spoken(&question.says, name, &self.slots));
        says
    }

    fn ask(&self, place: usize) -> Step {
        let (most, wait) = match self.script.questions[place].kind {
            Kind::Digits { most, .. } => (most, WAIT_DIGITS),
            Kind::Choice(_) | Kind::Statement => (1, WAIT_CHOICE),
        };
        Step::Ask { says: self.says(place), most, wait }
    }

    fn tell_named(&mut self, place: usize) {
        if let Some(person) = self.person(place) {
            self.named = Some(person);
        }
    }

    fn silent(&mut self) -> Effect {
        self.silences += 1;
        if self.silences >= SILENCES {
            return self.give_up();
        }
        self.before = Before::Silence;
        Effect::Repeat
    }

    fn give_up(&mut self) -> Effect {
        self.at = At::Closing(GAVE_UP);
        Effect::GaveUp
    }

    fn keys(&mut self, place: usize, keys: &str) -> Effect {
        if keys.is_empty() {
            return self.silent();
        }
        self.silences = 0;
        self.tell_named(place);
        match self.script.questions[place].kind.clone() {
            Kind::Choice(choices) => match choices.iter().find(|choice| is_key(keys, choice.key)) {
                Some(choice) => self.accept(place, keys, Some(choice)),
                None if keys == "*" => self.repeat(),
                None if keys == "0" => self.want_person(Some(place)),
                None => self.refuse_key(WRONG),
            },
            Kind::Digits { .. } if keys.ends_with('*') => self.repeat(),
            Kind::Digits { unknown, .. } if is_key(keys, unknown) => self.accept(place, keys, None),
            Kind::Digits { .. } if keys == "0" || keys == PERSON => self.want_person(Some(place)),
            Kind::Digits { reading, .. } => self.read(place, reading, keys),
            // Nothing is asked there.
            Kind::Statement => Effect::Next,
        }
    }

    fn repeat(&mut self) -> Effect {
        self.repeats += 1;
        self.before = Before::Nothing;
        if self.repeats > REPEATS { self.give_up() } else { Effect::Repeat }
    }

    fn want_person(&mut self, back: Option<usize>) -> Effect {
        self.at = At::Person(back);
        Effect::WantsPerson
    }

    fn refuse_key(&mut self, most: u8) -> Effect {
        self.wrong += 1;
        self.before = Before::Wrong;
        if self.wrong >= most { self.give_up() } else { Effect::Repeat }
    }

    fn read(&mut self, place: usize, reading: Reading, keys: &str) -> Effect {
        if readings::typed(reading, keys).is_some() {
            return self.accept(place, keys, None);
        }
        self.wrong += 1;
        if self.wrong < UNREADABLE {
            self.before = Before::Wrong;
            return Effect::Repeat;
        }
        self.give(place, keys, false);
        let next = self.script.next(place, None);
        self.travel(Some(place), next).map_or(Effect::Next, Effect::MemberDone)
    }

    fn accept(&mut self, place: usize, keys: &str, choice: Option<&Choice>) -> Effect {
        let person = self.person(place);
        let next = self.script.next(place, choice);
        match choice.map_or(Act::Next, |choice| choice.act) {
            Act::Refuse => {
                self.give(place, keys, true);
                self.at = At::Closing(REFUSED);
                return Effect::Refused;
            }
            Act::Person => return self.want_person(Some(place)),
            Act::Next => self.give(place, keys, true),
        }
        let finished = self.travel(Some(place), next);
        match (person, finished) {
            // Danger comes before all else, the end of the call too.
            (Some(person), _) if choice.is_some_and(|choice| choice.flag) => Effect::Flagged(person),
            _ if self.at == At::Closing(GAVE_UP) => Effect::GaveUp,
            (_, Some(person)) => Effect::MemberDone(person),
            (_, None) => Effect::Next,
        }
    }

    fn give(&mut self, place: usize, keys: &str, taken: bool) {
        let question = self.script.questions[place].key.clone();
        self.given.push(Given { person: self.person(place), question, keys: keys.to_owned(), taken });
    }

    fn fresh(&mut self) {
        self.before = Before::Nothing;
        (self.wrong, self.repeats, self.silences) = (0, 0, 0);
    }

    /// Goes from one question towards another, past all that is answered or not to be asked, to the next that
    /// is said. Returns the first member who is finished by it.
    fn travel(&mut self, mut from: Option<usize>, mut to: Option<usize>) -> Option<PersonId> {
        let mut finished = None;
        self.fresh();
        loop {
            if from.is_some_and(|place| !self.once(place)) && to.is_none_or(|place| self.once(place)) {
                if let Some(member) = self.members.get(self.turn) {
                    finished = finished.or(Some(member.person));
                    self.finished.push(member.person);
                }
                self.turn += 1;
                if self.turn < self.members.len() {
                    to = self.begins;
                }
            }
            let Some(place) = to else {
                self.at = At::Done;
                return finished;
            };
            if !self.once(place) {
                if self.turn >= self.members.len() {
                    // Nobody is left to be asked about.
                    from = None;
                    to = self.household_below(place);
                    continue;
                }
                self.begins = self.begins.or(Some(place));
            }
            let visit = (self.person(place), place);
            let visits = self.visits.entry(visit).or_default();
            *visits += 1;
            if *visits > VISITS {
                self.at = At::Closing(GAVE_UP);
                return finished;
            }
            if !self.pass(place, &mut to) {
                return finished;
            }
            from = Some(place);
        }
    }

    /// Whether question `place` need not be said; then `to` is where it leads.
    fn pass(&mut self, place: usize, to: &mut Option<usize>) -> bool {
        let question = &self.script.questions[place];
        let person = self.person(place);
        if matches!(question.kind, Kind::Statement) {
            // What was said to a member before his answers need not be said again.
            let passed = person.is_some() && self.past.iter().any(|given| given.person == person);
            *to = self.script.next(place, None);
            if !passed {
                self.at = At::Saying(place);
            }
            return passed;
        }
        if person.is_some() && self.members[self.turn].asked.contains(&question.key) {
            *to = self.script.next(place, None);
            return true;
        }
        let known = |given: &Given| given.person == person && given.question == question.key;
        let Some(found) = self.past.iter().position(known) else {
            self.at = At::Asking(place);
            return false;
        };
        let given = self.past.remove(found);
        let question = &self.script.questions[place];
        let choice = question.choices().iter().find(|choice| is_key(&given.keys, choice.key));
        let gone = matches!(question.kind, Kind::Choice(_)) && choice.is_none();
        if gone || choice.is_some_and(|choice| choice.act != Act::Next) {
            // No such key any more; and whoever would not answer, or wanted a person, is asked anew.
            self.at = At::Asking(place);
            return false;
        }
        *to = self.script.next(place, choice);
        self.given.push(given);
        true
    }

    fn once(&self, place: usize) -> bool {
        self.script.questions[place].once
    }

    fn household_below(&self, place: usize) -> Option<usize> {
        let mut next = model::below(&self.script.questions, place);
        while let Some(place) = next.filter(|place| !self.once(*place)) {
            next = model::below(&self.script.questions, place);
        }
        next
    }
}

fn is_key(keys: &str, key: char) -> bool {
    let mut pressed = keys.chars();
    pressed.next() == Some(key) && pressed.next().is_none()
}

pub(super) fn slot(entry: &mut MemberEntry, reading: Reading) -> &mut String {
    match reading {
        Reading::Temperature => &mut entry.temperature,
        Reading::Spo2 => &mut entry.spo2,
        Reading::Pulse => &mut entry.pulse,
        Reading::RespiratoryRate => &mut entry.respiratory_rate,
    }
}
