//! The words of corrections.

use health::corrections::{Field, State};
use pages::Words;

pub fn field(w: Words, one: Field) -> String {
    w.by_key(&format!("correction-field-{}", one.as_str().replace('_', "-")))
}

pub fn state(w: Words, one: State) -> String {
    match one {
        State::Asked => w.correction_state_asked(),
        State::Accepted => w.correction_state_accepted(),
        State::Refused => w.correction_state_refused(),
    }
}

/// A value as people read it: codes of the program become words, nothing is a dash.
pub fn value(w: Words, of: Field, value: &str) -> String {
    match (of, value) {
        (_, "") => "–".to_owned(),
        (Field::Sex, "male") => w.sex_male(),
        (Field::Sex, "female") => w.sex_female(),
        (_, value) => value.to_owned(),
    }
}
