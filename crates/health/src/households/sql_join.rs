use super::join::Near;
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// Households of the same ward with the same address or the same number.
pub(super) async fn near(cx: &mut Cx, id: HouseholdId, limit: i64) -> Result<Vec<Near>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select h.id, h.code, h.address, h.care_team_id, h.followed,
                  (select count(*) from household_members m
                   where m.tenant_id = h.tenant_id and m.household_id = h.id and m.left_at is null) as "members!",
                  coalesce(h.address_key = one.address_key, false) as "same_address!",
                  coalesce(h.contact_index = one.contact_index, false) as "same_number!"
           from households one
           join households h on h.tenant_id = one.tenant_id and h.ward_id = one.ward_id and h.id <> one.id
                and h.joined_into is null
                and (h.address_key = one.address_key or h.contact_index = one.contact_index)
           where one.tenant_id = $1 and one.id = $2
           order by h.opened_at, h.id limit $3"#,
        tenant,
        id.uuid(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Near {
            id: row.id.into(),
            code: row.code,
            address: row.address,
            care_team: row.care_team_id.map(UnitId),
            members: row.members,
            followed: i64::from(row.followed),
            same_address: row.same_address,
            same_number: row.same_number,
        })
        .collect())
}

/// Moves everybody who lives in one household into the other, with what he is to the others.
pub(super) async fn move_members(cx: &mut Cx, from: HouseholdId, into: HouseholdId) -> Result<Vec<PersonId>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let gone = sqlx::query_scalar!(
        "update household_members set left_at = $3
         where tenant_id = $1 and household_id = $2 and left_at is null returning person_id",
        tenant,
        from.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    sqlx::query!(
        "insert into household_members (tenant_id, household_id, person_id, relation, carer_id, joined_at, joined_by)
         select tenant_id, $3::uuid, person_id, relation, carer_id, $4::timestamptz, $5::uuid from household_members
         where tenant_id = $1 and household_id = $2 and person_id = any($6)
         on conflict (tenant_id, household_id, person_id) do update
         set left_at = null, joined_at = excluded.joined_at, joined_by = excluded.joined_by,
             relation = coalesce(household_members.relation, excluded.relation),
             carer_id = coalesce(household_members.carer_id, excluded.carer_id)",
        tenant,
        from.uuid(),
        into.uuid(),
        now,
        by,
        &gone
    )
    .execute(cx.conn())
    .await?;
    Ok(gone.into_iter().map(PersonId).collect())
}

/// Gives the household that stays what only the other has: its place, and who cares for it.
pub(super) async fn complete(cx: &mut Cx, from: HouseholdId, into: HouseholdId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update households s
         set address = case when s.address_key is null and s.address is null then g.address else s.address end,
             address_parts = case when s.address_key is null and s.address is null then g.address_parts else s.address_parts end,
             address_key = case when s.address_key is null and s.address is null then g.address_key else s.address_key end,
             quarter_id = coalesce(s.quarter_id, g.quarter_id),
             placed_by = case when s.quarter_id is null then g.placed_by else s.placed_by end,
             lat = coalesce(s.lat, g.lat), lon = coalesce(s.lon, g.lon),
             mobile_station_id = coalesce(s.mobile_station_id, g.mobile_station_id),
             care_team_id = coalesce(s.care_team_id, g.care_team_id),
             assigned_at = coalesce(s.assigned_at, g.assigned_at)
         from households g
         where s.tenant_id = $1 and s.id = $3 and g.tenant_id = $1 and g.id = $2",
        tenant,
        from.uuid(),
        into.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// From now on the one is the other, and so is whatever had become one with it before.
pub(super) async fn point(cx: &mut Cx, from: HouseholdId, into: HouseholdId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update households set joined_into = $3 where tenant_id = $1 and (id = $2 or joined_into = $2)",
        tenant,
        from.uuid(),
        into.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The household and those that have become one with it.
pub(super) async fn all_of(cx: &mut Cx, id: HouseholdId) -> Result<Vec<HouseholdId>> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = sqlx::query_scalar!(
        "select id from households where tenant_id = $1 and (id = $2 or joined_into = $2) order by id",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(HouseholdId).collect())
}
