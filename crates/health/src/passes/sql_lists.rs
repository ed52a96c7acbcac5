//! Status lists and the table of codes as they were signed last.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result};
use store::Cx;

/// Places of a list that were taken just now: from the one on, so many, in the order of `seed`.
pub(super) struct Taken {
    pub number: i64,
    pub from: u32,
    pub count: u32,
    pub seed: Vec<u8>,
}

fn small(count: i32) -> Result<u32> {
    u32::try_from(count).map_err(Error::internal)
}

/// Takes up to `count` places of the newest list; none when it is full, or there is none.
pub(super) async fn take(cx: &mut Cx, count: u32) -> Result<Option<Taken>> {
    let (tenant, count) = (cx.tenant().uuid(), i32::try_from(count).map_err(Error::internal)?);
    let row = sqlx::query!(
        r#"with newest as (select number, used from pass_status_lists
                           where tenant_id = $1 order by number desc limit 1 for update)
           update pass_status_lists l set used = least(l.size, n.used + $2)
           from newest n where l.tenant_id = $1 and l.number = n.number
           returning l.number, n.used as "before!", l.used as "after!", l.seed"#,
        tenant,
        count
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row.filter(|row| row.after > row.before) else { return Ok(None) };
    let (from, count) = (small(row.before)?, small(row.after - row.before)?);
    Ok(Some(Taken { number: row.number, from, count, seed: row.seed }))
}

/// Opens the next list.
pub(super) async fn open(cx: &mut Cx, size: u32) -> Result<()> {
    let (tenant, size) = (cx.tenant().uuid(), i32::try_from(size).map_err(Error::internal)?);
    let seed = cx.rng().bytes::<16>();
    // Two at once open one: the second waits for the first and finds its list.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7701))", tenant.to_string())
        .fetch_one(cx.conn())
        .await?;
    sqlx::query!(
        "insert into pass_status_lists (tenant_id, number, size, seed)
         select $1, 1 + coalesce(max(number), 0), $2, $3 from pass_status_lists where tenant_id = $1
         having coalesce(bool_and(used = size), true)",
        tenant,
        size,
        &seed[..]
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Bits of these lists have turned. Locked in order, so that two who turn bits of two lists do not wait
/// for each other.
pub(super) async fn touch(cx: &mut Cx, lists: &[i64]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "with held as (select number from pass_status_lists
                       where tenant_id = $1 and number = any($2) order by number for update)
         update pass_status_lists l set changed = l.changed + 1
         from held h where l.tenant_id = $1 and l.number = h.number",
        tenant,
        lists
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A list or the table as it was signed last.
pub(super) struct Cached {
    pub changed: i64,
    pub body: Option<Vec<u8>>,
    pub signed_changed: Option<i64>,
    pub signed_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// Every list, by number.
pub(super) async fn lists(cx: &mut Cx) -> Result<Vec<(i64, Cached)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select number, changed, body, signed_changed, signed_at, expires_at from pass_status_lists
         where tenant_id = $1 order by number",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let cached = Cached {
                changed: row.changed,
                body: row.body,
                signed_changed: row.signed_changed,
                signed_at: row.signed_at.map(jiff_sqlx::Timestamp::to_jiff),
                expires_at: row.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
            };
            (row.number, cached)
        })
        .collect())
}

/// How a list stands now that nobody else turns its bits: how often it has changed, and its room.
pub(super) async fn lock(cx: &mut Cx, number: i64) -> Result<(i64, u32)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select changed, size from pass_status_lists where tenant_id = $1 and number = $2 for update",
        tenant,
        number
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.changed, small(row.size)?))
}

/// The bits of a list that are set.
pub(super) async fn taken_back(cx: &mut Cx, number: i64) -> Result<Vec<i32>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select place from passes
         where tenant_id = $1 and list = $2 and (suspended_at is not null or revoked_at is not null)
         order by place",
        tenant,
        number
    )
    .fetch_all(cx.conn())
    .await?)
}

pub(super) async fn save_list(
    cx: &mut Cx,
    number: i64,
    changed: i64,
    body: &[u8],
    expires: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update pass_status_lists set body = $3, signed_changed = $4, signed_at = $5, expires_at = $6
         where tenant_id = $1 and number = $2",
        tenant,
        number,
        body,
        changed,
        now,
        expires.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A code came or goes.
pub(super) async fn touch_table(cx: &mut Cx) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into pass_tables (tenant_id, changed) values ($1, 1)
         on conflict (tenant_id) do update set changed = pass_tables.changed + 1",
        tenant
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The table as it was signed last; `None` before the first code. `held`: nobody else changes it meanwhile.
pub(super) async fn table(cx: &mut Cx, held: bool) -> Result<Option<Cached>> {
    let tenant = cx.tenant().uuid();
    if held {
        sqlx::query!("select changed from pass_tables where tenant_id = $1 for update", tenant)
            .fetch_optional(cx.conn())
            .await?;
    }
    let row = sqlx::query!(
        "select changed, body, signed_changed, signed_at, expires_at from pass_tables where tenant_id = $1",
        tenant
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Cached {
        changed: row.changed,
        body: row.body,
        signed_changed: row.signed_changed,
        signed_at: row.signed_at.map(jiff_sqlx::Timestamp::to_jiff),
        expires_at: row.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

pub(super) async fn save_table(
    cx: &mut Cx,
    changed: i64,
    codes: usize,
    body: &[u8],
    expires: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update pass_tables
         set body = $2, codes = $3, signed_changed = $4, signed_at = $5, expires_at = $6 where tenant_id = $1",
        tenant,
        body,
        i32::try_from(codes).map_err(Error::internal)?,
        changed,
        now,
        expires.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The secret of the codes; sealed, and in the row of the table that is found by it.
pub(super) async fn secret(cx: &mut Cx) -> Result<Option<Vec<u8>>> {
    let tenant = cx.tenant();
    let sealed = sqlx::query_scalar!("select secret from pass_tables where tenant_id = $1", tenant.uuid())
        .fetch_optional(cx.conn())
        .await?
        .flatten();
    let Some(sealed) = sealed else { return Ok(None) };
    let keys = cx.store().keys().opening(tenant, &sealed)?;
    keys.open("pass_tables", tenant.uuid(), "secret", &sealed).map(Some)
}

/// Makes the secret; of two who make it at once both get the first one's.
pub(super) async fn make_secret(cx: &mut Cx) -> Result<Vec<u8>> {
    let tenant = cx.tenant().uuid();
    let plain = cx.rng().bytes::<32>();
    let sealed = cx.keys()?.seal(cx.rng(), "pass_tables", tenant, "secret", &plain);
    sqlx::query!(
        "insert into pass_tables (tenant_id, secret) values ($1, $2)
         on conflict (tenant_id) do update set secret = coalesce(pass_tables.secret, excluded.secret)",
        tenant,
        sealed
    )
    .execute(cx.conn())
    .await?;
    secret(cx).await?.ok_or_else(|| Error::internal("the secret of the codes was not kept"))
}
