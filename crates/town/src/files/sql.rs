use super::{Owner, Purpose};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, FileId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// What is known of a file.
#[derive(Clone, Debug)]
pub struct File {
    pub id: FileId,
    pub purpose: Purpose,
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// Size of the content, in bytes.
    pub bytes: i32,
    /// Width and height in pixels; none for a PDF.
    pub size: Option<(i32, i32)>,
    pub thumbnail: bool,
    /// Of the content as kept.
    pub sha256: Vec<u8>,
    pub kept_at: Timestamp,
}

struct Row {
    id: Uuid,
    purpose: String,
    media_type: String,
    bytes: i32,
    width: Option<i32>,
    height: Option<i32>,
    thumbnail: bool,
    sha256: Vec<u8>,
    kept_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for File {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            purpose: row.purpose.parse()?,
            media_type: row.media_type,
            bytes: row.bytes,
            size: row.width.zip(row.height),
            thumbnail: row.thumbnail,
            sha256: row.sha256,
            kept_at: row.kept_at.to_jiff(),
        })
    }
}

pub(super) struct NewFile<'a> {
    pub file: &'a File,
    pub received_sha256: &'a [u8],
    pub taken_at: Option<Vec<u8>>,
    pub taken_where: Option<Vec<u8>>,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewFile<'_>) -> Result<()> {
    let (tenant, file, by) = (cx.tenant().uuid(), new.file, cx.actor.staff_id().map(Uuid::from));
    sqlx::query!(
        "insert into files (tenant_id, id, purpose, media_type, bytes, width, height, thumbnail, sha256, received_sha256,
                            taken_at, taken_where, kept_at, kept_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant,
        file.id.uuid(),
        file.purpose.as_str(),
        file.media_type,
        file.bytes,
        file.size.map(|(width, _)| width),
        file.size.map(|(_, height)| height),
        file.thumbnail,
        file.sha256,
        new.received_sha256,
        new.taken_at,
        new.taken_where,
        file.kept_at.to_sqlx(),
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Gives files without an owner to one; how many there were.
pub(super) async fn bind(cx: &mut Cx, ids: &[FileId], purpose: Purpose, owner: Owner) -> Result<u64> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(ids));
    let bound = sqlx::query!(
        "update files set owner_kind = $4, owner_id = $5
         where tenant_id = $1 and id = any($2) and purpose = $3 and owner_id is null and erased_at is null",
        tenant,
        &ids,
        purpose.as_str(),
        owner.kind,
        owner.id
    )
    .execute(cx.conn())
    .await?;
    Ok(bound.rows_affected())
}

/// The files of an owner, in the order in which they were kept.
pub(super) async fn of(cx: &mut Cx, owner: Owner) -> Result<Vec<File>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, purpose, media_type, bytes, width, height, thumbnail, sha256, kept_at from files
         where tenant_id = $1 and owner_kind = $2 and owner_id = $3 and erased_at is null order by id",
        tenant,
        owner.kind,
        owner.id
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(File::try_from)
    .collect()
}

/// The sealed time and place of a picture.
pub(super) async fn shot(cx: &mut Cx, id: FileId) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select taken_at, taken_where from files where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.taken_at, row.taken_where))
}

/// Which of the ids in the vault have no living row; one without any row counts only when it is
/// `old`, for its transaction may still be running.
pub(super) async fn dead(cx: &mut Cx, ids: &[FileId], old: &[bool]) -> Result<Vec<FileId>> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(ids));
    let dead = sqlx::query_scalar!(
        r#"select n.id as "id!" from unnest($2::uuid[], $3::boolean[]) as n (id, old)
           left join files f on f.tenant_id = $1 and f.id = n.id
           where case when f.id is null then n.old else f.erased_at is not null end"#,
        tenant,
        &ids,
        old
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(dead.into_iter().map(FileId).collect())
}

/// Marks files as erased; the ones that were not before.
pub(super) async fn erase(cx: &mut Cx, ids: &[FileId]) -> Result<Vec<FileId>> {
    let (tenant, now, ids) = (cx.tenant().uuid(), cx.now().to_sqlx(), uuids(ids));
    let erased = sqlx::query_scalar!(
        "update files set erased_at = $3, taken_at = null, taken_where = null
         where tenant_id = $1 and id = any($2) and erased_at is null returning id",
        tenant,
        &ids,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(erased.into_iter().map(FileId).collect())
}

/// Marks as erased what nothing has claimed since before `before`.
pub(super) async fn erase_unclaimed(cx: &mut Cx, before: Timestamp) -> Result<Vec<FileId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let erased = sqlx::query_scalar!(
        "update files set erased_at = $3, taken_at = null, taken_where = null
         where tenant_id = $1 and owner_id is null and erased_at is null and kept_at < $2 returning id",
        tenant,
        before.to_sqlx(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(erased.into_iter().map(FileId).collect())
}

fn uuids(ids: &[FileId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
