//! The daily report as a file: what its page shows, in the language of the screen.

use super::report::{Asked, asked_for, beds, care, cases, day_of, maker, state, stocks, summary};
use crate::{Me, board::grid::Grid, frame::Frame, paper};
use axum::extract::{Path, Query};
use health::numbers::Report;
use kernel::dates;
use pages::Outcome;
use papers::{Head, Nation, Paper, Part, Recipients, Signature, Table};

/// `GET /{tenant}/desk/numbers/report/{day}/pdf`
pub async fn file(me: Me, Path((_, day)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "numbers").await?;
    let day = day_of(&day)?;
    let report = asked_for(&mut frame, day, &asked).await?;
    let maker = maker(&mut frame, &report).await?;
    let composed = composed(&me, &frame, &report, maker);
    // No transaction waits for the setting.
    drop(frame);
    paper::file(composed, &format!("bao-cao-ngay-{day}")).await
}

fn composed(me: &Me, frame: &Frame, report: &Report, maker: Option<String>) -> Paper {
    let (w, clock, place) = (me.w, &frame.d.clock, &me.tenant.pack.place.paper);
    let made_on = clock.day(report.made_at);
    let mut parts = vec![Part::Note(state(w, report, clock.full(report.made_at)))];
    parts.push(Part::Heading(w.daily_part_summary()));
    parts.extend(summary(w, report).into_iter().map(Part::Item));
    parts.push(Part::Heading(w.daily_part_cases()));
    parts.push(Part::Table(table(cases(w, report), true)));
    parts.push(Part::Note(w.daily_cases_note()));
    parts.push(Part::Heading(w.daily_part_care()));
    parts.push(Part::Table(table(care(w, report), true)));
    parts.push(Part::Heading(w.daily_part_beds()));
    if report.beds.is_empty() {
        parts.push(Part::Text(w.beds_nothing()));
    } else {
        // One house alone has no sum below it.
        parts.push(Part::Table(table(beds(me, frame, report), report.beds.len() > 1)));
    }
    if !report.stocks.is_empty() {
        parts.push(Part::Heading(w.daily_part_stocks()));
        parts.push(Part::Table(table(stocks(w, report), false)));
    }
    parts.extend(maker.map(|name| Part::Note(w.daily_maker(name))));
    Paper {
        lang: w.lang().as_str(),
        nation: Some(Nation { name: w.paper_nation(), motto: w.paper_motto() }),
        parent: place.issuing_body.clone(),
        issuer: place.centre_body.clone(),
        symbol: w.daily_number(place.centre_symbol.as_str()),
        place_and_date: paper::place_and_day(&frame.d, made_on),
        date: Some(made_on),
        title: w.daily_title_capitals(),
        about: w.daily_title(dates::shown_date(report.day)),
        parts,
        recipients: Recipients {
            label: w.paper_recipients(),
            lines: vec![w.daily_recipients(), w.paper_archive()],
        },
        signer: Signature { title: vec![w.daily_signer()], hint: w.paper_sign_here(), name: String::new() },
        ..Paper::default()
    }
}

fn table(grid: Grid, sum: bool) -> Table {
    let head = grid.head.into_iter().map(|head| Head { label: head.label, number: head.number });
    let rows = grid.rows.into_iter().map(|row| row.into_iter().map(|cell| cell.text).collect());
    Table { head: head.collect(), rows: rows.collect(), sum }
}
