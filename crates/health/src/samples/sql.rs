//! Orders.

use super::{list::Line, model::Reason};
use crate::cases::TestKind;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{
    CaseId, Error, HouseholdId, ImportId, OrderId, PersonId, PoolId, Result, StaffId, TicketId, UnitId,
};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

/// Who stands behind an act: the official, or the one on whose behalf the program works off a list.
pub(super) fn author(cx: &Cx) -> Option<Uuid> {
    cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid)
}

/// An order about to be written.
pub(super) struct NewRow {
    pub id: OrderId,
    pub person: PersonId,
    pub household: Option<HouseholdId>,
    pub case: Option<CaseId>,
    pub pool: Option<PoolId>,
    pub kind: TestKind,
    pub reason: Reason,
    pub from_on: Date,
    pub due_at: Timestamp,
}

/// Writes it; false when one for this reason is owed to him already.
pub(super) async fn insert(cx: &mut Cx, new: &NewRow) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let added = sqlx::query!(
        "insert into sample_orders (tenant_id, id, person_id, household_id, case_id, pool_id, kind, reason, from_on, due_at,
                                    ordered_at, ordered_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (tenant_id, person_id, reason) where done_at is null and withdrawn_at is null do nothing",
        tenant,
        new.id.uuid(),
        new.person.uuid(),
        new.household.map(HouseholdId::uuid),
        new.case.map(CaseId::uuid),
        new.pool.map(PoolId::uuid),
        new.kind.as_str(),
        new.reason.as_str(),
        new.from_on.to_sqlx(),
        new.due_at.to_sqlx(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn set_ticket(cx: &mut Cx, orders: &[OrderId], ticket: TicketId) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), orders.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        "update sample_orders set ticket_id = $3 where tenant_id = $1 and id = any($2)",
        tenant,
        &ids,
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn person_of(cx: &mut Cx, id: OrderId) -> Result<PersonId> {
    let tenant = cx.tenant().uuid();
    let person = sqlx::query_scalar!(
        "select person_id from sample_orders where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(person.into())
}

/// An order that is owed no more.
pub(super) struct Gone {
    pub id: OrderId,
    pub reason: Reason,
    pub ticket: Option<TicketId>,
}

/// Takes back those of these orders that are still owed.
pub(super) async fn withdraw(cx: &mut Cx, orders: &[OrderId]) -> Result<Vec<Gone>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), author(cx));
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "update sample_orders set withdrawn_at = $3, withdrawn_by = $4
         where tenant_id = $1 and id = any($2) and done_at is null and withdrawn_at is null
         returning id, reason, ticket_id",
        tenant,
        &ids,
        now,
        by
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Gone { id: row.id.into(), reason: row.reason.parse()?, ticket: row.ticket_id.map(TicketId) })
        })
        .collect()
}

/// What is owed to somebody for these reasons.
pub(super) async fn open_of(cx: &mut Cx, person: PersonId, reasons: &[Reason]) -> Result<Vec<OrderId>> {
    let tenant = cx.tenant().uuid();
    let reasons: Vec<String> = reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
    let ids = sqlx::query_scalar!(
        "select id from sample_orders
         where tenant_id = $1 and person_id = $2 and reason = any($3) and done_at is null and withdrawn_at is null",
        tenant,
        person.uuid(),
        &reasons
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(OrderId).collect())
}

/// Whether an order for one of these reasons was answered by a sample of this day or a later one.
pub(super) async fn done_on(cx: &mut Cx, person: PersonId, reasons: &[Reason], day: Date) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let reasons: Vec<String> = reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from sample_orders o
                          join test_results t on t.tenant_id = o.tenant_id and t.id = o.result_id
                          where o.tenant_id = $1 and o.person_id = $2 and o.reason = any($3) and o.done_at is not null
                            and t.sample_on >= $4 and t.withdrawn_at is null) as "done!""#,
        tenant,
        person.uuid(),
        &reasons,
        day.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// An order that a result has answered.
pub(super) struct Answered {
    pub id: OrderId,
    pub person: PersonId,
    /// The one that stays, where the order was of one that has become one with another.
    pub household: Option<HouseholdId>,
    pub station: Option<UnitId>,
    pub reason: Reason,
    pub ticket: Option<TicketId>,
    pub result: Uuid,
}

