//! `followup-due`: the morning list of a station that follows half of the district's 200,000 people
//! at home, as its page asks for it: the order, the people, their alerts, the counts of the tabs.
//!
//! The limit: the same fifty lines and their people read by two bare statements in one transaction
//! on the same connections.

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, percentile, round, seconds_since},
    seed,
};
use health::followups::{self, Only};
use kernel::{Actor, Result, TenantId, UnitId, clock::machine_now};
use serde_json::json;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

const HOUSEHOLDS: i32 = 60_000;
const PLANS: i32 = 200_000;
const RUNS: usize = 3;
const LISTS: usize = 300;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let stations = seed::units(&mut admin, centre.tenant, "station").await?;
    eprintln!("  seeding {PLANS} plans in {HOUSEHOLDS} households");
    plans(&mut admin, centre.tenant, &stations).await?;
    let store = centre.store(FIRST).await?;
    let pool = centre.pool(FIRST).await?;
    let station = stations[0];
    let (mut ours, mut limits, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    let mut lines = 0;
    for _ in 0..RUNS {
        let (mut real, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..LISTS {
            let from = machine_now();
            let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
            lines = followups::morning(&mut cx, station, Only::All, 0).await?.rounds.len();
            cx.rollback().await?;
            real.push(seconds_since(from) * 1000.0);
            bare.push(read(&pool, centre.tenant, station).await?);
        }
        let (p99, limit) = (percentile(&real, 0.99), percentile(&bare, 0.99));
        eprintln!("  p99 {} ms, bare {} ms of {LISTS} lists", round(p99), round(limit));
        tails.push(median(&real));
        ours.push(p99);
        limits.push(limit);
    }
    store.close().await;
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    Ok(Figure {
        name: "followup-due",
        unit: "ms",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: 50.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: ours <= 50.0,
        details: json!({ "p50": round(median(&tails)), "plans": PLANS, "of_the_station": PLANS / 2, "lines": lines }),
    })
}

/// Milliseconds of the same lines read bare.
async fn read(pool: &PgPool, tenant: TenantId, station: UnitId) -> Result<f64> {
    let from = machine_now();
    let enter = format!("begin; set local vx.tenant = '{tenant}'");
    let mut tx = pool.begin_with(sqlx::AssertSqlSafe(enter)).await?;
    let homes: Vec<Uuid> = sqlx::query_scalar(
        "select id from households where tenant_id = $1 and station_id = $2 and followed > 0
         order by rank desc, due_at, id limit 50",
    )
    .bind(tenant.uuid())
    .bind(station.uuid())
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query(
        "select p.*, n.full_name from follow_plans p join people n on n.tenant_id = p.tenant_id and n.id = p.person_id
         where p.tenant_id = $1 and p.household_id = any($2) and p.closed_at is null",
    )
    .bind(tenant.uuid())
    .bind(&homes)
    .fetch_all(&mut *tx)
    .await?;
    tx.rollback().await?;
    Ok(seconds_since(from) * 1000.0)
}

/// Half of the households stand at the first station, the others at the rest by turns; ranks as a
/// morning has them: few alarms, many silent.
async fn plans(admin: &mut PgConnection, tenant: TenantId, stations: &[UnitId]) -> Result<()> {
    let units: Vec<Uuid> = stations.iter().map(|unit| unit.uuid()).collect();
    let mut tx = admin.begin().await?;
    sqlx::query(
        "create temp table homes on commit drop as
         select i, md5('h' || i)::uuid as id, u.id as station, u.ward_id as ward,
                (case when i % 200 = 0 then 900 when i % 40 = 0 then 700 when i % 5 = 0 then 340 else i % 160 end)::smallint as rank
         from generate_series(1, $3) i
         join units u on u.tenant_id = $1
              and u.id = case when i % 2 = 0 then ($2::uuid[])[1] else ($2::uuid[])[2 + i % (cardinality($2::uuid[]) - 1)] end",
    )
    .bind(tenant.uuid())
    .bind(&units)
    .bind(HOUSEHOLDS)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "create temp table folk on commit drop as
         select n, md5('p' || n)::uuid as person, md5('f' || n)::uuid as plan, h.*
         from generate_series(1, $1) n join homes h on h.i = 1 + n % $2",
    )
    .bind(PLANS)
    .bind(HOUSEHOLDS)
    .execute(&mut *tx)
    .await?;
    for statement in [
        "insert into households (tenant_id, id, code, ward_id, address, station_id, followed, rank, due_at, opened_at)
         select $1, id, 'B' || i, ward, i || ' Lê Văn Lương', station, 3, rank, now() + (i % 600) * interval '1 minute', now()
         from homes",
        "insert into people (tenant_id, id, full_name, search, birth_year, ward_id, created_at, updated_at)
         select $1, person, 'Nguyễn Thị Mẫu ' || n, 'nguyen thi mau ' || n, 1940 + n % 80, ward, now(), now() from folk",
        "insert into household_members (tenant_id, household_id, person_id, joined_at) select $1, id, person, now() from folk",
        "insert into follow_plans (tenant_id, id, household_id, person_id, ward_id, subject, basis, start_on, length_days, ends_on,
                                   rule_code, rule_version, opened_at, due_at, settle_at, rank)
         select $1, plan, id, person, ward, case when n % 3 = 0 then 'f0' else 'f1' end, 'sample', current_date - 3, 14,
                current_date + 11, 'follow.plans', 3, now(), now() + (i % 600) * interval '1 minute',
                now() + interval '20 hours', rank
         from folk",
    ] {
        sqlx::query(statement).bind(tenant.uuid()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    for table in ["households", "people", "household_members", "follow_plans"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    Ok(())
}
