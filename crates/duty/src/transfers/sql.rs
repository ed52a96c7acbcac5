use crate::permissions::{Action, Permit, Scope};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) async fn insert(cx: &mut Cx, id: Uuid, on: Date, citation: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().map(kernel::StaffId::uuid);
    sqlx::query!(
        "insert into unit_transfers (tenant_id, id, on_date, citation, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6)",
        tenant,
        id,
        on.to_sqlx(),
        citation,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A reform that was written down.
#[derive(Clone, Debug)]
pub struct Planned {
    pub on: Date,
    pub citation: String,
    pub done_at: Option<Timestamp>,
}

/// Every reform, the newest first.
pub async fn planned(cx: &mut Cx) -> Result<Vec<Planned>> {
    cx.permit_sight(Action::UnitSee, Scope::Tenant)?;
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select on_date, citation, done_at from unit_transfers where tenant_id = $1 order by on_date desc, id desc",
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Planned {
            on: row.on_date.to_jiff(),
            citation: row.citation,
            done_at: row.done_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Marks a transfer as done; `None` when it was before, else its day.
pub(super) async fn finish(cx: &mut Cx, id: Uuid) -> Result<Option<Date>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let day = sqlx::query_scalar!(
        "update unit_transfers set done_at = $3 where tenant_id = $1 and id = $2 and done_at is null returning on_date",
        tenant,
        id,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(day.map(jiff_sqlx::Date::to_jiff))
}

/// Units that pass into others of this tenant on a day.
pub(super) async fn ending_on(cx: &mut Cx, day: Date) -> Result<Vec<UnitId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        r#"select distinct s.from_id as "from_id!" from unit_successions s
           join units u on u.tenant_id = $1 and u.id = s.from_id and u.valid_to < $2
           where s.tenant_id = $1 and s.on_date = $2 and s.to_id is not null order by 1"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}

/// Units that still exist beyond a day and stand in the ward, or under the unit in either line.
pub(super) async fn dependants(cx: &mut Cx, unit: UnitId, day: Date) -> Result<Vec<Dependant>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select u.id as "id!", u.code as "code!", l.line as "line?"
           from units u
           left join unit_lines l on l.tenant_id = $1 and l.unit_id = u.id and l.parent_id = $2
                                 and l.valid_from <= $3 and (l.valid_to is null or l.valid_to >= $3)
           where u.tenant_id = $1 and (u.valid_to is null or u.valid_to >= $3) and (u.ward_id = $2 or l.line is not null)
             and u.id <> $2
           order by u.code, l.line"#,
        tenant,
        unit.uuid(),
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let line =
                row.line.map(|line| line.parse().map_err(|()| Error::internal("not a line"))).transpose()?;
            Ok(Dependant { unit: row.id.into(), code: row.code, line })
        })
        .collect()
}

/// A unit that hangs on another: by a line, or, without one, by its ward alone.
pub(super) struct Dependant {
    pub unit: UnitId,
    pub code: String,
    pub line: Option<crate::units::Line>,
}
