//! `timers`: how long after its time a level has been climbed, for all to see. A hundred thousand
//! timers wait, two hundred fall due each second at random moments. The real handler runs through
//! runners as `serve` starts them, with the sealer and the notices beside it; the calls that the
//! climbs ask for are written and left waiting, as a climb never waits for a telephone.
//!
//! The time is taken by a second session that looks, every millisecond, whether the tickets now due
//! have changed: what it sees is committed, and what it takes is never too little.
//!
//! The limit: the same tables, the same timers, one plain loop that claims what is due, moves the
//! tickets with one UPDATE and adds the attempts with one INSERT.

use crate::{
    centre::{Centre, FIRST, micros},
    figure::{Figure, median, percentile, round, seconds_since},
    seed::{self, Seed},
};
use duty::tickets::Escalate;
use jiff::{SignedDuration, Timestamp};
use kernel::{Result, Rng, TenantId, clock::machine_now};
use serde_json::json;
use sqlx::{PgConnection, PgPool, Row};
use std::{collections::HashMap, sync::Arc, time::Duration};
use store::{ledger::Sealer, timers::Runner};
use tokio::sync::watch;
use uuid::Uuid;

pub const PENDING: i32 = 100_000;
pub const RATE: usize = 200;
pub const RUNS: usize = 3;
pub const OURS_S: usize = 30;
pub const LIMIT_S: usize = 10;
/// As many as `serve` starts when it is not told otherwise (`VX_TIMER_RUNNERS`).
const RUNNERS: usize = 4;

pub fn runner_count() -> usize {
    std::env::var("VX_TIMER_RUNNERS").ok().and_then(|text| text.parse().ok()).unwrap_or(RUNNERS)
}

/// A centre with the timers that wait, and the tickets whose timers are there to be made due.
pub struct Field {
    pub centre: Centre,
    pub admin: PgConnection,
    pub ids: Vec<Uuid>,
}

impl Field {
    pub async fn new() -> Result<Self> {
        let centre = Centre::new().await?;
        let mut admin = centre.admin(FIRST).await?;
        let stations = seed::units(&mut admin, centre.tenant, "station").await?;
        let hour = 3_600_000_000;
        let now = micros(machine_now());
        eprintln!("  seeding {PENDING} pending timers");
        let pending = Seed {
            first: 0,
            count: PENDING,
            units: stations.clone(),
            climbs_from: now + hour,
            climbs_until: now + 48 * hour,
        };
        seed::tickets(&mut admin, centre.tenant, &pending).await?;
        let each = RATE * (OURS_S + LIMIT_S);
        let count = (each * RUNS) as i32;
        let due = Seed {
            first: PENDING,
            count,
            units: stations,
            climbs_from: now + 49 * hour,
            climbs_until: now + 50 * hour,
        };
        seed::tickets(&mut admin, centre.tenant, &due).await?;
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "select object_id from timers where kind = 'tickets.escalate' order by fire_at desc limit $1",
        )
        .bind(i64::from(count))
        .fetch_all(&mut admin)
        .await?;
        Ok(Self { centre, admin, ids })
    }
}

pub async fn run() -> Result<Figure> {
    let Field { centre, mut admin, mut ids } = Field::new().await?;
    let rng = Rng::seeded(11);
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    for turn in 1..=RUNS {
        let bare = ids.split_off(ids.len() - RATE * LIMIT_S);
        let late = bare_loop(&centre, &mut admin, &rng, bare, LIMIT_S).await?;
        eprintln!("  run {turn}, limit: {}", describe(&late));
        limits.push(late);
        let real = ids.split_off(ids.len() - RATE * OURS_S);
        let late = runners(&centre, &mut admin, &rng, real, OURS_S).await?;
        eprintln!("  run {turn}, ours:  {}", describe(&late));
        ours.push(late);
    }
    let of = |runs: &[Vec<f64>], share| {
        round(median(&runs.iter().map(|run| percentile(run, share)).collect::<Vec<_>>()))
    };
    let (p99, limit) = (of(&ours, 0.99), of(&limits, 0.99));
    let max = of(&ours, 1.0);
    Ok(Figure {
        name: "timers",
        unit: "ms",
        ours: p99,
        limit,
        ratio: round(p99 / limit),
        goal: 50.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: p99 <= 50.0 && max <= 250.0,
        details: json!({
            "p50": of(&ours, 0.5), "max": max, "goal_max": 250.0, "limit_p50": of(&limits, 0.5), "limit_max": of(&limits, 1.0),
            "pending": PENDING, "per_second": RATE, "seconds": OURS_S, "runners": runner_count(),
        }),
    })
}

