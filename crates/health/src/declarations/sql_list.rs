//! The station's list, and the tickets under which it stands.

use super::{
    model::{Answers, Seen},
    sql,
};
use crate::alerts::Grade;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{PersonId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

pub(super) struct Row {
    pub id: Uuid,
    pub person: PersonId,
    pub ward: UnitId,
    pub station: UnitId,
    pub made_at: Timestamp,
    pub valid_until: Timestamp,
    pub declared_by: Option<StaffId>,
    pub grade: Grade,
    pub answers: Answers,
    pub asks: bool,
    pub ticket: Option<TicketId>,
    pub seen: Option<(Seen, Timestamp)>,
}

struct Kept {
    id: Uuid,
    person_id: Uuid,
    ward_id: Uuid,
    station_id: Uuid,
    made_at: jiff_sqlx::Timestamp,
    valid_until: jiff_sqlx::Timestamp,
    declared_by: Option<Uuid>,
    grade: String,
    answers: Vec<u8>,
    asks: bool,
    ticket_id: Option<Uuid>,
    seen_as: Option<String>,
    seen_at: Option<jiff_sqlx::Timestamp>,
}

impl Kept {
    fn opened(self, cx: &Cx) -> Result<Row> {
        let seen = self.seen_as.map(|word| word.parse::<Seen>()).transpose()?;
        Ok(Row {
            answers: sql::opened(cx, self.id, &self.answers)?,
            id: self.id,
            person: self.person_id.into(),
            ward: self.ward_id.into(),
            station: self.station_id.into(),
            made_at: self.made_at.to_jiff(),
            valid_until: self.valid_until.to_jiff(),
            declared_by: self.declared_by.map(StaffId),
            grade: self.grade.parse()?,
            asks: self.asks,
            ticket: self.ticket_id.map(TicketId),
            seen: seen.zip(self.seen_at.map(jiff_sqlx::Timestamp::to_jiff)),
        })
    }
}

/// What nobody has looked at in these wards (`None`: in all), the oldest first.
pub(super) async fn to_see(cx: &mut Cx, wards: Option<&[Uuid]>, limit: i64) -> Result<Vec<Row>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Kept,
        "select id, person_id, ward_id, station_id, made_at, valid_until, declared_by, grade, answers, asks, ticket_id,
                seen_as, seen_at
         from declarations
         where tenant_id = $1 and asks and seen_at is null and ($2::uuid[] is null or ward_id = any($2))
         order by made_at, id limit $3",
        tenant,
        wards,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.opened(cx)).collect()
}

pub(super) async fn find(cx: &mut Cx, id: Uuid) -> Result<Option<Row>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Kept,
        "select id, person_id, ward_id, station_id, made_at, valid_until, declared_by, grade, answers, asks, ticket_id,
                seen_as, seen_at
         from declarations where tenant_id = $1 and id = $2",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| row.opened(cx)).transpose()
}

pub(super) async fn of_person(cx: &mut Cx, records: &[Uuid], limit: i64) -> Result<Vec<Row>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Kept,
        "select id, person_id, ward_id, station_id, made_at, valid_until, declared_by, grade, answers, asks, ticket_id,
                seen_as, seen_at
         from declarations where tenant_id = $1 and person_id = any($2)
         order by made_at desc, id desc limit $3",
        tenant,
        records,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| row.opened(cx)).collect()
}

/// One at a time opens the ticket of a station's day.
pub(super) async fn queue_up(cx: &mut Cx, station: UnitId) -> Result<()> {
    let place = format!("{}:{station}", cx.tenant().uuid());
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7713))", place)
        .fetch_all(cx.conn())
        .await?;
    Ok(())
}

/// The newest ticket under which declarations of this day stand at a station.
pub(super) async fn ticket_of_day(cx: &mut Cx, station: UnitId, day: Date) -> Result<Option<TicketId>> {
    let tenant = cx.tenant().uuid();
    let ticket = sqlx::query_scalar!(
        r#"select ticket_id as "ticket!" from declarations
           where tenant_id = $1 and station_id = $2 and made_on = $3 and asks and seen_at is null and ticket_id is not null
           order by ticket_id desc limit 1"#,
        tenant,
        station.uuid(),
        day.to_sqlx()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ticket.map(TicketId))
}

pub(super) async fn set_ticket(cx: &mut Cx, id: Uuid, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update declarations set ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes a declaration off the list: its ticket; `None` when somebody has looked at it already, or nobody has to.
pub(super) async fn see(cx: &mut Cx, id: Uuid, seen: Seen) -> Result<Option<Option<TicketId>>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let ticket = sqlx::query_scalar!(
        "update declarations set seen_at = $3, seen_by = $4, seen_as = $5
         where tenant_id = $1 and id = $2 and asks and seen_at is null
         returning ticket_id",
        tenant,
        id,
        now,
        by,
        seen.as_str()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ticket.map(|ticket| ticket.map(TicketId)))
}

/// Takes what waits of somebody off the list but his newest; the tickets under which it stood.
pub(super) async fn supersede(cx: &mut Cx, person: PersonId, newest: Uuid) -> Result<BTreeSet<TicketId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let tickets = sqlx::query_scalar!(
        "update declarations set seen_at = $3, seen_as = 'superseded'
         where tenant_id = $1 and person_id = $2 and id <> $4 and asks and seen_at is null
         returning ticket_id",
        tenant,
        person.uuid(),
        now,
        newest
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(tickets.into_iter().flatten().map(TicketId).collect())
}

/// Those of these tickets under which nobody waits.
pub(super) async fn without_rest(cx: &mut Cx, tickets: &BTreeSet<TicketId>) -> Result<Vec<TicketId>> {
    let (tenant, ids) = (cx.tenant().uuid(), tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let done = sqlx::query_scalar!(
        r#"select u.ticket as "ticket!" from unnest($2::uuid[]) as u (ticket)
           where not exists (select from declarations d
                             where d.tenant_id = $1 and d.ticket_id = u.ticket and d.asks and d.seen_at is null)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(done.into_iter().map(TicketId).collect())
}
