use super::spread::{Carried, Lone};
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// What each of these units carries, in whatever way it answers for households.
pub(super) async fn carried(cx: &mut Cx, units: &[UnitId]) -> Result<BTreeMap<UnitId, Carried>> {
    let (tenant, ids) = (cx.tenant().uuid(), units.iter().map(|unit| unit.uuid()).collect::<Vec<Uuid>>());
    let rows = sqlx::query!(
        r#"select u as "unit!", coalesce(sum(h.f0), 0) as "f0!", count(h.id) as "homes!"
           from unnest($2::uuid[]) as t (u)
           left join households h on h.tenant_id = $1 and h.followed > 0
                and (h.station_id = u or h.mobile_station_id = u or h.care_team_id = u)
           group by u"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit.into(), Carried { f0: row.f0, homes: row.homes })).collect())
}

/// Households of a ward in which somebody is followed and for which a team or a mobile station is
/// missing; `lacks` says which of the two the ward has. Those to be called first stand first.
pub(super) async fn lone(cx: &mut Cx, ward: UnitId, lacks: (bool, bool), limit: i64) -> Result<Vec<Lone>> {
    let (tenant, (team, mobile)) = (cx.tenant().uuid(), lacks);
    let rows = sqlx::query!(
        "select id, code, address, quarter_id, f0, followed, mobile_station_id, care_team_id from households
         where tenant_id = $1 and ward_id = $2 and followed > 0 and joined_into is null
           and (($3::boolean and care_team_id is null) or ($4::boolean and mobile_station_id is null))
         order by rank desc, f0 desc, id limit $5",
        tenant,
        ward.uuid(),
        team,
        mobile,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Lone {
            id: row.id.into(),
            code: row.code,
            address: row.address,
            quarter: row.quarter_id.map(UnitId),
            f0: i64::from(row.f0),
            followed: i64::from(row.followed),
            mobile_station: row.mobile_station_id.map(UnitId),
            care_team: row.care_team_id.map(UnitId),
        })
        .collect())
}

/// Who cares for a household from now on.
pub(super) async fn assign(
    cx: &mut Cx,
    id: HouseholdId,
    mobile_station: Option<UnitId>,
    care_team: Option<UnitId>,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update households set mobile_station_id = $3, care_team_id = $4, assigned_at = $5
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        mobile_station.map(UnitId::uuid),
        care_team.map(UnitId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
