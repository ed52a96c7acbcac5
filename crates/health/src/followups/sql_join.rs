//! Plans of people who were on record twice.

use super::sql::{Kept, Row};
use jiff_sqlx::ToSqlx;
use kernel::{PersonId, PlanId, Result};
use sqlx::types::Uuid;
use store::Cx;

fn uuids(people: &[PersonId]) -> Vec<Uuid> {
    people.iter().map(|person| person.uuid()).collect()
}

/// Every plan of these records, running or not.
pub(super) async fn all_of(cx: &mut Cx, records: &[PersonId]) -> Result<Vec<Kept>> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(records));
    sqlx::query_as!(
        Row,
        "select id, household_id, person_id, ward_id, case_id, subject, basis, start_on, ends_on, risk, risk_version, risk_at,
                last_grade, silence_ticket_id, opened_at, closed_at, closed_as, missed, closed_by_case, protected,
                protected_told
         from follow_plans where tenant_id = $1 and person_id = any($2) order by opened_at, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

/// What was entered in the plans of these records that were closed as joined counts in this one; `None`:
/// in none but their own.
pub(super) async fn bind(cx: &mut Cx, records: &[PersonId], into: Option<PlanId>) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), uuids(records));
    sqlx::query!(
        "update follow_plans set joined_into = $3
         where tenant_id = $1 and person_id = any($2) and closed_as = 'joined' and id is distinct from $3
           and joined_into is distinct from $3",
        tenant,
        &ids,
        into.map(PlanId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A plan that was closed as joined runs again. What fell due meanwhile was asked for by the other plan, so
/// nobody owes it here.
pub(super) async fn reopen(cx: &mut Cx, id: PlanId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update follow_plans
         set closed_at = null, closed_by = null, closed_as = null, closed_by_case = false, joined_into = null, opened_at = $3
         where tenant_id = $1 and id = $2 and closed_as = 'joined'",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
