//! Lists of tickets. An official's queue is one index scan over the seats of the units he works
//! for, in order of time left; it costs the same however many tickets the tenant has.

use super::{
    act::Concerned,
    model::{Severity, State, Ticket},
    sql,
};
use crate::permissions::{Action, Permit, Scope, permits};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, MatterId, OrganisationId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// One line of a list.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: TicketId,
    pub matter: MatterId,
    pub code: String,
    pub kind: String,
    pub severity: Severity,
    pub task: serde_json::Value,
    pub unit: Option<UnitId>,
    pub ward: Option<UnitId>,
    pub assignee: Option<StaffId>,
    pub state: State,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
    pub overdue: bool,
    /// Every level was called and nobody has taken it up.
    pub used_up: bool,
    pub level: i16,
    pub climbs_at: Option<Timestamp>,
    /// Why it stands here: `responsible`, `level`, `given`, `informed`.
    pub reason: String,
}

/// What a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub units: Vec<UnitId>,
    pub assignee: Option<StaffId>,
    pub kind: Option<String>,
    pub overdue: bool,
    pub waiting: bool,
    /// The due time and id of the last line of the page before.
    pub after: Option<(Timestamp, TicketId)>,
    pub limit: i64,
}

struct Row {
    id: Uuid,
    matter_id: Uuid,
    code: String,
    kind: String,
    severity: String,
    task: serde_json::Value,
    unit_id: Option<Uuid>,
    ward_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    state: String,
    opened_at: jiff_sqlx::Timestamp,
    due_at: jiff_sqlx::Timestamp,
    overdue: bool,
    used_up: bool,
    level: i16,
    climbs_at: Option<jiff_sqlx::Timestamp>,
    reason: String,
}

/// The open tickets before the given units, least time left first.
pub async fn queue(cx: &mut Cx, filter: &Filter) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let units: Vec<Uuid> = filter.units.iter().map(|id| id.uuid()).collect();
    let (after_due, after_id) = filter.after.unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, m.ward_id, t.assignee_id, t.state,
                  t.opened_at, t.due_at, t.overdue_at is not null as "overdue!",
                  (t.used_up_at is not null and (t.state = 'open' or (t.state = 'accepted' and t.ladder ->> 'until' = 'answered')))
                      as "used_up!",
                  t.level, t.climbs_at, s.reason as "reason!"
           from unnest($2::uuid[]) as u (unit_id)
           cross join lateral (
               select s.ticket_id, s.due_at, s.reason from ticket_seats s
               where s.tenant_id = $1 and s.unit_id = u.unit_id
                 and ($3::timestamptz is null or (s.due_at, s.ticket_id) > ($3, $4))
               order by s.due_at, s.ticket_id limit case when $5 then 500 else $9::bigint end) s
           join tickets t on t.tenant_id = $1 and t.id = s.ticket_id
           join matters m on m.tenant_id = $1 and m.id = t.matter_id
           where ($6::uuid is null or t.assignee_id = $6) and ($7::text is null or t.kind = $7)
             and (not $8 or t.overdue_at is not null) and (not $10 or t.state = 'open')
           order by s.due_at, s.ticket_id limit $9"#,
        tenant,
        &units,
        after_due.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        after_id.map(Uuid::from),
        filter.assignee.is_some() || filter.kind.is_some() || filter.overdue || filter.waiting,
        filter.assignee.map(Uuid::from),
        filter.kind,
        filter.overdue,
        filter.limit as _,
        filter.waiting,
    )
    .fetch_all(cx.conn())
    .await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let line = Line {
            id: row.id.into(),
            matter: row.matter_id.into(),
            code: row.code,
            kind: row.kind,
            severity: row.severity.parse()?,
            task: row.task,
            unit: row.unit_id.map(UnitId),
            ward: row.ward_id.map(UnitId),
            assignee: row.assignee_id.map(StaffId),
            state: row.state.parse()?,
            opened_at: row.opened_at.to_jiff(),
            due_at: row.due_at.to_jiff(),
            overdue: row.overdue,
            used_up: row.used_up,
            level: row.level,
            climbs_at: row.climbs_at.map(jiff_sqlx::Timestamp::to_jiff),
            reason: row.reason,
        };
        // A ticket may stand before several of the reader's units.
        if !lines.iter().any(|known: &Line| known.id == line.id) {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// A ticket the actor may see, and the free words on it.
pub async fn ticket(cx: &mut Cx, id: TicketId) -> Result<(Ticket, Option<String>)> {
    let ticket = sql::find(cx, id).await?;
    let concerned = Concerned::of(cx, &ticket).await?;
    cx.permit_sight(Action::TicketSee, Scope::Units(&concerned.sight))?;
    let words = sql::words(cx, id).await?;
    Ok((ticket, words))
}

/// The units a ticket stands before.
pub async fn seats(cx: &mut Cx, id: TicketId) -> Result<Vec<UnitId>> {
    sql::seat_units(cx, id).await
}

/// A matter.
#[derive(Clone, Debug)]
pub struct Matter {
    pub id: MatterId,
    pub code: String,
    pub kind: String,
    pub severity: Severity,
    pub ward: Option<UnitId>,
    pub object_kind: String,
    pub object: Uuid,
    pub opened_at: Timestamp,
}

/// A matter by its id; permission is the caller's to ask, by its tickets.
pub async fn matter(cx: &mut Cx, id: MatterId) -> Result<Matter> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, code, kind, severity, ward_id, object_kind, object_id, opened_at from matters where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Matter {
        id: row.id.into(),
        code: row.code,
        kind: row.kind,
        severity: row.severity.parse()?,
        ward: row.ward_id.map(UnitId),
        object_kind: row.object_kind,
        object: row.object_id,
        opened_at: row.opened_at.to_jiff(),
    })
}

