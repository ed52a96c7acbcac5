//! `import-people`: lists of 100,000 residents as offices keep them (a fifth of them told twice and
//! otherwise spelt, three in ten rows broken, half without a paper, both tone placements) read straight
//! into the record, with whoever may be whom found as they are written. `import-sheet`: one such list of
//! 200,000 rows, while somebody else works at his desk: his page's p99 meanwhile stands beside the same
//! page's before.
//!
//! The limit: the same tables filled bare, by UNNEST in transactions of the same size.

use crate::{
    bare::Bare,
    centre::{Centre, FIRST},
    figure::{Figure, median, percentile, round, seconds_since},
    http::Session,
    read::cookie,
    seed,
};
use health::imports::{self, Direct, DirectOutcome, DirectReport, Kind, SamplePeople};
use jiff::civil::date;
use kernel::{Error, Result, Rng, UnitId, clock::machine_now};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::Store;

const ROWS: usize = 100_000;
const RUNS: usize = 3;
const SHEET: usize = 200_000;
/// What somebody else asks for meanwhile, and how often before.
const PAGE: &str = "/quan7/desk/tickets";
const BEFORE: usize = 200;
/// Rows a second.
const GOAL: f64 = 5_000.0;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let unit = seed::units(&mut admin, centre.tenant, "ward").await?[0];
    let store = centre.store(FIRST).await?;
    let wards = seed::ward_names(&store, centre.tenant).await?;
    let pool = centre.pool(FIRST).await?;
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    let mut last = DirectReport::default();
    for run in 0..RUNS {
        let bytes = list(&wards, ROWS, run as u64)?;
        let from = machine_now();
        let report = read(&centre, &store, unit, bytes).await?;
        let speed = ROWS as f64 / seconds_since(from);
        let import = report.import.ok_or_else(|| Error::internal("the list is not on record"))?;
        let bare = Bare { import, rows: ROWS, people: report.made, results: false, run };
        let limit = ROWS as f64 / bare.write(&pool, &store, centre.tenant).await?;
        eprintln!("  {} rows/s, bare {} rows/s", round(speed), round(limit));
        ours.push(speed);
        limits.push(limit);
        last = report;
    }
    store.close().await;
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    Ok(Figure {
        name: "import-people",
        unit: "rows/s",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: GOAL,
        judged: "ours",
        direction: "at_least",
        runs: RUNS,
        ok: ours >= GOAL,
        details: json!({ "rows": ROWS, "last": last }),
    })
}

pub async fn run_sheet() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let unit = seed::units(&mut admin, centre.tenant, "ward").await?[0];
    let nurse = centre.nurse(&mut admin).await?.0;
    let store = centre.store(FIRST).await?;
    let wards = seed::ward_names(&store, centre.tenant).await?;
    let pool = centre.pool(FIRST).await?;
    let bytes = list(&wards, SHEET, 7)?;
    let size = bytes.len();
    let server = centre.server(FIRST).await?;
    let mut session = server.session().await?.with_cookie(&cookie(&centre, FIRST, nurse).await?);
    let mut quiet = Vec::with_capacity(BEFORE);
    for _ in 0..BEFORE {
        quiet.push(page(&mut session).await?);
    }
    let over = Arc::new(AtomicBool::new(false));
    let beside = tokio::spawn(asking(session, over.clone()));
    let from = machine_now();
    let outcome = read(&centre, &store, unit, bytes).await;
    let seconds = seconds_since(from);
    // Whatever became of it, nobody goes on asking.
    over.store(true, Ordering::Relaxed);
    let meanwhile = beside.await.map_err(Error::internal)??;
    let report = outcome?;
    let import = report.import.ok_or_else(|| Error::internal("the list is not on record"))?;
    let bare = Bare { import, rows: SHEET, people: report.made, results: false, run: 0 };
    let limit = SHEET as f64 / bare.write(&pool, &store, centre.tenant).await?;
    store.close().await;
    let (ours, limit) = (round(SHEET as f64 / seconds), round(limit));
    let (before, during) = (percentile(&quiet, 0.99), percentile(&meanwhile, 0.99));
    eprintln!(
        "  {ours} rows/s, bare {limit} rows/s; somebody else's page p99 {} ms, before {} ms",
        round(during),
        round(before)
    );
    Ok(Figure {
        name: "import-sheet",
        unit: "rows/s",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: GOAL,
        judged: "ours",
        direction: "at_least",
        runs: 1,
        ok: ours >= GOAL,
        details: json!({
            "rows": SHEET, "bytes": size, "seconds": round(seconds), "list": report,
            "page_p99_ms": round(during), "page_p50_ms": round(median(&meanwhile)), "pages": meanwhile.len(),
            "page_p99_before_ms": round(before), "page_p50_before_ms": round(median(&quiet)),
        }),
    })
}

/// Milliseconds of each answer until the list is over.
async fn asking(mut session: Session, over: Arc<AtomicBool>) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        took.push(page(&mut session).await?);
    }
    Ok(took)
}

async fn page(session: &mut Session) -> Result<f64> {
    let from = machine_now();
    session.page(PAGE).await?;
    Ok(seconds_since(from) * 1000.0)
}

fn list(wards: &[String], rows: usize, seed: u64) -> Result<Vec<u8>> {
    let wards: Vec<&str> = wards.iter().map(String::as_str).collect();
    let list = SamplePeople { rows, wards: &wards, day: date(2021, 9, 25), twice: 0.2, broken: 0.3 };
    list.csv(&Rng::seeded(seed))
}

async fn read(centre: &Centre, store: &Store, unit: UnitId, bytes: Vec<u8>) -> Result<DirectReport> {
    let tenant = centre.tenant(store).await?;
    let file_name = "nhan-khau.csv".to_owned();
    let kind = Kind::People;
    let list = Direct { kind, unit, file_name, bytes, overrides: None, dry_run: false, most_broken: 0 };
    match imports::read_direct(store, &tenant, list).await? {
        DirectOutcome::Read(report) => Ok(*report),
        other => Err(Error::internal(format!("{other:?}"))),
    }
}
