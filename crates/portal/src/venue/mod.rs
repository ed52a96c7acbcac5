//! The page behind the poster of a gate: how the place stands, checking oneself in without an app, and the door of
//! its owner, who has no account: a code to the telephone on record of his organisation opens it for a quarter of an
//! hour.

mod doorway;
mod owner;
mod page;
mod take;

use crate::{asker, limiter::Limiter};
use axum::{Extension, Router, routing::get};
use doorway::Venue;
use pages::App;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/v", get(asker::page::<Venue>).post(doorway::enter))
        .route("/{tenant}/v/{code}", get(page::page).post(page::check_in))
        .route("/{tenant}/v/{code}/owner", get(owner::page).post(owner::act))
        .layer(Extension(Arc::new(Limiter::default())))
}
