//! Clusters at the desk: which there are, and one of them as a drawing and as a table.

mod graph;
mod list;
mod page;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/clusters", get(list::list))
        .route("/{tenant}/desk/clusters/{id}", get(page::page))
}
