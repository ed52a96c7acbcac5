//! Gaps that have been told of.

use super::{desk::OpenGap, model::Period, sql};
use jiff_sqlx::ToSqlx;
use kernel::{Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// A gap that has been told of.
pub(super) struct ToldGap {
    pub id: Uuid,
    pub rank: i16,
    pub period: Period,
    pub nobody: bool,
}

pub(super) async fn told_gaps(cx: &mut Cx, unit: UnitId) -> Result<Vec<ToldGap>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, rank, starts_at, ends_at, nobody from roster_gaps
         where tenant_id = $1 and unit_id = $2 and closed_at is null order by starts_at",
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    // A row without length tells nothing; two gaps that met were once written as one.
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let period = Period::new(row.starts_at.to_jiff(), row.ends_at.to_jiff()).ok()?;
            Some(ToldGap { id: row.id, rank: row.rank, period, nobody: row.nobody })
        })
        .collect())
}

/// The open gaps of all units that are not over, in order of start.
pub(super) async fn open(cx: &mut Cx) -> Result<Vec<OpenGap>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query!(
        r#"select unit_id, rank, greatest(starts_at, $2) as "starts_at!", ends_at, nobody from roster_gaps
           where tenant_id = $1 and closed_at is null and ends_at > $2 order by 3, unit_id, rank"#,
        tenant,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let period = Period::new(row.starts_at.to_jiff(), row.ends_at.to_jiff()).ok()?;
            let post = sql::post(row.rank);
            Some(OpenGap { unit: row.unit_id.into(), post, period, nobody: row.nobody })
        })
        .collect())
}

/// Writes a gap, or where a told one reaches now.
pub(super) async fn save_gap(cx: &mut Cx, unit: UnitId, gap: &ToldGap) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into roster_gaps (tenant_id, id, unit_id, rank, starts_at, ends_at, nobody, found_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, id) do update set ends_at = excluded.ends_at, nobody = excluded.nobody",
        tenant,
        gap.id,
        unit.uuid(),
        gap.rank,
        gap.period.start().to_sqlx(),
        gap.period.end().to_sqlx(),
        gap.nobody,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn close_gap(cx: &mut Cx, gap: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("update roster_gaps set closed_at = $3 where tenant_id = $1 and id = $2", tenant, gap, now)
        .execute(cx.conn())
        .await?;
    Ok(())
}
