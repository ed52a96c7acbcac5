//! Plans, planned shifts, who stands, what a unit needs.

use super::{
    model::{Period, Post, Shift},
    plans::{Plan, StoredPlan},
};
use crate::units;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, ShiftId, StaffId, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use store::Cx;

/// Makes everyone else who lays this unit out wait until this transaction has ended.
pub(super) async fn lock(cx: &mut Cx, unit: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query_scalar!(
        "select id from units where tenant_id = $1 and id = $2 for update",
        tenant,
        unit.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(())
}

/// The plans of a unit that have not been undone, oldest first.
pub(super) async fn plans(cx: &mut Cx, unit: UnitId) -> Result<Vec<StoredPlan>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, valid_from, valid_to, body from roster_plans
         where tenant_id = $1 and unit_id = $2 and undone_at is null order by id",
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredPlan {
                id: row.id,
                valid_from: row.valid_from.to_jiff(),
                valid_to: row.valid_to.map(jiff_sqlx::Date::to_jiff),
                plan: serde_json::from_value(row.body).map_err(Error::internal)?,
            })
        })
        .collect()
}

pub(super) async fn insert_plan(cx: &mut Cx, unit: UnitId, plan: &StoredPlan) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let body = serde_json::to_value(&plan.plan).map_err(Error::internal)?;
    let by = cx.actor.staff_id().map(StaffId::uuid);
    sqlx::query!(
        "insert into roster_plans (tenant_id, id, unit_id, kind, valid_from, valid_to, body, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        plan.id,
        unit.uuid(),
        plan.plan.kind(),
        plan.valid_from.to_sqlx(),
        plan.valid_to.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        body,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Ends patterns and rotations of a unit on `from`; one that had not begun is undone.
pub(super) async fn close_plans(cx: &mut Cx, unit: UnitId, from: Date) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update roster_plans
         set undone_at = case when valid_from >= $3 then $4 else undone_at end,
             valid_to = case when valid_from >= $3 then valid_to else least(valid_to, $3) end
         where tenant_id = $1 and unit_id = $2 and undone_at is null and kind <> 'sheet'",
        tenant,
        unit.uuid(),
        from.to_sqlx(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Undoes a table that was handed in; the unit it was for.
pub(super) async fn undo_sheet(cx: &mut Cx, plan: Uuid) -> Result<Option<UnitId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let unit = sqlx::query_scalar!(
        "update roster_plans set undone_at = $3
         where tenant_id = $1 and id = $2 and kind = 'sheet' and undone_at is null returning unit_id",
        tenant,
        plan,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(unit.map(UnitId))
}

pub(super) async fn plan_unit(cx: &mut Cx, plan: Uuid) -> Result<UnitId> {
    let tenant = cx.tenant().uuid();
    let unit = sqlx::query_scalar!(
        "select unit_id from roster_plans where tenant_id = $1 and id = $2",
        tenant,
        plan
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(UnitId(unit))
}

/// Planned shifts of units, or with given ids, that touch `span`; in order of start.
pub(super) async fn planned(
    cx: &mut Cx,
    units: &[UnitId],
    ids: &[ShiftId],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Shift>> {
    let tenant = cx.tenant().uuid();
    let units: Vec<Uuid> = units.iter().map(|unit| unit.uuid()).collect();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select id, unit_id, rank, name, starts_at, ends_at, owner_id from planned_shifts
         where tenant_id = $1 and ((unit_id = any($2) and ends_at > $4 and starts_at < $5) or id = any($3))
         order by starts_at, rank, id",
        tenant,
        &units,
        &ids,
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let period =
                Period::new(row.starts_at.to_jiff(), row.ends_at.to_jiff()).map_err(Error::internal)?;
            let owner = row.owner_id.map(StaffId);
            Ok(Shift::planned(row.id.into(), row.unit_id.into(), post(row.rank), &row.name, period, owner))
        })
        .collect()
}

pub(super) fn post(rank: i16) -> Post {
    Post::from(u8::try_from(rank).unwrap_or(u8::MAX))
}

pub(super) fn rank(post: Post) -> i16 {
    i16::from(u8::from(post))
}

/// New planned shifts, each with its plan.
pub(super) async fn insert_planned(cx: &mut Cx, shifts: &[(Uuid, Shift)]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let plans: Vec<Uuid> = shifts.iter().map(|(plan, _)| *plan).collect();
    let ids: Vec<Uuid> = shifts.iter().map(|(_, s)| s.id.uuid()).collect();
    let units: Vec<Uuid> = shifts.iter().map(|(_, s)| s.unit.uuid()).collect();
    let ranks: Vec<i16> = shifts.iter().map(|(_, s)| rank(s.post)).collect();
    let names: Vec<String> = shifts.iter().map(|(_, s)| s.name.clone()).collect();
    let starts: Vec<i64> = shifts.iter().map(|(_, s)| s.planned.start().as_microsecond()).collect();
    let ends: Vec<i64> = shifts.iter().map(|(_, s)| s.planned.end().as_microsecond()).collect();
    let owners: Vec<Option<Uuid>> = shifts.iter().map(|(_, s)| s.owner.map(Uuid::from)).collect();
    sqlx::query!(
        "insert into planned_shifts (tenant_id, id, plan_id, unit_id, rank, name, starts_at, ends_at, owner_id)
         select $1, id, plan_id, unit_id, rank, name, timestamptz 'epoch' + starts * interval '1 microsecond',
                timestamptz 'epoch' + ends * interval '1 microsecond', owner_id
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::text[], $7::bigint[], $8::bigint[], $9::uuid[])
              as s (id, plan_id, unit_id, rank, name, starts, ends, owner_id)",
        tenant,
        &ids,
        &plans,
        &units,
        &ranks,
        &names,
        &starts,
        &ends,
        &owners as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn withdraw_planned(cx: &mut Cx, ids: &[ShiftId]) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!("delete from planned_shifts where tenant_id = $1 and id = any($2)", tenant, &ids)
        .execute(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn reassign_planned(cx: &mut Cx, owners: &[(ShiftId, Option<StaffId>)]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = owners.iter().map(|(id, _)| id.uuid()).collect();
    let owners: Vec<Option<Uuid>> = owners.iter().map(|(_, owner)| owner.map(Uuid::from)).collect();
    sqlx::query!(
        "update planned_shifts p set owner_id = n.owner_id
         from unnest($2::uuid[], $3::uuid[]) as n (id, owner_id) where p.tenant_id = $1 and p.id = n.id",
        tenant,
        &ids,
        &owners as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A row of `shifts`: somebody who stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub id: Uuid,
    pub planned: Option<Uuid>,
    pub unit: UnitId,
    pub staff: StaffId,
    pub period: Period,
    pub rank: i16,
    /// The planned shift's name; empty for what was put in by hand.
    pub name: String,
}

impl Standing {
    /// As a shift of its own, for what looks at many units at once.
    pub(super) fn shift(&self) -> Shift {
        let id = ShiftId(self.planned.unwrap_or(self.id));
        Shift::planned(id, self.unit, post(self.rank), &self.name, self.period, Some(self.staff))
    }
}

/// Who stands at `units`, or which hours `staff` stand, in a span. Rows put in by hand for somebody
/// who has left since are not there; those of a roster are taken out when he leaves.
pub(super) async fn standing(
    cx: &mut Cx,
    units: &[UnitId],
    staff: &[StaffId],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Standing>> {
    let (tenant, zone) = (cx.tenant().uuid(), units::zone_name(cx).await?);
    let units: Vec<Uuid> = units.iter().map(|unit| unit.uuid()).collect();
    let staff: Vec<Uuid> = staff.iter().map(|staff| staff.uuid()).collect();
    let rows = sqlx::query!(
        r#"select s.id, s.planned_id, s.unit_id, s.staff_id, s.starts_at, s.ends_at, s.rank,
                  coalesce(p.name, '') as "name!"
           from shifts s
           join staff f on f.tenant_id = $1 and f.id = s.staff_id
           left join planned_shifts p on p.tenant_id = $1 and p.id = s.planned_id
           where s.tenant_id = $1 and (s.unit_id = any($2) or s.staff_id = any($3)) and s.ends_at > $4 and s.starts_at < $5
             and (s.planned_id is not null or f.left_on is null
                  or s.starts_at < f.left_on::timestamp at time zone $6)
           order by s.starts_at, s.rank, s.id"#,
        tenant,
        &units,
        &staff,
        from.to_sqlx(),
        to.to_sqlx(),
        zone
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let period =
                Period::new(row.starts_at.to_jiff(), row.ends_at.to_jiff()).map_err(Error::internal)?;
            Ok(Standing {
                id: row.id,
                planned: row.planned_id,
                unit: row.unit_id.into(),
                staff: row.staff_id.into(),
                period,
                rank: row.rank,
                name: row.name,
            })
        })
        .collect()
}

pub(super) async fn insert_standing(cx: &mut Cx, pieces: &[Shift]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let standing: Vec<(&Shift, StaffId)> = pieces.iter().filter_map(|s| Some((s, s.staff?))).collect();
    let ids: Vec<Uuid> = standing.iter().map(|_| cx.id()).collect();
    let planned: Vec<Uuid> = standing.iter().map(|(s, _)| s.id.uuid()).collect();
    let units: Vec<Uuid> = standing.iter().map(|(s, _)| s.unit.uuid()).collect();
    let staff: Vec<Uuid> = standing.iter().map(|(_, staff)| staff.uuid()).collect();
    let starts: Vec<i64> = standing.iter().map(|(s, _)| s.period.start().as_microsecond()).collect();
    let ends: Vec<i64> = standing.iter().map(|(s, _)| s.period.end().as_microsecond()).collect();
    let ranks: Vec<i16> = standing.iter().map(|(s, _)| rank(s.post)).collect();
    sqlx::query!(
        "insert into shifts (tenant_id, id, planned_id, unit_id, staff_id, starts_at, ends_at, rank, source)
         select $1, id, planned_id, unit_id, staff_id, timestamptz 'epoch' + starts * interval '1 microsecond',
                timestamptz 'epoch' + ends * interval '1 microsecond', rank, 'roster'
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::smallint[])
              as s (id, planned_id, unit_id, staff_id, starts, ends, rank)",
        tenant,
        &ids,
        &planned,
        &units,
        &staff,
        &starts,
        &ends,
        &ranks
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn remove_standing(cx: &mut Cx, ids: &[Uuid]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from shifts where tenant_id = $1 and id = any($2) and source = 'roster'",
        tenant,
        ids
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Units at which a person has hours ahead, by plan, by cover or by hand.
pub(super) async fn units_ahead(cx: &mut Cx, staff: StaffId) -> Result<Vec<UnitId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids = sqlx::query_scalar!(
        r#"select unit_id as "unit_id!" from planned_shifts where tenant_id = $1 and owner_id = $2 and ends_at > $3
           union select unit_id from shifts where tenant_id = $1 and staff_id = $2 and ends_at > $3
           order by 1"#,
        tenant,
        staff.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}

/// What a unit needs, as it was said; `None` when nothing was.
pub(super) async fn need(cx: &mut Cx, unit: UnitId) -> Result<Option<Value>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select body from roster_needs where tenant_id = $1 and unit_id = $2",
        tenant,
        unit.uuid()
    )
    .fetch_optional(cx.conn())
    .await?)
}

pub(super) async fn save_need(cx: &mut Cx, unit: UnitId, body: &Value) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into roster_needs (tenant_id, unit_id, body, changed_at) values ($1, $2, $3, $4)
         on conflict (tenant_id, unit_id) do update set body = excluded.body, changed_at = excluded.changed_at",
        tenant,
        unit.uuid(),
        body,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Names of shifts and their hours that a unit's plans know.
pub(super) fn bands(plans: &[StoredPlan]) -> Vec<super::model::Band> {
    let mut bands = Vec::new();
    for stored in plans {
        match &stored.plan {
            Plan::Weekly(pattern) => bands.extend(pattern.slots.iter().map(|slot| slot.band.clone())),
            Plan::Rotation(rotation) => bands.extend(rotation.restrictions.iter().map(|r| r.band.clone())),
            Plan::Sheet(_) => {}
        }
    }
    bands.sort();
    bands.dedup();
    bands
}

/// The place as written before the date on papers.
pub(super) async fn place_name(cx: &mut Cx) -> Result<String> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(r#"select place_name as "name!" from tenants where id = $1"#, tenant)
        .fetch_one(cx.conn())
        .await?)
}
