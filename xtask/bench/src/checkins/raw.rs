//! The same rows written bare, by a superuser whom no row security holds up, each statement its own transaction:
//! the limits.

use super::crowd::{Crowd, Scans};
use crate::figure::seconds_since;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, TenantId, clock::machine_now};
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    types::Uuid,
};

/// So many connections at once.
pub async fn pool(url: &str, connections: u32) -> Result<PgPool> {
    let options: PgConnectOptions = url.parse().map_err(Error::from)?;
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .test_before_acquire(false)
        .connect_with(options.statement_cache_capacity(100))
        .await?)
}

const SINGLE: &str =
    "insert into checkins (tenant_id, id, gate_id, device_id, at, hour, doubted, direction, by, colour,
                                number, reasons, rules)
     values ($1, $2, $3, $4, $5, $6, false, 'in', 'pass', 'green', $7, '\\x00', 'pass.cards/3')
     on conflict do nothing";
const UNNEST: &str = "insert into checkins (tenant_id, id, gate_id, device_id, at, hour, doubted, direction, by, colour,
                                number, reasons, rules)
     select $1, s.id, s.gate, s.device, $2, $3, false, 'in', 'pass', 'green', s.number, '\\x00', 'pass.cards/3'
     from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::bytea[]) as s (id, gate, device, number)
     on conflict do nothing";

/// Rows in one go.
pub async fn write(
    conn: &mut PgConnection,
    tenant: TenantId,
    crowd: &Crowd,
    scans: &Scans,
    turn: usize,
    n: usize,
) -> Result<()> {
    let now = machine_now();
    let hour = (now.as_second() / 3600) as i32;
    if n == 1 {
        let key = scans.key(now);
        sqlx::query(SINGLE)
            .bind(tenant.uuid())
            .bind(key)
            .bind(crowd.gates[turn % crowd.gates.len()].uuid())
            .bind(key)
            .bind(now.to_sqlx())
            .bind(hour)
            .bind(scans.number().to_vec())
            .execute(conn)
            .await?;
        return Ok(());
    }
    let keys: Vec<Uuid> = (0..n).map(|_| scans.key(now)).collect();
    // A batch of fifty comes from one device; more than that are many devices' together.
    let gate = |at: usize| if n <= 50 { turn } else { turn + at };
    let gates: Vec<Uuid> = (0..n).map(|at| crowd.gates[gate(at) % crowd.gates.len()].uuid()).collect();
    let numbers: Vec<Vec<u8>> = (0..n).map(|_| scans.number().to_vec()).collect();
    sqlx::query(UNNEST)
        .bind(tenant.uuid())
        .bind(now.to_sqlx())
        .bind(hour)
        .bind(&keys)
        .bind(&gates)
        .bind(&keys)
        .bind(&numbers)
        .execute(conn)
        .await?;
    Ok(())
}

/// Rows a second by statements of `n` rows on every connection of a pool for so long.
pub async fn rate(
    pool: &PgPool,
    tenant: TenantId,
    crowd: &std::sync::Arc<Crowd>,
    n: usize,
    seconds: f64,
) -> Result<f64> {
    let mut tasks = tokio::task::JoinSet::new();
    let from = machine_now();
    for task in 0..pool.options().get_max_connections() as usize {
        let (mut conn, crowd) = (pool.acquire().await?, crowd.clone());
        tasks.spawn(async move {
            let (scans, mut done) = (Scans::default(), 0);
            while seconds_since(from) < seconds {
                write(&mut conn, tenant, &crowd, &scans, task * 37 + done, n).await?;
                done += 1;
            }
            Ok::<_, Error>(done * n)
        });
    }
    super::rate(tasks, from).await
}
