use super::sql::{Kept, Row};
use crate::risk::Group;
use jiff_sqlx::ToSqlx;
use kernel::{PersonId, PlanId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// The running plans of these people.
pub(super) async fn running(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case
         from follow_plans where tenant_id = $1 and person_id = any($2) and closed_at is null order by id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

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
