//! A script asked by a person: what he writes down, in whatever order it was told, becomes what a diary takes. It
//! is led through the same run as a robot's call, so that the two cannot come to different entries.

use super::{
    model::{self, Act, Choice, Kind, Question, Reading, Script, Slots, spoken},
    readings,
    run::{Effect, Member, Run, Step, slot},
};
use crate::{
    followups::{ContactOutcome, MemberEntry},
    vitals::Symptom,
};
use duty::lines::Heard;
use kernel::PersonId;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a note about danger that no symptom stands for.
const MOST_TOLD: usize = 300;

/// What was written down: of whom, to which question; the key of a choice, or a reading as typed.
pub type Answers = BTreeMap<(PersonId, String), String>;

/// What it came to.
#[derive(Clone, Debug)]
pub struct ByHand {
    /// One for each who was asked about, in their order.
    pub entries: Vec<MemberEntry>,
    /// Of whom an answer was given that the script marks as dangerous.
    pub flagged: Vec<PersonId>,
}

/// Puts answers together. Readings go into the entry as they were typed where they cannot be, so that the diary asks
/// for them again; that somebody has no symptom is said only when he was asked for all of them.
pub fn by_hand(script: &Script, people: &[PersonId], answers: &Answers) -> ByHand {
    let mut came = ByHand { entries: Vec::with_capacity(people.len()), flagged: Vec::new() };
    for person in people {
        let (entry, flagged) = of_one(script, *person, answers);
        came.entries.push(entry);
        if flagged {
            came.flagged.push(*person);
        }
    }
    came
}

/// A question as it is read out by a person. With him nobody presses anything: sentences that say which key stands
/// for what are left out, unless nothing would remain.
pub fn read_out(question: &Question, name: &str, slots: &Slots) -> String {
    let words = model::words(&spoken(&question.says, name, slots));
    let sentences = words.split_inclusive(['.', '?', '!']);
    let kept: String = sentences.filter(|sentence| !sentence.to_lowercase().contains("bấm")).collect();
    match kept.trim() {
        "" => figures_joined(&words),
        kept => figures_joined(kept),
    }
}

/// "1 1 5", as a machine says it, is one number to whoever reads it.
fn figures_joined(words: &str) -> String {
    let mut read = String::with_capacity(words.len());
    let mut after_figure = false;
    for word in words.split(' ') {
        let mut rest = word.chars();
        let figure = rest.next().is_some_and(|c| c.is_ascii_digit()) && !rest.any(char::is_alphanumeric);
        if !(read.is_empty() || after_figure && figure) {
            read.push(' ');
        }
        read.push_str(word);
        after_figure = figure && word.len() == 1;
    }
    read
}

/// How far a run came with what was written down.
struct Walked {
    run: Run,
    /// Everything that came up was answered.
    whole: bool,
    flagged: bool,
    refused: bool,
}

fn of_one(script: &Script, person: PersonId, answers: &Answers) -> (MemberEntry, bool) {
    let given = |question: &Question| {
        let text = answers.get(&(person, question.key.clone()))?.trim();
        (!text.is_empty()).then_some(text)
    };
    let mut walked = walk(script, person, BTreeSet::new(), &given);
    let whole = walked.whole;
    if !whole {
        // What was not told is passed over; the rest counts.
        let mut untold = BTreeSet::new();
        for question in script.questions.iter().filter(|question| !question.once) {
            if given(question).is_none() {
                untold.insert(question.key.clone());
            }
        }
        walked = walk(script, person, untold, &given);
    }
    let mut entry = walked.run.entry(person);
    if !whole || walked.flagged {
        entry.symptoms.remove(&Symptom::NoSymptom);
    }
    for question in &script.questions {
        let Kind::Digits { reading, unknown, .. } = &question.kind else { continue };
        let Some(text) = given(question) else { continue };
        if pressed(*reading, text).is_none() && !is_key(text, *unknown) {
            text.clone_into(slot(&mut entry, *reading));
        }
    }
    if walked.refused && says_nothing(&entry) {
        entry = MemberEntry { outcome: ContactOutcome::Refused, ..MemberEntry::of(person) };
    }
    if walked.flagged && entry.is_empty() {
        entry.note = danger(script, &given);
    }
    (entry, walked.flagged)
}

