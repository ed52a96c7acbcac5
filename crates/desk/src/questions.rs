//! One question of a plain form, as `questions.html` asks it: a line, a text of several lines, or a choice.

/// Value, label, chosen.
pub type Choice = (String, String, bool);

pub struct Question {
    pub name: &'static str,
    pub label: String,
    /// May be empty.
    pub hint: String,
    pub value: String,
    /// `line`, `text`, `choice`.
    pub kind: &'static str,
    pub choices: Vec<Choice>,
}

impl Question {
    pub fn line(name: &'static str, label: String, value: &str) -> Self {
        Self { name, label, hint: String::new(), value: value.to_owned(), kind: "line", choices: Vec::new() }
    }

    pub fn text(name: &'static str, label: String, value: &str) -> Self {
        Self { kind: "text", ..Self::line(name, label, value) }
    }

    pub fn choice(name: &'static str, label: String, choices: Vec<Choice>) -> Self {
        Self { kind: "choice", choices, ..Self::line(name, label, "") }
    }

    #[must_use]
    pub fn hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }
}

/// A form as it was sent, each name once.
#[derive(Clone, Debug, Default)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// Empty where nothing was sent under the name.
    pub fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}
