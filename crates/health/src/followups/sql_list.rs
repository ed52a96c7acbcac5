use super::{
    list::{Counts, Only},
    model::Subject,
};
use crate::alerts::Grade;
use jiff::{Timestamp, civil::Date};
use kernel::{HouseholdId, PersonId, PlanId, Result, UnitId};
use store::Cx;

/// A household on the list.
pub(super) struct Row {
    pub household: HouseholdId,
    pub code: String,
    pub ward: UnitId,
    pub care_team: Option<UnitId>,
    pub address: Option<String>,
    pub rank: i16,
    pub due_at: Option<Timestamp>,
}

/// A unit answers for households as station, as mobile station or as care team: each way has its
/// index in the order of the list, and the ways in which it answers for none cost nothing.
pub(super) async fn rounds(
    cx: &mut Cx,
    unit: UnitId,
    only: Only,
    limit: i64,
    offset: i64,
) -> Result<Vec<Row>> {
    let (tenant, (least, most)) = (cx.tenant().uuid(), only.ranks());
    let rows = sqlx::query!(
        r#"select id as "id!", code as "code!", ward_id as "ward_id!", care_team_id, address, rank as "rank!", due_at
           from (
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and station_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)
               union all
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and mobile_station_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)
               union all
               (select id, code, ward_id, care_team_id, address, rank, due_at from households
                where tenant_id = $1 and care_team_id = $2 and followed > 0 and rank between $3 and $4
                order by rank desc, due_at, id limit $5::bigint + $6::bigint)) h
           order by rank desc, due_at, id limit $5 offset $6"#,
        tenant,
        unit.uuid(),
        least,
        most,
        limit,
        offset
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            household: row.id.into(),
            code: row.code,
            ward: row.ward_id.into(),
            care_team: row.care_team_id.map(UnitId),
            address: row.address,
            rank: row.rank,
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

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

pub(super) async fn counts(cx: &mut Cx, unit: UnitId) -> Result<Counts> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select rank as "rank!", count(*) as "count!"
           from (select rank from households where tenant_id = $1 and station_id = $2 and followed > 0
                 union all
                 select rank from households where tenant_id = $1 and mobile_station_id = $2 and followed > 0
                 union all
                 select rank from households where tenant_id = $1 and care_team_id = $2 and followed > 0) h
           group by rank"#,
        tenant,
        unit.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut counts = Counts::default();
    for row in rows {
        *match Only::of(row.rank) {
            Only::Flagged => &mut counts.flagged,
            Only::Silent => &mut counts.silent,
            Only::Owed => &mut counts.owed,
            Only::All | Only::Done => &mut counts.done,
        } += row.count;
    }
    Ok(counts)
}

/// Households from a rank on, counted to a hundred in each way in which the unit answers.
pub(super) async fn owed(cx: &mut Cx, unit: UnitId, least: i16) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from ((select rank from households
                  where tenant_id = $1 and station_id = $2 and followed > 0 and rank >= $3 limit 100)
                 union all
                 (select rank from households
                  where tenant_id = $1 and mobile_station_id = $2 and followed > 0 and rank >= $3 limit 100)
                 union all
                 (select rank from households
                  where tenant_id = $1 and care_team_id = $2 and followed > 0 and rank >= $3 limit 100)) h"#,
        tenant,
        unit.uuid(),
        least
    )
    .fetch_one(cx.conn())
    .await?)
}
