use super::push::{Browser, NewBrowser, Open};
use data_encoding::BASE64URL_NOPAD;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

const KEYS: &str = "push_keys";
const BROWSERS: &str = "push_subscriptions";

/// The centre's key: the secret, and the public one in base64url.
pub(super) async fn key(cx: &mut Cx) -> Result<Option<(Vec<u8>, String)>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!("select secret, public from push_keys where tenant_id = $1", tenant)
        .fetch_optional(cx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let secret = cx.open(KEYS, tenant, "secret", &row.secret)?;
    let secret = BASE64URL_NOPAD.decode(secret.as_bytes()).map_err(Error::internal)?;
    Ok(Some((secret, row.public)))
}

/// Keeps a key unless there is one.
pub(super) async fn put_key(cx: &mut Cx, secret: &[u8], public: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let secret = cx.seal(KEYS, tenant, "secret", &BASE64URL_NOPAD.encode(secret))?;
    sqlx::query!(
        "insert into push_keys (tenant_id, secret, public, created_at) values ($1, $2, $3, $4)
         on conflict (tenant_id) do nothing",
        tenant,
        secret,
        public,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

fn hash(cx: &Cx, endpoint: &str) -> Result<Vec<u8>> {
    cx.blind("push endpoint", endpoint)
}

pub(super) async fn insert(
    cx: &mut Cx,
    staff: StaffId,
    new: &NewBrowser,
    p256dh: &[u8],
    auth: &[u8],
) -> Result<Uuid> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<Uuid>(), cx.now().to_sqlx());
    let endpoint = cx.seal(BROWSERS, id, "endpoint", &new.endpoint)?;
    let keys = BASE64URL_NOPAD.encode(&[p256dh, auth].concat());
    let keys = cx.seal(BROWSERS, id, "keys", &keys)?;
    let hash = hash(cx, &new.endpoint)?;
    let agent: String = new.agent.chars().take(60).collect();
    sqlx::query!(
        "insert into push_subscriptions (tenant_id, id, staff_id, endpoint, endpoint_hash, keys, agent, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        staff.uuid(),
        endpoint,
        hash,
        keys,
        agent,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

/// The browsers of a person, the newest first.
pub(super) async fn browsers(cx: &mut Cx, staff: StaffId) -> Result<Vec<Browser>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, agent, created_at from push_subscriptions
         where tenant_id = $1 and staff_id = $2 and ended_at is null order by created_at desc, id desc",
        tenant,
        staff.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Browser { id: row.id, agent: row.agent, since: row.created_at.to_jiff() })
        .collect())
}

/// The same with their addresses and keys, to write to them.
pub(super) async fn open(cx: &mut Cx, staff: StaffId) -> Result<Vec<Open>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, endpoint, keys from push_subscriptions
         where tenant_id = $1 and staff_id = $2 and ended_at is null order by id",
        tenant,
        staff.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let keys = cx.open(BROWSERS, row.id, "keys", &row.keys)?;
            let mut p256dh = BASE64URL_NOPAD.decode(keys.as_bytes()).map_err(Error::internal)?;
            let auth = p256dh.split_off(p256dh.len().min(65));
            Ok(Open {
                id: row.id,
                endpoint: cx.open(BROWSERS, row.id, "endpoint", &row.endpoint)?,
                p256dh,
                auth,
            })
        })
        .collect()
}

/// Ends whatever subscription a browser has.
pub(super) async fn end_endpoint(cx: &mut Cx, endpoint: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let hash = hash(cx, endpoint)?;
    sqlx::query!(
        "update push_subscriptions set ended_at = $3, ended_as = 'replaced'
         where tenant_id = $1 and endpoint_hash = $2 and ended_at is null",
        tenant,
        hash,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Ends one browser of a person; false when there is none.
pub(super) async fn end(cx: &mut Cx, staff: StaffId, id: Uuid, ended_as: &str) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ended = sqlx::query!(
        "update push_subscriptions set ended_at = $4, ended_as = $5
         where tenant_id = $1 and staff_id = $2 and id = $3 and ended_at is null",
        tenant,
        staff.uuid(),
        id,
        now,
        ended_as
    )
    .execute(cx.conn())
    .await?;
    Ok(ended.rows_affected() == 1)
}
