//! A script as it stands in the editor's form: whatever was typed, right or wrong.

use crate::rosters::Typed;
use health::scripts::{self, Act, CHOICES, Choice, Kind, QUESTIONS, Question, Reading, Script, ScriptFault};
use kernel::text::tidy;

/// What a key is called that was not typed, or typed as more than one: no telephone has it.
const NO_KEY: char = '\0';

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub valid_from: String,
    pub questions: Vec<Asked>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub key: String,
    pub says: String,
    pub again: String,
    /// `statement`, `choice`, or a reading.
    pub kind: String,
    /// `household`, `member`.
    pub whom: String,
    pub next: String,
    pub most: String,
    pub unknown: String,
    pub choices: Vec<Pressed>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pressed {
    pub key: String,
    pub label: String,
    pub next: String,
    pub symptom: String,
    pub act: String,
    pub flag: bool,
}

impl Draft {
    /// A version, to be changed.
    pub fn of(script: &Script, valid_from: String) -> Self {
        Self { valid_from, questions: script.questions.iter().map(Asked::of).collect() }
    }

    /// A form as it was sent.
    pub fn read(typed: &Typed) -> Self {
        let questions = (0..typed.count("questions", QUESTIONS)).map(|n| Asked::read(typed, n)).collect();
        Self { valid_from: typed.get("valid_from").to_owned(), questions }
    }

    /// A button that changes rows: `add`, `drop-2`, `up-2`, `down-2`, `add-choice-2`, `drop-choice-2-0`. Any
    /// other only shows the fields again.
    pub fn press(&mut self, button: &str) {
        let (act, place) = button.rsplit_once('-').unwrap_or((button, ""));
        let place: Option<usize> = place.parse().ok();
        let count = self.questions.len();
        match (act, place) {
            _ if button == "add" && count < QUESTIONS => self.questions.push(Asked::fresh()),
            ("drop", Some(n)) if n < count => {
                self.questions.remove(n);
            }
            ("up", Some(n)) if n > 0 && n < count => self.questions.swap(n - 1, n),
            ("down", Some(n)) if n < count.saturating_sub(1) => self.questions.swap(n, n + 1),
            ("add-choice", Some(n)) => {
                if let Some(asked) = self.questions.get_mut(n).filter(|asked| asked.choices.len() < CHOICES) {
                    asked.choices.push(Pressed::fresh(asked.choices.len()));
                }
            }
            (act, Some(m)) => {
                let n = act.strip_prefix("drop-choice-").and_then(|n| n.parse::<usize>().ok());
                if let Some(asked) =
                    n.and_then(|n| self.questions.get_mut(n)).filter(|asked| m < asked.choices.len())
                {
                    asked.choices.remove(m);
                }
            }
            _ => {}
        }
        for asked in &mut self.questions {
            asked.fill();
        }
    }

    /// The questions that were typed. What could not be read becomes something that the check refuses at that
    /// very place.
    pub fn questions(&self) -> Vec<Question> {
        self.questions.iter().map(Asked::question).collect()
    }

    /// Keys that a question can lead to.
    pub fn keys(&self) -> Vec<String> {
        let keys = self.questions.iter().map(|asked| asked.key.clone()).filter(|key| !key.is_empty());
        keys.chain([scripts::END.to_owned()]).collect()
    }
}

/// The field of the form that a fault is about.
pub fn field(fault: &ScriptFault) -> String {
    match (fault.question, fault.choice) {
        (Some(n), Some(m)) => format!("q{n}c{m}-{}", fault.field),
        (Some(n), None) => format!("q{n}-{}", fault.field),
        (None, _) => fault.field.to_owned(),
    }
}

impl Asked {
    /// A new question, as most are.
    fn fresh() -> Self {
        Self { kind: "choice".into(), whom: "member".into(), ..Self::default() }
    }

    fn of(question: &Question) -> Self {
        let (kind, most, unknown) = match &question.kind {
            Kind::Statement => ("statement", String::new(), String::new()),
            Kind::Choice(_) => ("choice", String::new(), String::new()),
            Kind::Digits { most, reading, unknown } => {
                (reading.as_str(), most.to_string(), unknown.to_string())
            }
        };
        Self {
            key: question.key.clone(),
            says: scripts::written(&question.says),
            again: scripts::written(&question.again),
            kind: kind.to_owned(),
            whom: if question.once { "household" } else { "member" }.to_owned(),
            next: question.next.clone().unwrap_or_default(),
            most,
            unknown,
            choices: question.choices().iter().map(Pressed::of).collect(),
        }
    }

