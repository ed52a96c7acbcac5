//! The reporter judges the answer, or says that it is not solved.

use super::{
    doorway::Asker,
    page::{self, Page},
};
use crate::report::Answers;
use axum::extract::Path;
use kernel::{Actor, Error};
use pages::{Outcome, forms::Errors, see_other};
use town::reports::{self, TrackingCode};

type Place = Path<(String, String)>;

/// `GET` of an address that a form was sent to: the page it stands on.
pub(super) async fn back(asker: Asker, Path((_, code)): Place) -> Outcome {
    match TrackingCode::parse(&code) {
        Ok(code) => Ok(see_other(&asker.visit.frame().at(format_args!("track/{code}")))),
        Err(error) => asker.refuse(&code, error),
    }
}

/// `POST /{tenant}/track/{code}/rate` with `score` (1 to 5) and `solved` (`yes` closes the report).
pub(super) async fn rate(asker: Asker, Path((_, code)): Place, answers: Answers) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    // What is no number is outside the range.
    let score = answers.get("score").and_then(|score| score.trim().parse().ok()).unwrap_or(0);
    let solved = answers.get("solved") == Some("yes");
    let done = match reports::rate(&mut cx, &code, score, solved).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    finish(asker, &code, done, &answers).await
}

/// `POST /{tenant}/track/{code}/contest` with `why`.
pub(super) async fn contest(asker: Asker, Path((_, code)): Place, answers: Answers) -> Outcome {
    let visit = &asker.visit;
    let mut errors = Errors::default();
    answers.tell_unreadable(visit.w, &mut errors);
    let why = answers.get("why").unwrap_or_default();
    let done = if errors.is_empty() {
        let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
        match reports::contest(&mut cx, &visit.tenant, &code, why).await {
            Ok(()) => cx.commit().await,
            Err(error) => Err(error),
        }
    } else {
        Err(Error::invalid("why", "error-text-unreadable"))
    };
    finish(asker, &code, done, &answers).await
}

/// To the report's page; with what was wrong beside its field and what was typed kept.
async fn finish(asker: Asker, code: &str, done: Result<(), Error>, answers: &Answers) -> Outcome {
    let visit = &asker.visit;
    let error = match done {
        Ok(()) => return Ok(see_other(&visit.frame().at(format_args!("track/{}", TrackingCode::parse(code)?)))),
        Err(error @ Error::Invalid { .. }) => error,
        Err(other) => return asker.refuse(code, other),
    };
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let mut page = match Page::load(visit, &mut cx, code).await {
        Ok(page) => page,
        Err(error) => return asker.refuse(code, error),
    };
    page.errors.take(visit.w, error)?;
    page.why = answers.get("why").unwrap_or_default().chars().take(20_000).collect();
    page.score = answers.get("score").unwrap_or_default().to_owned();
    page::mended(visit, &page)
}
