//! `checkin-http`: single scans by many devices over HTTP, each answered after its COMMIT, under row security.
//! Limits: the same row by a bare INSERT over as many connections (the goal), and by UNNEST of 128 (how far it is
//! to what the database can). The processor time of server and PostgreSQL for each scan stands beside them.
//!
//! `checkin-batch`: what a gate sends after hours without a network, fifty scans a request, beside UNNEST of fifty.

mod crowd;
mod growth;
mod raw;

pub use growth::run as growth;

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, round, seconds_since},
    http::Session,
    server::{Server, postgres_cpu_s},
};
use crowd::{Crowd, Scans};
use kernel::{Error, Result, clock::machine_now};
use serde_json::json;
use std::sync::Arc;

const RUNS: usize = 5;
const SECONDS: f64 = 5.0;
/// Connections of gates, and of the bare INSERT.
const CONNECTIONS: usize = 64;
/// Connections of the bare UNNEST, which more would only make slower.
const FEW: usize = 4;
const GOAL: f64 = 1.8;
const BATCH_GOAL: f64 = 0.8;
/// Beside the goal: a share of UNNEST 128, and processor time in µs.
const STRETCH: f64 = 0.5;
const STRETCH_US: f64 = 60.0;

struct Scene {
    centre: Centre,
    server: Server,
    crowd: Arc<Crowd>,
}

async fn scene() -> Result<Scene> {
    let centre = Centre::new().await?;
    let store = centre.store(FIRST).await?;
    let mut admin = centre.admin(FIRST).await?;
    let crowd = Arc::new(crowd::seed(&mut admin, &store, centre.tenant).await?);
    health::checkins::make_weeks(&store).await?;
    store.close().await;
    let server = centre.proxied_server(FIRST).await?;
    Ok(Scene { centre, server, crowd })
}

/// What one stretch of sending came to.
struct Sent {
    /// Scans a second.
    rate: f64,
    /// Processor time of server and PostgreSQL for each scan, in µs.
    server_us: f64,
    postgres_us: f64,
}

impl Scene {
    /// Sends for so long, `n` scans a request.
    async fn send(&self, connections: usize, n: usize, seconds: f64) -> Result<Sent> {
        let postmaster = self.centre.postmaster()?;
        let (server, postgres) = (self.server.cpu_s()?, postgres_cpu_s(postmaster)?);
        let mut tasks = tokio::task::JoinSet::new();
        let from = machine_now();
        for task in 0..connections {
            let mut session = Session::open(&self.server.address).await?;
            let crowd = self.crowd.clone();
            tasks.spawn(async move {
                let (scans, mut done) = (Scans::default(), 0);
                while seconds_since(from) < seconds {
                    // A connection speaks for many devices in turn, as a proxy's would.
                    let device = &crowd.devices[(task + done * connections) % crowd.devices.len()];
                    scans.send(&mut session, device, n).await?;
                    done += 1;
                }
                Ok::<_, Error>(done * n)
            });
        }
        let rate = rate(tasks, from).await?;
        let each = |cpu: f64| cpu * 1e6 / (rate * seconds);
        Ok(Sent {
            rate,
            server_us: each(self.server.cpu_s()? - server),
            postgres_us: each(postgres_cpu_s(postmaster)? - postgres),
        })
    }
}

async fn rate(mut tasks: tokio::task::JoinSet<Result<usize>>, from: jiff::Timestamp) -> Result<f64> {
    let mut done = 0;
    while let Some(ended) = tasks.join_next().await {
        done += ended.map_err(Error::internal)??;
    }
    Ok(done as f64 / seconds_since(from))
}

