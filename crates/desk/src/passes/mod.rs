//! Passes on the desk: who has one and how it stands; issuing to a person, a household, a khu phố, a business and
//! the seven forces, one by one and in sets; cards, signs and codes for whoever has no telephone; replacing what was
//! lost, and taking back for good.

mod act;
mod batch;
mod file;
mod issue;
mod list;
mod page;
mod take_back;
mod words;

use crate::Me;
use axum::{
    Router,
    routing::{get, post},
};
use duty::permissions::{Action, Scope, permits};
use kernel::{Error, Result};
use pages::App;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/passes{path}");
    Router::new()
        .route(&at(""), get(list::page))
        .route(&at("/new"), get(issue::form).post(issue::give))
        .route(&at("/batch"), get(batch::form).post(batch::give))
        .route(&at("/sheet"), post(file::sheet))
        .route(&at("/{id}"), get(page::page))
        .route(&at("/{id}/card"), post(file::card))
        .route(&at("/{id}/sign"), post(file::sign))
        .route(&at("/{id}/code"), post(act::code))
        .route(&at("/{id}/send"), post(act::send))
        .route(&at("/{id}/replace"), get(take_back::replace_form).post(take_back::replace))
        .route(&at("/{id}/revoke"), get(take_back::revoke_form).post(take_back::revoke))
}

/// Errors: `NotFound` for those who give out no passes.
fn must_issue(me: &Me) -> Result<()> {
    if permits(&me.actor, Action::PassIssue, Scope::Tenant) { Ok(()) } else { Err(Error::NotFound) }
}
