use crate::risk::Group;
use jiff_sqlx::ToSqlx;
use kernel::{PersonId, PlanId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// The newest oxygen reading of each plan's person that was no slip of the pen, also one that was entered in
/// a plan joined to this one.
pub(super) async fn newest_spo2(cx: &mut Cx, plans: &[PlanId]) -> Result<BTreeMap<PersonId, i16>> {
    let (tenant, ids) = (cx.tenant().uuid(), plans.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select distinct on (p.id) p.person_id, c.spo2 as "spo2!" from follow_plans p
           join follow_plans w on w.tenant_id = $1 and (w.id = p.id or w.joined_into = p.id)
           join follow_contacts c on c.tenant_id = $1 and c.plan_id = w.id
           where p.tenant_id = $1 and p.id = any($2) and c.spo2 is not null and c.outcome = 'reached'
             and c.withdrawn_at is null
           order by p.id, c.at desc, c.id desc"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id.into(), row.spo2)).collect())
}

pub(super) async fn set(cx: &mut Cx, plan: PlanId, risk: Group, version: i32) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update follow_plans set risk = $3, risk_version = $4, risk_at = $5 where tenant_id = $1 and id = $2",
        tenant,
        plan.uuid(),
        risk.as_str(),
        version,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
