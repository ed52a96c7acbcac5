use crate::risk::Group;
use jiff_sqlx::ToSqlx;
use kernel::{PersonId, PlanId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// The newest oxygen reading of each plan's person that was no slip of the pen.
pub(super) async fn newest_spo2(cx: &mut Cx, plans: &[PlanId]) -> Result<BTreeMap<PersonId, i16>> {
    let (tenant, ids) = (cx.tenant().uuid(), plans.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select distinct on (plan_id) person_id, spo2 as "spo2!" from follow_contacts
           where tenant_id = $1 and plan_id = any($2) and spo2 is not null and outcome = 'reached' and withdrawn_at is null
           order by plan_id, at desc, id desc"#,
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
