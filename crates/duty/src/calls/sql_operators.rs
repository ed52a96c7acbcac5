use super::model::Presence;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CallId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

const TABLE: &str = "operators";

/// Somebody in the call room.
#[derive(Clone, Debug)]
pub struct Operator {
    pub staff: StaffId,
    pub presence: Presence,
    pub since: Timestamp,
    /// Where his telephone is rung: E.164, or a name at our own exchange.
    pub extension: String,
    /// The call he is in, or writes up.
    pub call: Option<CallId>,
    /// He is away because a call rang at his telephone and was not taken.
    pub not_taken: bool,
}

struct Row {
    staff_id: Uuid,
    presence: String,
    since: jiff_sqlx::Timestamp,
    extension: Vec<u8>,
    call_id: Option<Uuid>,
    away_because: Option<String>,
}

impl Row {
    fn open(self, cx: &Cx) -> Result<Operator> {
        Ok(Operator {
            staff: self.staff_id.into(),
            presence: self.presence.parse()?,
            since: self.since.to_jiff(),
            extension: cx.open(TABLE, self.staff_id, "extension", &self.extension)?,
            call: self.call_id.map(CallId),
            not_taken: self.away_because.is_some(),
        })
    }
}

pub(super) async fn all(cx: &mut Cx) -> Result<Vec<Operator>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select staff_id, presence, since, extension, call_id, away_because from operators
         where tenant_id = $1 and left_at is null order by (presence <> 'ready'), since, staff_id",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

pub(super) async fn one(cx: &mut Cx, staff: StaffId) -> Result<Option<Operator>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select staff_id, presence, since, extension, call_id, away_because from operators
         where tenant_id = $1 and staff_id = $2 and left_at is null",
        tenant,
        staff.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| row.open(cx)).transpose()
}

/// The same, held until the commit.
pub(super) async fn lock(cx: &mut Cx, staff: StaffId) -> Result<Option<Operator>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select staff_id, presence, since, extension, call_id, away_because from operators
         where tenant_id = $1 and staff_id = $2 and left_at is null for update",
        tenant,
        staff.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| row.open(cx)).transpose()
}

/// Whoever has been ready the longest and is not just being taken by another, held until the commit.
pub(super) async fn lock_free(cx: &mut Cx) -> Result<Option<StaffId>> {
    let tenant = cx.tenant().uuid();
    let staff = sqlx::query_scalar!(
        "select staff_id from operators
         where tenant_id = $1 and presence = 'ready' and left_at is null
         order by since, staff_id limit 1 for update skip locked",
        tenant
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(staff.map(StaffId))
}

/// Who talks in a call, held until the commit.
pub(super) async fn talking_in(cx: &mut Cx, call: CallId) -> Result<Vec<StaffId>> {
    let tenant = cx.tenant().uuid();
    let staff = sqlx::query_scalar!(
        "select staff_id from operators
         where tenant_id = $1 and call_id = $2 and presence = 'talking' order by staff_id for update",
        tenant,
        call.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(staff.into_iter().map(StaffId).collect())
}

/// Who writes up a call and since when, and no timer of this kind ends it.
pub(super) async fn without_timer(cx: &mut Cx, kind: &str) -> Result<Vec<(StaffId, Timestamp)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select o.staff_id, o.since from operators o
         where o.tenant_id = $1 and o.presence = 'writing' and o.left_at is null
           and not exists (select from timers m where m.tenant_id = $1 and m.kind = $2 and m.object_id = o.staff_id)",
        tenant,
        kind
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (StaffId(row.staff_id), row.since.to_jiff())).collect())
}

pub(super) async fn come(cx: &mut Cx, staff: StaffId, extension: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let sealed = cx.seal(TABLE, staff.uuid(), "extension", extension)?;
    sqlx::query!(
        "insert into operators (tenant_id, staff_id, presence, since, extension) values ($1, $2, 'ready', $3, $4)
         on conflict (tenant_id, staff_id) do update
         set presence = 'ready', since = excluded.since, extension = excluded.extension, call_id = null, left_at = null,
             away_because = null",
        tenant,
        staff.uuid(),
        now,
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// False where he is not there.
pub(super) async fn go(cx: &mut Cx, staff: StaffId) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "update operators set presence = 'away', since = $3, left_at = $3, call_id = null, away_because = null
         where tenant_id = $1 and staff_id = $2 and left_at is null",
        tenant,
        staff.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// `not_taken`: he is away because he did not take a call.
pub(super) async fn set(
    cx: &mut Cx,
    staff: StaffId,
    presence: Presence,
    call: Option<CallId>,
    not_taken: bool,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update operators set presence = $3, since = $4, call_id = $5, away_because = case when $6 then 'not_taken' end
         where tenant_id = $1 and staff_id = $2",
        tenant,
        staff.uuid(),
        presence.as_str(),
        now,
        call.map(CallId::uuid),
        not_taken
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
