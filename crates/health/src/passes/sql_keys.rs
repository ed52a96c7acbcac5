//! Keys that sign, trust lists, and the root of a demo.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Result, StaffId};
use pass::{Kid, SigningKey};
use sqlx::types::Uuid;
use store::Cx;

const KEYS: &str = "pass_keys";
const ROOTS: &str = "pass_demo_roots";

/// A key as it is kept, its secret left sealed.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: Uuid,
    pub kid: Kid,
    pub usage: u8,
    pub public: Vec<u8>,
    pub made_at: Timestamp,
    pub signs_until: Timestamp,
    pub valid_until: Timestamp,
}

/// Every key that is good now or was, the newest first.
pub(super) async fn all(cx: &mut Cx) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kid, usage, public_key, made_at, signs_until, valid_until from pass_keys
         where tenant_id = $1 order by made_at desc, id desc",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Kept {
                id: row.id,
                kid: Kid::new(row.kid.try_into().ok()?),
                usage: u8::try_from(row.usage).ok()?,
                public: row.public_key,
                made_at: row.made_at.to_jiff(),
                signs_until: row.signs_until.to_jiff(),
                valid_until: row.valid_until.to_jiff(),
            })
        })
        .collect())
}

/// One at a time makes keys for a tenant.
pub(super) async fn queue_up(cx: &mut Cx) -> Result<()> {
    let tenant = cx.tenant().uuid().to_string();
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7702))", tenant)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert(cx: &mut Cx, kept: &Kept, secret: &[u8; 32]) -> Result<()> {
    let (tenant, by) = (cx.tenant().uuid(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = cx.keys()?.seal(cx.rng(), KEYS, kept.id, "secret", secret);
    sqlx::query!(
        "insert into pass_keys (tenant_id, id, kid, usage, public_key, secret, made_at, made_by, signs_until, valid_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        kept.id,
        &kept.kid.as_bytes()[..],
        i16::from(kept.usage),
        kept.public,
        sealed,
        kept.made_at.to_sqlx(),
        by,
        kept.signs_until.to_sqlx(),
        kept.valid_until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The private half of a key.
pub(super) async fn signing(cx: &mut Cx, id: Uuid) -> Result<SigningKey> {
    let tenant = cx.tenant();
    let sealed = sqlx::query_scalar!(
        "select secret from pass_keys where tenant_id = $1 and id = $2",
        tenant.uuid(),
        id
    )
    .fetch_one(cx.conn())
    .await?;
    let secret = cx.store().keys().opening(tenant, &sealed)?.open(KEYS, id, "secret", &sealed)?;
    read(&secret)
}

fn read(secret: &[u8]) -> Result<SigningKey> {
    let secret: &[u8; 32] = secret.try_into().map_err(kernel::Error::internal)?;
    SigningKey::of_secret(secret).map_err(kernel::Error::internal)
}

/// A trust list as it was taken in.
pub(super) struct List {
    pub sequence: i64,
    pub root: Vec<u8>,
    pub body: Vec<u8>,
    pub expires: Timestamp,
}

/// The newest list.
pub(super) async fn newest_list(cx: &mut Cx) -> Result<Option<List>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select sequence, root, body, expires_at from pass_trust_lists
         where tenant_id = $1 order by sequence desc limit 1",
        tenant
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| List {
        sequence: row.sequence,
        root: row.root,
        body: row.body,
        expires: row.expires_at.to_jiff(),
    }))
}

pub(super) async fn insert_list(cx: &mut Cx, list: &List, issued: Timestamp) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "insert into pass_trust_lists (tenant_id, sequence, root, body, issued_at, expires_at, imported_at, imported_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        list.sequence,
        list.root,
        list.body,
        issued.to_sqlx(),
        list.expires.to_sqlx(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The root of a demo, which has no safe to keep one in.
pub(super) async fn demo_root(cx: &mut Cx) -> Result<Option<SigningKey>> {
    let tenant = cx.tenant();
    let row = sqlx::query!("select id, secret from pass_demo_roots where tenant_id = $1", tenant.uuid())
        .fetch_optional(cx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let keys = cx.store().keys().opening(tenant, &row.secret)?;
    read(&keys.open(ROOTS, row.id, "secret", &row.secret)?).map(Some)
}

pub(super) async fn insert_demo_root(cx: &mut Cx, secret: &[u8; 32]) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    let sealed = cx.keys()?.seal(cx.rng(), ROOTS, id, "secret", secret);
    sqlx::query!(
        "insert into pass_demo_roots (tenant_id, id, secret) values ($1, $2, $3) on conflict do nothing",
        tenant,
        id,
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whether the tenant is one of a demo.
pub(super) async fn is_demo(cx: &mut Cx) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!("select demo from tenants where id = $1", tenant).fetch_one(cx.conn()).await?)
}
