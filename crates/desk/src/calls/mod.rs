//! The call room: who waits, who talks, who is ready; the operator's own presence, and calls that he asks for;
//! the script that he reads out and writes down; one call with its times, what was recorded of it and what came of
//! it; the calls of a day; the wall.
//!
//! Numbers are masked here as everywhere. A recording is heard for a reason, which stands on the call's page.

mod act;
mod day;
mod mine;
mod page;
mod recording;
mod room;
mod script;
mod wall;
mod words;
mod written;

pub use words::{purpose, standing};

use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::{self, Frame},
};
use axum::{
    Router,
    routing::{get, post},
};
use duty::{
    calls::Call,
    permissions::{Action, Scope, permits},
    staff,
};
use jiff::SignedDuration;
use kernel::{Error, Result, StaffId};
use pages::{App, Words, time};
use std::collections::BTreeMap;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/calls", get(room::page).post(act::call))
        .route("/{tenant}/desk/calls/wall", get(wall::page))
        .route("/{tenant}/desk/calls/day", get(day::page))
        .route("/{tenant}/desk/calls/presence", post(act::presence))
        .route("/{tenant}/desk/calls/try", post(act::try_own))
        .route("/{tenant}/desk/calls/{id}", get(page::page))
        .route("/{tenant}/desk/calls/{id}/recordings/{recording}", get(page::sound))
        .route("/{tenant}/desk/calls/{id}/{act}", post(page::act))
        .route("/{tenant}/desk/recordings/{id}", get(recording::page).post(recording::listen))
        .route("/{tenant}/desk/recordings/{id}/sound", get(recording::sound))
}

/// Errors: `Forbidden` for those who may do this nowhere.
fn must(me: &Me, action: Action) -> Result<()> {
    if permits(&me.actor, action, Scope::Tenant) { Ok(()) } else { Err(Error::Forbidden(action.as_str())) }
}

/// A figure of the room.
struct Tile {
    label: String,
    figure: String,
    note: String,
}

/// People by name with their units, as lists name them.
type Names = BTreeMap<StaffId, String>;

async fn names(frame: &mut Frame, ids: impl IntoIterator<Item = StaffId>) -> Result<Names> {
    let ids: Vec<StaffId> = ids.into_iter().collect();
    let badges = staff::badges(&mut frame.cx, &ids).await?;
    Ok(badges
        .into_iter()
        .map(|(id, badge)| {
            let unit = frame::short(&frame.tree, &frame.d, badge.unit);
            (id, format!("{unit} · {}", badge.full_name))
        })
        .collect())
}

fn named(names: &Names, id: Option<StaffId>) -> String {
    id.and_then(|id| names.get(&id)).cloned().unwrap_or_else(|| "–".to_owned())
}

/// Who is called or calls, as far as a list may say.
fn who(w: Words, call: &Call) -> String {
    call.number_masked.clone().unwrap_or_else(|| w.call_number_hidden())
}

fn span(w: Words, length: Option<SignedDuration>) -> String {
    length.map_or_else(|| "–".to_owned(), |length| time::span(w, length.as_secs()))
}

fn word_head(label: String) -> Head {
    Head { label, number: false }
}

/// Calls as a table: each opens its page.
fn table(me: &Me, frame: &Frame, names: &Names, calls: &[Call]) -> Grid {
    let (w, clock) = (me.w, &frame.d.clock);
    let head = [
        w.call_who(),
        w.call_began(),
        w.call_purpose(),
        w.call_state(),
        w.call_talked(),
        w.call_operator(),
        w.call_unit(),
    ];
    let rows = calls.iter().map(|call| {
        vec![
            Cell::text(format!("{} · {}", words::direction(w, call.direction), who(w, call)))
                .to(me.at(format!("calls/{}", call.id))),
            Cell::text(clock.short(call.began_at)),
            Cell::text(words::purpose(w, call.purpose)),
            Cell::text(words::standing(w, call)),
            Cell::text(span(w, call.talked())),
            Cell::text(named(names, call.operator())),
            Cell::text(frame::short(&frame.tree, &frame.d, call.unit)),
        ]
    });
    Grid { head: head.map(word_head).into(), rows: rows.collect() }
}
