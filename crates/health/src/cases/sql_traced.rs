use super::model::Classification;
use crate::people;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ClusterId, Error, PersonId, PlaceId, Result, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// A case as tracing sees it.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub id: CaseId,
    pub person: PersonId,
    pub ward: UnitId,
    pub recorded_by_unit: Option<UnitId>,
    pub classification: Classification,
    pub withdrawn: bool,
    /// With another case of the same illness, which is traced for both.
    pub joined: bool,
    /// Of the onset; where none is known of the first positive sample, else of the report.
    pub day: Date,
    pub confirmed_on: Option<Date>,
    pub infected_by: Option<CaseId>,
    /// A person has said so; `None` while nobody is named.
    pub infected_sure: Option<bool>,
    pub ticket: Option<TicketId>,
    pub begun_at: Option<Timestamp>,
    pub traced_at: Option<Timestamp>,
}

impl Traced {
    pub(crate) fn is_f0(&self) -> bool {
        self.classification == Classification::Confirmed && !self.withdrawn && !self.joined
    }
}

struct Row {
    id: Uuid,
    person_id: Uuid,
    ward_id: Uuid,
    recorded_by_unit_id: Option<Uuid>,
    classification: String,
    withdrawn: bool,
    joined: bool,
    day: jiff_sqlx::Date,
    confirmed_on: Option<jiff_sqlx::Date>,
    infected_by: Option<Uuid>,
    infected_sure: Option<bool>,
    trace_ticket_id: Option<Uuid>,
    trace_begun_at: Option<jiff_sqlx::Timestamp>,
    traced_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for Traced {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            person: row.person_id.into(),
            ward: row.ward_id.into(),
            recorded_by_unit: row.recorded_by_unit_id.map(UnitId),
            classification: row.classification.parse()?,
            withdrawn: row.withdrawn,
            joined: row.joined,
            day: row.day.to_jiff(),
            confirmed_on: row.confirmed_on.map(jiff_sqlx::Date::to_jiff),
            infected_by: row.infected_by.map(CaseId),
            infected_sure: row.infected_sure,
            ticket: row.trace_ticket_id.map(TicketId),
            begun_at: row.trace_begun_at.map(jiff_sqlx::Timestamp::to_jiff),
            traced_at: row.traced_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

pub(crate) async fn traced(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select c.id, c.person_id, c.ward_id, c.recorded_by_unit_id, c.classification,
                  c.withdrawn_at is not null as "withdrawn!", c.same_as is not null as "joined!",
                  coalesce(c.onset_on, (select min(t.sample_on) from test_results t
                                        where t.tenant_id = c.tenant_id and t.case_id = c.id and t.result = 'positive'
                                          and t.withdrawn_at is null), c.reported_on) as "day!",
                  c.confirmed_on, c.infected_by, c.infected_sure, c.trace_ticket_id, c.trace_begun_at, c.traced_at
           from cases c where c.tenant_id = $1 and c.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// The same, locked: who works on the contacts of a case takes turns at it.
pub(crate) async fn lock_traced(cx: &mut Cx, id: CaseId) -> Result<Traced> {
    let tenant = cx.tenant().uuid();
    sqlx::query_scalar!(
        "select id from cases where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    traced(cx, id).await
}

/// The newest case by which somebody is an F0, by whichever of his records, reported since then.
pub(crate) async fn f0_of(cx: &mut Cx, person: PersonId, since: Timestamp) -> Result<Option<CaseId>> {
    let (tenant, records) = (cx.tenant().uuid(), people::all_of(cx, person).await?);
    let case = sqlx::query_scalar!(
        "select id from cases
         where tenant_id = $1 and person_id = any($2) and reported_at >= $3 and classification = 'confirmed'
           and withdrawn_at is null and same_as is null
         order by reported_at desc, id desc limit 1",
        tenant,
        &records,
        since.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(case.map(CaseId))
}

pub(crate) async fn set_trace_ticket(cx: &mut Cx, id: CaseId, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update cases set trace_ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Somebody has begun to trace a case; the first time counts.
pub(crate) async fn begin_trace(cx: &mut Cx, id: CaseId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update cases set trace_begun_at = $3 where tenant_id = $1 and id = $2 and trace_begun_at is null",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// All contacts of a case have been reached, or no longer.
pub(crate) async fn set_traced(cx: &mut Cx, id: CaseId, all: bool) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update cases set traced_at = case when $3 then $4::timestamptz end where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        all,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Who infected a case, and where; `None` names nobody.
pub(super) async fn set_source(
    cx: &mut Cx,
    id: CaseId,
    by: Option<(CaseId, bool)>,
    place: Option<PlaceId>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (by, sure) = by.unzip();
    sqlx::query!(
        "update cases set infected_by = $3, infected_sure = $4, infected_at_place_id = $5
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        by.map(CaseId::uuid),
        sure,
        place.map(PlaceId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Puts cases into clusters; `None` takes one out.
pub(crate) async fn set_clusters(cx: &mut Cx, cases: &[(CaseId, Option<ClusterId>)]) -> Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    let tenant = cx.tenant().uuid();
    let mut cases = cases.to_vec();
    cases.sort_unstable();
    let ids: Vec<Uuid> = cases.iter().map(|(case, _)| case.uuid()).collect();
    let clusters: Vec<Option<Uuid>> = cases.iter().map(|(_, cluster)| cluster.map(ClusterId::uuid)).collect();
    sqlx::query!(
        "update cases c set cluster_id = n.cluster
         from unnest($2::uuid[], $3::uuid[]) as n (id, cluster)
         where c.tenant_id = $1 and c.id = n.id",
        tenant,
        &ids,
        &clusters as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes those out of these clusters that are no F0s any more.
pub(crate) async fn leave_clusters(cx: &mut Cx, clusters: &[ClusterId]) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), clusters.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        "update cases set cluster_id = null
         where tenant_id = $1 and cluster_id = any($2)
           and (classification <> 'confirmed' or withdrawn_at is not null)",
        tenant,
        &ids
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
