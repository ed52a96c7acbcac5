//! The words of what is known of people.

use health::people::{Agreement, CarerKind, Consent, Field};
use pages::Words;

/// Codes are written with `_`, message keys with `-`.
fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn field(w: Words, one: Field) -> String {
    w.by_key(&format!("people-field-{}", kebab(one.as_str())))
}

pub fn agreement(w: Words, one: Agreement) -> String {
    w.by_key(&format!("people-agreement-{}", kebab(one.as_str())))
}

pub fn carer(w: Words, one: CarerKind) -> String {
    w.by_key(&format!("people-carer-{}", kebab(one.as_str())))
}

pub fn consent(w: Words, one: Consent) -> String {
    w.by_key(&format!("people-consent-{}", kebab(one.as_str())))
}
