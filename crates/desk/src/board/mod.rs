//! The command board: five figures, where on the map, who is late. Every figure opens the list that
//! it counts, every chart its table and its CSV. The wall shows the same without the rail.

pub mod care;
pub mod grid;
mod list;
pub mod map;
mod tables;
pub mod tiles;

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use grid::{Cell, Grid};
use jiff::civil::Date;
use kernel::{UnitId, dates};
use map::WardMap;
use pages::{App, Desk, Outcome, charts, html, time};
use serde::Deserialize;
use tiles::Tile;
use town::board::{self, Band, Figures, List, Opens, Table, Voice};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/board", get(page))
        .route("/{tenant}/desk/board/wall", get(wall))
        .route("/{tenant}/desk/board/list", get(list::page))
        .route("/{tenant}/desk/board/list/csv", get(list::csv))
        .route("/{tenant}/desk/board/tables/{name}", get(tables::page))
        .route("/{tenant}/desk/board/tables/{name}/csv", get(tables::csv))
}

/// Whose board: everything one may see, or one unit and what is below it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Asked {
    unit: Option<UnitId>,
}

impl Asked {
    /// The part of an address after its path.
    fn query(self) -> String {
        self.unit.map_or_else(String::new, |unit| format!("?unit={unit}"))
    }
}

/// The board's words and time for the domain's tables.
pub fn voice<'a>(frame: &'a Frame, say: &'a dyn Fn(&str) -> String) -> Voice<'a> {
    Voice { tree: &frame.tree, zone: frame.d.clock.zone.clone(), language: frame.d.w.lang().as_str(), say }
}

/// The address of the list behind a figure.
pub fn list_href(me: &Me, opens: &Opens) -> String {
    me.at(format!("board/list?{}", opens.query()))
}

/// Units on the board before one asks for all of them.
const UNITS: usize = 10;
/// On the wall nothing may fall below the edge.
const WALL_UNITS: usize = 9;
/// Ringing tickets shown by themselves.
const RINGING: usize = 8;

#[derive(Template)]
#[template(path = "board.html")]
struct Page {
    d: Desk,
    title: String,
    updated: String,
    behind: i64,
    address: String,
    whole_href: Option<String>,
    wall_href: String,
    brief_href: Option<String>,
    sources_href: Option<String>,
    tiles: Vec<Tile>,
    care: Vec<Tile>,
    map: WardMap,
    chart: String,
    /// Name of the table, its title, its rows, what it says when empty.
    parts: Vec<Part>,
    tables: String,
    query: String,
}

