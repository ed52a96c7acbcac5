use super::model::Subject;
use crate::alerts::Grade;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{HouseholdId, PersonId, PlanId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// Somebody who is followed, before his name is looked up.
pub(super) struct Line {
    pub household: HouseholdId,
    pub person: PersonId,
    pub plan: PlanId,
    pub subject: Subject,
    pub start_on: Date,
    pub ends_on: Date,
    pub last_at: Option<Timestamp>,
    pub last_grade: Option<Grade>,
    pub missed: i16,
    pub due_at: Option<Timestamp>,
}

/// Those who are followed in these households, the highest first.
pub(super) async fn people(cx: &mut Cx, homes: &[HouseholdId]) -> Result<Vec<Line>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select household_id, person_id, id, subject, start_on, ends_on, last_at, last_grade, missed, due_at
         from follow_plans
         where tenant_id = $1 and household_id = any($2) and closed_at is null order by rank desc, due_at, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Line {
                household: row.household_id.into(),
                person: row.person_id.into(),
                plan: row.id.into(),
                subject: row.subject.parse()?,
                start_on: row.start_on.to_jiff(),
                ends_on: row.ends_on.to_jiff(),
                last_at: row.last_at.map(jiff_sqlx::Timestamp::to_jiff),
                last_grade: row.last_grade.as_deref().map(str::parse).transpose()?,
                missed: row.missed,
                due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}

/// When each of these households was reminded last, since a moment.
pub(super) async fn reminded(
    cx: &mut Cx,
    homes: &[HouseholdId],
    since: Timestamp,
) -> Result<BTreeMap<HouseholdId, Timestamp>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select household_id, max(at) as "at!" from follow_contacts
           where tenant_id = $1 and household_id = any($2) and outcome = 'reminded' and at > $3
           group by household_id"#,
        tenant,
        &ids,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.household_id.into(), row.at.to_jiff())).collect())
}
