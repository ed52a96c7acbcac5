use super::{
    super::model::{Account, Language, State, Theme, Tries},
    jiff,
};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{AccountId, Error, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

/// The tenant as this area needs it.
pub(in super::super) struct Place {
    pub name: String,
    pub demo: bool,
    pub today: Date,
}

pub(in super::super) async fn place(cx: &mut Cx) -> Result<Place> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        r#"select name, demo, ($2::timestamptz at time zone timezone)::date as "today!"
           from tenants where id = $1"#,
        tenant,
        now
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Place { name: row.name, demo: row.demo, today: row.today.to_jiff() })
}

/// By what an account is looked for.
#[derive(Clone, Copy)]
pub(in super::super) enum By<'a> {
    Id(AccountId),
    Login(&'a str),
    Staff(StaffId),
}

/// Loads and locks one account.
pub(in super::super) async fn lock(cx: &mut Cx, by: By<'_>) -> Result<Option<Account>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let (id, login, staff) = match by {
        By::Id(id) => (Some(id.uuid()), None, None),
        By::Login(login) => (None, Some(login), None),
        By::Staff(staff) => (None, None, Some(staff.uuid())),
    };
    let row = sqlx::query!(
        r#"select a.id, a.staff_id, f.full_name, a.login, a.state, a.password, a.totp, a.totp_step, a.failures,
                  a.lockouts, a.locked_until, a.failures_since, a.locked_at,
                  f.left_on is not null
                  and f.left_on <= ($5::timestamptz at time zone t.timezone)::date as "left!"
           from accounts a
           join staff f on f.tenant_id = a.tenant_id and f.id = a.staff_id
           join tenants t on t.id = a.tenant_id
           where a.tenant_id = $1 and (a.id = $2 or a.login = $3 or a.staff_id = $4)
           for update of a"#,
        tenant,
        id,
        login,
        staff,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        Ok(Account {
            id: row.id.into(),
            staff: row.staff_id.into(),
            name: row.full_name,
            left: row.left,
            login: row.login,
            state: row.state.parse()?,
            password: row.password,
            totp: row.totp,
            totp_step: row.totp_step,
            tries: Tries {
                failures: row.failures,
                lockouts: row.lockouts,
                locked_until: jiff(row.locked_until),
            },
            failures_since: row.failures_since,
            locked_at: jiff(row.locked_at),
        })
    })
    .transpose()
}

pub(in super::super) async fn one(cx: &mut Cx, by: By<'_>) -> Result<Account> {
    lock(cx, by).await?.ok_or(Error::NotFound)
}

pub(in super::super) async fn insert(
    cx: &mut Cx,
    staff: StaffId,
    login: &str,
    state: State,
) -> Result<AccountId> {
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.id::<AccountId>());
    sqlx::query!(
        "insert into accounts (tenant_id, id, staff_id, login, state, created_at) values ($1, $2, $3, $4, $5, $6)",
        tenant,
        id.uuid(),
        staff.uuid(),
        login,
        state.as_str(),
        now
    )
    .execute(cx.conn())
    .await
    .map_err(taken)?;
    Ok(id)
}

/// The one clash a person can mend is the login.
fn taken(error: sqlx::Error) -> Error {
    let by_login =
        error.as_database_error().and_then(|db| db.constraint()) == Some("accounts_tenant_id_login_key");
    if by_login { Error::invalid("login", "error-login-taken") } else { error.into() }
}

/// Saves everything about an account that this area changes by itself.
pub(in super::super) async fn save(cx: &mut Cx, account: &Account) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update accounts
         set login = $3, state = $4, totp = $5, totp_step = $6, failures = $7, lockouts = $8, locked_until = $9,
             failures_since = $10, locked_at = $11
         where tenant_id = $1 and id = $2",
        tenant,
        account.id.uuid(),
        account.login,
        account.state.as_str(),
        account.totp,
        account.totp_step,
        account.tries.failures,
        account.tries.lockouts,
        account.tries.locked_until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        account.failures_since,
        account.locked_at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .execute(cx.conn())
    .await
    .map_err(taken)?;
    Ok(())
}

/// `None` takes the password away.
pub(in super::super) async fn set_password(cx: &mut Cx, id: AccountId, hash: Option<&str>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update accounts set password = $3, password_changed_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        hash,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn prefer(
    cx: &mut Cx,
    staff: StaffId,
    language: Language,
    theme: Theme,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update accounts set language = $3, theme = $4 where tenant_id = $1 and staff_id = $2",
        tenant,
        staff.uuid(),
        language.as_str(),
        theme.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whether anybody has ever come in by an account of his own.
pub(in super::super) async fn any_opened(cx: &mut Cx) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from accounts where tenant_id = $1 and password_changed_at is not null) as "any!""#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?)
}

pub(in super::super) struct Listed {
    pub staff_id: Uuid,
    pub full_name: String,
    pub staff_code: String,
    pub login: String,
    pub state: String,
    pub totp: bool,
    pub passkeys: i64,
    pub locked_until: Option<jiff_sqlx::Timestamp>,
    pub last_seen_at: Option<jiff_sqlx::Timestamp>,
}

/// All accounts with what an administrator sees of them, by name.
pub(in super::super) async fn list(cx: &mut Cx) -> Result<Vec<Listed>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Listed,
        r#"select a.staff_id, f.full_name, f.code as staff_code, a.login, a.state, a.totp is not null as "totp!",
                  (select count(*) from passkeys p where p.tenant_id = a.tenant_id and p.account_id = a.id) as "passkeys!",
                  a.locked_until,
                  (select max(s.last_seen_at) from sessions s
                   where s.tenant_id = a.tenant_id and s.account_id = a.id and s.ended_at is null)
                  as "last_seen_at: jiff_sqlx::Timestamp"
           from accounts a join staff f on f.tenant_id = a.tenant_id and f.id = a.staff_id
           where a.tenant_id = $1 order by f.search, a.login"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?)
}
