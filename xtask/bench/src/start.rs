//! `start`: from starting the process to its first answer that needed the database, on a database
//! that is there; and what it holds in memory after half a minute of idling.
//!
//! The limit: starting the same program to do nothing (`--help`), and one new session that asks
//! PostgreSQL one question.

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, round, seconds_since},
    server,
};
use kernel::{Error, Result, clock::machine_now};
use serde_json::json;
use sqlx::Connection;
use std::{process::Command, process::Stdio, time::Duration};

const RUNS: usize = 7;
const IDLE: Duration = Duration::from_secs(30);
const MEMORY_MB: f64 = 120.0;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let from = machine_now();
        let helped = Command::new(server::binary()?).arg("--help").stdout(Stdio::null()).status();
        if !helped.map_err(Error::internal)?.success() {
            return Err(Error::internal("the program does not even say how to use it"));
        }
        let mut admin = centre.admin(FIRST).await?;
        sqlx::query("select count(*) from tenants").execute(&mut admin).await?;
        limits.push(seconds_since(from));
        admin.close().await?;

        let from = machine_now();
        let server = centre.plain_server(FIRST).await?;
        server.session().await?.page("/readyz").await?;
        ours.push(seconds_since(from));
    }
    eprintln!("  starts: {:?} s", ours.iter().copied().map(round).collect::<Vec<_>>());
    let server = centre.plain_server(FIRST).await?;
    server.session().await?.page("/readyz").await?;
    tokio::time::sleep(IDLE).await;
    let memory = round(server.memory_mb()?);
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    Ok(Figure {
        name: "start",
        unit: "s",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: 1.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: ours <= 1.0 && memory <= MEMORY_MB,
        details: json!({ "idle_memory_mb": memory, "goal_memory_mb": MEMORY_MB, "idle_s": IDLE.as_secs() }),
    })
}
