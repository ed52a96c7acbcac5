//! Results, as orders and households look at them.

use super::{list::Told, model::Seen, sql::author};
use crate::cases::TestResult;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, FileId, HouseholdId, PersonId, Result, TicketId};
use sqlx::types::Uuid;
use store::Cx;

/// Two results of one day of which one says yes and the other no.
pub(super) struct Clash {
    pub person: PersonId,
    pub one: Uuid,
    pub other: Uuid,
    pub sample_on: Date,
    pub case: Option<CaseId>,
}

/// Contradictions of these people that nobody has been told of, one a person and day. A self-test is
/// checked by another test, it does not contradict one.
pub(super) async fn clashes(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Clash>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select distinct on (pos.person_id, pos.sample_on)
                  pos.person_id, pos.id as positive_id, neg.id as negative_id, pos.sample_on,
                  coalesce(pos.case_id, neg.case_id) as case_id
           from test_results pos
           join test_results neg on neg.tenant_id = pos.tenant_id and neg.person_id = pos.person_id
                               and neg.sample_on = pos.sample_on and neg.result = 'negative'
                               and neg.kind <> 'self_test' and neg.withdrawn_at is null and neg.clashes_with is null
           where pos.tenant_id = $1 and pos.person_id = any($2) and pos.result = 'positive'
             and pos.kind <> 'self_test' and pos.withdrawn_at is null and pos.clashes_with is null
           order by pos.person_id, pos.sample_on, pos.id desc, neg.id desc"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Clash {
            person: row.person_id.into(),
            one: row.positive_id,
            other: row.negative_id,
            sample_on: row.sample_on.to_jiff(),
            case: row.case_id.map(CaseId),
        })
        .collect())
}

/// Each of the two names the other.
pub(super) async fn mark_clash(cx: &mut Cx, one: Uuid, other: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update test_results set clashes_with = case when id = $2 then $3::uuid else $2::uuid end
         where tenant_id = $1 and id in ($2, $3)",
        tenant,
        one,
        other
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Who told of a result, and what the station has to do with it.
pub(super) async fn set_told(
    cx: &mut Cx,
    test: Uuid,
    household: HouseholdId,
    file: Option<FileId>,
    ticket: Option<TicketId>,
) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update test_results set told_by_household_id = $3, file_id = $4, ticket_id = $5 where tenant_id = $1 and id = $2",
        tenant,
        test,
        household.uuid(),
        file.map(FileId::uuid),
        ticket.map(TicketId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The newest ticket that self-tests of a household opened, or of one that has become one with it.
pub(super) async fn ticket_of(cx: &mut Cx, household: HouseholdId) -> Result<Option<TicketId>> {
    let tenant = cx.tenant().uuid();
    let ticket = sqlx::query_scalar!(
        r#"select t.ticket_id as "ticket!"
           from households h join test_results t on t.tenant_id = h.tenant_id and t.told_by_household_id = h.id
           where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2) and t.ticket_id is not null
           order by t.recorded_at desc, t.id desc limit 1"#,
        tenant,
        household.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ticket.map(TicketId))
}

/// A self-test that somebody has to look at; locked.
pub(super) struct Locked {
    pub person: PersonId,
    pub case: Option<CaseId>,
    pub result: TestResult,
    pub ticket: Option<TicketId>,
    pub seen: bool,
}

pub(super) async fn lock(cx: &mut Cx, test: Uuid) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select person_id, case_id, result, ticket_id, seen_at from test_results
         where tenant_id = $1 and id = $2 and told_by_household_id is not null for update",
        tenant,
        test
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        person: row.person_id.into(),
        case: row.case_id.map(CaseId),
        result: row.result.parse()?,
        ticket: row.ticket_id.map(TicketId),
        seen: row.seen_at.is_some(),
    })
}

/// The household that told of a result; the one that stays, where it has become one with another.
pub(super) async fn told_by(cx: &mut Cx, test: Uuid) -> Result<HouseholdId> {
    let tenant = cx.tenant().uuid();
    let household = sqlx::query_scalar!(
        r#"select coalesce(h.joined_into, h.id) as "household!"
           from test_results t join households h on h.tenant_id = t.tenant_id and h.id = t.told_by_household_id
           where t.tenant_id = $1 and t.id = $2"#,
        tenant,
        test
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(household.into())
}

/// Writes what staff made of it; what was refused counts no more.
pub(super) async fn set_seen(cx: &mut Cx, test: Uuid, seen: Seen) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    sqlx::query!(
        "update test_results
         set seen_at = $3, seen_by = $4, seen_as = $5, withdrawn_at = case when $5 = 'refused' then $3 else withdrawn_at end
         where tenant_id = $1 and id = $2",
        tenant,
        test,
        now,
        by,
        seen.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    person_id: Uuid,
    household: Uuid,
    code: String,
    ward_id: Uuid,
    result: String,
    sample_on: jiff_sqlx::Date,
    recorded_at: jiff_sqlx::Timestamp,
    file_id: Option<Uuid>,
    ticket_id: Option<Uuid>,
    case_id: Option<Uuid>,
    classification: Option<String>,
    seen_as: Option<String>,
}

impl Row {
    fn told(self) -> Result<Told> {
        let classification = self.classification.as_deref().map(str::parse).transpose()?;
        Ok(Told {
            test: self.id,
            person: super::list::unnamed(self.person_id.into()),
            household: self.household.into(),
            code: self.code,
            ward: self.ward_id.into(),
            result: self.result.parse()?,
            on_day: self.sample_on.to_jiff(),
            told_at: self.recorded_at.to_jiff(),
            file: self.file_id.map(FileId),
            ticket: self.ticket_id.map(TicketId),
            case: self.case_id.map(CaseId).zip(classification),
            seen: self.seen_as.as_deref().map(str::parse).transpose()?,
        })
    }
}

/// Self-tests that nobody has seen, of these wards (`None`: everywhere): the positive ones first, then
/// the oldest.
pub(super) async fn to_see(cx: &mut Cx, wards: Option<&[Uuid]>, limit: i64) -> Result<Vec<Told>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select t.id, t.person_id, h.id as household, h.code, h.ward_id, t.result, t.sample_on, t.recorded_at, t.file_id,
                  t.ticket_id, t.case_id, c.classification as "classification?", t.seen_as
           from test_results t
           join households own on own.tenant_id = t.tenant_id and own.id = t.told_by_household_id
           join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           left join cases c on c.tenant_id = t.tenant_id and c.id = t.case_id
           where t.tenant_id = $1 and t.told_by_household_id is not null and t.seen_at is null
             and t.withdrawn_at is null and ($2::uuid[] is null or h.ward_id = any($2))
           order by (t.result <> 'positive'), t.recorded_at, t.id limit $3"#,
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Row::told).collect()
}

/// One self-test, seen or not.
pub(super) async fn told(cx: &mut Cx, test: Uuid) -> Result<Told> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        r#"select t.id, t.person_id, h.id as household, h.code, h.ward_id, t.result, t.sample_on, t.recorded_at, t.file_id,
                  t.ticket_id, t.case_id, c.classification as "classification?", t.seen_as
           from test_results t
           join households own on own.tenant_id = t.tenant_id and own.id = t.told_by_household_id
           join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           left join cases c on c.tenant_id = t.tenant_id and c.id = t.case_id
           where t.tenant_id = $1 and t.id = $2"#,
        tenant,
        test
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    row.told()
}
