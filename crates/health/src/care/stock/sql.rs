use super::{Item, Line, Move, Reason};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{BagId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) async fn lines(cx: &mut Cx, unit: UnitId) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select item, n, counted_at from unit_stocks where tenant_id = $1 and unit_id = $2",
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let counted_at = row.counted_at.map(jiff_sqlx::Timestamp::to_jiff);
            Ok(Line { item: row.item.parse()?, n: row.n, counted_at })
        })
        .collect()
}

/// How much there is and when somebody said so; locked, so that two who count at once count after each
/// other.
pub(super) async fn lock(cx: &mut Cx, unit: UnitId, item: Item) -> Result<Option<(i32, Option<Timestamp>)>> {
    // Of what was never written down there is no row to lock.
    let place = format!("{}{unit}{}", cx.tenant(), item.as_str());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7731)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select n, counted_at from unit_stocks where tenant_id = $1 and unit_id = $2 and item = $3 for update",
        tenant,
        unit.uuid(),
        item.as_str()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| (row.n, row.counted_at.map(jiff_sqlx::Timestamp::to_jiff))))
}

/// Changes it by so much; what there is then. `known`: somebody has said what there is.
pub(super) async fn change(cx: &mut Cx, unit: UnitId, item: Item, by: i32, known: bool) -> Result<i32> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    Ok(sqlx::query_scalar!(
        "insert into unit_stocks (tenant_id, unit_id, item, n, counted_at)
         values ($1, $2, $3, $4, case when $5 then $6::timestamptz end)
         on conflict (tenant_id, unit_id, item) do update
         set n = unit_stocks.n + excluded.n, counted_at = coalesce(excluded.counted_at, unit_stocks.counted_at)
         returning n",
        tenant,
        unit.uuid(),
        item.as_str(),
        by,
        known,
        now
    )
    .fetch_one(cx.conn())
    .await?)
}

pub(super) async fn note(
    cx: &mut Cx,
    unit: UnitId,
    item: Item,
    n: i32,
    reason: Reason,
    bag: Option<BagId>,
) -> Result<()> {
    let (tenant, now, by, id) =
        (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid), cx.id::<Uuid>());
    sqlx::query!(
        "insert into stock_moves (tenant_id, id, unit_id, item, n, reason, bag_id, at, by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id,
        unit.uuid(),
        item.as_str(),
        n,
        reason.as_str(),
        bag.map(BagId::uuid),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The newest first.
pub(super) async fn moves(cx: &mut Cx, unit: UnitId, limit: i64) -> Result<Vec<Move>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select item, n, reason, at, by from stock_moves
         where tenant_id = $1 and unit_id = $2 order by at desc, id desc limit $3",
        tenant,
        unit.uuid(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Move {
                item: row.item.parse()?,
                n: row.n,
                reason: row.reason.parse()?,
                at: row.at.to_jiff(),
                by: row.by.map(StaffId),
            })
        })
        .collect()
}
