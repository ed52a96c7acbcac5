use super::model::{Question, Script};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, ScriptId, StaffId};
use serde_json::Value;
use sqlx::types::Uuid;
use store::Cx;

/// A version as it lies in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub script: Script,
    pub retired_on: Option<Date>,
    pub made_at: Timestamp,
    pub made_by: Option<StaffId>,
}

struct Row {
    id: Uuid,
    key: String,
    version: i32,
    valid_from: jiff_sqlx::Date,
    retired_on: Option<jiff_sqlx::Date>,
    body: Value,
    created_at: jiff_sqlx::Timestamp,
    created_by: Option<Uuid>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let questions: Vec<Question> = serde_json::from_value(row.body).map_err(Error::internal)?;
        Ok(Self {
            script: Script {
                id: row.id.into(),
                key: row.key,
                version: row.version,
                valid_from: row.valid_from.to_jiff(),
                questions,
            },
            retired_on: row.retired_on.map(jiff_sqlx::Date::to_jiff),
            made_at: row.created_at.to_jiff(),
            made_by: row.created_by.map(StaffId),
        })
    }
}

/// All versions of a script, the newest first.
pub(super) async fn versions(cx: &mut Cx, key: &str) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, key, version, valid_from, retired_on, body, created_at, created_by
         from scripts where tenant_id = $1 and key = $2 order by version desc",
        tenant,
        key
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The version that holds on a day; of two from one day the later one made.
pub(super) async fn current(cx: &mut Cx, key: &str, on: Date) -> Result<Option<Kept>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select id, key, version, valid_from, retired_on, body, created_at, created_by
         from scripts
         where tenant_id = $1 and key = $2 and valid_from <= $3 and (retired_on is null or retired_on > $3)
         order by valid_from desc, version desc limit 1",
        tenant,
        key,
        on.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(Kept::try_from).transpose()
}

pub(super) async fn insert(cx: &mut Cx, script: &Script) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let body = serde_json::to_value(&script.questions).map_err(Error::internal)?;
    sqlx::query!(
        "insert into scripts (tenant_id, id, key, version, valid_from, body, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        script.id.uuid(),
        script.key,
        script.version,
        script.valid_from.to_sqlx(),
        body,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whether there was such a version, not retired before.
pub(super) async fn retire(cx: &mut Cx, key: &str, version: i32, on: Date) -> Result<Option<ScriptId>> {
    let tenant = cx.tenant().uuid();
    let id = sqlx::query_scalar!(
        "update scripts set retired_on = $4
         where tenant_id = $1 and key = $2 and version = $3 and retired_on is null returning id",
        tenant,
        key,
        version,
        on.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(id.map(ScriptId))
}