/// What an organisation owes or has answered, the newest first; at most a hundred, of those the
/// actor may see.
pub async fn owed_by(cx: &mut Cx, organisation: OrganisationId) -> Result<Vec<Ticket>> {
    let tenant = cx.tenant().uuid();
    let ids = sqlx::query_scalar!(
        "select id from tickets where tenant_id = $1 and organisation_id = $2 order by opened_at desc, id desc limit 100",
        tenant,
        organisation.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let ids: Vec<TicketId> = ids.into_iter().map(TicketId).collect();
    let found = tickets(cx, &ids).await?;
    Ok(found
        .into_iter()
        .filter(|ticket| {
            let units: Vec<UnitId> = ticket.called_unit().into_iter().chain(ticket.ward).collect();
            permits(&cx.actor, Action::TicketSee, Scope::Units(&units))
        })
        .collect())
}

/// A matter the actor may see: it lies in a ward of his, or a ticket of it stands before a unit of his.
pub async fn seen_matter(cx: &mut Cx, id: MatterId) -> Result<Matter> {
    let matter = matter(cx, id).await?;
    let units = matter_units(cx, &matter).await?;
    cx.permit_sight(Action::MatterSee, Scope::Units(&units))?;
    Ok(matter)
}

/// The units that the tickets of a matter call, and its ward.
pub async fn matter_units(cx: &mut Cx, matter: &Matter) -> Result<Vec<UnitId>> {
    let tickets = matter_tickets(cx, matter.id).await?;
    Ok(tickets.iter().filter_map(Ticket::called_unit).chain(matter.ward).collect())
}

/// The matter that was opened about an object, if any.
pub async fn find_matter(cx: &mut Cx, object: Uuid) -> Result<Option<MatterId>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from matters where tenant_id = $1 and object_id = $2 order by opened_at limit 1",
        tenant,
        object
    )
    .fetch_optional(cx.conn())
    .await?
    .map(MatterId))
}

/// The tickets of a matter, in the order in which they opened.
pub async fn matter_tickets(cx: &mut Cx, id: MatterId) -> Result<Vec<Ticket>> {
    sql::of_matter(cx, id).await
}

/// Tickets as they are now, for a room that keeps its own objects in step with them; unknown ids are
/// left out. Permission is the caller's to ask.
pub async fn tickets(cx: &mut Cx, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sql::by_ids(cx, &ids).await
}

/// The numbers beside "tickets" in the rail.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Open tickets before the units, counted to 100; those they are only told of are not theirs to do.
    pub open: i64,
    /// Of those, past their due time.
    pub late: i64,
}

pub async fn counts(cx: &mut Cx, units: &[UnitId]) -> Result<Counts> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let units: Vec<Uuid> = units.iter().map(|id| id.uuid()).collect();
    let row = sqlx::query!(
        r#"select count(*) as "open!", count(*) filter (where due_at <= $3) as "late!"
           from (select distinct s.ticket_id, s.due_at
                 from unnest($2::uuid[]) as u (unit_id)
                 cross join lateral (select ticket_id, due_at from ticket_seats
                                     where tenant_id = $1 and unit_id = u.unit_id and reason <> 'informed'
                                      order by due_at limit 100) s
                 limit 100) first"#,
        tenant,
        &units,
        now
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Counts { open: row.open, late: row.late })
}
