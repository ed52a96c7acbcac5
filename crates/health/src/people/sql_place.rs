//! In which khu phố or tổ people live, once a list of streets says it.

use crate::streets;
use kernel::{ImportId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// What a step has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Looked {
    /// The last one that was looked at; `None` when none is left.
    pub last: Option<Uuid>,
    /// How many lie in a quarter now that lay in none.
    pub placed: u64,
}

/// Looks up the next people of these wards, behind one of them, whose quarter nobody knows, and writes
/// what the gazetteer says. Whoever's quarter is known keeps it.
pub(crate) async fn place(cx: &mut Cx, wards: &[UnitId], behind: Uuid, limit: i64) -> Result<Looked> {
    let tenant = cx.tenant().uuid();
    let wards: Vec<Uuid> = wards.iter().map(|ward| ward.uuid()).collect();
    // Whoever is being written at this moment is looked up by his writer.
    let rows = sqlx::query!(
        r#"select id, ward_id as "ward_id!", address_parts as "parts!" from people
           where tenant_id = $1 and id > $3 and ward_id = any($2) and quarter_id is null and address_parts is not null
             and erased_at is null
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
        "update people p set quarter_id = n.quarter_id, placed_by = n.placed_by
         from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as n (id, quarter_id, placed_by)
         where p.tenant_id = $1 and p.id = n.id and p.quarter_id is null",
        tenant,
        &laid.ids,
        &laid.quarters,
        &laid.by as _
    )
    .execute(cx.conn())
    .await?;
    Ok(Looked { last: Some(last), placed: placed.rows_affected() })
}

/// Takes back where a list of streets put people, so many at once; how many there were.
pub(crate) async fn displace(cx: &mut Cx, import: ImportId, limit: i64) -> Result<u64> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "update people set quarter_id = null, placed_by = null
         where tenant_id = $1 and id in (select id from people where tenant_id = $1 and placed_by = $2 order by id limit $3)",
        tenant,
        import.uuid(),
        limit
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected())
}
