//! Requests that wait, and those decided this week.

use super::words;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::Query;
use health::corrections::{self, Line, State};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: i64,
}

struct Due {
    left: String,
    full: String,
    pressure: &'static str,
    rfc: String,
}

struct Row {
    href: String,
    name: String,
    field: String,
    asked: String,
    by: String,
    state: String,
    due: Option<Due>,
}

#[derive(Template)]
#[template(path = "corrections.html")]
struct Page {
    d: Desk,
    address: String,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/corrections?page=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "corrections").await?;
    let listed = corrections::list(&mut frame.cx, asked.page).await?;
    let address = |page: i64| me.at(format!("corrections?page={page}"));
    let page = Page {
        address: address(asked.page),
        rows: listed.lines.iter().map(|line| row(&me, &frame, line)).collect(),
        before: (asked.page > 0).then(|| address(asked.page - 1)),
        next: listed.more.then(|| address(asked.page + 1)),
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, frame: &Frame, line: &Line) -> Row {
    let (w, clock) = (me.w, &frame.d.clock);
    Row {
        href: me.at(format!("corrections/{}", line.id)),
        name: line.person.full_name.clone(),
        field: words::field(w, line.field),
        asked: clock.short(line.asked_at),
        by: if line.by_himself { w.correction_by_himself() } else { w.correction_by_staff() },
        state: match (line.state, line.decided_at) {
            (State::Asked, _) | (_, None) => words::state(w, line.state),
            (state, Some(at)) => format!("{} · {}", words::state(w, state), clock.short(at)),
        },
        due: line.due_at.map(|at| Due {
            left: clock.left(w, at),
            full: clock.full(at),
            pressure: clock.pressure(at, false),
            rfc: clock.rfc(at),
        }),
    }
}
