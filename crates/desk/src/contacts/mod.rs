//! Tracing at the desk: who is to be reached, and on the page of a case who was near it, where it was, who
//! infected it. The other pages of tracing (places, clusters, the indicators) stand beside it under one set
//! of tabs.

mod act;
mod case;
mod indicators;
mod list;
mod name;
mod proposals;

use axum::{Router, routing::get};
use pages::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/contacts", get(list::list))
        .route("/{tenant}/desk/contacts/{id}/{act}", get(act::form).post(act::act))
        .route("/{tenant}/desk/cases/{id}/contacts", get(name::form).post(name::name))
        .route("/{tenant}/desk/cases/{id}/proposals/{act}", get(proposals::form).post(proposals::act))
        .route("/{tenant}/desk/cases/{id}/trace", get(case::trace_form).post(case::trace))
        .route("/{tenant}/desk/cases/{id}/source", get(case::source_form).post(case::source))
        .route("/{tenant}/desk/cases/{id}/visits", get(case::visit_form).post(case::visit))
        .route("/{tenant}/desk/tracing", get(indicators::page))
}
