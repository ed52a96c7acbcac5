use super::super::model::Purpose;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AccountId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

/// A link that still opens.
pub(in super::super) struct Link {
    pub id: Uuid,
    pub account: AccountId,
    pub purpose: Purpose,
    pub totp: Option<Vec<u8>>,
    pub created_by: Option<StaffId>,
    pub expires_at: Timestamp,
}

/// Locks the link of a token hash, when it is neither used, revoked nor expired.
pub(in super::super) async fn lock(cx: &mut Cx, token: &[u8]) -> Result<Option<Link>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "select id, account_id, purpose, totp, created_by, expires_at from account_links
         where tenant_id = $1 and token = $2 and expires_at > $3 and used_at is null and revoked_at is null
         for update",
        tenant,
        token,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        Ok(Link {
            id: row.id,
            account: row.account_id.into(),
            purpose: row.purpose.parse()?,
            totp: row.totp,
            created_by: row.created_by.map(StaffId),
            expires_at: row.expires_at.to_jiff(),
        })
    })
    .transpose()
}

pub(in super::super) async fn insert(
    cx: &mut Cx,
    account: AccountId,
    purpose: Purpose,
    token: &[u8],
    expires_at: Timestamp,
) -> Result<Uuid> {
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.id::<Uuid>());
    let by = cx.actor.staff_id().map(StaffId::uuid);
    sqlx::query!(
        "insert into account_links (tenant_id, id, account_id, purpose, token, created_at, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        account.uuid(),
        purpose.as_str(),
        token,
        now,
        by,
        expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

/// Takes back the links of an account that still open.
pub(in super::super) async fn revoke(cx: &mut Cx, account: AccountId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update account_links set revoked_at = $3
         where tenant_id = $1 and account_id = $2 and used_at is null and revoked_at is null",
        tenant,
        account.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn set_totp(cx: &mut Cx, link: Uuid, sealed: &[u8]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("update account_links set totp = $3 where tenant_id = $1 and id = $2", tenant, link, sealed)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The link has served; the secret it offered is no longer its own.
pub(in super::super) async fn used(cx: &mut Cx, link: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update account_links set used_at = $3, totp = null where tenant_id = $1 and id = $2",
        tenant,
        link,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
