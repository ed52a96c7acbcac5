use super::{
    model::{Ending, TestKind, TestResult},
    sql::author,
};
use crate::vitals::Symptom;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, PersonId, Result};
use store::Cx;

/// A result by the day of its sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sampled {
    pub person: PersonId,
    pub kind: TestKind,
    pub result: TestResult,
    pub sample_on: Date,
}

/// The results of these people that stand, by the day of the sample.
pub(crate) async fn results_of(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Sampled>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select person_id, kind, result, sample_on from test_results
         where tenant_id = $1 and person_id = any($2) and withdrawn_at is null order by sample_on, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Sampled {
                person: row.person_id.into(),
                kind: row.kind.parse()?,
                result: row.result.parse()?,
                sample_on: row.sample_on.to_jiff(),
            })
        })
        .collect()
}

/// An illness of an F0, and whether it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Illness {
    pub person: PersonId,
    pub reported_at: Timestamp,
    pub ended: Option<(Ending, Date)>,
}

/// The illnesses of these people that were confirmed and count, in the order of their reports.
pub(crate) async fn confirmed_of(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Illness>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select person_id, reported_at, outcome, outcome_on from cases
         where tenant_id = $1 and person_id = any($2) and classification = 'confirmed' and withdrawn_at is null
           and same_as is null
         order by reported_at, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let ending: Option<Ending> = row.outcome.as_deref().map(str::parse).transpose()?;
            Ok(Illness {
                person: row.person_id.into(),
                reported_at: row.reported_at.to_jiff(),
                ended: ending.zip(row.outcome_on.map(jiff_sqlx::Date::to_jiff)),
            })
        })
        .collect()
}

/// What was told of the illness when it was reported.
pub(crate) async fn told_symptoms(cx: &mut Cx, id: CaseId) -> Result<Vec<Symptom>> {
    let tenant = cx.tenant().uuid();
    let symptoms =
        sqlx::query_scalar!("select symptoms from cases where tenant_id = $1 and id = $2", tenant, id.uuid())
            .fetch_optional(cx.conn())
            .await?
            .ok_or(Error::NotFound)?;
    symptoms.iter().map(|word| word.parse()).collect()
}

pub(super) async fn end(cx: &mut Cx, id: CaseId, ending: Ending, on: Date) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update cases set outcome = $3, outcome_on = $4, outcome_at = $5, outcome_by = $6 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ending.as_str(),
        on.to_sqlx(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_onset(cx: &mut Cx, id: CaseId, on: Date) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update cases set onset_on = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        on.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_severe(cx: &mut Cx, id: CaseId, severe: bool) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update cases set severe_since = case when $3 then $4::timestamptz end where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        severe,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
