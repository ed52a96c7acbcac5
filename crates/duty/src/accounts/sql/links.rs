use super::super::{model::Purpose, release::Waiting};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AccountId, Error, Result, Role, StaffId};
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
    /// Nobody has released it yet.
    pub waits: bool,
}

/// Locks the link of a token hash, when it is neither used, revoked nor expired.
pub(in super::super) async fn lock(cx: &mut Cx, token: &[u8]) -> Result<Option<Link>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        r#"select id, account_id, purpose, totp, created_by, expires_at,
                  needs_release and released_at is null as "waits!"
           from account_links
           where tenant_id = $1 and token = $2 and expires_at > $3 and used_at is null and revoked_at is null
           for update"#,
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
            waits: row.waits,
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
    waits: bool,
) -> Result<Uuid> {
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.id::<Uuid>());
    let by = cx.actor.staff_id().map(StaffId::uuid);
    sqlx::query!(
        "insert into account_links (tenant_id, id, account_id, purpose, token, created_at, created_by, expires_at,
                                    needs_release)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id,
        account.uuid(),
        purpose.as_str(),
        token,
        now,
        by,
        expires_at.to_sqlx(),
        waits
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

/// Whether anybody but these has come in by an account of his own that still stands, and holds one
/// of the roles today. A locked one counts: locking somebody gives nobody a freer hand.
pub(in super::super) async fn somebody_else(cx: &mut Cx, roles: &[Role], not: &[StaffId]) -> Result<bool> {
    let (tenant, today) = (cx.tenant().uuid(), crate::units::today(cx).await?.to_sqlx());
    let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    let not: Vec<Uuid> = not.iter().map(|id| id.uuid()).collect();
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from accounts a
               join staff f on f.tenant_id = $1 and f.id = a.staff_id and f.left_on is null
               join posts p on p.tenant_id = $1 and p.staff_id = a.staff_id and p.role = any($2)
                           and p.valid_from <= $4 and (p.valid_to is null or p.valid_to >= $4)
               where a.tenant_id = $1 and a.staff_id <> all($3) and a.state in ('active', 'locked')
                 and a.password_changed_at is not null) as "somebody!""#,
        tenant,
        &roles,
        &not,
        today
    )
    .fetch_one(cx.conn())
    .await?)
}

/// The links that wait for a second person.
pub(in super::super) async fn waiting(cx: &mut Cx) -> Result<Vec<Waiting>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query!(
        "select l.id, a.staff_id, l.purpose, l.created_at, l.created_by, l.expires_at
         from account_links l join accounts a on a.tenant_id = $1 and a.id = l.account_id
         where l.tenant_id = $1 and l.needs_release and l.released_at is null and l.expires_at > $2
           and l.used_at is null and l.revoked_at is null
         order by l.created_at, l.id",
        tenant,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Waiting {
                id: row.id,
                staff: row.staff_id.into(),
                purpose: row.purpose.parse()?,
                made_by: row.created_by.map(StaffId),
                made_at: row.created_at.to_jiff(),
                expires_at: row.expires_at.to_jiff(),
            })
        })
        .collect()
}

/// Lets a link that waits open until `until`; its account. `NotFound` when somebody was faster.
pub(in super::super) async fn release(cx: &mut Cx, link: Uuid, until: Timestamp) -> Result<AccountId> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().map(StaffId::uuid);
    let account = sqlx::query_scalar!(
        "update account_links set released_at = $3, released_by = $4, expires_at = $5
         where tenant_id = $1 and id = $2 and needs_release and released_at is null and revoked_at is null
         returning account_id",
        tenant,
        link,
        now,
        by,
        until.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    account.map(AccountId).ok_or(Error::NotFound)
}

/// Takes back a link that waits; its account.
pub(in super::super) async fn withdraw(cx: &mut Cx, link: Uuid) -> Result<AccountId> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let account = sqlx::query_scalar!(
        "update account_links set revoked_at = $3
         where tenant_id = $1 and id = $2 and needs_release and released_at is null and revoked_at is null
         returning account_id",
        tenant,
        link,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    account.map(AccountId).ok_or(Error::NotFound)
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