/// Answers the orders of these people that their results can answer, each by the first: written after
/// the order, of a sample of its day or later.
pub(super) async fn answer(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<Answered>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"with answers as (
               select o.id, (select t.id from test_results t
                             where t.tenant_id = o.tenant_id and t.person_id = o.person_id and t.withdrawn_at is null
                               and t.kind <> 'self_test' and t.result <> 'indeterminate'
                               and (o.kind = 'rapid' or t.kind = 'pcr') and t.sample_on >= o.from_on
                               and (t.recorded_at, t.id) > (o.ordered_at, o.id)
                             order by t.sample_on, t.id limit 1) as result
               from sample_orders o
               where o.tenant_id = $1 and o.person_id = any($2) and o.done_at is null and o.withdrawn_at is null)
           update sample_orders o set done_at = $3, result_id = a.result
           from answers a
           where o.tenant_id = $1 and o.id = a.id and a.result is not null
           returning o.id, o.person_id, o.reason, o.ticket_id, o.result_id as "result!",
                     (select coalesce(h.joined_into, h.id) from households h
                      where h.tenant_id = o.tenant_id and h.id = o.household_id) as household,
                     (select coalesce(s.station_id, h.station_id) from households h
                      left join households s on s.tenant_id = h.tenant_id and s.id = h.joined_into
                      where h.tenant_id = o.tenant_id and h.id = o.household_id) as station"#,
        tenant,
        &ids,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Answered {
                id: row.id.into(),
                person: row.person_id.into(),
                household: row.household.map(HouseholdId),
                station: row.station.map(UnitId),
                reason: row.reason.parse()?,
                ticket: row.ticket_id.map(TicketId),
                result: row.result,
            })
        })
        .collect()
}

/// Those of these tickets under which nothing is owed or waits to be seen.
pub(super) async fn without_rest(cx: &mut Cx, tickets: &BTreeSet<TicketId>) -> Result<Vec<TicketId>> {
    let (tenant, ids) = (cx.tenant().uuid(), tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let done = sqlx::query_scalar!(
        r#"select u.ticket as "ticket!" from unnest($2::uuid[]) as u (ticket)
           where not exists (select from sample_orders o
                             where o.tenant_id = $1 and o.ticket_id = u.ticket and o.done_at is null
                               and o.withdrawn_at is null)
             and not exists (select from test_results t
                             where t.tenant_id = $1 and t.ticket_id = u.ticket and t.seen_at is null
                               and t.withdrawn_at is null)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(done.into_iter().map(TicketId).collect())
}

struct Row {
    id: Uuid,
    person_id: Uuid,
    household_id: Option<Uuid>,
    case_id: Option<Uuid>,
    kind: String,
    reason: String,
    from_on: jiff_sqlx::Date,
    due_at: jiff_sqlx::Timestamp,
    ordered_at: jiff_sqlx::Timestamp,
    ordered_by: Option<Uuid>,
    ticket_id: Option<Uuid>,
    withdrawn_at: Option<jiff_sqlx::Timestamp>,
    code: Option<String>,
    ward: Option<Uuid>,
    result: Option<String>,
    sample_on: Option<jiff_sqlx::Date>,
}

impl Row {
    fn line(self) -> Result<Line> {
        Ok(Line {
            id: self.id.into(),
            person: super::list::unnamed(self.person_id.into()),
            household: self.household_id.map(HouseholdId).zip(self.code),
            ward: self.ward.map(UnitId),
            case: self.case_id.map(CaseId),
            kind: self.kind.parse()?,
            reason: self.reason.parse()?,
            from_on: self.from_on.to_jiff(),
            due_at: self.due_at.to_jiff(),
            ordered_at: self.ordered_at.to_jiff(),
            ordered_by: self.ordered_by.map(StaffId),
            ticket: self.ticket_id.map(TicketId),
            withdrawn_at: self.withdrawn_at.map(jiff_sqlx::Timestamp::to_jiff),
            answer: match (self.result, self.sample_on) {
                (Some(result), Some(on)) => Some((result.parse()?, on.to_jiff())),
                _ => None,
            },
        })
    }
}

/// What is owed in these wards (`None`: everywhere), what is due first at the top.
pub(super) async fn due(cx: &mut Cx, wards: Option<&[Uuid]>, limit: i64) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        r#"select o.id, o.person_id, h.id as "household_id?", o.case_id, o.kind, o.reason, o.from_on, o.due_at, o.ordered_at,
                  o.ordered_by, o.ticket_id, o.withdrawn_at, h.code as "code?", coalesce(h.ward_id, p.ward_id) as ward,
                  null::text as result, null::date as sample_on
           from sample_orders o
           join people p on p.tenant_id = o.tenant_id and p.id = o.person_id and p.erased_at is null
           left join households own on own.tenant_id = o.tenant_id and own.id = o.household_id
           left join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           where o.tenant_id = $1 and o.done_at is null and o.withdrawn_at is null
             and ($2::uuid[] is null or coalesce(h.ward_id, p.ward_id) = any($2))
           order by o.due_at, o.id limit $3"#,
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Row::line).collect()
}

