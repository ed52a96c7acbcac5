//! What gates scan, as the desk sees it: the board of counts, each of which opens gate by gate; who was at a gate or
//! a place, opened for tracing, and put on the list of a case's contacts; where a case itself was; lists that leave
//! the house when a second person agrees.

mod board;
mod by_gate;
mod exports;
mod met;
mod of_case;
mod visits;
mod words;

use crate::Me;
use axum::{
    Router,
    routing::{get, post},
};
use duty::{
    permissions::{Action, Scope, permits},
    units::Tree,
};
use jiff::Timestamp;
use kernel::{Error, GateId, Result, UnitId};
use pages::{App, time::Clock};

/// The screens that follow scans.
const SCREEN: &str = "checkins";

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/checkins{path}");
    Router::new()
        .route(&at(""), get(board::page))
        .route(&at("/csv"), get(board::csv))
        .route(&at("/gates"), get(by_gate::page))
        .route(&at("/gates/csv"), get(by_gate::csv))
        .route(&at("/visits"), get(visits::page).post(visits::look))
        .route(&at("/visits/contacts"), post(met::take))
        .route(&at("/exports"), get(exports::page).post(exports::ask))
        .route(&at("/exports/{id}/{act}"), post(exports::act))
        .route("/{tenant}/desk/cases/{id}/checkins", get(of_case::form).post(of_case::look))
        .route("/{tenant}/desk/cases/{id}/checkins/take", post(of_case::take))
}

/// A gate's own page, for those who see it.
fn gate_href(me: &Me, tree: &Tree, gate: GateId, unit: UnitId) -> Option<String> {
    let ward = tree.get(unit).and_then(|unit| unit.ward).filter(|ward| *ward != unit);
    let units: Vec<UnitId> = [Some(unit), ward].into_iter().flatten().collect();
    permits(&me.actor, Action::GateSee, Scope::Units(&units)).then(|| me.at(format!("gates/{gate}")))
}

/// From the beginning of today to the end of the hour that runs.
fn today(clock: &Clock) -> Result<(Timestamp, Timestamp)> {
    let begun = clock.now.to_zoned(clock.zone.clone()).start_of_day().map_err(Error::internal)?;
    Ok((begun.timestamp(), clock.now + jiff::SignedDuration::from_hours(1)))
}

/// Errors: `Forbidden` for those who read no check-ins anywhere.
fn must(me: &Me, action: Action) -> Result<()> {
    if permits(&me.actor, action, Scope::Tenant) { Ok(()) } else { Err(Error::Forbidden(action.as_str())) }
}
