//! The tables behind the board's charts, whole, on a page and as CSV.

use super::{Asked, download, grid::Grid, updated, voice};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use kernel::{Error, Result};
use pages::{Desk, Outcome, html};
use town::board::{self, Figures, Table, Voice};

#[derive(Template)]
#[template(path = "board_table.html")]
pub struct Page {
    pub d: Desk,
    pub title: String,
    pub note: String,
    pub back: (String, String),
    pub csv_href: String,
    pub grid: Grid,
    pub empty: String,
    pub more: Option<String>,
}

fn table(name: &str, figures: &Figures, voice: &Voice<'_>) -> Result<(Table, &'static str)> {
    Ok(match name {
        "f0" => (Table::f0(figures, voice), "board-part-f0"),
        "open" => (Table::open(figures, voice), "board-part-open"),
        "accepts" => (Table::accepts(figures, voice), "board-part-accepts"),
        "missed" => (Table::missed(figures, voice), "board-part-missed"),
        "ringing" => (Table::ringing(figures, voice), "board-part-ringing"),
        "directives" => (Table::directives(figures, voice), "board-part-directives"),
        _ => return Err(Error::NotFound),
    })
}

/// `GET /{tenant}/desk/board/tables/{name}`
pub async fn page(me: Me, Path((_, name)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let figures = board::figures(&mut frame.cx, asked.unit).await?;
    let say = |key: &str| me.w.by_key(key);
    let voice = voice(&frame, &say);
    let (table, title) = table(&name, &figures, &voice)?;
    let page = Page {
        title: say(title),
        note: match asked.unit {
            Some(unit) => format!("{} · {}", voice.unit(unit), updated(&frame.d, &figures)),
            None => updated(&frame.d, &figures),
        },
        back: (me.at(format!("board{}", asked.query())), me.w.nav_board()),
        csv_href: me.at(format!("board/tables/{name}/csv{}", asked.query())),
        grid: Grid::plain(&voice, &table),
        empty: me.w.board_list_empty(),
        more: None,
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/board/tables/{name}/csv`
pub async fn csv(me: Me, Path((_, name)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let figures = board::figures(&mut frame.cx, asked.unit).await?;
    let say = |key: &str| me.w.by_key(key);
    let (table, _) = table(&name, &figures, &voice(&frame, &say))?;
    Ok(csv_of(&me, &name, figures.today, &table)?)
}

/// A table as a file, its columns in the reader's words.
pub fn csv_of(me: &Me, name: &str, day: jiff::civil::Date, table: &Table) -> Result<Response> {
    download(name, day, table.csv(|key| me.w.by_key(key))?)
}
