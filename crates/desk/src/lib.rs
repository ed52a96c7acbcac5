//! The desk: where officials work. Every page works without scripts; live counters, rings and keys
//! come on top.

mod session;
mod frame;
mod paper;
mod sign_in;
mod again;
mod live;
mod attachments;
mod lists;
mod questions;
mod tickets;
mod matters;
mod traces;
mod cases;
mod contacts;
mod clusters;
mod people;
mod removals;
mod samples;
mod papers;
mod tries;
mod households;
mod alerts;
mod rounds;
mod care_calls;
mod release;
mod stocks;
mod imports;
mod lockdowns;
mod gates;
mod passes;
mod signals;
mod corrections;
mod declarations;
mod reports;
mod board;
mod calls;
mod hotline;
mod texts;
mod brief;
mod numbers;
mod checkins;
mod record;
mod file;
mod case_file;
mod account;
mod accounts;
mod sources;
mod ledger;
mod units;
mod places;
mod organisations;
mod staff;
mod rosters;
mod ladders;
mod prompts;
mod scripts;
mod rules;

pub use session::Me;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use pages::App;

/// The desk's routes. `app` is for the layer around them that keeps what was typed.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/{tenant}/desk", get(tickets::home))
        .route("/{tenant}/desk/", get(tickets::home))
        .route("/{tenant}/desk/live", get(live::live))
        .route("/{tenant}/desk/tickets", get(tickets::list))
        .route("/{tenant}/desk/tickets/{id}", get(tickets::detail))
        .route("/{tenant}/desk/tickets/{id}/resolve", get(tickets::resolve_form).post(tickets::resolve))
        .route("/{tenant}/desk/tickets/{id}/files/{file}", get(tickets::file))
        .route("/{tenant}/desk/tickets/{id}/{act}", get(tickets::form).post(tickets::act))
        .route("/{tenant}/desk/matters/{id}", get(matters::page))
        .route("/{tenant}/desk/matters/{id}/directive", get(matters::directive_form).post(matters::directive))
        .route("/{tenant}/desk/rings/{attempt}/accept", post(live::accept))
        .route("/{tenant}/desk/rings/{attempt}/pass", post(live::pass))
        .merge(sign_in::routes())
        .merge(reports::routes())
        .merge(texts::routes())
        .merge(board::routes())
        .merge(brief::routes())
        .merge(numbers::routes())
        .merge(record::routes())
        .merge(file::routes())
        .merge(ledger::routes())
        .merge(sources::routes())
        .merge(units::routes())
        .merge(organisations::routes())
        .merge(cases::routes())
        .merge(contacts::routes())
        .merge(places::routes())
        .merge(clusters::routes())
        .merge(people::routes())
        .merge(case_file::routes())
        .merge(households::routes())
        .merge(calls::routes())
        .merge(removals::routes())
        .merge(samples::routes())
        .merge(papers::routes())
        .merge(alerts::routes())
        .merge(rounds::routes())
        .merge(care_calls::routes())
        .merge(release::routes())
        .merge(stocks::routes())
        .merge(imports::routes())
        .merge(lockdowns::routes())
        .merge(gates::routes())
        .merge(checkins::routes())
        .merge(passes::routes())
        .merge(signals::routes())
        .merge(corrections::routes())
        .merge(declarations::routes())
        .merge(hotline::routes())
        .merge(account::routes())
        .merge(accounts::routes())
        .merge(staff::routes())
        .merge(rosters::routes())
        .merge(ladders::routes())
        .merge(prompts::routes())
        .merge(scripts::routes())
        .merge(rules::routes())
        .layer(middleware::from_fn_with_state(app.clone(), again::keep))
}
