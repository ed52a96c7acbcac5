use super::{model::Kind, recordings::Owner};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, CallId, Error, RecordingId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// A recording as kept; its sound lies on the shelf.
#[derive(Clone, Debug)]
pub struct Recording {
    pub id: RecordingId,
    pub owner: Owner,
    pub kind: Kind,
    pub filed_at: Timestamp,
    pub seconds: i32,
    pub bytes: i64,
    /// The version of the rule that says how long it is kept.
    pub rule_version: i32,
    pub kept_until: Timestamp,
    pub erased_at: Option<Timestamp>,
}

pub(super) struct NewRow {
    pub id: RecordingId,
    pub owner: Owner,
    pub kind: Kind,
    pub seconds: i32,
    pub bytes: i64,
    pub rule_version: i32,
    pub kept_until: Timestamp,
}

const fn columns(owner: Owner) -> (Option<Uuid>, Option<Uuid>) {
    match owner {
        Owner::Call(id) => (Some(id.uuid()), None),
        Owner::Attempt(id) => (None, Some(id.uuid())),
    }
}

pub(super) async fn insert(cx: &mut Cx, new: &NewRow) -> Result<()> {
    let (tenant, now, (call, attempt)) = (cx.tenant().uuid(), cx.now().to_sqlx(), columns(new.owner));
    sqlx::query!(
        "insert into recordings (tenant_id, id, call_id, attempt_id, kind, filed_at, seconds, bytes, rule_version, kept_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        new.id.uuid(),
        call,
        attempt,
        new.kind.as_str(),
        now,
        new.seconds,
        new.bytes,
        new.rule_version,
        new.kept_until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    call_id: Option<Uuid>,
    attempt_id: Option<Uuid>,
    kind: String,
    filed_at: jiff_sqlx::Timestamp,
    seconds: i32,
    bytes: i64,
    rule_version: i32,
    kept_until: jiff_sqlx::Timestamp,
    erased_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for Recording {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let owner = match (row.call_id, row.attempt_id) {
            (Some(call), _) => Owner::Call(CallId(call)),
            (None, Some(attempt)) => Owner::Attempt(AttemptId(attempt)),
            (None, None) => return Err(Error::internal(format!("recording {} is of nothing", row.id))),
        };
        Ok(Self {
            id: row.id.into(),
            owner,
            kind: row.kind.parse()?,
            filed_at: row.filed_at.to_jiff(),
            seconds: row.seconds,
            bytes: row.bytes,
            rule_version: row.rule_version,
            kept_until: row.kept_until.to_jiff(),
            erased_at: row.erased_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

pub(super) async fn one(cx: &mut Cx, id: RecordingId) -> Result<Recording> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, call_id, attempt_id, kind, filed_at, seconds, bytes, rule_version, kept_until, erased_at
         from recordings where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

pub(super) async fn of(cx: &mut Cx, owner: Owner) -> Result<Vec<Recording>> {
    let (tenant, (call, attempt)) = (cx.tenant().uuid(), columns(owner));
    let rows = sqlx::query_as!(
        Row,
        "select id, call_id, attempt_id, kind, filed_at, seconds, bytes, rule_version, kept_until, erased_at
         from recordings where tenant_id = $1 and (call_id = $2 or attempt_id = $3) order by id",
        tenant,
        call,
        attempt
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Recording::try_from).collect()
}

/// What has been kept for its days, held until the commit.
pub(super) async fn due(cx: &mut Cx, limit: i64) -> Result<Vec<Recording>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query_as!(
        Row,
        "select id, call_id, attempt_id, kind, filed_at, seconds, bytes, rule_version, kept_until, erased_at
         from recordings where tenant_id = $1 and erased_at is null and kept_until <= $2
         order by kept_until limit $3 for update skip locked",
        tenant,
        now,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Recording::try_from).collect()
}

pub(super) async fn erased(cx: &mut Cx, id: RecordingId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update recordings set erased_at = $3 where tenant_id = $1 and id = $2 and erased_at is null",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