/// Every order of somebody or of these households: what is owed first, then the newest.
pub(super) async fn all_of(
    cx: &mut Cx,
    person: Option<PersonId>,
    homes: &[HouseholdId],
) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let homes: Vec<Uuid> = homes.iter().map(|home| home.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select o.id, o.person_id, h.id as "household_id?", o.case_id, o.kind, o.reason, o.from_on, o.due_at, o.ordered_at,
                  o.ordered_by, o.ticket_id, o.withdrawn_at, h.code as "code?", coalesce(h.ward_id, p.ward_id) as ward,
                  t.result as "result?", t.sample_on as "sample_on?"
           from sample_orders o
           join people p on p.tenant_id = o.tenant_id and p.id = o.person_id
           left join households own on own.tenant_id = o.tenant_id and own.id = o.household_id
           left join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           left join test_results t on t.tenant_id = o.tenant_id and t.id = o.result_id
           where o.tenant_id = $1 and (o.person_id = $2 or o.household_id = any($3))
           order by (o.done_at is not null or o.withdrawn_at is not null), o.ordered_at desc, o.id desc limit 100"#,
        tenant,
        person.map(PersonId::uuid),
        &homes
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Row::line).collect()
}

/// One order.
pub(super) async fn one(cx: &mut Cx, id: OrderId) -> Result<Line> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        r#"select o.id, o.person_id, h.id as "household_id?", o.case_id, o.kind, o.reason, o.from_on, o.due_at, o.ordered_at,
                  o.ordered_by, o.ticket_id, o.withdrawn_at, h.code as "code?", coalesce(h.ward_id, p.ward_id) as ward,
                  t.result as "result?", t.sample_on as "sample_on?"
           from sample_orders o
           join people p on p.tenant_id = o.tenant_id and p.id = o.person_id
           left join households own on own.tenant_id = o.tenant_id and own.id = o.household_id
           left join households h on h.tenant_id = own.tenant_id and h.id = coalesce(own.joined_into, own.id)
           left join test_results t on t.tenant_id = o.tenant_id and t.id = o.result_id
           where o.tenant_id = $1 and o.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    row.line()
}

/// What a list that is taken back leaves behind: orders that its results answered are owed again, and
/// clashes with its results are none. Returns the orders that are owed no more.
pub(super) async fn without_import(cx: &mut Cx, import: ImportId) -> Result<Vec<OrderId>> {
    let tenant = cx.tenant().uuid();
    let clashes = sqlx::query_scalar!(
        "select o.id from sample_orders o
         join test_results t on t.tenant_id = o.tenant_id and t.person_id = o.person_id and t.sample_on = o.from_on
         where o.tenant_id = $1 and t.import_id = $2 and t.clashes_with is not null and o.reason = 'clash'
           and o.done_at is null and o.withdrawn_at is null",
        tenant,
        import.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    sqlx::query!(
        "update test_results t set clashes_with = null
         where t.tenant_id = $1 and t.clashes_with is not null
           and (t.import_id = $2
                or t.clashes_with in (select id from test_results where tenant_id = $1 and import_id = $2))",
        tenant,
        import.uuid()
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "update sample_orders o set done_at = null, result_id = null
         where o.tenant_id = $1
           and o.result_id in (select id from test_results where tenant_id = $1 and import_id = $2)
           and not exists (select from sample_orders other
                           where other.tenant_id = $1 and other.person_id = o.person_id and other.reason = o.reason
                             and other.done_at is null and other.withdrawn_at is null)",
        tenant,
        import.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(clashes.into_iter().map(OrderId).collect())
}
