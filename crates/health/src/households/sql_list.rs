//! The list of a unit: its households in the order that follow-up keeps with each.
//!
//! A unit answers for households as station, as mobile station or as care team: each way has its
//! index in the order of the list, and the ways in which it answers for none cost nothing.

use jiff::Timestamp;
use kernel::{HouseholdId, Result, UnitId};
use store::Cx;

/// A household at its place in the list.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: HouseholdId,
    pub code: String,
    pub ward: UnitId,
    pub care_team: Option<UnitId>,
    pub address: Option<String>,
    pub rank: i16,
    pub due_at: Option<Timestamp>,
}

/// Those whose rank lies within `ranks`, both included; the highest first.
pub(crate) async fn placed(
    cx: &mut Cx,
    unit: UnitId,
    ranks: (i16, i16),
    limit: i64,
    offset: i64,
) -> Result<Vec<Placed>> {
    let (tenant, (least, most)) = (cx.tenant().uuid(), ranks);
    let rows = sqlx::query!(
        r#"select id as "id!", code as "code!", ward_id as "ward_id!", care_team_id, address, rank as "rank!", due_at
           from (
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and station_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)
               union all
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and mobile_station_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)
               union all
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and care_team_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)) h
           order by rank desc, due_at, id limit $5 offset $6"#,
        tenant,
        unit.uuid(),
        least,
        most,
        limit,
        offset
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Placed {
            id: row.id.into(),
            code: row.code,
            ward: row.ward_id.into(),
            care_team: row.care_team_id.map(UnitId),
            address: row.address,
            rank: row.rank,
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// How many households of the unit stand at each rank.
pub(crate) async fn ranks(cx: &mut Cx, unit: UnitId) -> Result<Vec<(i16, i64)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select rank as "rank!", count(*) as "count!"
           from (select rank from households where tenant_id = $1 and station_id = $2 and followed > 0
                 union all
                 select rank from households where tenant_id = $1 and mobile_station_id = $2 and followed > 0
                 union all
                 select rank from households where tenant_id = $1 and care_team_id = $2 and followed > 0) h
           group by rank"#,
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.rank, row.count)).collect())
}

/// Households from a rank on, counted to a hundred in each way in which the unit answers.
pub(crate) async fn from_rank(cx: &mut Cx, unit: UnitId, least: i16) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from ((select rank from households
                  where tenant_id = $1 and station_id = $2 and followed > 0 and rank >= $3 limit 100)
                 union all
                 (select rank from households
                  where tenant_id = $1 and mobile_station_id = $2 and followed > 0 and rank >= $3 limit 100)
                 union all
                 (select rank from households
                  where tenant_id = $1 and care_team_id = $2 and followed > 0 and rank >= $3 limit 100)) h"#,
        tenant,
        unit.uuid(),
        least
    )
    .fetch_one(cx.conn())
    .await?)
}
