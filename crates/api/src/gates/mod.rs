//! The doors of gates. A telephone is enrolled with an invite, fetches what it works with for a day, and sends its
//! scans; a device that was removed is told so with 401 at its next request. Trust list and status lists are
//! public.
//!
//! How often one device and one address may ask is counted in this process and written nowhere.

mod answer;
mod caller;
mod enrol;
mod lists;
mod rates;
mod scans;
mod supplies;
mod take;

pub use rates::Rates;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use caller::Doors;
use pages::App;
use std::sync::Arc;

/// Largest body, in bytes: fifty scans have far less.
const BODY: usize = 256 << 10;

pub(crate) fn routes(rates: Rates) -> Router<App> {
    Router::new()
        .route("/{tenant}/api/gates/enrol", post(enrol::enrol))
        .route("/{tenant}/api/gates/supplies", get(supplies::supplies))
        .route("/{tenant}/api/gates/scans", post(scans::scans))
        .route("/{tenant}/api/status/{number}", get(lists::status))
        .route("/{tenant}/api/trust", get(lists::trust))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(Extension(Arc::new(Doors::new(rates))))
}
