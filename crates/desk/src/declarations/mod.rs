//! Health declarations at the desk: what the station has to look at, and declaring for somebody who has no telephone.

mod enter;
mod list;
mod see;
mod words;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/declarations", get(list::list))
        .route("/{tenant}/desk/declarations/new", get(enter::new).post(enter::declare_new))
        .route("/{tenant}/desk/declarations/of/{person}", get(enter::of).post(enter::declare))
        .route("/{tenant}/desk/declarations/of/{person}/devices", get(enter::back).post(enter::revoke))
        .route("/{tenant}/desk/declarations/{declaration}", get(see::page).post(see::see))
}
