use crate::alerts::{Ended, Grade};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AlertId, CaseId, HouseholdId, MatterId, PersonId, PlanId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

/// An alert of the past, or one that still stands open.
#[derive(Clone, Debug)]
pub struct PastAlert {
    pub id: AlertId,
    pub grade: Grade,
    /// As `alerts::Alert` has them.
    pub signs: Vec<String>,
    pub raised_at: Timestamp,
    pub rule_version: i32,
    pub matter: Option<MatterId>,
    pub ended: Option<(Timestamp, Ended)>,
    pub ended_by: Option<StaffId>,
}

/// Alerts of a case: those raised under it, and those of its person in its time.
pub(super) async fn alerts(
    cx: &mut Cx,
    case: CaseId,
    person: PersonId,
    since: Timestamp,
    until: Option<Timestamp>,
) -> Result<Vec<PastAlert>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, grade, signs, raised_at, rule_version, matter_id, ended_at, ended_as, ended_by from alerts
         where tenant_id = $1 and person_id = $3
           and (case_id = $2 or (case_id is null and raised_at >= $4 and ($5::timestamptz is null or raised_at <= $5)))
         order by raised_at, id",
        tenant,
        case.uuid(),
        person.uuid(),
        since.to_sqlx(),
        until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let ended_at = row.ended_at.map(jiff_sqlx::Timestamp::to_jiff);
            let ended_as: Option<Ended> = row.ended_as.as_deref().map(str::parse).transpose()?;
            Ok(PastAlert {
                id: row.id.into(),
                grade: row.grade.parse()?,
                signs: row.signs,
                raised_at: row.raised_at.to_jiff(),
                rule_version: row.rule_version,
                matter: row.matter_id.map(MatterId),
                ended: ended_at.zip(ended_as),
                ended_by: row.ended_by.map(StaffId),
            })
        })
        .collect()
}

/// A plan by which the case was followed, or its person as a contact until he became this case.
pub(super) struct Plan {
    pub id: PlanId,
    pub household: HouseholdId,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
}

pub(super) async fn plans(cx: &mut Cx, case: CaseId) -> Result<Vec<Plan>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select p.id, p.household_id, p.opened_at, p.closed_at
         from cases c
         join follow_plans p on p.tenant_id = c.tenant_id
                            and (p.case_id = c.id
                                 or p.person_id = c.person_id and p.closed_as = 'became_f0' and p.closed_at >= c.recorded_at
                                    and p.closed_at <= greatest(c.recorded_at, c.classified_at) + interval '1 day')
         where c.tenant_id = $1 and c.id = $2
         order by p.opened_at, p.id",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Plan {
            id: row.id.into(),
            household: row.household_id.into(),
            opened_at: row.opened_at.to_jiff(),
            closed_at: row.closed_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Where a case has stood as an object of matters.
pub(super) struct Asked<'a> {
    /// Matters known by themselves.
    pub matters: &'a [Uuid],
    /// The case, its alerts, its plans: whatever is about them is about the case.
    pub own: &'a [Uuid],
    /// The person and the household, whose matters are about this case in its time only.
    pub shared: &'a [Uuid],
    pub since: Timestamp,
    pub until: Option<Timestamp>,
}

/// The matters of a case, the oldest first.
pub(super) async fn matters(cx: &mut Cx, asked: &Asked<'_>) -> Result<Vec<MatterId>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from matters
         where tenant_id = $1
           and (id = any($2) or object_id = any($3)
                or (object_id = any($4) and opened_at >= $5 and ($6::timestamptz is null or opened_at <= $6)))
         order by opened_at, id",
        tenant,
        asked.matters,
        asked.own,
        asked.shared,
        asked.since.to_sqlx(),
        asked.until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(MatterId).collect())
}

/// Calls that came in and were one of these households': its code was pressed, or its diary written.
pub(super) async fn proved_calls(
    cx: &mut Cx,
    homes: &[String],
    since: Timestamp,
    until: Option<Timestamp>,
) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select distinct object_id from events
         where tenant_id = $1 and kind in ('call.code_tried', 'call.entered', 'call.suspected')
           and at >= $3 and ($4::timestamptz is null or at <= $4::timestamptz)
           and (data ->> 'opened' = any($2) or data ->> 'household' = any($2))",
        tenant,
        homes,
        since.to_sqlx(),
        until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>
    )
    .fetch_all(cx.conn())
    .await?)
}
