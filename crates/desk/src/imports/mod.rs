//! Lists of results, residents, doses, contacts and streets: read for trial, put on record, their broken rows given back,
//! undone.

mod act;
mod page;
mod recent;
mod unmatched;
mod upload;
mod words;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use pages::App;

/// A file past the limit is still taken in to its end, unkept, so that the answer reaches the
/// browser; past this, in bytes, the connection is cut.
const BODY_LIMIT: usize = 160 * 1024 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/{tenant}/desk/imports",
            get(recent::list).post(upload::upload).layer(DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .route("/{tenant}/desk/imports/{id}", get(page::page))
        .route("/{tenant}/desk/imports/{id}/unmatched", get(unmatched::page))
        .route("/{tenant}/desk/imports/{id}/unmatched/{line}", post(unmatched::decide))
        .route("/{tenant}/desk/imports/{id}/{act}", get(act::form).post(act::act))
}
