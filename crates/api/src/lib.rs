//! Machine doors: where programs, not people, talk to the centre. Answers are status codes and JSON,
//! no pages; each caller has a key of his own.

mod heartbeats;

use axum::{Router, routing::post};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/api/heartbeats/{code}", post(heartbeats::beat))
}
