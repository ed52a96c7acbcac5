//! Whoever holds a report's code sees what became of it, judges the answer, and may say that it is
//! not solved. No account: the code is the key.
//!
//! A code has 80 random bits, so guessing is hopeless; the limit on tries keeps guessers from costing
//! anything. It is counted by address in this process only and written nowhere.

mod doorway;
mod judge;
mod limiter;
mod page;

use axum::{Extension, Router, routing::get};
use limiter::Limiter;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/track", get(doorway::page).post(doorway::enter))
        .route("/{tenant}/track/{code}", get(page::page))
        .route("/{tenant}/track/{code}/rate", get(judge::back).post(judge::rate))
        .route("/{tenant}/track/{code}/contest", get(judge::back).post(judge::contest))
        .route("/{tenant}/track/{code}/files/{file}", get(page::whole))
        .route("/{tenant}/track/{code}/files/{file}/small", get(page::small))
        .layer(Extension(Arc::new(Limiter::default())))
}
