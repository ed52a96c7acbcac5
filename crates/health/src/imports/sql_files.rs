//! The bytes of a file while it waits to be read: sealed, in parts.

use kernel::{ImportId, Result};
use sqlx::types::Uuid;
use store::Cx;

const FILES: &str = "import_files";
/// Bytes of one part: what one statement carries.
const PART: usize = 1024 * 1024;

pub(super) async fn keep(cx: &mut Cx, id: ImportId, bytes: &[u8]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let keys = cx.keys()?;
    for (part, bytes) in (0_i32..).zip(bytes.chunks(PART)) {
        let sealed = keys.seal(cx.rng(), FILES, id.uuid(), &part.to_string(), bytes);
        sqlx::query!(
            "insert into import_files (tenant_id, import_id, part, body) values ($1, $2, $3, $4)",
            tenant,
            id.uuid(),
            part,
            sealed
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// The whole file; empty when it is gone.
pub(super) async fn of(cx: &mut Cx, id: ImportId) -> Result<Vec<u8>> {
    let tenant = cx.tenant();
    let parts = sqlx::query!(
        "select part, body from import_files where tenant_id = $1 and import_id = $2 order by part",
        tenant.uuid(),
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut bytes = Vec::with_capacity(parts.len() * PART);
    for row in parts {
        let keys = cx.store().keys().opening(tenant, &row.body)?;
        bytes.extend(keys.open(FILES, id.uuid(), &row.part.to_string(), &row.body)?);
    }
    Ok(bytes)
}

pub(super) async fn let_go(cx: &mut Cx, id: ImportId) -> Result<()> {
    let (tenant, id): (Uuid, Uuid) = (cx.tenant().uuid(), id.uuid());
    sqlx::query!("delete from import_files where tenant_id = $1 and import_id = $2", tenant, id)
        .execute(cx.conn())
        .await?;
    Ok(())
}
