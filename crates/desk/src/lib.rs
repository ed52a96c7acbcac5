//! The desk: where officials work. Every page works without scripts; live counters, rings and keys
//! come on top.

mod frame;
mod ladders;
mod live;
mod matters;
mod rosters;
mod rules;
mod session;
mod tickets;

pub use session::Me;

use axum::{
    Router,
    routing::{get, post},
};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk", get(tickets::home))
        .route("/{tenant}/desk/", get(tickets::home))
        .route("/{tenant}/desk/live", get(live::live))
        .route("/{tenant}/desk/tickets", get(tickets::list))
        .route("/{tenant}/desk/tickets/{id}", get(tickets::detail))
        .route("/{tenant}/desk/tickets/{id}/{act}", get(tickets::form).post(tickets::act))
        .route("/{tenant}/desk/matters/{id}", get(matters::page))
        .route("/{tenant}/desk/matters/{id}/directive", get(matters::directive_form).post(matters::directive))
        .route("/{tenant}/desk/rings/{attempt}/accept", post(live::accept))
        .route("/{tenant}/desk/rings/{attempt}/pass", post(live::pass))
        .merge(rosters::routes())
        .merge(ladders::routes())
        .merge(rules::routes())
        .merge(session::routes())
}
