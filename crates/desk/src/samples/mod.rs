//! Tests: self-tests that households told of and somebody has to look at, tests that are owed, and pooled
//! samples that wait for their result. A test is ordered, and a result written, at the household too.

mod list;
mod order;
mod pool;
mod see;
pub mod typed;
mod words;

pub use words::seen;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/samples", get(list::list))
        .route("/{tenant}/desk/samples/pool", get(pool::form).post(pool::take))
        .route("/{tenant}/desk/samples/pools/{pool}", get(pool::page).post(pool::read))
        .route("/{tenant}/desk/samples/tests/{test}", get(see::page).post(see::see))
        .route("/{tenant}/desk/samples/tests/{test}/photo", get(see::photo))
        .route("/{tenant}/desk/samples/orders/{order}/{act}", get(order::form).post(order::act))
}
