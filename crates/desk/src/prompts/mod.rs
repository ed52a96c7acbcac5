//! What calls say: every announcement with its words, recorded or synthesised, and how it sounds; a new
//! recording or new words are a version, and an older one can be heard again.

mod list;
mod page;
mod upload;
mod wav;

use crate::Me;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Scope, permits},
    prompts::NUMBER_WORDS,
};
use kernel::{Error, Result};
use pages::{App, Words};

/// A recording past the limit is still taken in to its end, unkept, so that the answer reaches the browser;
/// past this, in bytes, the connection is cut.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/prompts", get(list::page))
        .route(
            "/{tenant}/desk/prompts/{key}",
            get(page::page).post(upload::upload).layer(DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .route("/{tenant}/desk/prompts/{key}/wav", get(wav::wav))
        .route("/{tenant}/desk/prompts/{key}/back", post(page::back))
}

fn may_edit(me: &Me) -> bool {
    permits(&me.actor, Action::PromptEdit, Scope::Tenant)
}

/// Asked before anything that was sent is looked at.
fn must_edit(me: &Me) -> Result<()> {
    if !permits(&me.actor, Action::LadderSee, Scope::Tenant) {
        return Err(Error::NotFound);
    }
    if may_edit(me) { Ok(()) } else { Err(Error::Forbidden(Action::PromptEdit.as_str())) }
}

/// What an announcement is for; a word of a number is its own name.
fn name(w: Words, key: &str, words: &str) -> String {
    let message = format!("prompt-name-{}", key.replace(['.', '_'], "-"));
    if w.has(&message) { w.by_key(&message) } else { words.to_owned() }
}

fn part(w: Words, part: &str) -> String {
    let message = format!("prompt-part-{part}");
    if w.has(&message) { w.by_key(&message) } else { part.to_owned() }
}

fn part_hint(w: Words, part: &str) -> String {
    if part == NUMBER_WORDS { w.prompt_numbers_hint() } else { String::new() }
}

/// "thu âm, 7,5 giây", or who reads it.
fn sound(w: Words, seconds: Option<f64>) -> String {
    match seconds {
        Some(seconds) => w.prompt_recorded(kernel::numbers::decimal(seconds, 1)),
        None => w.prompt_synthesised(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duty::prompts::shipped;

    #[test]
    fn every_announcement_says_what_it_is_for() {
        let w = Words::default();
        for (key, words) in shipped() {
            let own = key.split_once('.').is_some_and(|(part, _)| part == NUMBER_WORDS);
            assert_eq!(name(w, key, words) == *words, own, "{key}");
            let named = key.split_once('.').map(|(of, _)| part(w, of));
            assert!(named.is_some_and(|named| !key.starts_with(&named)), "{key}");
        }
    }
}
