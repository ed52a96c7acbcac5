//! Citizens' and businesses' pages: one question a page, no account, no script needed.

mod home;
mod limiter;
mod ledger;
pub mod report;
mod asker;
mod track;
mod diary;
mod check;
mod record;
mod pass;
mod lockdowns;
pub mod declare;
mod venue;
mod gate;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::choose))
        .route("/{tenant}", get(home::page))
        .route("/{tenant}/", get(home::page))
        .route("/{tenant}/ledger", get(ledger::page))
        .merge(report::routes())
        .merge(track::routes())
        .merge(diary::routes())
        .merge(check::routes())
        .merge(record::routes())
        .merge(pass::routes())
        .merge(lockdowns::routes())
        .merge(declare::routes())
        .merge(venue::routes())
        .merge(gate::routes())
}
