//! `import-lab`: a laboratory's list of 10,000 results, one in twenty positive, from the file handed in
//! to the last row on record: read, matched with who is known, F0s made and followed, each ward rung.
//!
//! The limit: people, phones, results and rows of the list written bare, by UNNEST in transactions of
//! the same size.

use crate::{
    bare::Bare,
    centre::{Centre, FIRST},
    figure::{Figure, median, round, seconds_since},
    seed,
};
use duty::tenants::Tenant;
use health::imports::{self, Import, Kind, SampleList, Staged, State, Upload};
use jiff::civil::date;
use kernel::{Actor, Error, Result, Rng, UnitId, clock::machine_now};
use serde_json::json;
use std::sync::Arc;
use store::{Store, jobs::Worker};

const ROWS: usize = 10_000;
const RUNS: usize = 3;
/// Seconds.
const GOAL: f64 = 10.0;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let unit = seed::units(&mut admin, centre.tenant, "ward").await?[0];
    let store = centre.store(FIRST).await?;
    let wards = seed::ward_names(&store, centre.tenant).await?;
    let pool = centre.pool(FIRST).await?;
    let tenant = centre.tenant(&store).await?;
    let today = store.clock().now().to_zoned(tenant.timezone()).date();
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    let mut details = json!({});
    for run in 0..RUNS {
        let names: Vec<&str> = wards.iter().map(String::as_str).collect();
        let day = today.max(date(2021, 1, 1));
        let list = SampleList { rows: ROWS, wards: &names, day, positive: 0.05, broken: 0.025 };
        let bytes = list.xlsx(&Rng::seeded(run as u64))?;
        let from = machine_now();
        let import = read(&store, &tenant, unit, bytes).await?;
        let read_in = seconds_since(from);
        let import = apply(&store, &tenant, import).await?;
        let seconds = seconds_since(from);
        let counts = import.counts;
        let bare = Bare { import: import.id, rows: ROWS, people: counts.made as usize, results: true, run };
        let limit = bare.write(&pool, &store, centre.tenant).await?;
        eprintln!("  {} s, bare {} s", round(seconds), round(limit));
        ours.push(seconds);
        limits.push(limit);
        details = json!({
            "rows": ROWS, "read_s": round(read_in), "done": counts.done, "known": counts.known,
            "errors": counts.errors, "positives": counts.positives, "made": counts.made,
        });
    }
    store.close().await;
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    Ok(Figure {
        name: "import-lab",
        unit: "s",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: GOAL,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: ours <= GOAL,
        details,
    })
}

async fn read(store: &Store, tenant: &Tenant, unit: UnitId, bytes: Vec<u8>) -> Result<Import> {
    let upload = Upload {
        unit,
        kind: Kind::Results,
        file_name: "ket-qua.xlsx".to_owned(),
        bytes,
        overrides: None,
        default_kind: None,
    };
    let mut cx = store.begin(tenant.id, Actor::system("bench")).await?;
    let import = match imports::stage(&mut cx, tenant, upload).await? {
        Staged::Ready(import) => *import,
        other => return Err(Error::internal(format!("{other:?}"))),
    };
    cx.commit().await?;
    let reader = Worker::new(store.clone(), imports::READINGS, vec![Arc::new(imports::Read)]);
    while reader.run_due(1).await? > 0 {}
    Ok(import)
}

async fn apply(store: &Store, tenant: &Tenant, import: Import) -> Result<Import> {
    let mut cx = store.begin(tenant.id, Actor::system("bench")).await?;
    imports::apply(&mut cx, import.id).await?;
    cx.commit().await?;
    let worker = Worker::new(store.clone(), imports::QUEUE, vec![Arc::new(imports::Apply)]);
    while worker.run_due(2).await? > 0 {}
    let mut cx = store.begin(tenant.id, Actor::system("bench")).await?;
    let import = imports::find(&mut cx, import.id).await?;
    if import.state == State::Applied {
        Ok(import)
    } else {
        Err(Error::internal(format!("the list is {} and not on record", import.state.as_str())))
    }
}