/// A panel with a table on the right of the board.
struct Part {
    name: &'static str,
    title: String,
    note: String,
    grid: Grid,
    empty: String,
    /// How many lines the whole table has, when not all are shown.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "board_wall.html")]
struct Wall {
    d: Desk,
    title: String,
    updated: String,
    behind: i64,
    address: String,
    board_href: String,
    tiles: Vec<Tile>,
    map: WardMap,
    ringing: Option<Grid>,
    units: Grid,
}

/// `GET /{tenant}/desk/board`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let figures = board::figures(&mut frame.cx, asked.unit).await?;
    learn_owing(&mut frame, &figures).await?;
    let care = care::tiles(&me, &mut frame, asked.unit).await?;
    let say = |key: &str| me.w.by_key(key);
    let voice = voice(&frame, &say);
    let may = |action| duty::permissions::permits(&me.actor, action, duty::permissions::Scope::Tenant);
    let page = Page {
        title: title(&me, &frame, asked.unit),
        updated: updated(&frame.d, &figures),
        behind: figures.behind,
        address: me.at(format!("board{}", asked.query())),
        whole_href: asked.unit.map(|_| me.at("board")),
        wall_href: me.at(format!("board/wall{}", asked.query())),
        brief_href: may(duty::permissions::Action::BriefSee).then(|| me.at("brief")),
        sources_href: may(duty::permissions::Action::SourcesSee).then(|| me.at("sources")),
        tiles: tiles::of_board(me.w, &figures, |opens| list_href(&me, opens)),
        care,
        map: ward_map(&me, &frame, &figures),
        chart: chart(&me, &figures),
        parts: vec![
            ringing_part(&me, &frame, &voice, &figures),
            open_part(&me, &voice, &figures),
            directives_part(&me, &frame, &voice, &figures),
            missed_part(&me, &voice, &figures),
            accepts_part(&me, &voice, &figures),
        ],
        tables: me.at("board/tables"),
        query: asked.query(),
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/board/wall`
async fn wall(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let figures = board::figures(&mut frame.cx, asked.unit).await?;
    learn_owing(&mut frame, &figures).await?;
    let say = |key: &str| me.w.by_key(key);
    let voice = voice(&frame, &say);
    let ringing = ringing_part(&me, &frame, &voice, &figures).grid;
    let lines = WALL_UNITS.saturating_sub(if ringing.is_empty() { 0 } else { ringing.rows.len().min(4) + 2 });
    let page = Wall {
        title: title(&me, &frame, asked.unit),
        updated: updated(&frame.d, &figures),
        behind: figures.behind,
        address: me.at(format!("board/wall{}", asked.query())),
        board_href: me.at(format!("board{}", asked.query())),
        tiles: tiles::of_board(me.w, &figures, |opens| list_href(&me, opens)),
        map: ward_map(&me, &frame, &figures),
        ringing: (!ringing.is_empty())
            .then(|| Grid { rows: ringing.rows.into_iter().take(4).collect(), head: ringing.head }),
        units: needing_help(&me, &frame, &voice, &figures, lines),
        d: frame.d,
    };
    html(&page)
}

fn title(me: &Me, frame: &Frame, unit: Option<UnitId>) -> String {
    let whose = unit.map_or_else(|| me.tenant.pack.place.name.clone(), |unit| frame.unit(unit));
    me.w.board_title(whose)
}

fn updated(d: &Desk, figures: &Figures) -> String {
    d.w.board_updated(d.clock.seconds(figures.at), dates::shown_date(figures.today))
}

fn ward_map(me: &Me, frame: &Frame, figures: &Figures) -> WardMap {
    let of = |ward: UnitId| figures.f0.wards.iter().find(|line| line.ward == ward);
    WardMap::new(
        frame,
        me.w.board_map_label(),
        |ward| of(ward).map(|line| line.today),
        |ward| of(ward).map(|_| me.at(format!("board?unit={ward}"))),
    )
}

/// F0 by day, each bar opening its day.
fn chart(me: &Me, figures: &Figures) -> String {
    let f0 = &figures.f0;
    let bars: Vec<charts::Bar> = f0
        .days
        .iter()
        .zip(&f0.series)
        .map(|(day, n)| charts::Bar {
            label: day_label(*day),
            value: *n,
            title: me.w.board_day_count(dates::shown_date(*day), n.to_string()),
            href: list_href(me, &f0.opens.clone().over(*day, *day)),
        })
        .collect();
    charts::bars(&tiles::said(me.w, &f0.series), &me.w.board_axis_day(), &me.w.board_axis_f0(), &bars)
}

/// Which of the tickets named on the board organisations owe.
async fn learn_owing(frame: &mut Frame, figures: &Figures) -> kernel::Result<()> {
    let ringing = figures.ringing.lines.iter().filter(|line| line.unit.is_none()).map(|line| line.ticket);
    let directives = figures.directives.overdue.iter().filter(|line| line.unit.is_none());
    let outside: Vec<_> = ringing.chain(directives.map(|line| line.ticket)).collect();
    frame.learn_owing(&outside).await
}

fn day_label(day: Date) -> String {
    format!("{}/{}", day.day(), day.month())
}

fn ringing_part(me: &Me, frame: &Frame, voice: &Voice<'_>, figures: &Figures) -> Part {
    let mut grid =
        Grid::new(voice, &["board-code", "board-unit", "board-opened", "board-level", "board-climbs"]);
    let clock = &frame.d.clock;
    grid.rows = figures
        .ringing
        .lines
        .iter()
        .take(RINGING)
        .map(|line| {
            vec![
                Cell::text(&line.code).to(me.at(format!("tickets/{}", line.ticket))),
                Cell::text(match line.unit {
                    Some(_) => crate::frame::short(&frame.tree, &frame.d, line.unit),
                    None => frame.responsible(line.ticket, None),
                }),
                Cell::text(clock.short(line.opened_at)),
                level(me, line.level, line.round),
                line.climbs_at.map_or_else(Cell::default, |at| Cell::until(me.w, clock, at, true)),
            ]
        })
        .collect();
    Part {
        name: "ringing",
        title: me.w.board_part_ringing(),
        note: String::new(),
        empty: me.w.board_ringing_empty(),
        more: more(me, grid.rows.len(), figures.ringing.total),
        grid,
    }
}

/// The level that is called, and whether all of them have been called in vain.
fn level(me: &Me, level: i16, round: i16) -> Cell {
    match round {
        ..=0 => Cell::number((level + 1).into()),
        round => Cell {
            text: me.w.board_level_again((level + 1).to_string(), round.to_string()),
            late: true,
            ..Cell::default()
        },
    }
}

fn more(me: &Me, shown: usize, all: i64) -> Option<String> {
    (i64::try_from(shown).is_ok_and(|shown| shown < all)).then(|| me.w.board_more_lines(all.to_string()))
}

fn open_part(me: &Me, voice: &Voice<'_>, figures: &Figures) -> Part {
    let mut grid = Grid::new(
        voice,
        &[
            "board-unit",
            "board-band-late",
            "board-band-soon",
            "board-band-today",
            "board-band-more",
            "board-band-paused",
            "board-total",
        ],
    );
    let cells = |name: Cell, bands: board::Bands, opens: &Opens| {
        std::iter::once(name).chain(tables::bands(me, bands, opens)).collect::<Vec<_>>()
    };
    if !figures.open_units.is_empty() {
        grid.rows.push(cells(Cell::text(me.w.board_all_units()), figures.open, &figures.open_opens));
    }
    grid.rows.extend(
        figures
            .open_units
            .iter()
            .take(UNITS)
            .map(|line| cells(Cell::text(voice.unit(line.unit)), line.bands, &line.opens)),
    );
    let all = figures.open_units.len();
    Part {
        name: "open",
        title: me.w.board_part_open(),
        note: me.w.board_part_open_note(),
        grid,
        empty: me.w.board_open_empty(),
        more: (all > UNITS).then(|| me.w.board_more_lines(all.to_string())),
    }
}

fn directives_part(me: &Me, frame: &Frame, voice: &Voice<'_>, figures: &Figures) -> Part {
    let lines = &figures.directives.overdue;
    let mut grid = Grid::new(voice, &["board-code", "board-unit", "board-given-by", "board-due"]);
    grid.rows = lines
        .iter()
        .take(UNITS)
        .map(|line| {
            vec![
                Cell::text(&line.code).to(me.at(format!("tickets/{}", line.ticket))),
                Cell::text(
                    line.unit.map_or_else(|| frame.responsible(line.ticket, None), |unit| voice.unit(unit)),
                ),
                Cell::text(line.given_by.map_or_else(String::new, |unit| voice.unit(unit))),
                Cell::until(me.w, &frame.d.clock, line.due_at, false),
            ]
        })
        .collect();
    Part {
        name: "directives",
        title: me.w.board_part_directives(),
        note: me.w.board_directives_week(figures.directives.given_week.to_string()),
        more: (lines.len() > UNITS).then(|| me.w.board_more_lines(lines.len().to_string())),
        grid,
        empty: me.w.board_directives_empty(),
    }
}

fn missed_part(me: &Me, voice: &Voice<'_>, figures: &Figures) -> Part {
    let mut grid = tables::missed(me, voice, figures);
    let all = grid.rows.len();
    grid.rows.truncate(UNITS);
    Part {
        name: "missed",
        title: me.w.board_part_missed(),
        note: me.w.board_week(),
        grid,
        empty: me.w.board_missed_empty(),
        more: (all > UNITS).then(|| me.w.board_more_lines(all.to_string())),
    }
}

fn accepts_part(me: &Me, voice: &Voice<'_>, figures: &Figures) -> Part {
    let mut grid = Grid::new(
        voice,
        &["board-unit", "board-severity", "board-accepted", "board-median", "board-p90-span"],
    );
    let plain = Table::accepts(figures, voice);
    let span = |seconds: Option<i64>| seconds.map_or_else(String::new, |s| time::span(me.w, s));
    for (row, line) in plain.rows.iter().zip(&figures.accepts_week.units).take(UNITS) {
        grid.rows.push(vec![
            Cell::text(&row[0]),
            Cell::text(&row[1]),
            Cell::number(line.times.n()).to(list_href(me, &line.opens)),
            Cell::text(span(line.times.median())),
            Cell::text(span(line.times.p90())),
        ]);
    }
    let all = plain.rows.len();
    Part {
        name: "accepts",
        title: me.w.board_part_accepts(),
        note: me.w.board_week(),
        grid,
        empty: me.w.board_accepts_empty(),
        more: (all > UNITS).then(|| me.w.board_more_lines(all.to_string())),
    }
}

/// Units that are late or missed calls, the most late first.
fn needing_help(me: &Me, frame: &Frame, voice: &Voice<'_>, figures: &Figures, lines: usize) -> Grid {
    let mut grid = Grid::new(
        voice,
        &["board-unit", "board-total", "board-band-late", "board-missed-week-head", "board-oldest-due"],
    );
    let missed = |unit| figures.missed.iter().find(|line| line.unit == unit);
    let mut rows: Vec<_> = figures
        .open_units
        .iter()
        .map(|line| (line.unit, line.bands, line.oldest_due, missed(line.unit)))
        .collect();
    let has_open = |unit| figures.open_units.iter().any(|line| line.unit == unit);
    rows.extend(
        figures
            .missed
            .iter()
            .filter(|line| !has_open(line.unit))
            .map(|line| (line.unit, board::Bands::default(), None, Some(line))),
    );
    let calls = |line: Option<&board::MissedLine>| line.map_or(0, board::MissedLine::total);
    rows.sort_by_key(|(unit, bands, _, missed)| (-bands.late, -calls(*missed), -bands.total(), *unit));
    let figure = |n: i64, opens: Opens| Cell::number(n).to((n > 0).then(|| list_href(me, &opens)));
    for (unit, bands, oldest, missed) in rows.into_iter().take(lines) {
        let open = Opens::of(List::Open).at(unit);
        grid.rows.push(vec![
            Cell::text(voice.unit(unit)),
            figure(bands.total(), open.clone()),
            figure(bands.late, open.band(Band::Late)).late(bands.late > 0),
            Cell::number(calls(missed)).to(missed.map(|line| list_href(me, &line.opens))),
            oldest.map_or_else(Cell::default, |due| Cell::until(me.w, &frame.d.clock, due, false)),
        ]);
    }
    grid
}

/// A file of a table; its name says what and when.
fn download(name: &str, day: Date, bytes: Vec<u8>) -> axum::response::Response {
    use axum::{http::header, response::IntoResponse};
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{day}.csv\"")),
    ];
    (headers, bytes).into_response()
}

pub use tables::csv_of;
