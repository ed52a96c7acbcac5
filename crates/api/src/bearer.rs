//! The key with which a machine comes.

use axum::http::{HeaderMap, header};

/// The key of `Authorization: Bearer KEY`; our keys are short and plain.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= 128).then_some(key)
}
