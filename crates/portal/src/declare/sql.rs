use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use sqlx::types::Uuid;
use store::Cx;

pub(super) const TABLE: &str = "declaration_drafts";

/// The draft of a device and its sealed answers; held until the commit where it is to be changed.
pub(super) async fn find(cx: &mut Cx, device: Uuid, lock: bool) -> Result<Option<(Uuid, Vec<u8>)>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    if lock {
        sqlx::query!(
            "select id from declaration_drafts where tenant_id = $1 and device_id = $2 for update",
            tenant,
            device
        )
        .fetch_optional(cx.conn())
        .await?;
    }
    let row = sqlx::query!(
        "select id, body from declaration_drafts where tenant_id = $1 and device_id = $2 and expires_at > $3",
        tenant,
        device,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| (row.id, row.body)))
}

/// Writes the draft of a device; one with another id takes its place.
pub(super) async fn save(
    cx: &mut Cx,
    device: Uuid,
    id: Uuid,
    body: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into declaration_drafts (tenant_id, device_id, id, body, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, device_id) do update
            set id = excluded.id, body = excluded.body, expires_at = excluded.expires_at",
        tenant,
        device,
        id,
        body,
        expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn forget(cx: &mut Cx, device: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from declaration_drafts where tenant_id = $1 and device_id = $2", tenant, device)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// Forgets drafts whose day is over; how many.
pub(super) async fn purge(cx: &mut Cx) -> Result<u64> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let gone =
        sqlx::query!("delete from declaration_drafts where tenant_id = $1 and expires_at <= $2", tenant, now)
            .execute(cx.conn())
            .await?;
    Ok(gone.rows_affected())
}