    fn read(typed: &Typed, n: usize) -> Self {
        let field = |name: &str| typed.get(&format!("q{n}-{name}")).to_owned();
        let choices = typed.count(&format!("q{n}-choices"), CHOICES);
        Self {
            key: field("key"),
            says: field("says"),
            again: field("again"),
            kind: field("kind"),
            whom: field("once"),
            next: field("next"),
            most: field("most"),
            unknown: field("unknown"),
            choices: (0..choices).map(|m| Pressed::read(typed, n, m)).collect(),
        }
    }

    /// What a kind needs and has not been given yet.
    fn fill(&mut self) {
        match self.reading() {
            Some(reading) => {
                if self.most.is_empty() {
                    let most = if reading == Reading::Temperature { "4" } else { "3" };
                    most.clone_into(&mut self.most);
                }
                if self.unknown.is_empty() {
                    "0".clone_into(&mut self.unknown);
                }
            }
            None if self.kind == "choice" && self.choices.is_empty() => {
                self.choices = (0..2).map(Pressed::fresh).collect();
            }
            None => {}
        }
    }

    pub fn reading(&self) -> Option<Reading> {
        self.kind.parse().ok()
    }

    fn question(&self) -> Question {
        let kind = match self.reading() {
            Some(reading) => Kind::Digits {
                most: self.most.parse().unwrap_or(0),
                reading,
                unknown: one_key(&self.unknown),
            },
            None if self.kind == "choice" => Kind::Choice(self.choices.iter().map(Pressed::choice).collect()),
            None => Kind::Statement,
        };
        Question {
            key: self.key.clone(),
            says: scripts::pieces(&speech(&self.says)),
            again: scripts::pieces(&speech(&self.again)),
            kind,
            once: self.whom != "member",
            next: leads(&self.next),
        }
    }
}

impl Pressed {
    fn fresh(place: usize) -> Self {
        Self { key: (place + 1).to_string(), act: Act::Next.as_str().to_owned(), ..Self::default() }
    }

    fn of(choice: &Choice) -> Self {
        Self {
            key: choice.key.to_string(),
            label: choice.label.clone(),
            next: choice.next.clone().unwrap_or_default(),
            symptom: choice.symptom.map_or_else(String::new, |symptom| symptom.as_str().to_owned()),
            act: choice.act.as_str().to_owned(),
            flag: choice.flag,
        }
    }

    fn read(typed: &Typed, n: usize, m: usize) -> Self {
        let field = |name: &str| typed.get(&format!("q{n}c{m}-{name}")).to_owned();
        Self {
            key: field("key"),
            label: field("label"),
            next: field("next"),
            symptom: field("symptom"),
            act: field("act"),
            flag: !field("flag").is_empty(),
        }
    }

    fn choice(&self) -> Choice {
        Choice {
            key: one_key(&self.key),
            label: speech(&self.label),
            next: leads(&self.next),
            symptom: self.symptom.parse().ok(),
            flag: self.flag,
            act: self.act.parse().unwrap_or_default(),
        }
    }
}

fn one_key(text: &str) -> char {
    let mut keys = text.chars();
    keys.next().filter(|_| keys.next().is_none()).unwrap_or(NO_KEY)
}

fn leads(next: &str) -> Option<String> {
    (!next.is_empty()).then(|| next.to_owned())
}

/// One line, without what no voice can say.
fn speech(text: &str) -> String {
    tidy(text).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn care() -> Script {
        scripts::shipped("care").unwrap()
    }

    #[test]
    fn a_script_reads_as_it_was_written() {
        assert_eq!(Draft::of(&care(), String::new()).questions(), care().questions);
    }

    #[test]
    fn questions_and_keys_come_move_and_go() {
        let mut draft = Draft::of(&care(), String::new());
        let count = draft.questions.len();
        draft.press("add");
        assert_eq!((draft.questions.len(), draft.questions[count].choices.len()), (count + 1, 2));
        draft.press(&format!("up-{count}"));
        assert!(draft.questions[count - 1].key.is_empty());
        draft.press(&format!("down-{count}"));
        draft.press("up-0");
        draft.press(&format!("add-choice-{}", count - 1));
        assert_eq!(draft.questions[count - 1].choices.len(), 3);
        draft.press(&format!("drop-choice-{}-1", count - 1));
        let keys: Vec<&str> = draft.questions[count - 1].choices.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["1", "3"]);
        draft.press(&format!("drop-{}", count - 1));
        draft.press("drop-99");
        draft.press("nothing");
        assert_eq!(draft.questions(), care().questions);
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_place() {
        let mut draft = Draft::of(&care(), String::new());
        let feel = care().place("feel").unwrap();
        draft.questions[feel].choices[1].key = "12".into();
        let temperature = care().place("temperature").unwrap();
        draft.questions[temperature].most = "vài".into();
        let faults = scripts::check(&draft.questions());
        let fields: Vec<String> = faults.iter().map(field).collect();
        assert_eq!(fields, [format!("q{feel}c1-key"), format!("q{temperature}-most")]);
    }
}
