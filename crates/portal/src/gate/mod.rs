//! The app for guards: one page that can be installed on a telephone, scans codes and judges them without
//! a network. The page is the same for everybody and holds nobody: a telephone becomes a gate's by an
//! invitation, at the machine door. Beside it stand the workers that keep pages on a device, this app's
//! and the one for a person's own pass.

mod page;
mod words;
mod worker;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/gate", get(page::to_slash))
        .route("/{tenant}/gate/", get(page::page))
        .route("/{tenant}/gate/manifest.webmanifest", get(page::manifest))
        .route("/{tenant}/gate/worker.js", get(worker::of_gate))
        .route("/{tenant}/pass/worker.js", get(worker::of_pass))
}
