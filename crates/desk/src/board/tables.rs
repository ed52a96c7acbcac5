//! The tables behind the board's charts, whole, on a page and as CSV.

use super::{
    Asked, download,
    grid::{Cell, Grid},
    list_href, updated, voice,
};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use kernel::{Error, Result};
use pages::{Desk, Outcome, html};
use town::board::{self, Band, Bands, Figures, Metric, Opens, Table, Voice};

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
        grid: grid(&me, &name, &voice, &figures, &table),
        empty: me.w.board_list_empty(),
        more: None,
        d: frame.d,
    };
    html(&page)
}

/// A figure that opens its list; nought has none.
fn figure(me: &Me, n: i64, opens: &Opens) -> Cell {
    Cell::number(n).to((n > 0).then(|| list_href(me, opens)))
}

/// Open tickets by time left and in all, each figure opening its list.
pub fn bands(me: &Me, bands: Bands, opens: &Opens) -> [Cell; 6] {
    let cell = |n, band| figure(me, n, &opens.clone().band(band));
    [
        cell(bands.late, Band::Late).late(bands.late > 0),
        cell(bands.soon, Band::Soon),
        cell(bands.today, Band::Today),
        cell(bands.more, Band::More),
        cell(bands.paused, Band::Paused),
        figure(me, bands.total(), opens),
    ]
}

/// Calls missed by ending and in all, each figure opening its list.
pub fn missed(me: &Me, voice: &Voice<'_>, figures: &Figures) -> Grid {
    let mut grid = Grid::plain(voice, &Table::missed(figures, voice));
    for (row, line) in grid.rows.iter_mut().zip(&figures.missed) {
        let cell = |n, metric| figure(me, n, &line.opens_outcome(metric));
        let cells = [
            cell(line.not_answered, Metric::NotAnswered),
            cell(line.heard_not_accepted, Metric::HeardNotAccepted),
            cell(line.busy, Metric::Busy),
            cell(line.rejected, Metric::Rejected),
            cell(line.unreachable, Metric::Unreachable),
            figure(me, line.total(), &line.opens),
        ];
        row.splice(1.., cells);
    }
    grid
}

/// A table with what its figures open.
fn grid(me: &Me, name: &str, voice: &Voice<'_>, figures: &Figures, table: &Table) -> Grid {
    let mut grid = Grid::plain(voice, table);
    match name {
        "f0" => {
            let wards = &figures.f0.wards;
            let days = figures.f0.days.iter().enumerate();
            let lines = days.flat_map(|(index, day)| wards.iter().map(move |ward| (index, day, ward)));
            for (row, (index, day, ward)) in grid.rows.iter_mut().zip(lines) {
                row.splice(2.., [figure(me, ward.series[index], &ward.opens.clone().over(*day, *day))]);
            }
        }
        "open" => {
            for (row, line) in grid.rows.iter_mut().zip(&figures.open_units) {
                row.splice(1..7, bands(me, line.bands, &line.opens));
            }
        }
        "accepts" => {
            for (row, line) in grid.rows.iter_mut().zip(&figures.accepts_week.units) {
                row.splice(2..3, [figure(me, line.times.n(), &line.opens)]);
            }
        }
        "missed" => grid = missed(me, voice, figures),
        "ringing" => {
            grid.link(
                figures.ringing.lines.iter().map(|line| Some(me.at(format!("tickets/{}", line.ticket)))),
            );
        }
        _ => grid.link(
            figures.directives.overdue.iter().map(|line| Some(me.at(format!("tickets/{}", line.ticket)))),
        ),
    }
    grid
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
    Ok(download(name, day, table.csv(|key| me.w.by_key(key))?))
}
