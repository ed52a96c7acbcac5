//! What a list writes, written bare: sets of values by UNNEST in transactions of the same size, as the
//! program's own role. The limit of every figure about lists.

use crate::figure::seconds_since;
use kernel::{ImportId, Result, TenantId, clock::machine_now};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use store::Store;
use uuid::Uuid;

/// Rows of one transaction.
const BATCH: usize = 500;
/// Lines of a list that no real list has, so that bare rows may stand beside real ones.
const FAR_DOWN: i32 = 1_000_000_000;

/// What is to be written.
pub struct Bare {
    pub import: ImportId,
    /// Rows of the list.
    pub rows: usize,
    /// People among them who are new.
    pub people: usize,
    /// A test result for each row besides.
    pub results: bool,
    /// Keeps the runs apart.
    pub run: usize,
}

impl Bare {
    /// Seconds for all of it.
    pub async fn write(&self, pool: &PgPool, store: &Store, tenant: TenantId) -> Result<f64> {
        let keyed: bool =
            sqlx::query_scalar("select to_regclass('person_keys') is not null").fetch_one(pool).await?;
        let from = machine_now();
        let ids: Vec<Uuid> = (0..self.rows).map(|_| store.id(from)).collect();
        for (batch, ids) in ids.chunks(BATCH).enumerate() {
            let first = batch * BATCH;
            let made = self.people.saturating_sub(first).min(ids.len());
            let enter = format!("begin; set local vx.tenant = '{tenant}'");
            let mut tx = pool.begin_with(AssertSqlSafe(enter)).await?;
            if made > 0 {
                people(&mut tx, store, tenant, &ids[..made], keyed).await?;
            }
            rows(&mut tx, tenant, self.import, &ids[..made], self.line(first), ids.len()).await?;
            if self.results && made > 0 {
                results(&mut tx, tenant, &ids[..made]).await?;
            }
            tx.commit().await?;
        }
        Ok(seconds_since(from))
    }

    fn line(&self, first: usize) -> i32 {
        FAR_DOWN + (self.run * 1_000_000 + first) as i32
    }
}

async fn people(
    conn: &mut PgConnection,
    store: &Store,
    tenant: TenantId,
    ids: &[Uuid],
    keyed: bool,
) -> Result<()> {
    let text = |kind: &str| ids.iter().map(|id| format!("{kind} {id}")).collect::<Vec<_>>();
    let bytes: Vec<Vec<u8>> =
        ids.iter().map(|id| [id.as_bytes().as_slice(), id.as_bytes()].concat()).collect();
    let years: Vec<i16> = (1940_i16..2015).cycle().take(ids.len()).collect();
    sqlx::query(
        "insert into people (tenant_id, id, full_name, search, birth_year, sex, citizen_id, citizen_id_index, address,
                             address_key, created_at, updated_at)
         select $1, p.id, p.name, p.search, p.year, 'female', p.paper, p.paper, p.address, p.address, now(), now()
         from unnest($2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bytea[], $7::text[])
              as p (id, name, search, year, paper, address)",
    )
    .bind(tenant.uuid())
    .bind(ids)
    .bind(text("Nguyễn Thị"))
    .bind(text("nguyen thi"))
    .bind(years)
    .bind(&bytes)
    .bind(text("đường số"))
    .execute(&mut *conn)
    .await?;
    let phones: Vec<Uuid> = ids.iter().map(|_| store.id(machine_now())).collect();
    sqlx::query(
        "insert into person_phones (tenant_id, id, person_id, phone, phone_index, added_at)
         select $1, f.id, f.person, f.phone, f.phone, now()
         from unnest($2::uuid[], $3::uuid[], $4::bytea[]) as f (id, person, phone)",
    )
    .bind(tenant.uuid())
    .bind(phones)
    .bind(ids)
    .bind(&bytes)
    .execute(&mut *conn)
    .await?;
    if keyed {
        let keys: Vec<i64> = ids.iter().flat_map(|id| (0..4).map(move |n| key(*id, n))).collect();
        let whose: Vec<Uuid> = ids.iter().flat_map(|id| [*id; 4]).collect();
        sqlx::query(
            "insert into person_keys (tenant_id, key, person_id)
             select $1, k.key, k.person from unnest($2::bigint[], $3::uuid[]) as k (key, person)",
        )
        .bind(tenant.uuid())
        .bind(keys)
        .bind(whose)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Spread over all numbers, as a hash is.
fn key(id: Uuid, n: u64) -> i64 {
    let (high, low) = id.as_u64_pair();
    (high ^ low.rotate_left(7 * n as u32)).wrapping_mul(0x9E37_79B9_7F4A_7C15).cast_signed()
}

async fn rows(
    conn: &mut PgConnection,
    tenant: TenantId,
    import: ImportId,
    made: &[Uuid],
    first: i32,
    count: usize,
) -> Result<()> {
    let lines: Vec<i32> = (first..).take(count).collect();
    let people: Vec<Option<Uuid>> = (0..count).map(|at| made.get(at).copied()).collect();
    // What cannot be used is kept, sealed; what went in is not.
    let bodies: Vec<Option<Vec<u8>>> = people.iter().map(|p| p.is_none().then(|| vec![7; 300])).collect();
    let hashes: Vec<Vec<u8>> = lines.iter().map(|line| line.to_be_bytes().repeat(8)).collect();
    sqlx::query(
        "insert into import_rows (tenant_id, import_id, line, state, row_hash, positive, body, person_id, made_person)
         select $1, $2, r.line, case when r.person is null then 'failed' else 'undone' end, r.hash, false, r.body, r.person,
                r.person is not null
         from unnest($3::int[], $4::bytea[], $5::bytea[], $6::uuid[]) as r (line, hash, body, person)",
    )
    .bind(tenant.uuid())
    .bind(import.uuid())
    .bind(lines)
    .bind(hashes)
    .bind(bodies)
    .bind(people)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn results(conn: &mut PgConnection, tenant: TenantId, ids: &[Uuid]) -> Result<()> {
    sqlx::query(
        "insert into test_results (tenant_id, id, person_id, kind, result, sample_on, recorded_at)
         select $1, t.id, t.id, 'pcr', 'negative', current_date, now() from unnest($2::uuid[]) as t (id)",
    )
    .bind(tenant.uuid())
    .bind(ids)
    .execute(conn)
    .await?;
    Ok(())
}
