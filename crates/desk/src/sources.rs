//! Data sources: for each set its owner, its last update, what was refused, and whether it can be
//! trusted now.

use crate::{
    Me,
    board::{csv_of, grid::Grid, voice},
    frame::Frame,
};
use askama::Template;
use axum::{Router, routing::get};
use pages::{App, Desk, Outcome, html};
use town::board::{self, State, Table};

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/sources", get(page)).route("/{tenant}/desk/sources/csv", get(csv))
}

#[derive(Template)]
#[template(path = "sources.html")]
struct Page {
    d: Desk,
    address: String,
    csv_href: String,
    grid: Grid,
    trouble: usize,
}

/// `GET /{tenant}/desk/sources`
async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "sources").await?;
    let sources = board::sources(&mut frame.cx).await?;
    let say = |key: &str| me.w.by_key(key);
    let voice = voice(&frame, &say);
    let mut grid = Grid::plain(&voice, &Table::sources(&sources, &voice));
    let trouble = |state| matches!(state, State::Failing | State::Late);
    for (row, source) in grid.rows.iter_mut().zip(&sources) {
        // Before the note stands the state.
        if let Some(state) = row.iter_mut().nth_back(1) {
            state.late = trouble(source.state);
        }
    }
    let page = Page {
        address: me.at("sources"),
        csv_href: me.at("sources/csv"),
        trouble: sources.iter().filter(|source| trouble(source.state)).count(),
        grid,
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/sources/csv`
async fn csv(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "sources").await?;
    let sources = board::sources(&mut frame.cx).await?;
    let say = |key: &str| me.w.by_key(key);
    let table = Table::sources(&sources, &voice(&frame, &say));
    Ok(csv_of(&me, "sources", frame.d.clock.today(), &table)?)
}
