//! The words of tests.

use health::samples::{PoolState, Seen};
use pages::Words;

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

/// What was made of a self-test.
pub fn seen(w: Words, one: Seen) -> String {
    w.by_key(&format!("sample-seen-{}", kebab(one.as_str())))
}

pub fn pool_state(w: Words, one: PoolState) -> String {
    w.by_key(&format!("sample-pool-{}", kebab(one.as_str())))
}

/// What is wrong with a field.
pub fn fault(w: Words, field: &str, key: &str) -> String {
    match (field, key) {
        ("code", "error-text-too-long") => w.case_text_too_long("40"),
        ("why", "error-text-too-long") => w.case_text_too_long("200"),
        _ => w.by_key(key),
    }
}
