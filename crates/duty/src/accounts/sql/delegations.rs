use super::{super::acting::Delegation, jiff};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

pub(in super::super) async fn insert(
    cx: &mut Cx,
    leader: StaffId,
    deputy: StaffId,
    from: Timestamp,
    to: Option<Timestamp>,
    decision: Option<&str>,
) -> Result<Uuid> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    sqlx::query!(
        "insert into delegations (tenant_id, id, leader_id, deputy_id, valid_from, valid_to, decision)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        leader.uuid(),
        deputy.uuid(),
        from.to_sqlx(),
        to.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        decision
    )
    .execute(cx.conn())
    .await?;
    Ok(id)
}

/// Delegations that are in force or will be.
pub(in super::super) async fn standing(cx: &mut Cx) -> Result<Vec<Delegation>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let rows = sqlx::query!(
        "select id, leader_id, deputy_id, valid_from, valid_to, decision from delegations
         where tenant_id = $1 and (valid_to is null or valid_to > $2) order by valid_from, id",
        tenant,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Delegation {
            id: row.id,
            leader: row.leader_id.into(),
            deputy: row.deputy_id.into(),
            from: row.valid_from.to_jiff(),
            to: jiff(row.valid_to),
            decision: row.decision,
        })
        .collect())
}

/// Ends a delegation that stands; one that has not begun never will.
pub(in super::super) async fn end(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update delegations set valid_to = greatest(valid_from, $3) where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
