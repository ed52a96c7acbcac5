//! `chain`: the chain of a cluster of 2,000 cases as its page asks for it: who infected whom with names and
//! days, other possible sources, laid out as a tree. Besides how long it takes to bring such a cluster
//! into step when something happens to one of its cases.
//!
//! The limit: the same cases with their names, and the links between them, read by two bare statements in
//! one transaction on the same connections.

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, percentile, round, seconds_since},
    seed,
};
use health::{clusters, contacts};
use kernel::{Actor, CaseId, ClusterId, Result, TenantId, UnitId, clock::machine_now};
use serde_json::json;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

pub const CASES: i32 = 2_000;
/// Cases of other clusters, so that the tables are not only this one.
const OTHERS: i32 = 20_000;
const RUNS: usize = 3;
const CHAINS: usize = 20;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let wards = seed::units(&mut admin, centre.tenant, "ward").await?;
    eprintln!("  seeding a cluster of {CASES} cases among {OTHERS}");
    let cluster = cases(&mut admin, centre.tenant, &wards).await?;
    let store = centre.store(FIRST).await?;
    let pool = centre.pool(FIRST).await?;
    let (mut ours, mut limits) = (Vec::new(), Vec::new());
    let mut drawn = (0, 0);
    for _ in 0..RUNS {
        let (mut real, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..CHAINS {
            let from = machine_now();
            let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
            let chain = clusters::chain(&mut cx, cluster).await?;
            cx.rollback().await?;
            real.push(seconds_since(from) * 1000.0);
            drawn = (chain.nodes.len(), chain.edges.len());
            bare.push(read(&pool, centre.tenant, cluster).await?);
        }
        let (p99, limit) = (percentile(&real, 0.99), percentile(&bare, 0.99));
        eprintln!("  p99 {} ms, bare {} ms of {CHAINS} chains", round(p99), round(limit));
        ours.push(p99);
        limits.push(limit);
    }
    let sorted = sort(&store, &mut admin, centre.tenant).await?;
    store.close().await;
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    let whole = drawn.0 == usize::try_from(CASES).unwrap_or_default();
    Ok(Figure {
        name: "chain",
        unit: "ms",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: 1_000.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: ours <= 1_000.0 && whole,
        details: json!({ "cases": drawn.0, "lines": drawn.1, "one_case_sorted_ms": round(sorted) }),
    })
}

/// Milliseconds of the same rows read bare.
async fn read(pool: &PgPool, tenant: TenantId, cluster: ClusterId) -> Result<f64> {
    let from = machine_now();
    let enter = format!("begin; set local vx.tenant = '{tenant}'");
    let mut tx = pool.begin_with(sqlx::AssertSqlSafe(enter)).await?;
    sqlx::query(
        "select c.*, p.full_name from cases c join people p on p.tenant_id = $1 and p.id = c.person_id
         where c.tenant_id = $1 and c.cluster_id = $2",
    )
    .bind(tenant.uuid())
    .bind(cluster.uuid())
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query(
        "select k.case_id, k.became_case_id from cases c
         join contacts k on k.tenant_id = $1 and k.became_case_id = c.id
         where c.tenant_id = $1 and c.cluster_id = $2",
    )
    .bind(tenant.uuid())
    .bind(cluster.uuid())
    .fetch_all(&mut *tx)
    .await?;
    tx.rollback().await?;
    Ok(seconds_since(from) * 1000.0)
}

/// Milliseconds until the cluster of a case has been brought into step; given up again.
async fn sort(store: &store::Store, admin: &mut PgConnection, tenant: TenantId) -> Result<f64> {
    let last: Uuid =
        sqlx::query_scalar("select id from cases where tenant_id = $1 and id = md5('c' || $2::int)::uuid")
            .bind(tenant.uuid())
            .bind(CASES)
            .fetch_one(admin)
            .await?;
    let from = machine_now();
    let mut cx = store.begin(tenant, Actor::system("bench")).await?;
    contacts::begin(&mut cx, CaseId(last)).await?;
    cx.rollback().await?;
    Ok(seconds_since(from) * 1000.0)
}

/// One cluster in which each case infected about three, over some weeks; others in clusters of ten.
pub async fn cases(admin: &mut PgConnection, tenant: TenantId, wards: &[UnitId]) -> Result<ClusterId> {
    let units: Vec<Uuid> = wards.iter().map(|unit| unit.uuid()).collect();
    let cluster = ClusterId(Uuid::from_u128(1));
    let mut tx = admin.begin().await?;
    sqlx::query(
        "create temp table ill on commit drop as
         select i, md5('c' || i)::uuid as id, md5('q' || i)::uuid as person, ($1::uuid[])[1 + i % cardinality($1::uuid[])] as ward,
                case when i <= $2 then $4::uuid else md5('k' || (i / 10))::uuid end as cluster,
                case when i = 1 or (i > $2 and i % 10 = 0) then null
                     when i <= $2 then md5('c' || greatest(1, (i + 1) / 3))::uuid
                     else md5('c' || (i / 10) * 10)::uuid end as source,
                current_date - 60 + (case when i <= $2 then i / 50 else i % 50 end) as day
         from generate_series(1, $2::int + $3::int) i",
    )
    .bind(&units)
    .bind(CASES)
    .bind(OTHERS)
    .bind(cluster.uuid())
    .execute(&mut *tx)
    .await?;
    for statement in [
        "insert into people (tenant_id, id, full_name, search, birth_year, ward_id, created_at, updated_at)
         select $1, person, 'Nguyễn Thị Mẫu ' || i, 'nguyen thi mau ' || i, 1940 + i % 80, ward, now(), now() from ill",
        "insert into clusters (tenant_id, id, code, first_on, last_on, cases)
         select $1, cluster, left(cluster::text, 8) || min(i), min(day), max(day), count(*) from ill group by cluster",
        "insert into cases (tenant_id, id, person_id, ward_id, classification, classified_at, care, care_at, basis, reported_at,
                            reported_on, confirmed_on, symptoms, recorded_at, cluster_id)
         select $1, id, person, ward, 'confirmed', day, 'home', day, 'rapid', day, day, day, '{}', day, cluster from ill",
        "update cases c set infected_by = i.source, infected_sure = i.i % 4 <> 0 from ill i
         where c.tenant_id = $1 and c.id = i.id and i.source is not null and i.source <> i.id
           and exists (select from ill s where s.id = i.source)",
        "insert into test_results (tenant_id, id, person_id, case_id, kind, result, sample_on, recorded_at)
         select $1, md5('r' || i)::uuid, person, id, 'rapid', 'positive', day, day from ill",
        "insert into contacts (tenant_id, id, case_id, person_id, ward_id, degree, basis, exposed_to, state, made_at, listed_at,
                               became_case_id)
         select $1, md5('t' || i)::uuid, source, person, ward, 1, 'named', day - 3, 'became_case', day, day, id from ill
         where source is not null and source <> id and exists (select from ill s where s.id = ill.source)",
    ] {
        sqlx::query(statement).bind(tenant.uuid()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    for table in ["people", "cases", "clusters", "contacts", "test_results"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    Ok(cluster)
}
