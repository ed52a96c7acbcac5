//! What is wrong with a field of a form. A form collects all of it and shows it at once, with
//! everything that was typed kept.

use kernel::{Error, ValueError};

/// What is wrong with a field of a form: its name and the message key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: &'static str,
    pub key: &'static str,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault.field, fault.key)
    }
}

/// The value, or nothing and one more fault of this field.
pub(crate) fn kept<T>(
    faults: &mut Vec<Fault>,
    field: &'static str,
    value: Result<T, ValueError>,
) -> Option<T> {
    value.map_err(|error| faults.push(Fault { field, key: error.key })).ok()
}

/// The value of a field that may stay empty.
pub(crate) fn optional<T>(
    faults: &mut Vec<Fault>,
    field: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, ValueError>,
) -> Option<T> {
    if text.trim().is_empty() { None } else { kept(faults, field, parse(text)) }
}
