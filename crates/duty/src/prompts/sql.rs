use super::model::Version;
use jiff_sqlx::ToSqlx;
use kernel::{ClipId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

struct Row {
    id: Uuid,
    key: String,
    version: i32,
    words: String,
    seconds: Option<f64>,
    sha256: Option<String>,
    again: Option<i32>,
    valid_from: jiff_sqlx::Timestamp,
    retired_at: Option<jiff_sqlx::Timestamp>,
    created_by: Option<Uuid>,
}

impl From<Row> for Version {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            key: row.key,
            version: row.version,
            words: row.words,
            seconds: row.seconds,
            sha256: row.sha256,
            again: row.again,
            valid_from: row.valid_from.to_jiff(),
            retired_at: row.retired_at.map(jiff_sqlx::Timestamp::to_jiff),
            created_by: row.created_by.map(StaffId),
        }
    }
}

/// What is heard now, of all announcements or of these.
pub(super) async fn heard(cx: &mut Cx, keys: Option<&[String]>) -> Result<Vec<Version>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, key, version, words, seconds, encode(sha256, 'hex') as "sha256?", again, valid_from, retired_at,
                  created_by
           from prompts where tenant_id = $1 and retired_at is null and ($2::text[] is null or key = any($2))"#,
        tenant,
        keys
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// All versions of one announcement, the newest first.
pub(super) async fn versions(cx: &mut Cx, key: &str) -> Result<Vec<Version>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select id, key, version, words, seconds, encode(sha256, 'hex') as "sha256?", again, valid_from, retired_at,
                  created_by
           from prompts where tenant_id = $1 and key = $2 order by version desc"#,
        tenant,
        key
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// The sound of a recording; `None` where the words are synthesised.
pub(super) async fn samples(cx: &mut Cx, id: ClipId) -> Result<Option<Vec<u8>>> {
    let tenant = cx.tenant().uuid();
    let samples = sqlx::query_scalar!(
        "select samples from prompts where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(samples)
}

/// One announcement's versions change one after the other.
pub(super) async fn lock(cx: &mut Cx, key: &str) -> Result<()> {
    let name = format!("prompts:{}:{key}", cx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7741)) is null as "locked!""#, name)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// Lets what is heard now be heard no longer; its number, if there was one.
pub(super) async fn retire(cx: &mut Cx, key: &str) -> Result<Option<(ClipId, i32)>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "update prompts set retired_at = $3 where tenant_id = $1 and key = $2 and retired_at is null returning id, version",
        tenant,
        key,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| (row.id.into(), row.version)))
}

/// What a version holds.
pub(super) struct Held<'a> {
    pub words: &'a str,
    pub samples: Option<&'a [u8]>,
    pub sha256: Option<&'a [u8]>,
    pub seconds: Option<f64>,
    pub again: Option<i32>,
}

/// Keeps a version as the newest; its number.
pub(super) async fn insert(cx: &mut Cx, id: ClipId, key: &str, held: &Held<'_>) -> Result<i32> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().map(StaffId::uuid);
    let version = sqlx::query_scalar!(
        r#"insert into prompts (tenant_id, id, key, version, words, samples, sha256, seconds, again, valid_from, created_by)
           select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9, $10
           from prompts where tenant_id = $1 and key = $3
           returning version"#,
        tenant,
        id.uuid(),
        key,
        held.words,
        held.samples,
        held.sha256,
        held.seconds,
        held.again,
        now,
        by
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(version)
}
