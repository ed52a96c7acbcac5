use super::{
    super::{
        model::{Before, IDLE, LONGEST},
        sessions::Open,
    },
    jiff,
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{AccountId, Result, SessionId, StaffId};
use sqlx::types::Uuid;
use store::Cx;

pub(in super::super) struct New<'a> {
    pub account: AccountId,
    pub token: &'a [u8],
    pub csrf: &'a [u8],
    pub agent: &'a str,
    pub before: Before,
}

pub(in super::super) async fn insert(cx: &mut Cx, new: New<'_>) -> Result<SessionId> {
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.id::<SessionId>());
    sqlx::query!(
        "insert into sessions (tenant_id, id, account_id, token, csrf, created_at, last_seen_at, second_factor_at,
                               agent, failures_before, locked_before)
         values ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9)",
        tenant,
        id.uuid(),
        new.account.uuid(),
        new.token,
        new.csrf,
        now,
        new.agent,
        i32::try_from(new.before.failures).unwrap_or(i32::MAX),
        new.before.locked_at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

/// Everything a request needs to know of who sends it.
pub(in super::super) struct Row {
    pub id: Uuid,
    pub account_id: Uuid,
    pub staff_id: Uuid,
    pub full_name: String,
    pub csrf: Vec<u8>,
    pub last_seen_at: jiff_sqlx::Timestamp,
    pub second_factor_at: jiff_sqlx::Timestamp,
    pub on_behalf_of: Option<Uuid>,
    /// The delegation that `on_behalf_of` rests on is in force.
    pub acting: bool,
    pub failures_before: i32,
    pub locked_before: Option<jiff_sqlx::Timestamp>,
    pub language: String,
    pub theme: String,
    pub version: i64,
    pub today: jiff_sqlx::Date,
    /// The posts whose grants apply: the leader's while acting for one, else his own.
    pub roles: Option<Vec<String>>,
    pub units: Option<Vec<Uuid>>,
    /// Where that person stands on duty now.
    pub duty: Option<Vec<Uuid>>,
}

impl Row {
    pub fn today(&self) -> Date {
        self.today.to_jiff()
    }

    pub fn before(&self) -> Before {
        Before {
            failures: u32::try_from(self.failures_before).unwrap_or(0),
            locked_at: jiff(self.locked_before),
        }
    }
}

/// Who is behind a token: session, account, person, posts and the version of the tenant's units in
/// one statement, since every request asks it.
pub(in super::super) async fn find(cx: &mut Cx, token: &[u8]) -> Result<Option<Row>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    Ok(sqlx::query_as!(
        Row,
        r#"select s.id, s.account_id, a.staff_id, f.full_name, s.csrf, s.last_seen_at, s.second_factor_at,
                  s.on_behalf_of, d.acting as "acting!", s.failures_before, s.locked_before, a.language, a.theme,
                  t.version, d.today as "today!", p.roles, p.units, h.duty
           from sessions s
           join accounts a on a.tenant_id = s.tenant_id and a.id = s.account_id and a.state = 'active'
           join staff f on f.tenant_id = s.tenant_id and f.id = a.staff_id
           join tenants t on t.id = s.tenant_id
           cross join lateral (
               select ($3::timestamptz at time zone t.timezone)::date as today,
                      s.on_behalf_of is not null and exists (
                          select from delegations d
                          join staff l on l.tenant_id = d.tenant_id and l.id = d.leader_id and l.left_on is null
                          where d.tenant_id = s.tenant_id and d.leader_id = s.on_behalf_of and d.deputy_id = a.staff_id
                            and d.valid_from <= $3 and (d.valid_to is null or d.valid_to > $3)) as acting) d
           left join lateral (
               select array_agg(p.role order by p.id) as roles, array_agg(p.unit_id order by p.id) as units
               from posts p
               where p.tenant_id = s.tenant_id
                 and p.staff_id = case when d.acting then s.on_behalf_of else a.staff_id end
                 and p.valid_from <= d.today and (p.valid_to is null or p.valid_to >= d.today)) p on true
           left join lateral (
               select array_agg(distinct h.unit_id) as duty from shifts h
               where h.tenant_id = s.tenant_id
                 and h.staff_id = case when d.acting then s.on_behalf_of else a.staff_id end
                 and h.starts_at <= $3 and h.ends_at > $3) h on true
           where s.tenant_id = $1 and s.token = $2 and s.ended_at is null
             and s.last_seen_at > $4 and s.created_at > $5
             and (f.left_on is null or f.left_on > d.today)"#,
        tenant,
        token,
        now.to_sqlx(),
        (now - IDLE).to_sqlx(),
        (now - LONGEST).to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?)
}

pub(in super::super) async fn saw(cx: &mut Cx, id: SessionId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update sessions set last_seen_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A second factor was just shown again.
pub(in super::super) async fn confirmed(cx: &mut Cx, id: SessionId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update sessions set second_factor_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// For whom the session acts from now on.
pub(in super::super) async fn act_for(cx: &mut Cx, id: SessionId, leader: Option<StaffId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update sessions set on_behalf_of = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        leader.map(StaffId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The person has seen what happened at the door.
pub(in super::super) async fn seen_before(cx: &mut Cx, id: SessionId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update sessions set failures_before = 0, locked_before = null where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(in super::super) async fn totp(cx: &mut Cx, id: SessionId) -> Result<Option<Vec<u8>>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!("select totp from sessions where tenant_id = $1 and id = $2", tenant, id.uuid())
        .fetch_optional(cx.conn())
        .await?
        .flatten())
}

pub(in super::super) async fn set_totp(cx: &mut Cx, id: SessionId, sealed: Option<&[u8]>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("update sessions set totp = $3 where tenant_id = $1 and id = $2", tenant, id.uuid(), sealed)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The open sessions of an account, the last used first.
pub(in super::super) async fn open(cx: &mut Cx, account: AccountId) -> Result<Vec<Open>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let rows = sqlx::query!(
        "select id, created_at, last_seen_at, agent from sessions
         where tenant_id = $1 and account_id = $2 and ended_at is null and last_seen_at > $3 and created_at > $4
         order by last_seen_at desc, id desc",
        tenant,
        account.uuid(),
        (now - IDLE).to_sqlx(),
        (now - LONGEST).to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Open {
            id: row.id.into(),
            since: row.created_at.to_jiff(),
            last_seen_at: row.last_seen_at.to_jiff(),
            agent: row.agent,
        })
        .collect())
}

/// Which sessions to end.
#[derive(Clone, Copy)]
pub(in super::super) enum Which {
    All,
    One(SessionId),
    AllBut(SessionId),
}

/// Ends sessions of an account; which were open.
pub(in super::super) async fn end(cx: &mut Cx, account: AccountId, which: Which) -> Result<Vec<Uuid>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let (one, but) = match which {
        Which::All => (None, None),
        Which::One(id) => (Some(id.uuid()), None),
        Which::AllBut(id) => (None, Some(id.uuid())),
    };
    Ok(sqlx::query_scalar!(
        "update sessions set ended_at = $3, totp = null
         where tenant_id = $1 and account_id = $2 and ended_at is null
           and ($4::uuid is null or id = $4) and ($5::uuid is null or id <> $5)
         returning id",
        tenant,
        account.uuid(),
        now,
        one,
        but
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Forgets sessions last used before `before`; that they were is on the record.
pub(in super::super) async fn sweep(cx: &mut Cx, before: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from sessions where tenant_id = $1 and last_seen_at < $2", tenant, before.to_sqlx())
        .execute(cx.conn())
        .await?;
    Ok(())
}
