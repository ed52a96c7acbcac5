//! Machine doors: where programs, not people, talk to the centre. Answers are status codes and JSON,
//! no pages; each caller has a key of his own.

mod bearer;
mod gates;
mod heartbeats;

pub use gates::Rates;

use axum::{Router, routing::post};
use pages::App;

pub fn routes() -> Router<App> {
    routes_within(Rates::default())
}

/// The same with other limits of how often gates may ask.
pub fn routes_within(rates: Rates) -> Router<App> {
    Router::new().route("/{tenant}/api/heartbeats/{code}", post(heartbeats::beat)).merge(gates::routes(rates))
}