/// Danger that no symptom stands for, in the words of the script.
fn danger<'a>(script: &Script, given: &impl Fn(&Question) -> Option<&'a str>) -> String {
    let told = script.questions.iter().find_map(|question| {
        let text = given(question)?;
        let choice = question.choices().iter().find(|choice| choice.flag && is_key(text, choice.key))?;
        Some(format!("{} {}", read_out(question, "", &Slots::default()), choice.label))
    });
    told.unwrap_or_default().chars().take(MOST_TOLD).collect()
}

fn walk<'a>(
    script: &Script,
    person: PersonId,
    untold: BTreeSet<String>,
    given: &impl Fn(&Question) -> Option<&'a str>,
) -> Walked {
    let member = Member { person, name_words: String::new(), asked: untold };
    let run = Run::new(script, vec![member]);
    let mut walked = Walked { run, whole: false, flagged: false, refused: false };
    loop {
        match walked.run.step() {
            Step::Say(_) => walked.run.said(),
            Step::Ask { .. } => {
                let keys = walked.run.asking().and_then(|question| keys_of(question, given(question)));
                let Some(keys) = keys else { return walked };
                match walked.run.answer(&Heard::Keys(keys)) {
                    Effect::Flagged(_) => walked.flagged = true,
                    Effect::Refused => walked.refused = true,
                    Effect::Next | Effect::MemberDone(_) => {}
                    Effect::Repeat | Effect::WantsPerson | Effect::GaveUp => return walked,
                }
            }
            Step::Person => return walked,
            Step::Done => {
                walked.whole = true;
                return walked;
            }
        }
    }
}

/// The keys that stand for an answer; `None` where there is none.
fn keys_of(question: &Question, given: Option<&str>) -> Option<String> {
    match &question.kind {
        // Whoever talks with somebody has his consent already.
        Kind::Choice(choices) if question.once => {
            choices.iter().find(|choice| choice.act == Act::Next).map(|choice| choice.key.to_string())
        }
        Kind::Choice(choices) => {
            let fits = |choice: &&Choice| is_key(given.unwrap_or_default(), choice.key);
            choices.iter().find(fits).map(|choice| choice.key.to_string())
        }
        // Left empty it was not measured; what cannot be is put right by whoever typed it, and counts as that here.
        Kind::Digits { reading, unknown, .. } => {
            let keys = given.and_then(|text| pressed(*reading, text));
            Some(keys.unwrap_or_else(|| unknown.to_string()))
        }
        Kind::Statement => None,
    }
}

/// A reading as it would be pressed: with a comma or without.
fn pressed(reading: Reading, text: &str) -> Option<String> {
    let keys = text.trim().trim_end_matches('%').trim_end().replace([',', '.'], "*");
    readings::typed(reading, &keys).map(|_| keys)
}

fn is_key(text: &str, key: char) -> bool {
    let mut pressed = text.chars();
    pressed.next() == Some(key) && pressed.next().is_none()
}

