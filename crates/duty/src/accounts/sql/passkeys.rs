use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AccountId, Result};
use sqlx::types::Uuid;
use store::Cx;

pub(in super::super) struct Row {
    pub id: Uuid,
    pub credential_id: Vec<u8>,
    pub credential: Vec<u8>,
    pub name: String,
    pub created_at: jiff_sqlx::Timestamp,
    pub last_used_at: Option<jiff_sqlx::Timestamp>,
}

pub(in super::super) async fn of(cx: &mut Cx, account: AccountId) -> Result<Vec<Row>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Row,
        "select id, credential_id, credential, name, created_at, last_used_at from passkeys
         where tenant_id = $1 and account_id = $2 order by id",
        tenant,
        account.uuid()
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Locks one passkey of an account by what the authenticator calls it.
pub(in super::super) async fn lock(
    cx: &mut Cx,
    account: AccountId,
    credential: &[u8],
) -> Result<Option<Row>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Row,
        "select id, credential_id, credential, name, created_at, last_used_at from passkeys
         where tenant_id = $1 and account_id = $2 and credential_id = $3 for update",
        tenant,
        account.uuid(),
        credential
    )
    .fetch_optional(cx.conn())
    .await?)
}

pub(in super::super) struct New<'a> {
    pub id: Uuid,
    pub account: AccountId,
    pub credential_id: &'a [u8],
    pub credential: Vec<u8>,
    pub name: &'a str,
}

pub(in super::super) async fn insert(cx: &mut Cx, new: New<'_>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into passkeys (tenant_id, id, account_id, credential_id, credential, name, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        new.id,
        new.account.uuid(),
        new.credential_id,
        new.credential,
        new.name,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A passkey was used: its counter and flags as they are now.
pub(in super::super) async fn used(cx: &mut Cx, id: Uuid, credential: Vec<u8>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update passkeys set credential = $3, last_used_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        credential,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Removes one passkey of an account, or all; how many there were.
pub(in super::super) async fn remove(cx: &mut Cx, account: AccountId, id: Option<Uuid>) -> Result<u64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query!(
        "delete from passkeys where tenant_id = $1 and account_id = $2 and ($3::uuid is null or id = $3)",
        tenant,
        account.uuid(),
        id
    )
    .execute(cx.conn())
    .await?
    .rows_affected())
}

/// Keeps what a ceremony asked. `bound_to` is the session or link that began an enrolment.
pub(in super::super) async fn keep_challenge(
    cx: &mut Cx,
    id: Uuid,
    bound_to: Option<Uuid>,
    state: Vec<u8>,
    expires_at: Timestamp,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let purpose = if bound_to.is_some() { "enrol" } else { "sign_in" };
    sqlx::query!(
        "insert into passkey_challenges (tenant_id, id, purpose, bound_to, state, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        tenant,
        id,
        purpose,
        bound_to,
        state,
        expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes a challenge: it is answered once.
pub(in super::super) async fn take_challenge(
    cx: &mut Cx,
    id: Uuid,
    bound_to: Option<Uuid>,
) -> Result<Option<Vec<u8>>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    Ok(sqlx::query_scalar!(
        "delete from passkey_challenges
         where tenant_id = $1 and id = $2 and bound_to is not distinct from $3::uuid and expires_at > $4
         returning state",
        tenant,
        id,
        bound_to,
        now
    )
    .fetch_optional(cx.conn())
    .await?)
}

pub(in super::super) async fn sweep_challenges(cx: &mut Cx) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("delete from passkey_challenges where tenant_id = $1 and expires_at <= $2", tenant, now)
        .execute(cx.conn())
        .await?;
    Ok(())
}
