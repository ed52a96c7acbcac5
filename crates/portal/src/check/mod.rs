//! Anybody who is shown a paper (an employer, a gate, another ward) asks by its code whether it stands.
//! What is told is enough to compare with the paper in hand: kind, number, issuer, days, initials. A
//! paper that was taken back is told as such; a code that nobody issued opens nothing.

mod doorway;
mod page;

use crate::{asker, limiter::Limiter};
use axum::{Extension, Router, routing::get};
use doorway::Check;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/check", get(asker::page::<Check>).post(asker::enter::<Check>))
        .route("/{tenant}/check/{code}", get(page::page))
        .layer(Extension(Arc::new(Limiter::default())))
}