fn says_nothing(entry: &MemberEntry) -> bool {
    let texts = [&entry.temperature, &entry.spo2, &entry.respiratory_rate, &entry.pulse];
    let signs = entry.symptoms.iter().any(|symptom| *symptom != Symptom::NoSymptom);
    !signs && texts.iter().all(|text| text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripts::shipped;
    use uuid::Uuid;

    fn person() -> PersonId {
        PersonId(Uuid::from_u128(1))
    }

    #[test]
    fn a_number_said_figure_by_figure_is_read_as_one() {
        assert_eq!(figures_joined("xin gọi ngay 1 1 5. Chúc mau khỏe"), "xin gọi ngay 115. Chúc mau khỏe");
        assert_eq!(figures_joined("5 ngày, 37,5 độ, 12 3 4"), "5 ngày, 37,5 độ, 12 34");
    }

    fn came(key: &str, told: &[(&str, &str)]) -> (MemberEntry, bool) {
        let script = shipped(key).unwrap();
        let answers: Answers =
            told.iter().map(|(key, text)| ((person(), (*key).to_owned()), (*text).to_owned())).collect();
        let mut came = by_hand(&script, &[person()], &answers);
        (came.entries.remove(0), !came.flagged.is_empty())
    }

    #[test]
    fn whoever_was_asked_for_all_and_has_nothing_is_well() {
        let told = [("feel", "1"), ("temperature", "36,8"), ("spo2", "97%"), ("breath", "2"), ("chest", "2")];
        let (entry, flagged) = came("care", &told);
        assert_eq!((entry.temperature.as_str(), entry.spo2.as_str()), ("36,8", "97"));
        assert_eq!(entry.symptoms, BTreeSet::from([Symptom::NoSymptom]));
        assert!(!flagged);
        assert_eq!(came("care", &[("temperature", "368")]).0.temperature, "36,8");
    }

    #[test]
    fn whoever_has_no_device_is_well_when_he_has_no_sign() {
        let (entry, flagged) = came("care", &[("feel", "1"), ("breath", "2"), ("chest", "2")]);
        assert_eq!(entry.symptoms, BTreeSet::from([Symptom::NoSymptom]));
        assert!(!flagged && entry.temperature.is_empty() && entry.spo2.is_empty() && entry.note.is_empty());
        // One reading of two.
        let told = [("feel", "1"), ("spo2", "97"), ("breath", "2"), ("chest", "2")];
        assert_eq!(came("care", &told).0.symptoms, BTreeSet::from([Symptom::NoSymptom]));
    }

    #[test]
    fn danger_that_no_symptom_stands_for_is_told_in_words() {
        let mut script = shipped("care").unwrap();
        for question in &mut script.questions {
            if let Kind::Choice(choices) = &mut question.kind {
                for choice in choices {
                    choice.symptom = None;
                }
            }
        }
        let answers = Answers::from([((person(), "breath".to_owned()), "1".to_owned())]);
        let came = by_hand(&script, &[person()], &answers);
        assert_eq!(came.flagged, [person()]);
        let entry = &came.entries[0];
        assert!(entry.symptoms.is_empty() && entry.note.ends_with("khó thở không? có"), "{entry:?}");
    }

    #[test]
    fn nothing_is_read_out_about_keys() {
        for key in ["care", "symptoms"] {
            for question in shipped(key).unwrap().questions.iter().filter(|question| !question.once) {
                let words = read_out(question, "Bích", &Slots::default());
                assert!(!words.to_lowercase().contains("bấm") && words.contains("Bích"), "{words}");
            }
        }
        let mut only = shipped("care").unwrap().questions.remove(2);
        only.says = crate::scripts::pieces("Khỏe thì bấm 1.");
        assert_eq!(read_out(&only, "", &Slots::default()), "Khỏe thì bấm 1.");
    }

    #[test]
    fn what_was_not_asked_is_never_taken_for_well() {
        let (entry, _) = came("care", &[("feel", "1"), ("breath", "2")]);
        assert!(entry.symptoms.is_empty(), "{entry:?}");
        assert!(came("care", &[]).0.symptoms.is_empty());
    }

    #[test]
    fn a_sign_told_out_of_turn_is_kept_and_flagged() {
        let (entry, flagged) = came("symptoms", &[("cyanosis", "1"), ("spo2", "91")]);
        assert_eq!(entry.symptoms, BTreeSet::from([Symptom::Cyanosis]));
        assert_eq!(entry.spo2, "91");
        assert!(flagged);
    }

    #[test]
    fn a_reading_that_cannot_be_stays_as_it_was_typed() {
        let told = [("feel", "1"), ("temperature", "3,68"), ("spo2", "0"), ("breath", "2"), ("chest", "2")];
        let (entry, _) = came("care", &told);
        assert_eq!((entry.temperature.as_str(), entry.spo2.as_str()), ("3,68", ""));
        // Keys that the question has not are no answer.
        assert!(came("care", &[("breath", "7")]).0.symptoms.is_empty());
    }

    #[test]
    fn a_question_is_read_out_with_the_given_name() {
        let script = shipped("care").unwrap();
        let question = &script.questions[script.place("breath").unwrap()];
        let words = read_out(question, "Bích", &Slots::default());
        assert!(words.starts_with("Khi ngồi nghỉ, Bích có khó thở không?"), "{words}");
    }
}
