//! Corrections that people ask of their records: those that wait, both values beside each other, and the
//! code with which somebody sees his own record.

mod code;
mod decide;
mod list;
mod new;
mod words;

use crate::Me;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use duty::permissions::{Action, Scope, permits};
use kernel::{CorrectionId, Error, Result};
use pages::App;
use town::files::Owner;

/// A request with its photo, in bytes.
const BODY: usize = 12 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/corrections", get(list::page))
        .route(
            "/{tenant}/desk/corrections/new",
            get(new::form).post(new::save).layer(DefaultBodyLimit::max(BODY)),
        )
        .route("/{tenant}/desk/corrections/codes/{person}", get(code::page).post(code::act))
        .route("/{tenant}/desk/corrections/{id}", get(decide::page))
        .route("/{tenant}/desk/corrections/{id}/files/{file}", get(decide::file))
        .route("/{tenant}/desk/corrections/{id}/{act}", post(decide::act))
}

/// A photo of a request belongs to it.
const fn owner(id: CorrectionId) -> Owner {
    Owner { kind: "correction", id: id.0 }
}

/// Errors: `Forbidden` for those who decide nowhere.
fn must_decide(me: &Me) -> Result<()> {
    if permits(&me.actor, Action::PersonCorrect, Scope::Tenant) {
        Ok(())
    } else {
        Err(Error::Forbidden(Action::PersonCorrect.as_str()))
    }
}
