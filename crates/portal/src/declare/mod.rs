//! A resident declares his health, or somebody's of his family: a code by text, for whom, five questions at most, one
//! a page, then a page to check the answers.
//!
//! Nothing here needs a script or an account, and nothing of a person stands in an address. The code makes a device
//! ([`cookie`]), whose key the browser keeps for a month; what was answered so far waits in a sealed draft for a day
//! ([`draft`]). Each form carries the id of its draft, so that two pages open for two people cannot be mixed up.

mod check;
mod code;
mod cookie;
mod done;
mod draft;
mod forget;
mod person;
mod question;
mod sql;
mod start;
mod who;
mod without;
mod words;

pub use draft::purge;

use crate::{home::Visit, limiter::Limiter};
use axum::{
    Extension, Router, extract::DefaultBodyLimit, http::StatusCode, response::Response, routing::get,
};
use pages::{App, Outcome, see_other};
use std::sync::Arc;

/// A form, in bytes.
const FORM: usize = 64 << 10;
/// Of what was typed into a field so many characters are kept and shown again.
const SHOWN: usize = 120;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/declare", get(start::page).post(start::send))
        .route("/{tenant}/declare/code", get(code::page).post(code::enter))
        .route("/{tenant}/declare/who", get(who::page).post(who::choose))
        .route("/{tenant}/declare/person", get(person::page).post(person::enter))
        .route("/{tenant}/declare/check", get(check::page).post(check::send))
        .route("/{tenant}/declare/done", get(done::page))
        .route("/{tenant}/declare/forget", get(back).post(forget::forget))
        .route("/{tenant}/declare/without", get(without::page))
        .route("/{tenant}/declare/{question}", get(question::page).post(question::answer))
        .layer(DefaultBodyLimit::max(FORM))
        .layer(Extension(Arc::new(Limiter::default())))
}

/// Name and value of each field, in the order in which they came.
type Pairs = Vec<(String, String)>;

/// The value of a field, as much of it as is kept; empty where it did not come.
fn field(pairs: &[(String, String)], name: &str) -> String {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.chars().take(SHOWN).collect()).unwrap_or_default()
}

/// `GET` of an address that a form was sent to: the beginning.
async fn back(visit: Visit) -> Outcome {
    Ok(go(&visit, ""))
}

/// 303 to a page of the declaration; `""` is its first.
fn go(visit: &Visit, page: &str) -> Response {
    let path = if page.is_empty() { "declare".to_owned() } else { format!("declare/{page}") };
    visit.keep_language(see_other(&visit.frame().at(path)))
}

/// A page, with the status of a form that has to be mended.
fn shown(visit: &Visit, mut response: Response, wrong: bool) -> Response {
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    visit.keep_language(response)
}
