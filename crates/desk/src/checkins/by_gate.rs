//! Gate by gate what a figure of the board counts.

use super::{SCREEN, gate_href, today, words};
use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::{self, Frame},
    numbers::download,
    session::quoted,
};
use askama::Template;
use axum::extract::Query;
use health::checkins::{self, AtGate, Part};
use jiff::Timestamp;
use kernel::{Error, Result};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// Nothing asked for is everything of today.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Seconds since 1970.
    minute: String,
    reason: String,
    colour: String,
}

#[derive(Template)]
#[template(path = "checkins_gates.html")]
struct Page {
    d: Desk,
    title: String,
    note: String,
    csv_href: String,
    grid: Grid,
}

struct Told {
    title: String,
    gates: Vec<AtGate>,
    /// One of the colours, or all three.
    colours: Vec<&'static str>,
}

const COLOURS: [&str; 3] = ["green", "yellow", "red"];

fn n(gate: &AtGate, colour: &str) -> i64 {
    match colour {
        "green" => gate.colours.green,
        "yellow" => gate.colours.yellow,
        _ => gate.colours.red,
    }
}

async fn told(me: &Me, frame: &mut Frame, asked: &Asked) -> Result<Told> {
    let w = me.w;
    let (from, to) = today(&frame.d.clock)?;
    let one = COLOURS.into_iter().find(|colour| *colour == asked.colour);
    let (part, title, colours) = if !asked.minute.is_empty() {
        let second = asked.minute.parse::<i64>().ok().and_then(|second| Timestamp::from_second(second).ok());
        let at = second.ok_or(Error::NotFound)?;
        (Part::Minute(at), w.checkins_at_minute(frame.d.clock.full(at)), COLOURS.to_vec())
    } else if !asked.reason.is_empty() {
        let reason = checkins::reason_of(&asked.reason)?;
        (Part::Refused { reason, from, to }, w.checkins_at_reason(words::reason(w, reason)), vec!["red"])
    } else if let Some(colour) = one {
        (Part::Hours { from, to }, w.checkins_at_colour(words::colour(w, colour)), vec![colour])
    } else {
        (Part::Hours { from, to }, w.checkins_at_day(), COLOURS.to_vec())
    };
    let mut gates = checkins::by_gate(&mut frame.cx, part).await?;
    let sum = |gate: &AtGate| colours.iter().map(|colour| n(gate, colour)).sum::<i64>();
    gates.retain(|gate| sum(gate) > 0);
    gates.sort_by_key(|gate| std::cmp::Reverse(sum(gate)));
    Ok(Told { title, gates, colours })
}

fn grid(me: &Me, frame: &Frame, told: &Told) -> Grid {
    let w = me.w;
    let text = |label| Head { label, number: false };
    let numbers = told.colours.iter().map(|colour| Head { label: words::colour(w, colour), number: true });
    let head = [text(w.gate()), text(w.gate_unit())].into_iter().chain(numbers).collect();
    let rows = told
        .gates
        .iter()
        .map(|gate| {
            let name = Cell::text(gate.name.as_str()).to(gate_href(me, &frame.tree, gate.gate, gate.unit));
            let unit = Cell::text(frame::short(&frame.tree, &frame.d, Some(gate.unit)));
            let numbers = told.colours.iter().map(|colour| Cell::number(n(gate, colour)));
            [name, unit].into_iter().chain(numbers).collect()
        })
        .collect();
    Grid { head, rows }
}

/// `GET /{tenant}/desk/checkins/gates?minute=|reason=|colour=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, SCREEN).await?;
    let told = told(&me, &mut frame, &asked).await?;
    let query = format!(
        "minute={}&reason={}&colour={}",
        quoted(&asked.minute),
        quoted(&asked.reason),
        quoted(&asked.colour)
    );
    let page = Page {
        csv_href: me.at(format!("checkins/gates/csv?{query}")),
        note: me.w.checkins_counts_nobody(),
        grid: grid(&me, &frame, &told),
        title: told.title,
        d: frame.d,
    };
    html(&page)
}

/// `GET /{tenant}/desk/checkins/gates/csv`
pub async fn csv(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, SCREEN).await?;
    let told = told(&me, &mut frame, &asked).await?;
    let grid = grid(&me, &frame, &told);
    let head = grid.head.into_iter().map(|head| head.label).collect();
    let rows = grid.rows.into_iter().map(|row| row.into_iter().map(|cell| cell.text).collect());
    let table: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    Ok(download("luot-quet-theo-chot", frame.d.clock.today(), &table)?)
}