pub async fn single() -> Result<Figure> {
    let scene = scene().await?;
    let (url, tenant) = (scene.centre.url(FIRST), scene.centre.tenant);
    let connections = u32::try_from(CONNECTIONS).map_err(Error::internal)?;
    let (mut ours, mut limits, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    let (mut server_us, mut postgres_us) = (Vec::new(), Vec::new());
    scene.send(CONNECTIONS, 1, SECONDS).await?;
    for _ in 0..RUNS {
        let pool = raw::pool(&url, connections).await?;
        let limit = raw::rate(&pool, tenant, &scene.crowd, 1, SECONDS).await?;
        pool.close().await;
        let pool = raw::pool(&url, u32::try_from(FEW).map_err(Error::internal)?).await?;
        let set = raw::rate(&pool, tenant, &scene.crowd, 128, SECONDS).await?;
        pool.close().await;
        let sent = scene.send(CONNECTIONS, 1, SECONDS).await?;
        eprintln!(
            "  {:.0} scans/s at {:.0} + {:.0} µs of server and PostgreSQL; bare {limit:.0}/s, UNNEST 128 {set:.0}/s",
            sent.rate, sent.server_us, sent.postgres_us
        );
        ours.push(sent.rate);
        server_us.push(sent.server_us);
        postgres_us.push(sent.postgres_us);
        limits.push(limit);
        sets.push(set);
    }
    let over = |limits: &[f64]| {
        let ratios: Vec<f64> = ours.iter().zip(limits).map(|(our, limit)| our / limit).collect();
        round(median(&ratios))
    };
    let (ratio, of_sets) = (over(&limits), over(&sets));
    let both = round(median(&server_us) + median(&postgres_us));
    Ok(Figure {
        name: "checkin-http",
        unit: "1/s",
        ours: round(median(&ours)),
        limit: round(median(&limits)),
        ratio,
        goal: GOAL,
        judged: "ratio",
        direction: "at_least",
        runs: RUNS,
        ok: ratio >= GOAL,
        details: json!({
            "connections": CONNECTIONS, "unnest_128": round(median(&sets)), "of_unnest_128": of_sets,
            "of_unnest_128_stretch": STRETCH, "of_unnest_128_met": of_sets >= STRETCH,
            "server_us": round(median(&server_us)), "postgres_us": round(median(&postgres_us)), "cpu_us": both,
            "cpu_us_stretch": STRETCH_US, "cpu_us_met": both <= STRETCH_US,
        }),
    })
}

pub async fn batch() -> Result<Figure> {
    let scene = scene().await?;
    let (url, tenant) = (scene.centre.url(FIRST), scene.centre.tenant);
    let pool = raw::pool(&url, u32::try_from(FEW).map_err(Error::internal)?).await?;
    let (mut ours, mut limits, mut cpu_us) = (Vec::new(), Vec::new(), Vec::new());
    scene.send(FEW * 4, 50, SECONDS).await?;
    for _ in 0..RUNS {
        let limit = raw::rate(&pool, tenant, &scene.crowd, 50, SECONDS).await?;
        let sent = scene.send(FEW * 4, 50, SECONDS).await?;
        eprintln!(
            "  {:.0} scans/s at {:.0} + {:.0} µs of server and PostgreSQL; UNNEST 50 {limit:.0}/s",
            sent.rate, sent.server_us, sent.postgres_us
        );
        ours.push(sent.rate);
        limits.push(limit);
        cpu_us.push(sent.server_us + sent.postgres_us);
    }
    let ratios: Vec<f64> = ours.iter().zip(&limits).map(|(our, limit)| our / limit).collect();
    let ratio = round(median(&ratios));
    Ok(Figure {
        name: "checkin-batch",
        unit: "1/s",
        ours: round(median(&ours)),
        limit: round(median(&limits)),
        ratio,
        goal: BATCH_GOAL,
        judged: "ratio",
        direction: "at_least",
        runs: RUNS,
        ok: ratio >= BATCH_GOAL,
        details: json!({
            "connections": FEW * 4, "bare_connections": FEW, "scans": 50, "cpu_us": round(median(&cpu_us)),
        }),
    })
}
