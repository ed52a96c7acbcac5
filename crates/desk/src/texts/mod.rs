//! Texts that went out and came in: the list, so that none is lost, and the page of one that came in, from which it
//! is answered or called back.
//!
//! A number is masked until a press on record opens it, and stands then for half an hour for whoever has pressed. The
//! household to which it leads is a hint and proves nothing.

mod act;
mod exchange;
mod list;
mod page;
mod words;

use axum::{
    Router,
    routing::{get, post},
};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/texts", get(list::page))
        .route("/{tenant}/desk/texts/{id}", get(page::page))
        .route("/{tenant}/desk/texts/{id}/number", post(act::number))
        .route("/{tenant}/desk/texts/{id}/call", post(act::call))
        .route("/{tenant}/desk/texts/{id}/answer", post(act::answer))
}
