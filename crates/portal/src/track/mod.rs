//! Whoever holds a report's code sees what became of it, judges the answer, and may say that it is
//! not solved. No account: the code is the key.

mod doorway;
mod judge;
mod page;

use crate::{asker, limiter::Limiter};
use axum::{Extension, Router, routing::get};
use doorway::Track;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/track", get(asker::page::<Track>).post(asker::enter::<Track>))
        .route("/{tenant}/track/{code}", get(page::page))
        .route("/{tenant}/track/{code}/rate", get(judge::back).post(judge::rate))
        .route("/{tenant}/track/{code}/contest", get(judge::back).post(judge::contest))
        .route("/{tenant}/track/{code}/files/{file}", get(page::whole))
        .route("/{tenant}/track/{code}/files/{file}/small", get(page::small))
        .layer(Extension(Arc::new(Limiter::default())))
}
