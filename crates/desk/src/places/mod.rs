//! Places at the desk: where cases were, which of them are proposed as outbreak places, and what was
//! ordered there; on the map and as a list.

mod act;
mod list;
mod new;
mod page;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/places", get(list::list))
        .route("/{tenant}/desk/places/new", get(new::form).post(new::record))
        .route("/{tenant}/desk/places/{id}", get(page::page))
        .route("/{tenant}/desk/places/{id}/{act}", get(act::form).post(act::act))
}
