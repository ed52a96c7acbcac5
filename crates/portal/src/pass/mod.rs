//! Somebody's own pass on his telephone: name and year of birth large, the code that a gate scans, the colour of
//! his card and what he does next. Whoever has the address has the pass, so it is shown to no search engine and kept
//! in no shared cache; the telephone itself keeps it and opens it without a network. Somebody who stands beside him
//! reads nothing of an illness: a pass that is turned back says whom to call.

mod card;
mod doorway;
mod page;

use crate::{asker, limiter::Limiter};
use axum::{
    Extension, Router,
    routing::{get, post},
};
use doorway::OwnPass;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/pass", get(asker::page::<OwnPass>).post(asker::enter::<OwnPass>))
        .route("/{tenant}/pass/{key}", get(page::page))
        .route("/{tenant}/pass/{key}/code", post(page::code))
        .route("/{tenant}/pass/{key}/card.pdf", get(card::file))
        .layer(Extension(Arc::new(Limiter::default())))
}
