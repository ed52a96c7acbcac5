//! Dated changes of units: new names, new lines, ends, boundaries, successions.

use super::{Line, successions::Row as Succession};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, UnitId};
use serde_json::Value;
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// A unit's name from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    pub name: String,
    pub short: String,
    pub name_en: String,
    pub admin_code: Option<String>,
    pub citation: Option<String>,
    pub verified: bool,
}

/// The first day of a unit, and its last once it is closed.
pub(super) struct Days {
    pub first: Date,
    pub last: Option<Date>,
}

impl Days {
    /// Why nothing can change from a day on.
    pub fn refuse(&self, from: Date) -> Result<()> {
        if from < self.first {
            return Err(Error::invalid("from", "error-unit-not-yet"));
        }
        if self.last.is_some_and(|last| last < from) {
            return Err(Error::Conflict("error-unit-closed"));
        }
        Ok(())
    }
}

/// The days of a unit; locks it. `NotFound` in another tenant.
pub(super) async fn lock(cx: &mut Cx, unit: UnitId) -> Result<Days> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select valid_from, valid_to from units where tenant_id = $1 and id = $2 for update",
        tenant,
        unit.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Days { first: row.valid_from.to_jiff(), last: row.valid_to.map(jiff_sqlx::Date::to_jiff) })
}

/// Every code that is, was or will be a unit's, with the unit's days.
pub(super) async fn codes(cx: &mut Cx) -> Result<BTreeMap<String, Days>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!("select code, valid_from, valid_to from units where tenant_id = $1", tenant)
        .fetch_all(cx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let last = row.valid_to.map(jiff_sqlx::Date::to_jiff);
            (row.code, Days { first: row.valid_from.to_jiff(), last })
        })
        .collect())
}

