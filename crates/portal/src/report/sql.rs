use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use sqlx::types::Uuid;
use store::Cx;

pub(super) const TABLE: &str = "report_drafts";

/// A draft as kept; an empty body is one nothing was typed into.
pub(super) struct Row {
    pub id: Uuid,
    pub body: Vec<u8>,
}

pub(super) async fn find(cx: &mut Cx, key_index: &[u8]) -> Result<Option<Row>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query_as!(
        Row,
        "select id, body from report_drafts where tenant_id = $1 and key_index = $2 and expires_at > $3",
        tenant,
        key_index,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row)
}

/// The draft, made if it is not there, begun anew if its day was over, and held until the commit.
pub(super) async fn claim(cx: &mut Cx, key_index: &[u8], expires_at: Timestamp) -> Result<Row> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<Uuid>(), cx.now().to_sqlx());
    let row = sqlx::query_as!(
        Row,
        r#"insert into report_drafts as d (tenant_id, key_index, id, body, expires_at) values ($1, $2, $3, '', $4)
           on conflict (tenant_id, key_index) do update
              set expires_at = excluded.expires_at, body = case when d.expires_at > $5 then d.body else '' end
           returning id, body"#,
        tenant,
        key_index,
        id,
        expires_at.to_sqlx(),
        now
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(row)
}

pub(super) async fn save(cx: &mut Cx, key_index: &[u8], body: &[u8]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update report_drafts set body = $3 where tenant_id = $1 and key_index = $2",
        tenant,
        key_index,
        body
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn forget(cx: &mut Cx, key_index: &[u8]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from report_drafts where tenant_id = $1 and key_index = $2", tenant, key_index)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// Forgets drafts whose day is over; how many.
pub(super) async fn purge(cx: &mut Cx) -> Result<u64> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let gone =
        sqlx::query!("delete from report_drafts where tenant_id = $1 and expires_at <= $2", tenant, now)
            .execute(cx.conn())
            .await?;
    Ok(gone.rows_affected())
}
