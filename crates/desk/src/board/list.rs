//! The list behind a figure. What it shows is what the figure counted; a line opens its ticket for
//! whoever may see that.

use super::{
    csv_of,
    grid::{Cell, Grid},
    tables, voice,
};
use crate::{Me, frame::Frame, tickets::kind_word};
use axum::extract::Query;
use duty::{
    permissions::{Action, Scope, permits},
    tickets::Severity,
};
use kernel::{Result, UnitId, dates};
use pages::{Outcome, html};
use serde::Deserialize;
use town::board::{self, Band, LINES, List, Listed, Opens, Table};

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Skip {
    #[serde(default)]
    skip: u32,
}

/// What the domain gives at once.
const PAGE: usize = LINES as usize;
/// Most lines of a file: what spreadsheets open in one piece.
const FILE: usize = 1_000_000;

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
            let mut text = if task.is_empty() { kind } else { format!("{kind}: {task}") };
            let again = opens.list == List::Ringing && line.round > 0;
            if again {
                let again = me.w.board_again(line.round.to_string());
                text = format!("{text} · {again}");
            }
            Cell::text(text).late(again)
        };
        grid.insert_second(me.w.board_work(), lines.iter().map(work).collect());
    }
    let shown = grid.rows.len();
    let page = tables::Page {
        title: title(&me, opens.list),
        note: note(&me, &frame, &opens, &voice, skip, shown),
        back: (me.at("board"), me.w.nav_board()),
        csv_href: me.at(format!("board/list/csv?{}", opens.query())),
        grid,
        empty: me.w.board_list_empty(),
        more: (shown >= PAGE).then(|| {
            me.at(format!("board/list?{}&skip={}", opens.query(), skip.saturating_add(PAGE as u32)))
        }),
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/board/list/csv`: the whole list, however long.
pub async fn csv(me: Me, Query(opens): Query<Opens>) -> Outcome {
    let mut frame = Frame::new(&me, "board").await?;
    let say = |key: &str| me.w.by_key(key);
    let listed = board::listed(&mut frame.cx, &opens, 0).await?;
    learn(&mut frame, &listed).await?;
    let mut table = table(&frame, &listed, &voice(&frame, &say));
    while table.rows.len().is_multiple_of(PAGE) && !table.rows.is_empty() && table.rows.len() < FILE {
        let more = board::listed(&mut frame.cx, &opens, table.rows.len() as u32).await?;
        learn(&mut frame, &more).await?;
        let more = self::table(&frame, &more, &voice(&frame, &say)).rows;
        if more.is_empty() {
            break;
        }
        table.rows.extend(more);
    }
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
    parts.extend(opens.severity.map(|severity| voice_of(w, severity)));
    parts.extend(
        opens.outcome.as_deref().map(|outcome| w.by_key(&format!("outcome-{}", outcome.replace('_', "-")))),
    );
    let clock = &frame.d.clock;
    if let Some((day, slot)) = opens.day.zip(opens.slot) {
        parts.push(w.board_in_brief(format!("{:02}:00", slot.hour()), dates::shown_date(day)));
    } else if let Some((since, until)) = opens.since.zip(opens.until) {
        parts.push(w.board_from_to(clock.full(since), clock.full(until)));
    } else if matches!(opens.list, List::F0 | List::Accepted | List::Missed) {
        let today = frame.d.clock.today();
        let (from, to) = (opens.from.unwrap_or(today), opens.to.unwrap_or(today));
        let (first, last) = (dates::shown_date(from), dates::shown_date(to));
        parts.push(if from == to { w.board_on_day(first) } else { w.board_from_to(first, last) });
    }
    let first = if shown == 0 { 0 } else { skip as usize + 1 };
    parts.push(w.board_lines(first.to_string(), (skip as usize + shown).to_string()));
    parts.join(" · ")
}

fn voice_of(w: pages::Words, severity: Severity) -> String {
    match severity {
        Severity::Emergency => w.severity_emergency(),
        Severity::Notice => w.severity_notice(),
    }
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
                let matter = line.matter.filter(|_| may(Action::MatterSee, [Some(line.ward), None]))?;
                Some(me.at(format!("matters/{matter}")))
            })
            .collect(),
    }
}
