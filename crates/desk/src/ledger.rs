//! The sealed record as its keepers see it: where the chain ends, what still waits for its seal,
//! what was published, and how anyone proves it.

use crate::{
    Me,
    board::{
        grid::{Cell, Grid},
        voice,
    },
    frame::Frame,
};
use askama::Template;
use axum::{Router, routing::get};
use duty::permissions::{Action, Permit, Scope};
use kernel::{dates, numbers};
use pages::{App, Desk, Outcome, html, time};
use store::ledger::{self, Head};

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/ledger", get(page))
}

#[derive(Template)]
#[template(path = "desk_ledger.html")]
struct Page {
    d: Desk,
    head: Option<Head>,
    key: String,
    waiting: i64,
    lag: Option<String>,
    /// The sealer is late.
    slow: bool,
    published: Grid,
    public_href: String,
    command: String,
}

/// Publications shown: two months.
const DAYS: i64 = 60;
/// Beyond this an event waits too long for its seal, in seconds.
const SLOW: i64 = 10;

/// `GET /{tenant}/desk/ledger`
async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "ledger").await?;
    frame.cx.permit_sight(Action::LedgerSee, Scope::Tenant)?;
    let head = ledger::head(&mut frame.cx).await?;
    let unsealed = ledger::unsealed(&mut frame.cx).await?;
    let days = ledger::publications(&mut frame.cx, DAYS).await?;
    let key = ledger::public_key(&frame.cx)?;
    let lag = unsealed.oldest.map(|oldest| frame.d.clock.now.duration_since(oldest).as_secs().max(0));
    let say = |key: &str| me.w.by_key(key);
    let mut published = Grid::new(&voice(&frame, &say), &["ledger-day", "ledger-number", "ledger-hash"]);
    published.rows = days
        .into_iter()
        .map(|line| {
            vec![
                Cell::text(dates::shown_date(line.day)),
                Cell { text: numbers::grouped(line.seq), number: true, ..Cell::default() },
                Cell::text(line.hash),
            ]
        })
        .collect();
    let page = Page {
        head,
        key,
        waiting: unsealed.events,
        lag: lag.map(|seconds| time::span(me.w, seconds)),
        slow: lag.is_some_and(|seconds| seconds > SLOW),
        published,
        public_href: format!("/{}/ledger", me.tenant.slug),
        command: format!("vungxanh ledger verify --tenant {}", me.tenant.slug),
        d: frame.d,
    };
    html(&page)
}
