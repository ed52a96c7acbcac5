//! Where the code of a poster is typed in; also what one sees whose code is on no poster, or who tries too often.

use crate::{
    asker::{self, Door, Threshold},
    home::Visit,
    report::Answers,
};
use askama::Template;
use axum::http::StatusCode;
use health::gates;
use pages::{Outcome, Portal, Words, html, see_other};

#[derive(Template)]
#[template(path = "venue_enter.html")]
struct Page {
    p: Portal,
    at: Threshold,
}

/// The door to a gate's public page.
pub(super) enum Venue {}

pub(super) type Asker = asker::Asker<Venue>;

impl Door for Venue {
    const PATH: &'static str = "v";
    const HOLDERS_WAIT: bool = false;

    fn page(visit: &Visit, at: Threshold) -> Outcome {
        html(&Page { p: visit.frame(), at })
    }

    fn missing(w: Words) -> String {
        w.venue_enter_missing()
    }

    fn wrong(w: Words) -> String {
        w.venue_enter_wrong()
    }
}

/// `POST /{tenant}/v`: a poster's code is shorter than others.
pub(super) async fn enter(visit: Visit, answers: Answers) -> Outcome {
    let typed = answers.get("code").unwrap_or_default();
    if let Ok(code) = gates::poster(typed) {
        return Ok(see_other(&visit.frame().at(format_args!("v/{code}"))));
    }
    let told = if typed.trim().is_empty() { Venue::missing(visit.w) } else { Venue::wrong(visit.w) };
    let mut at = Threshold { typed: typed.chars().take(40).collect(), ..Threshold::default() };
    at.errors.add("code", told);
    let mut response = Venue::page(&visit, at)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