/// The new name holds from `from` until the next one that is known, or the unit's end.
pub(super) async fn rename(cx: &mut Cx, unit: UnitId, from: Date, new: &NewName) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "with old as (
             update unit_names set valid_to = $3::date - 1
             where tenant_id = $1 and unit_id = $2 and valid_from < $3 and (valid_to is null or valid_to >= $3))
         insert into unit_names (tenant_id, unit_id, valid_from, valid_to, name, short, name_en, admin_code, citation, verified)
         select $1, $2, $3, coalesce((select min(n.valid_from) - 1 from unit_names n
                                      where n.tenant_id = $1 and n.unit_id = $2 and n.valid_from > $3),
                                     (select u.valid_to from units u where u.tenant_id = $1 and u.id = $2)),
                $4, $5, $6, $7, $8, $9
         on conflict (tenant_id, unit_id, valid_from) do update
         set name = excluded.name, short = excluded.short, name_en = excluded.name_en, admin_code = excluded.admin_code,
             citation = excluded.citation, verified = excluded.verified",
        tenant,
        unit.uuid(),
        from.to_sqlx(),
        new.name,
        new.short,
        new.name_en,
        new.admin_code,
        new.citation,
        new.verified
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The new parent in a line holds from `from`; none ends the line there.
pub(super) async fn relink(
    cx: &mut Cx,
    unit: UnitId,
    line: Line,
    parent: Option<UnitId>,
    from: Date,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update unit_lines set valid_to = $4::date - 1
         where tenant_id = $1 and unit_id = $2 and line = $3 and valid_from < $4 and (valid_to is null or valid_to >= $4)",
        tenant,
        unit.uuid(),
        line.as_str(),
        from.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    if parent.is_none() {
        // A line that begins on the day it ends has never held.
        sqlx::query!(
            "delete from unit_lines where tenant_id = $1 and unit_id = $2 and line = $3 and valid_from = $4",
            tenant,
            unit.uuid(),
            line.as_str(),
            from.to_sqlx()
        )
        .execute(cx.conn())
        .await?;
    }
    if let Some(parent) = parent {
        sqlx::query!(
            "insert into unit_lines (tenant_id, unit_id, line, valid_from, valid_to, parent_id)
             select $1, $2, $3, $4, coalesce((select min(l.valid_from) - 1 from unit_lines l
                                              where l.tenant_id = $1 and l.unit_id = $2 and l.line = $3 and l.valid_from > $4),
                                             (select u.valid_to from units u where u.tenant_id = $1 and u.id = $2)), $5
             on conflict (tenant_id, unit_id, line, valid_from) do update set parent_id = excluded.parent_id",
            tenant,
            unit.uuid(),
            line.as_str(),
            from.to_sqlx(),
            parent.uuid()
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// The days after `from` on which any unit gets another parent in a line.
pub(super) async fn days_of_new_lines(cx: &mut Cx, line: Line, from: Date) -> Result<BTreeSet<Date>> {
    let tenant = cx.tenant().uuid();
    let days = sqlx::query_scalar!(
        "select distinct valid_from from unit_lines where tenant_id = $1 and line = $2 and valid_from > $3",
        tenant,
        line.as_str(),
        from.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(days.into_iter().map(jiff_sqlx::Date::to_jiff).collect())
}

/// `last` is the last day of the unit, its name and its lines.
pub(super) async fn close(cx: &mut Cx, unit: UnitId, last: Date) -> Result<()> {
    let (tenant, last) = (cx.tenant().uuid(), last.to_sqlx());
    sqlx::query!(
        "with u as (update units set valid_to = $3 where tenant_id = $1 and id = $2),
              n as (update unit_names set valid_to = $3
                    where tenant_id = $1 and unit_id = $2 and valid_from <= $3 and (valid_to is null or valid_to > $3))
         update unit_lines set valid_to = $3
         where tenant_id = $1 and unit_id = $2 and valid_from <= $3 and (valid_to is null or valid_to > $3)",
        tenant,
        unit.uuid(),
        last
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Moves local units that go on into another ward. The ward of a unit is not dated, so this is done
/// on the day.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId, day: Date) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update units set ward_id = $3 where tenant_id = $1 and ward_id = $2 and (valid_to is null or valid_to >= $4)",
        tenant,
        from.uuid(),
        to.uuid(),
        day.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_ward(cx: &mut Cx, unit: UnitId, ward: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update units set ward_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        unit.uuid(),
        ward.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_place(cx: &mut Cx, unit: UnitId, (lat, lon): (f64, f64)) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into unit_places (tenant_id, unit_id, lat, lon, verified) values ($1, $2, $3, $4, false)
         on conflict (tenant_id, unit_id) do update set lat = excluded.lat, lon = excluded.lon, verified = false",
        tenant,
        unit.uuid(),
        lat,
        lon
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn save_boundary(
    cx: &mut Cx,
    unit: UnitId,
    boundary: &Value,
    (lon, lat): (f64, f64),
    from: Date,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into unit_places (tenant_id, unit_id, lat, lon, verified, boundary, boundary_from)
         values ($1, $2, $3, $4, false, $5, $6)
         on conflict (tenant_id, unit_id) do update
         set boundary = excluded.boundary, boundary_from = excluded.boundary_from",
        tenant,
        unit.uuid(),
        lat,
        lon,
        boundary,
        from.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Units that have wholly or partly passed into others by a day.
pub(super) async fn succeeded_by(cx: &mut Cx, day: Date) -> Result<BTreeSet<UnitId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        r#"select distinct from_id as "from_id!" from unit_successions
           where tenant_id = $1 and on_date <= $2 and from_id is not null"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}

struct SuccessionRow {
    from_id: Option<Uuid>,
    from_code: Option<String>,
    from_name: Option<String>,
    to_id: Option<Uuid>,
    to_code: Option<String>,
    to_name: Option<String>,
    on_date: jiff_sqlx::Date,
    share: String,
    citation: Option<String>,
}

impl From<SuccessionRow> for Succession {
    fn from(row: SuccessionRow) -> Self {
        Self {
            from: row.from_id.map(UnitId),
            from_code: row.from_code,
            from_name: row.from_name,
            to: row.to_id.map(UnitId),
            to_code: row.to_code,
            to_name: row.to_name,
            on: row.on_date.to_jiff(),
            whole: row.share == "whole",
            citation: row.citation,
        }
    }
}

/// Every succession that has taken effect by a day, in order of day.
pub(super) async fn successions(cx: &mut Cx, day: Date) -> Result<Vec<Succession>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        SuccessionRow,
        "select from_id, from_code, from_name, to_id, to_code, to_name, on_date, share, citation
         from unit_successions where tenant_id = $1 and on_date <= $2 order by on_date, id",
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Succession::from).collect())
}

/// The successions in which a unit gave or took, by day; those known ahead too.
pub async fn successions_of(cx: &mut Cx, unit: UnitId) -> Result<Vec<Succession>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        SuccessionRow,
        "select from_id, from_code, from_name, to_id, to_code, to_name, on_date, share, citation
         from unit_successions where tenant_id = $1 and (from_id = $2 or to_id = $2) order by on_date, id",
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Succession::from).collect())
}

/// A succession inside the tenant.
pub(super) async fn insert_inside(
    cx: &mut Cx,
    from: UnitId,
    to: UnitId,
    on: Date,
    whole: bool,
    citation: &str,
) -> Result<()> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    sqlx::query!(
        "insert into unit_successions (tenant_id, id, from_id, to_id, on_date, share, citation)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        from.uuid(),
        to.uuid(),
        on.to_sqlx(),
        if whole { "whole" } else { "part" },
        citation
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
