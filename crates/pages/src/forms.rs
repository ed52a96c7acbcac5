//! Forms that come back with what was wrong beside each field and everything that was typed.

use crate::Words;
use kernel::Error;
use std::collections::BTreeMap;

/// What is wrong, by field; empty when the form is good.
#[derive(Clone, Debug, Default)]
pub struct Errors(BTreeMap<String, String>);

impl Errors {
    pub fn add(&mut self, field: &str, text: String) {
        self.0.entry(field.to_owned()).or_insert(text);
    }

    /// Takes an error that belongs beside a field; gives back any other.
    pub fn take(&mut self, words: Words, error: Error) -> Result<(), Error> {
        match error {
            Error::Invalid { field, key } => {
                self.add(field, words.by_key(key));
                Ok(())
            }
            other => Err(other),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text beside a field, if it is wrong.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, text)| (field.as_str(), text.as_str()))
    }
}
