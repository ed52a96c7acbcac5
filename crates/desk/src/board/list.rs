//! The list behind a figure. What it shows is what the figure counted; a line opens its ticket for
//! whoever may see that.

use super::{
    csv_of,
    grid::{Cell, Grid},
    tables, voice,
};
use crate::{Me, frame::Frame, tickets::kind_word};
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use kernel::{Result, UnitId, dates};
use pages::{Outcome, html};
use serde::Deserialize;
use town::board::{self, Band, List, Listed, Opens, Table};

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Skip {
    #[serde(default)]
    skip: u32,
}

/// What the domain gives at once.
const PAGE: usize = 200;

/// `GET /{tenant}/desk/board/list?list=…&unit=…&band=…&from=…&to=…`
pub async fn page(me: Me, Query(opens): Query<Opens>, Query(Skip { skip }): Query<Skip>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let listed = board::listed(&mut frame.cx, &opens, skip).await?;
    learn(&mut frame, &listed).await?;
    let say = |key: &str| me.w.by_key(key);
    let voice = voice(&frame, &say);
    let mut grid = Grid::plain(&voice, &table(&frame, &listed, &voice));
    grid.link(hrefs(&me, &listed));
    if let Listed::Tickets(lines) = &listed {
        let work = |line: &board::TicketLine| {
            let task = me.w.lang().of(&line.task);
            let kind = kind_word(me.w, &line.kind);
            Cell::text(if task.is_empty() { kind } else { format!("{kind}: {task}") })
        };
        grid.insert_second(me.w.board_work(), lines.iter().map(work).collect());
    }
    let shown = grid.rows.len();
    let page = tables::Page {
        title: title(&me, opens.list),
        note: note(&me, &frame, &opens, &voice, skip, shown),
        back: (me.at("board"), me.w.nav_board()),
        csv_href: me.at(format!("board/list/csv?{}&skip={skip}", opens.query())),
        grid,
        empty: me.w.board_list_empty(),
        more: (shown >= PAGE).then(|| {
            me.at(format!("board/list?{}&skip={}", opens.query(), skip.saturating_add(PAGE as u32)))
        }),
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/board/list/csv`
pub async fn csv(me: Me, Query(opens): Query<Opens>, Query(Skip { skip }): Query<Skip>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let listed = board::listed(&mut frame.cx, &opens, skip).await?;
    learn(&mut frame, &listed).await?;
    let say = |key: &str| me.w.by_key(key);
    let table = table(&frame, &listed, &voice(&frame, &say));
    let name = match opens.list {
        List::Ringing => "ringing",
        List::F0 => "f0",
        List::Open => "open",
        List::Accepted => "accepted",
        List::Missed => "missed",
        List::Directives => "directives",
    };
    Ok(csv_of(&me, &format!("list-{name}"), frame.d.clock.today(), &table)?)
}

/// Which of the tickets organisations owe.
async fn learn(frame: &mut Frame, listed: &Listed) -> Result<()> {
    let Listed::Tickets(lines) = listed else { return Ok(()) };
    let outside: Vec<_> = lines.iter().filter(|line| line.unit.is_none()).map(|line| line.id).collect();
    frame.learn_owing(&outside).await
}

/// The list with organisations by their own names; figures count them together.
fn table(frame: &Frame, listed: &Listed, voice: &board::Voice<'_>) -> Table {
    let mut table = Table::listed(listed, voice);
    let unit = table.head.iter().position(|key| *key == "board-unit");
    if let (Listed::Tickets(lines), Some(unit)) = (listed, unit) {
        for (row, line) in table.rows.iter_mut().zip(lines).filter(|(_, line)| line.unit.is_none()) {
            row[unit] = frame.responsible(line.id, None);
        }
    }
    table
}

fn title(me: &Me, list: List) -> String {
    let w = me.w;
    match list {
        List::Ringing => w.board_part_ringing(),
        List::F0 => w.board_list_f0(),
        List::Open => w.board_list_open(),
        List::Accepted => w.board_list_accepted(),
        List::Missed => w.board_list_missed(),
        List::Directives => w.board_part_directives(),
    }
}

/// Unit, time left, days, lines: what narrows the list.
fn note(me: &Me, frame: &Frame, opens: &Opens, voice: &board::Voice<'_>, skip: u32, shown: usize) -> String {
    let w = me.w;
    let mut parts = Vec::new();
    parts.push(opens.unit.map_or_else(|| me.tenant.pack.place.name.clone(), |unit| voice.unit(unit)));
    parts.extend(opens.band.filter(|_| opens.list == List::Open).map(|band| match band {
        Band::Late => w.board_band_late(),
        Band::Soon => w.board_band_soon(),
        Band::Today => w.board_band_today(),
        Band::More => w.board_band_more(),
        Band::Paused => w.board_band_paused(),
    }));
    if matches!(opens.list, List::F0 | List::Accepted | List::Missed) {
        let today = frame.d.clock.today();
        let (from, to) = (opens.from.unwrap_or(today), opens.to.unwrap_or(today));
        let (first, last) = (dates::shown_date(from), dates::shown_date(to));
        parts.push(if from == to { w.board_on_day(first) } else { w.board_from_to(first, last) });
    }
    let first = if shown == 0 { 0 } else { skip as usize + 1 };
    parts.push(w.board_lines(first.to_string(), (skip as usize + shown).to_string()));
    parts.join(" · ")
}

fn hrefs(me: &Me, listed: &Listed) -> Vec<Option<String>> {
    let may = |action, units: [Option<UnitId>; 2]| {
        let units: Vec<UnitId> = units.into_iter().flatten().collect();
        permits(&me.actor, action, Scope::Units(&units))
    };
    match listed {
        Listed::Tickets(lines) => lines
            .iter()
            .map(|line| {
                may(Action::TicketSee, [line.unit, line.ward]).then(|| me.at(format!("tickets/{}", line.id)))
            })
            .collect(),
        Listed::Missed(lines) => lines
            .iter()
            .map(|line| {
                may(Action::TicketSee, [line.unit, None]).then(|| me.at(format!("tickets/{}", line.ticket)))
            })
            .collect(),
        Listed::News(lines) => lines
            .iter()
            .map(|line| {
                may(Action::MatterSee, [line.ward, None]).then(|| me.at(format!("matters/{}", line.matter)))
            })
            .collect(),
    }
}
