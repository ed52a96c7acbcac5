//! People who were written before there were keys get theirs, a thousand at a time.

use super::{
    keys::{self, KeyParts},
    model::birth_of,
    sql_batch,
};
use crate::streets;
use kernel::{Error, ImportId, PersonId, Result, UnitId, address::Parts};
use sqlx::types::Uuid;
use store::Cx;

/// Makes the keys of the next people who have none, and looks up where they live; how many there were.
pub async fn backfill(cx: &mut Cx, limit: i64) -> Result<usize> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, search, birth_year, birth_date, address_key, address_parts, ward_id, quarter_id from people
         where tenant_id = $1 and not keyed and erased_at is null
         order by id limit $2 for no key update skip locked",
        tenant,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut made: Vec<(i64, PersonId)> = Vec::new();
    let mut places: Vec<(usize, UnitId, Parts)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let birth = birth_of(row.birth_year, row.birth_date.map(jiff_sqlx::Date::to_jiff));
        let parts = KeyParts { search: &row.search, birth, address_key: row.address_key.as_deref() };
        made.extend(keys::keys(&parts).into_iter().map(|key| (key, PersonId(row.id))));
        if let (Some(parts), Some(ward), None) = (&row.address_parts, row.ward_id, row.quarter_id) {
            let parts = serde_json::from_value(parts.clone()).map_err(Error::internal)?;
            places.push((at, UnitId(ward), parts));
        }
    }
    let asked: Vec<(UnitId, &Parts)> = places.iter().map(|(_, ward, parts)| (*ward, parts)).collect();
    let mut quarters: Vec<Option<Uuid>> = vec![None; rows.len()];
    let mut placed_by: Vec<Option<Uuid>> = vec![None; rows.len()];
    for ((at, ..), told) in places.iter().zip(streets::quarters_of(cx, &asked).await?) {
        if let Some((quarter, by)) = told {
            quarters[*at] = Some(quarter.uuid());
            placed_by[*at] = by.map(ImportId::uuid);
        }
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    sql_batch::add_keys(cx, &made).await?;
    sqlx::query!(
        "update people p set keyed = true, quarter_id = coalesce(p.quarter_id, n.quarter_id),
                             placed_by = case when p.quarter_id is null then n.placed_by else p.placed_by end
         from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as n (id, quarter_id, placed_by)
         where p.tenant_id = $1 and p.id = n.id",
        tenant,
        &ids,
        &quarters as _,
        &placed_by as _
    )
    .execute(cx.conn())
    .await?;
    Ok(rows.len())
}
