use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Result};
use sqlx::types::Uuid;
use store::Cx;

fn uuids(attempts: &[AttemptId]) -> Vec<Uuid> {
    attempts.iter().map(|id| id.uuid()).collect()
}

/// Notes that a process holds these calls until `until`; a note that is good until `fresh` is left. Those of which it
/// was noted.
pub(super) async fn hold(
    cx: &mut Cx,
    attempts: &[AttemptId],
    until: Timestamp,
    fresh: Timestamp,
) -> Result<Vec<AttemptId>> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(attempts));
    let noted = sqlx::query_scalar!(
        "insert into held_calls (tenant_id, attempt_id, held_until) select $1, id, $3 from unnest($2::uuid[]) as c (id)
         where not exists (select from held_calls h
                           where h.tenant_id = $1 and h.attempt_id = c.id and h.held_until >= $4)
         on conflict (tenant_id, attempt_id) do update set held_until = excluded.held_until
         where held_calls.held_until < $4
         returning attempt_id",
        tenant,
        &ids,
        until.to_sqlx(),
        fresh.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(noted.into_iter().map(AttemptId).collect())
}

pub(super) async fn let_go(cx: &mut Cx, attempts: &[AttemptId]) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(attempts));
    sqlx::query!("delete from held_calls where tenant_id = $1 and attempt_id = any($2)", tenant, &ids)
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The calls that some process holds now; notes that have run out are thrown away.
pub(super) async fn held(cx: &mut Cx) -> Result<Vec<AttemptId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("delete from held_calls where tenant_id = $1 and held_until <= $2", tenant, now)
        .execute(cx.conn())
        .await?;
    let held = sqlx::query_scalar!("select attempt_id from held_calls where tenant_id = $1", tenant)
        .fetch_all(cx.conn())
        .await?;
    Ok(held.into_iter().map(AttemptId).collect())
}
