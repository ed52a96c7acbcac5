//! `import-people`: lists of 100,000 residents as offices keep them (a fifth of them told twice and
//! otherwise spelt, three in ten rows broken, half without a paper, both tone placements) read straight
//! into the record, with whoever may be whom found as they are written.
//!
//! The limit: the same tables filled bare, by UNNEST in transactions of the same size.

use crate::{
    bare::Bare,
    centre::{Centre, FIRST},
    figure::{Figure, median, round, seconds_since},
    seed,
};
use health::imports::{self, Direct, DirectOutcome, DirectReport, Kind, SamplePeople};
use jiff::civil::date;
use kernel::{Error, Result, Rng, UnitId, clock::machine_now};
use serde_json::json;
use store::Store;

const ROWS: usize = 100_000;
const RUNS: usize = 3;
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
        let bytes = list(&wards, run as u64)?;
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

fn list(wards: &[String], seed: u64) -> Result<Vec<u8>> {
    let wards: Vec<&str> = wards.iter().map(String::as_str).collect();
    let list = SamplePeople { rows: ROWS, wards: &wards, day: date(2021, 9, 25), twice: 0.2, broken: 0.3 };
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
