//! A form of a few questions about a contact, a case or a place.

use crate::frame::Frame;
use askama::Template;
use pages::{Desk, forms::Errors};

/// One question. With choices it is asked as a list to choose from, otherwise as a line.
pub struct Question {
    pub name: &'static str,
    pub label: String,
    /// May be empty.
    pub hint: String,
    pub value: String,
    /// Code, label, chosen.
    pub choices: Option<Vec<(String, String, bool)>>,
}

impl Question {
    pub fn line(name: &'static str, label: String, hint: String, value: &str) -> Self {
        Self { name, label, hint, value: value.to_owned(), choices: None }
    }

    pub fn choice(name: &'static str, label: String, choices: Vec<(String, String, bool)>) -> Self {
        Self { name, label, hint: String::new(), value: String::new(), choices: Some(choices) }
    }
}

#[derive(Template)]
#[template(path = "trace_form.html")]
pub struct FormPage {
    pub d: Desk,
    /// Where it leads back to: address and words.
    pub back: (String, String),
    pub action: String,
    pub title: String,
    /// May be empty.
    pub hint: String,
    /// Whom or what it is about; may be empty.
    pub name: String,
    pub questions: Vec<Question>,
    /// How the free words are called: field, label, value; `None` where none are asked for.
    pub words: Option<(&'static str, String, String)>,
    pub errors: Errors,
}

impl FormPage {
    pub fn new(frame: &Frame, back: (String, String), action: String, title: String, errors: Errors) -> Self {
        Self {
            d: frame.d.clone(),
            back,
            action,
            title,
            hint: String::new(),
            name: String::new(),
            questions: Vec::new(),
            words: None,
            errors,
        }
    }
}
