//! In which khu phố or tổ households lie, once a list of streets says it.

use crate::{people::Looked, streets};
use kernel::{ImportId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Looks up the next households of these wards, behind one of them, whose quarter nobody knows, and
/// writes what the gazetteer says. One whose quarter is known keeps it.
pub(crate) async fn place(cx: &mut Cx, wards: &[UnitId], behind: Uuid, limit: i64) -> Result<Looked> {
    let tenant = cx.tenant().uuid();
    let wards: Vec<Uuid> = wards.iter().map(|ward| ward.uuid()).collect();
    let rows = sqlx::query!(
        r#"select id, ward_id, address_parts as "parts!" from households
           where tenant_id = $1 and id > $3 and ward_id = any($2) and quarter_id is null and address_parts is not null
             and joined_into is null
           order by id limit $4 for no key update skip locked"#,
        tenant,
        &wards,
        behind,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(Looked::default()) };
    let rows = rows.into_iter().map(|row| (row.id, row.ward_id, row.parts)).collect();
    let laid = streets::laid(cx, rows).await?;
    let placed = sqlx::query!(
        "update households h set quarter_id = n.quarter_id, placed_by = n.placed_by
         from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as n (id, quarter_id, placed_by)
         where h.tenant_id = $1 and h.id = n.id and h.quarter_id is null",
        tenant,
        &laid.ids,
        &laid.quarters,
        &laid.by as _
    )
    .execute(cx.conn())
    .await?;
    Ok(Looked { last: Some(last), placed: placed.rows_affected() })
}

/// Takes back where a list of streets put households, so many at once; how many there were.
pub(crate) async fn displace(cx: &mut Cx, import: ImportId, limit: i64) -> Result<u64> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "update households set quarter_id = null, placed_by = null
         where tenant_id = $1
           and id in (select id from households where tenant_id = $1 and placed_by = $2 order by id limit $3)",
        tenant,
        import.uuid(),
        limit
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected())
}
