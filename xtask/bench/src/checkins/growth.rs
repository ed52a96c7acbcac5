//! `checkin-growth`: what one scan costs the database when five million are stored, beside fifty thousand: rows of
//! the last four weeks either way, so that the week in which is written has a hundred times as many. Written by
//! the program's own way in, under row security, in this process.

use super::crowd::{self, Crowd, Scans};
use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, round, seconds_since},
    server::postgres_cpu_s,
};
use health::{
    cards::Colour,
    checkins::{Fold, Intake, make_weeks},
    gates::{By, Direction, Scan},
};
use kernel::{Error, Result, TenantId, clock::machine_now};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::Arc;
use store::Store;
use tokio::sync::watch;

const FEW: i64 = 50_000;
const MANY: i64 = 5_000_000;
const GOAL: f64 = 1.2;
/// Both databases take turns, so that what else the machine does meets both.
const TURNS: usize = 7;
/// Scans of one turn, in sendings of fifty.
const SCANS: usize = 20_000;
const AT_ONCE: usize = 16;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let store = centre.store(FIRST).await?;
    let mut admin = centre.admin(FIRST).await?;
    let crowd = Arc::new(crowd::seed(&mut admin, &store, centre.tenant).await?);
    make_weeks(&store).await?;
    // The weeks behind, as they were made when they lay ahead.
    sqlx::query("select vx_make_checkin_weeks(now() - interval '28 days', now())")
        .execute(&mut admin)
        .await?;
    store.close().await;
    sqlx::Connection::close(admin).await?;
    let few = "checkins_few";
    centre.copy(few).await?;
    for (database, rows) in [(few, FEW), (FIRST, MANY)] {
        let mut admin = centre.admin(database).await?;
        fill(&mut admin, centre.tenant, &crowd, rows).await?;
        sqlx::Connection::close(admin).await?;
        eprintln!("  {rows} rows are stored");
    }
    let (mut ours, mut limits, mut wall) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
    for turn in 0..TURNS {
        let (small, small_wall) = cost(&centre, few, &crowd).await?;
        let (large, large_wall) = cost(&centre, FIRST, &crowd).await?;
        eprintln!("  {large:.1} µs of PostgreSQL's processor time a row, {small:.1} with few rows");
        // The first turn fills what is remembered.
        if turn > 0 {
            ours.push(large);
            limits.push(small);
            wall.0.push(large_wall);
            wall.1.push(small_wall);
        }
    }
    let ratios: Vec<f64> = ours.iter().zip(&limits).map(|(our, limit)| our / limit).collect();
    let ratio = round(median(&ratios));
    Ok(Figure {
        name: "checkin-growth",
        unit: "µs",
        ours: round(median(&ours)),
        limit: round(median(&limits)),
        ratio,
        goal: GOAL,
        judged: "ratio",
        direction: "at_most",
        runs: ours.len(),
        ok: ratio <= GOAL,
        details: json!({
            "stored": MANY, "beside": FEW, "scans": SCANS, "wall_us": round(median(&wall.0)),
            "wall_us_beside": round(median(&wall.1)),
        }),
    })
}

/// Rows of the last 28 days, evenly, written in the order of their keys.
async fn fill(admin: &mut PgConnection, tenant: TenantId, crowd: &Crowd, rows: i64) -> Result<()> {
    let gates: Vec<_> = crowd.gates.iter().map(|gate| gate.uuid()).collect();
    sqlx::query(
        "insert into checkins (tenant_id, id, gate_id, device_id, at, hour, doubted, direction, by, colour, number,
                               reasons, rules)
         select $1,
                (lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0') || '70008' || substr(md5(t.i::text), 1, 15))::uuid,
                ($2::uuid[])[1 + t.i % cardinality($2::uuid[])], null, t.at, extract(epoch from t.at)::bigint / 3600, false,
                'in', 'pass', 'green', substr(decode(md5('n' || t.i), 'hex'), 1, 8), '\\x00', 'pass.cards/3'
         from (select i, now() - interval '27 days 23 hours' * (1 - i / $3::float8) as at
               from generate_series(1, $3::bigint) as i) as t",
    )
    .bind(tenant.uuid())
    .bind(gates)
    .bind(rows)
    .execute(&mut *admin)
    .await?;
    sqlx::query(AssertSqlSafe("vacuum analyze checkins")).execute(&mut *admin).await?;
    sqlx::query(AssertSqlSafe("checkpoint")).execute(admin).await?;
    Ok(())
}

/// Microseconds of PostgreSQL's processor and by the clock for each scan.
async fn cost(centre: &Centre, database: &str, crowd: &Arc<Crowd>) -> Result<(f64, f64)> {
    let store = centre.store(database).await?;
    let tenant = centre.tenant;
    let intake = Intake::new(store.clone());
    let (stop, stopping) = watch::channel(false);
    let writer = tokio::spawn(intake.clone().run(stopping));
    let (cpu, from) = (postgres_cpu_s(centre.postmaster()?)?, machine_now());
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..AT_ONCE {
        let (intake, crowd) = (intake.clone(), crowd.clone());
        tasks.spawn(async move {
            let scans = Scans::default();
            for turn in 0..SCANS / AT_ONCE / 50 {
                let batch = batch(&scans, &crowd, task * 37 + turn);
                let receipt = intake.put(tenant, None, batch).await?;
                if receipt.keys.len() != 50 {
                    return Err(Error::internal("a scan was not kept"));
                }
            }
            Ok(SCANS / AT_ONCE / 50 * 50)
        });
    }
    let mut done = 0;
    while let Some(ended) = tasks.join_next().await {
        done += ended.map_err(Error::internal)??;
    }
    let wall = seconds_since(from);
    let cpu = postgres_cpu_s(centre.postmaster()?)? - cpu;
    let _ = stop.send(true);
    writer.await.map_err(Error::internal)?;
    settle(&store, tenant).await?;
    store.close().await;
    let each = |seconds: f64| seconds * 1e6 / done as f64;
    Ok((each(cpu), each(wall)))
}

fn batch(scans: &Scans, crowd: &Crowd, turn: usize) -> Vec<Scan> {
    let (now, gate) = (machine_now(), crowd.gates[turn % crowd.gates.len()]);
    let scan = |_| Scan {
        key: scans.key(now),
        at: now,
        from_future: false,
        gate,
        direction: Direction::In,
        by: By::Pass,
        number: Some(format!("{:016x}", u64::from_be_bytes(scans.number()))),
        colour: Colour::Green,
        reasons: vec!["gate-has-doses".to_owned()],
        rules: Some("pass.cards/3".to_owned()),
        picked_of: None,
    };
    (0..50).map(scan).collect()
}

/// What follows from the scans is done between the turns: it is not what is measured here.
async fn settle(store: &Store, tenant: TenantId) -> Result<()> {
    let fold = Fold::new(store.clone());
    while fold.fold(tenant).await? > 0 {}
    Ok(())
}
