//! `queue-page`: an official's queue over HTTP while the tenant has 100,000 open tickets, beside the
//! same page while it has 1,000. His own queue grows with the tenant's: a tenth stands before him.

use crate::{
    centre::{Centre, FIRST, micros},
    figure::{Figure, median, percentile, round, seconds_since},
    http::Session,
    read::cookie,
    seed::{self, Seed},
};
use kernel::{Result, clock::machine_now};
use serde_json::json;

const SMALL: i32 = 1_000;
const LARGE: i32 = 100_000;
const RUNS: usize = 5;
const REQUESTS: usize = 150;
const COPY: &str = "vungxanh_large";
const PAGE: &str = "/quan7/desk/tickets";

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    centre.copy(COPY).await?;
    let mut nurse = None;
    for (database, count) in [(FIRST, SMALL), (COPY, LARGE)] {
        eprintln!("  seeding {count} open tickets");
        let mut admin = centre.admin(database).await?;
        let stations = seed::units(&mut admin, centre.tenant, "station").await?;
        nurse = Some(centre.nurse(&mut admin).await?.0);
        let hour = 3_600_000_000;
        let from = micros(machine_now()) + hour;
        let seed =
            Seed { first: 0, count, units: stations, climbs_from: from, climbs_until: from + 48 * hour };
        seed::tickets(&mut admin, centre.tenant, &seed).await?;
    }
    let staff = nurse.ok_or(kernel::Error::NotFound)?;
    let (small, large) = (centre.server(FIRST).await?, centre.server(COPY).await?);
    let cookies = (cookie(&centre, FIRST, staff).await?, cookie(&centre, COPY, staff).await?);
    let mut small = (small.session().await?.with_cookie(&cookies.0), small);
    let mut large = (large.session().await?.with_cookie(&cookies.1), large);
    let bytes = (page(&mut small.0).await?.1, page(&mut large.0).await?.1);
    // The same work on both: a full page of lines.
    eprintln!("  pages of {} and {} bytes", bytes.0, bytes.1);
    let (mut ours, mut limits, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        // By turns, so that whatever else the machine does falls on both.
        for _ in 0..REQUESTS {
            few.push(page(&mut small.0).await?.0);
            many.push(page(&mut large.0).await?.0);
        }
        eprintln!("  median {} ms of {LARGE}, {} ms of {SMALL}", round(median(&many)), round(median(&few)));
        limits.push(median(&few));
        ours.push(median(&many));
        tails.push(percentile(&many, 0.99));
    }
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    let ratio = round(ours / limit);
    Ok(Figure {
        name: "queue-page",
        unit: "ms",
        ours,
        limit,
        ratio,
        goal: 1.2,
        judged: "ratio",
        direction: "at_most",
        runs: RUNS,
        ok: ratio <= 1.2,
        details: json!({ "p99": round(median(&tails)), "requests": REQUESTS, "bytes": bytes.1 }),
    })
}

/// Milliseconds and bytes of one answer.
async fn page(session: &mut Session) -> Result<(f64, usize)> {
    let from = machine_now();
    let answer = session.page(PAGE).await?;
    Ok((seconds_since(from) * 1000.0, answer.body.len()))
}