pub fn describe(late: &[f64]) -> String {
    let p = |share| round(percentile(late, share));
    format!("p50 {} p99 {} max {} ms of {}", p(0.5), p(0.99), p(1.0), late.len())
}

/// The real thing.
async fn runners(
    centre: &Centre,
    admin: &mut PgConnection,
    rng: &Rng,
    ids: Vec<Uuid>,
    seconds: usize,
) -> Result<Vec<f64>> {
    let store = centre.store(FIRST).await?;
    let (stop, stopping) = watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    let runner = Runner::new(store.clone(), vec![Arc::new(Escalate)]).planning_once();
    for _ in 0..runner_count() {
        tasks.spawn(runner.clone().run(stopping.clone()));
    }
    tasks.spawn(store.live().clone().send(stopping.clone()));
    tasks.spawn(store.live().clone().hear(stopping.clone()));
    tasks.spawn(Sealer::new(store.clone()).run(stopping.clone()));
    let seen = arm_and_watch(centre.tenant, admin, rng, ids, seconds).await;
    let _ = stop.send(true);
    while tasks.join_next().await.is_some() {}
    store.close().await;
    seen
}

/// The plain loop.
pub async fn bare_loop(
    centre: &Centre,
    admin: &mut PgConnection,
    rng: &Rng,
    ids: Vec<Uuid>,
    seconds: usize,
) -> Result<Vec<f64>> {
    let pool = centre.pool(FIRST).await?;
    let (stop, stopping) = watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..runner_count() {
        tasks.spawn(plain_runner(pool.clone(), centre.tenant, rng.clone(), stopping.clone()));
    }
    let seen = arm_and_watch(centre.tenant, admin, rng, ids, seconds).await;
    let _ = stop.send(true);
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(kernel::Error::internal)??;
    }
    pool.close().await;
    seen
}

