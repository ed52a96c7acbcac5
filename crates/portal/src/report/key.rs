//! The key of a form. It names the draft and makes sure that what is sent twice is one report.
//!
//! A key that this centre made is random enough that whoever holds it has been shown the form, and
//! carries a proof that we made it; only such a key brings back what was typed. A client may bring a
//! key of its own: a long one keeps a draft, of which no page shows name or telephone again; a short
//! one could be guessed, so it keeps nothing and stands for one whole submission.

use super::{Answers, COOKIE};
use axum::http::HeaderMap;
use kernel::Result;
use pages::cookies;
use store::Cx;

/// 130 random bits.
const MADE: usize = 26;
/// From here on nobody guesses a client's own key.
const LONG: usize = 22;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub text: String,
    /// Made here.
    pub own: bool,
}

impl Key {
    pub(super) fn new(cx: &Cx) -> Result<Self> {
        let made = cx.rng().code(MADE);
        let proof = proof(cx, &made)?;
        Ok(Self { text: format!("{made}-{proof}"), own: true })
    }

    fn read(cx: &Cx, typed: &str) -> Result<Option<Self>> {
        let text = typed.trim();
        if !is_key(text) {
            return Ok(None);
        }
        let own = match text.split_once('-') {
            Some((made, said)) if made.len() == MADE => said == proof(cx, made)?,
            _ => false,
        };
        Ok(Some(Self { text: text.to_owned(), own }))
    }

    /// The key that a form brought.
    pub(super) fn typed(cx: &Cx, answers: &Answers) -> Result<Option<Self>> {
        answers.get("key").map_or(Ok(None), |typed| Self::read(cx, typed))
    }

    /// The key in the browser's cookie, where we made it.
    pub(super) fn in_cookie(cx: &Cx, headers: &HeaderMap) -> Result<Option<Self>> {
        let key = cookies::read(headers, COOKIE).map_or(Ok(None), |typed| Self::read(cx, typed))?;
        Ok(key.filter(|key| key.own))
    }

    /// The key under which a form that was sent is kept: its own, else the cookie's, else a new one.
    pub(super) fn of(cx: &Cx, answers: &Answers, headers: &HeaderMap) -> Result<Self> {
        if let Some(key) = Self::typed(cx, answers)?.filter(Self::keeps) {
            return Ok(key);
        }
        match Self::in_cookie(cx, headers)? {
            Some(key) => Ok(key),
            None => Self::new(cx),
        }
    }

    /// Whether a draft may stand under it.
    pub(super) fn keeps(&self) -> bool {
        self.own || self.text.len() >= LONG
    }
}

fn proof(cx: &Cx, made: &str) -> Result<String> {
    Ok(cx.blind("report form", made)?.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a key can be one: long enough, and fit for a cookie.
pub(super) fn is_key(key: &str) -> bool {
    (8..=128).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'='))
}
