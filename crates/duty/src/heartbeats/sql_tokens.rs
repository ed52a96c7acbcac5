use super::tokens::Token;
use jiff_sqlx::ToSqlx;
use kernel::{HeartbeatId, Result};
use sqlx::types::Uuid;
use store::Cx;

pub(super) async fn insert(cx: &mut Cx, heartbeat: HeartbeatId, instance: &str, hash: &[u8]) -> Result<Uuid> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<Uuid>(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into heartbeat_tokens (tenant_id, id, heartbeat_id, instance, hash, made_at) values ($1, $2, $3, $4, $5, $6)",
        tenant,
        id,
        heartbeat.uuid(),
        instance,
        hash,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

/// The good key of a hash, locked: reports with one key come one after another.
pub(super) async fn find(cx: &mut Cx, hash: &[u8]) -> Result<Option<Token>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select k.id, h.code, k.instance, k.made_at, k.used_at
         from heartbeat_tokens k join heartbeats h on h.tenant_id = k.tenant_id and h.id = k.heartbeat_id
         where k.tenant_id = $1 and k.hash = $2 and k.revoked_at is null for update of k",
        tenant,
        hash
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Token {
        id: row.id,
        code: row.code,
        instance: row.instance,
        made_at: row.made_at.to_jiff(),
        used_at: row.used_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

pub(super) async fn good(cx: &mut Cx) -> Result<Vec<Token>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select k.id, h.code, k.instance, k.made_at, k.used_at
         from heartbeat_tokens k join heartbeats h on h.tenant_id = k.tenant_id and h.id = k.heartbeat_id
         where k.tenant_id = $1 and k.revoked_at is null order by h.code, k.instance, k.id",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Token {
            id: row.id,
            code: row.code,
            instance: row.instance,
            made_at: row.made_at.to_jiff(),
            used_at: row.used_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

pub(super) async fn used(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update heartbeat_tokens set used_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// False when there is no such key, or it was taken back before.
pub(super) async fn revoke(cx: &mut Cx, id: Uuid) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let revoked = sqlx::query!(
        "update heartbeat_tokens set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(revoked.rows_affected() == 1)
}