async fn plain_runner(pool: PgPool, tenant: TenantId, rng: Rng, stop: watch::Receiver<bool>) -> Result<()> {
    while !*stop.borrow() {
        let now = micros(machine_now());
        let mut tx =
            pool.begin_with(sqlx::AssertSqlSafe(format!("begin; set local vx.tenant = '{tenant}'"))).await?;
        let taken: Vec<Uuid> = sqlx::query_scalar(
            "delete from timers t
             using (select tenant_id, kind, object_id from timers
                    where kind = 'tickets.escalate' and fire_at <= timestamptz 'epoch' + $1 * interval '1 microsecond'
                    order by fire_at limit 64 for update skip locked) as due
             where t.tenant_id = due.tenant_id and t.kind = due.kind and t.object_id = due.object_id
             returning t.object_id",
        )
        .bind(now)
        .fetch_all(&mut *tx)
        .await?;
        if !taken.is_empty() {
            sqlx::query(
                "update tickets set level = level + 1, generation = generation + 1
                 where tenant_id = $1 and id = any($2)",
            )
            .bind(tenant.uuid())
            .bind(&taken)
            .execute(&mut *tx)
            .await?;
            let ids: Vec<Uuid> = taken.iter().map(|_| Uuid::from_bytes(rng.bytes())).collect();
            sqlx::query(
                "insert into attempts (tenant_id, id, ticket_id, level, round, whom, channel, tone, started_at)
                 select $1, id, ticket, 1, 0, 'head@responsible', 'desk', 'ring',
                        timestamptz 'epoch' + $4 * interval '1 microsecond'
                 from unnest($2::uuid[], $3::uuid[]) as a (id, ticket)",
            )
            .bind(tenant.uuid())
            .bind(&ids)
            .bind(&taken)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        if taken.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    Ok(())
}

/// Makes `ids` fall due at random moments of the next seconds; when each does, in microseconds, the first
/// in front.
pub async fn arm(
    tenant: TenantId,
    admin: &mut PgConnection,
    rng: &Rng,
    ids: Vec<Uuid>,
    seconds: usize,
) -> Result<Vec<(i64, Uuid)>> {
    let from = machine_now() + SignedDuration::from_secs(3);
    let mut due: Vec<(i64, Uuid)> =
        ids.into_iter().map(|id| (micros(from) + rng.below(seconds as u64 * 1_000_000) as i64, id)).collect();
    due.sort_unstable();
    let (times, ids): (Vec<i64>, Vec<Uuid>) = due.iter().copied().unzip();
    for statement in [
        "update timers t set fire_at = timestamptz 'epoch' + n.at * interval '1 microsecond'
         from unnest($2::uuid[], $3::bigint[]) as n (id, at)
         where t.tenant_id = $1 and t.kind = 'tickets.escalate' and t.object_id = n.id",
        "update tickets t set climbs_at = timestamptz 'epoch' + n.at * interval '1 microsecond'
         from unnest($2::uuid[], $3::bigint[]) as n (id, at) where t.tenant_id = $1 and t.id = n.id",
    ] {
        sqlx::query(statement).bind(tenant.uuid()).bind(&ids).bind(&times).execute(&mut *admin).await?;
    }
    for table in ["timers", "tickets"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    if machine_now() > from {
        eprintln!(
            "  arming took too long on this machine: the first timers of this run are late by that much"
        );
    }
    Ok(due)
}

/// Makes `ids` fall due, and says how many milliseconds after its time each was seen to have climbed. One
/// that was never seen counts as ten seconds.
async fn arm_and_watch(
    tenant: TenantId,
    admin: &mut PgConnection,
    rng: &Rng,
    ids: Vec<Uuid>,
    seconds: usize,
) -> Result<Vec<f64>> {
    let due = arm(tenant, admin, rng, ids, seconds).await?;
    let first = due.first().map_or(0, |(at, _)| *at);
    let last = due.last().map_or(0, |(at, _)| *at);
    let mut coming = due.into_iter().peekable();
    let mut waiting: HashMap<Uuid, i64> = HashMap::new();
    let mut late = Vec::new();
    loop {
        let now = micros(machine_now());
        while let Some((at, id)) = coming.next_if(|(at, _)| *at <= now) {
            waiting.insert(id, at);
        }
        if waiting.is_empty() {
            let Some((next, _)) = coming.peek() else { break };
            tokio::time::sleep(Duration::from_micros((next - now).max(0) as u64)).await;
            continue;
        }
        if now > last + 10_000_000 {
            eprintln!("  {} timers never fired", waiting.len());
            late.extend(waiting.values().map(|_| 10_000.0));
            break;
        }
        let asked: Vec<Uuid> = waiting.keys().copied().collect();
        let climbed =
            sqlx::query("select id from tickets where tenant_id = $1 and id = any($2) and generation > 1")
                .bind(tenant.uuid())
                .bind(&asked)
                .fetch_all(&mut *admin)
                .await?;
        let seen = micros(machine_now());
        for row in climbed {
            if let Some(at) = waiting.remove(&row.get::<Uuid, _>(0)) {
                late.push((seen - at) as f64 / 1000.0);
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let passed = seconds_since(Timestamp::from_microsecond(first).unwrap_or_default());
    eprintln!("  {} climbs in {passed:.1} s", late.len());
    Ok(late)
}
