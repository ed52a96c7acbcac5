//! The words of a case's states.

use health::{
    cases::{Care, Classification, Ending, NoPhone, Symptom, TestKind, TestResult},
    people::{Basis, Brief},
    samples::Reason,
};
use kernel::citizen_id::Sex;
use pages::Words;

/// Codes are written with `_`, message keys with `-`.
fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn classification(w: Words, one: Classification) -> String {
    w.by_key(&format!("classification-{}", kebab(one.as_str())))
}

pub fn test_kind(w: Words, one: TestKind) -> String {
    w.by_key(&format!("test-kind-{}", kebab(one.as_str())))
}

pub fn test_result(w: Words, one: TestResult) -> String {
    w.by_key(&format!("test-result-{}", kebab(one.as_str())))
}

pub fn care(w: Words, one: Care) -> String {
    w.by_key(&format!("care-{}", kebab(one.as_str())))
}

pub fn ending(w: Words, one: Ending) -> String {
    w.by_key(&format!("case-ending-{}", kebab(one.as_str())))
}

pub fn no_phone(w: Words, one: NoPhone) -> String {
    w.by_key(&format!("no-phone-{}", kebab(one.as_str())))
}

pub fn symptom(w: Words, one: Symptom) -> String {
    w.by_key(&format!("symptom-{}", kebab(one.as_str())))
}

pub fn basis_of_duplicate(w: Words, one: Basis) -> String {
    w.by_key(&format!("duplicate-basis-{}", kebab(one.as_str())))
}

pub fn sex(w: Words, one: Sex) -> String {
    match one {
        Sex::Male => w.sex_male(),
        Sex::Female => w.sex_female(),
    }
}

/// "1985 · Nữ", as much of it as is known.
pub fn birth_and_sex(w: Words, person: &Brief) -> String {
    let known: Vec<String> = person
        .birth_year
        .map(|year| year.to_string())
        .into_iter()
        .chain(person.sex.map(|one| sex(w, one)))
        .collect();
    if known.is_empty() { w.case_unknown() } else { known.join(" · ") }
}

/// What is wrong with a field. How long a text may be differs from field to field.
pub fn fault(w: Words, field: &str, key: &str) -> String {
    match (field, key) {
        ("full_name", "error-text-too-long") => w.case_text_too_long("100"),
        ("address", "error-text-too-long") => w.case_text_too_long("300"),
        ("reason", "error-text-too-long") => w.case_text_too_long("200"),
        _ => w.by_key(key),
    }
}

/// Why somebody is to be tested.
pub fn test_reason(w: Words, one: Reason) -> String {
    w.by_key(&format!("sample-reason-{}", kebab(one.as_str())))
}
