use super::{
    attempts::Outcome,
    model::{Ticket, Tone},
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, MatterId, OrganisationId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

struct Row {
    id: Uuid,
    matter_id: Uuid,
    code: String,
    kind: String,
    severity: String,
    task: serde_json::Value,
    unit_id: Option<Uuid>,
    organisation_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    given_by_unit_id: Option<Uuid>,
    ward_id: Option<Uuid>,
    state: String,
    opened_at: jiff_sqlx::Timestamp,
    clock_from: jiff_sqlx::Timestamp,
    clock: String,
    due_at: jiff_sqlx::Timestamp,
    warn_at: Option<jiff_sqlx::Timestamp>,
    overdue_at: Option<jiff_sqlx::Timestamp>,
    ladder: serde_json::Value,
    level: i16,
    round: i16,
    generation: i32,
    level_started_at: Option<jiff_sqlx::Timestamp>,
    climbs_at: Option<jiff_sqlx::Timestamp>,
    used_up_at: Option<jiff_sqlx::Timestamp>,
    accepted_at: Option<jiff_sqlx::Timestamp>,
    accepted_by: Option<Uuid>,
    resolved_at: Option<jiff_sqlx::Timestamp>,
    reopened: i16,
    paused_at: Option<jiff_sqlx::Timestamp>,
    paused_until: Option<jiff_sqlx::Timestamp>,
    paused_s: i64,
    merged_into: Option<Uuid>,
}

fn jiff(at: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    at.map(jiff_sqlx::Timestamp::to_jiff)
}

impl TryFrom<Row> for Ticket {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            matter: row.matter_id.into(),
            code: row.code,
            kind: row.kind,
            severity: row.severity.parse()?,
            task: row.task,
            unit: row.unit_id.map(UnitId),
            organisation: row.organisation_id.map(OrganisationId),
            assignee: row.assignee_id.map(StaffId),
            given_by: row.given_by_unit_id.map(UnitId),
            ward: row.ward_id.map(UnitId),
            state: row.state.parse()?,
            opened_at: row.opened_at.to_jiff(),
            clock_from: row.clock_from.to_jiff(),
            clock: row.clock.parse()?,
            due_at: row.due_at.to_jiff(),
            warn_at: jiff(row.warn_at),
            overdue_at: jiff(row.overdue_at),
            ladder: serde_json::from_value(row.ladder).map_err(Error::internal)?,
            level: row.level,
            round: row.round,
            generation: row.generation,
            level_started_at: jiff(row.level_started_at),
            climbs_at: jiff(row.climbs_at),
            used_up_at: jiff(row.used_up_at),
            accepted_at: jiff(row.accepted_at),
            accepted_by: row.accepted_by.map(StaffId),
            resolved_at: jiff(row.resolved_at),
            reopened: row.reopened,
            paused_at: jiff(row.paused_at),
            paused_until: jiff(row.paused_until),
            paused_s: row.paused_s,
            merged_into: row.merged_into.map(TicketId),
        })
    }
}

/// Loads and locks tickets, in the order of their ids so that two batches never wait for each other.
pub(super) async fn lock(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Ticket>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, t.organisation_id, t.assignee_id,
                t.given_by_unit_id, m.ward_id, t.state, t.opened_at, t.clock_from, t.clock, t.due_at, t.warn_at,
                t.overdue_at, t.ladder, t.level, t.round, t.generation, t.level_started_at, t.climbs_at, t.used_up_at,
                t.accepted_at, t.accepted_by, t.resolved_at, t.reopened, t.paused_at, t.paused_until, t.paused_s,
                t.merged_into
         from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and t.id = any($2) order by t.id for update of t",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Ticket::try_from)
    .collect()
}

/// Loads and locks those of the tickets that nobody else has locked.
pub(super) async fn lock_free(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Ticket>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, t.organisation_id, t.assignee_id,
                t.given_by_unit_id, m.ward_id, t.state, t.opened_at, t.clock_from, t.clock, t.due_at, t.warn_at,
                t.overdue_at, t.ladder, t.level, t.round, t.generation, t.level_started_at, t.climbs_at, t.used_up_at,
                t.accepted_at, t.accepted_by, t.resolved_at, t.reopened, t.paused_at, t.paused_until, t.paused_s,
                t.merged_into
         from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and t.id = any($2) order by t.id for update of t skip locked",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Ticket::try_from)
    .collect()
}

pub(super) async fn lock_one(cx: &mut Cx, id: TicketId) -> Result<Ticket> {
    lock(cx, &[id.uuid()]).await?.pop().ok_or(Error::NotFound)
}

pub(super) async fn find(cx: &mut Cx, id: TicketId) -> Result<Ticket> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, t.organisation_id, t.assignee_id,
                t.given_by_unit_id, m.ward_id, t.state, t.opened_at, t.clock_from, t.clock, t.due_at, t.warn_at,
                t.overdue_at, t.ladder, t.level, t.round, t.generation, t.level_started_at, t.climbs_at, t.used_up_at,
                t.accepted_at, t.accepted_by, t.resolved_at, t.reopened, t.paused_at, t.paused_until, t.paused_s,
                t.merged_into
         from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and t.id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// The tickets a person is assigned and still owes an answer to.
pub(super) async fn owed_by(cx: &mut Cx, staff: StaffId) -> Result<Vec<Uuid>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "select id from tickets
         where tenant_id = $1 and assignee_id = $2 and state in ('open', 'accepted', 'paused') order by id",
        tenant,
        staff.uuid()
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Tickets by their ids, in the order of the ids.
pub(super) async fn by_ids(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<Ticket>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, t.organisation_id, t.assignee_id,
                t.given_by_unit_id, m.ward_id, t.state, t.opened_at, t.clock_from, t.clock, t.due_at, t.warn_at,
                t.overdue_at, t.ladder, t.level, t.round, t.generation, t.level_started_at, t.climbs_at, t.used_up_at,
                t.accepted_at, t.accepted_by, t.resolved_at, t.reopened, t.paused_at, t.paused_until, t.paused_s,
                t.merged_into
         from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and t.id = any($2) order by t.id",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Ticket::try_from)
    .collect()
}

pub(super) async fn of_matter(cx: &mut Cx, matter: MatterId) -> Result<Vec<Ticket>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select t.id, t.matter_id, t.code, t.kind, t.severity, t.task, t.unit_id, t.organisation_id, t.assignee_id,
                t.given_by_unit_id, m.ward_id, t.state, t.opened_at, t.clock_from, t.clock, t.due_at, t.warn_at,
                t.overdue_at, t.ladder, t.level, t.round, t.generation, t.level_started_at, t.climbs_at, t.used_up_at,
                t.accepted_at, t.accepted_by, t.resolved_at, t.reopened, t.paused_at, t.paused_until, t.paused_s,
                t.merged_into
         from tickets t join matters m on m.tenant_id = t.tenant_id and m.id = t.matter_id
         where t.tenant_id = $1 and t.matter_id = $2 order by t.id",
        tenant,
        matter.uuid()
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Ticket::try_from)
    .collect()
}

/// A ticket row about to be written; `level` -1 means that no level has started.
pub(super) async fn insert(cx: &mut Cx, ticket: &Ticket, words: Option<&[u8]>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ladder = serde_json::to_value(&ticket.ladder).map_err(Error::internal)?;
    sqlx::query!(
        "insert into tickets (tenant_id, id, matter_id, code, kind, severity, task, words, unit_id, organisation_id,
                              assignee_id, given_by_unit_id, state, opened_at, clock_from, clock, due_at, warn_at,
                              ladder, level, round, generation)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, -1, 0, 0)",
        tenant,
        ticket.id.uuid(),
        ticket.matter.uuid(),
        ticket.code,
        ticket.kind,
        ticket.severity.as_str(),
        ticket.task,
        words,
        ticket.unit.map(Uuid::from),
        ticket.organisation.map(Uuid::from),
        ticket.assignee.map(Uuid::from),
        ticket.given_by.map(Uuid::from),
        ticket.state.as_str(),
        ticket.opened_at.to_sqlx(),
        ticket.clock_from.to_sqlx(),
        ticket.clock.as_str(),
        ticket.due_at.to_sqlx(),
        ticket.warn_at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        ladder
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What somebody wrote to say a ticket, opened.
pub(super) async fn words(cx: &mut Cx, id: TicketId) -> Result<Option<String>> {
    let tenant = cx.tenant().uuid();
    let words =
        sqlx::query_scalar!("select words from tickets where tenant_id = $1 and id = $2", tenant, id.uuid())
            .fetch_one(cx.conn())
            .await?;
    words.map(|sealed| cx.open("tickets", id.uuid(), "words", &sealed)).transpose()
}

/// Saves everything about a ticket that acts may change.
pub(super) async fn save(cx: &mut Cx, ticket: &Ticket, by: Option<StaffId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let at = |time: Option<Timestamp>| time.map(ToSqlx::to_sqlx);
    sqlx::query!(
        "update tickets set unit_id = $3, organisation_id = $4, assignee_id = $5, state = $6, clock_from = $7,
                due_at = $8, warn_at = $9, overdue_at = $10, generation = $11, climbs_at = $12, accepted_at = $13,
                accepted_by = $14, resolved_at = $15, resolved_by = case when $15::timestamptz is null then null else $16::uuid end,
                reopened = $17, paused_at = $18, paused_until = $19, paused_s = $20, merged_into = $21, level = $22,
                round = $23
         where tenant_id = $1 and id = $2",
        tenant,
        ticket.id.uuid(),
        ticket.unit.map(Uuid::from),
        ticket.organisation.map(Uuid::from),
        ticket.assignee.map(Uuid::from),
        ticket.state.as_str(),
        ticket.clock_from.to_sqlx(),
        ticket.due_at.to_sqlx(),
        at(ticket.warn_at) as Option<jiff_sqlx::Timestamp>,
        at(ticket.overdue_at) as Option<jiff_sqlx::Timestamp>,
        ticket.generation,
        at(ticket.climbs_at) as Option<jiff_sqlx::Timestamp>,
        at(ticket.accepted_at) as Option<jiff_sqlx::Timestamp>,
        ticket.accepted_by.map(Uuid::from),
        at(ticket.resolved_at) as Option<jiff_sqlx::Timestamp>,
        by.map(Uuid::from),
        ticket.reopened,
        at(ticket.paused_at) as Option<jiff_sqlx::Timestamp>,
        at(ticket.paused_until) as Option<jiff_sqlx::Timestamp>,
        ticket.paused_s,
        ticket.merged_into.map(Uuid::from),
        ticket.level,
        ticket.round
    )
    .execute(cx.conn())
    .await?;
    // The seats carry the due time for the queue's order.
    sqlx::query!(
        "update ticket_seats set due_at = $3 where tenant_id = $1 and ticket_id = $2 and due_at <> $3",
        tenant,
        ticket.id.uuid(),
        ticket.due_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A place before which a ticket stands.
pub(super) struct Seat {
    pub unit: UnitId,
    pub ticket: TicketId,
    pub reason: &'static str,
    pub due_at: Timestamp,
}

/// Seats tickets before units; a unit that already has the ticket keeps its first reason, unless it
/// was only told, or awaits the answer, and now owes something or is called.
pub(super) async fn seat(cx: &mut Cx, seats: &[Seat]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let units: Vec<Uuid> = seats.iter().map(|s| s.unit.uuid()).collect();
    let tickets: Vec<Uuid> = seats.iter().map(|s| s.ticket.uuid()).collect();
    let reasons: Vec<String> = seats.iter().map(|s| s.reason.to_owned()).collect();
    let dues: Vec<i64> = seats.iter().map(|s| s.due_at.as_microsecond()).collect();
    sqlx::query!(
        "insert into ticket_seats (tenant_id, unit_id, ticket_id, reason, due_at)
         select distinct on (unit_id, ticket_id) $1::uuid, unit_id, ticket_id, reason,
                timestamptz 'epoch' + micros * interval '1 microsecond'
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[]) with ordinality
              as s (unit_id, ticket_id, reason, micros, place)
         order by unit_id, ticket_id, place
         on conflict (tenant_id, unit_id, ticket_id) do update set reason = excluded.reason
         where ticket_seats.reason in ('informed', 'given') and excluded.reason <> 'informed'",
        tenant,
        &units,
        &tickets,
        &reasons,
        &dues
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes a closed ticket out of every queue, or one unit's seat when it was forwarded.
pub(super) async fn unseat(cx: &mut Cx, ticket: TicketId, unit: Option<UnitId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from ticket_seats where tenant_id = $1 and ticket_id = $2 and ($3::uuid is null or unit_id = $3)",
        tenant,
        ticket.uuid(),
        unit.map(Uuid::from)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The units before which a ticket stands, each with why.
pub(super) async fn seats(cx: &mut Cx, ticket: TicketId) -> Result<Vec<(UnitId, String)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select unit_id, reason from ticket_seats where tenant_id = $1 and ticket_id = $2",
        tenant,
        ticket.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id.into(), row.reason)).collect())
}

pub(super) async fn seat_units(cx: &mut Cx, ticket: TicketId) -> Result<Vec<UnitId>> {
    Ok(seats(cx, ticket).await?.into_iter().map(|(unit, _)| unit).collect())
}

/// An attempt about to begin.
pub(super) struct NewAttempt {
    pub id: AttemptId,
    pub ticket: TicketId,
    pub level: i16,
    pub round: i16,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub whom: String,
    pub channel: &'static str,
    pub tone: Tone,
    /// Nobody was found, or no way to anybody: the attempt ends as it begins.
    pub ended: Option<Outcome>,
}

/// What a climb changes, in one statement, because each round trip of it is time in which nobody is
/// rung: the tickets stand at their new levels, before more units, and the new attempts begin. What
/// rang for them before has ended already: how, its event has said.
pub(super) async fn climb(
    cx: &mut Cx,
    tickets: &[Ticket],
    seats: &[Seat],
    attempts: &[NewAttempt],
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let micros = |time: Option<Timestamp>| time.map(Timestamp::as_microsecond);
    let ticket_ids: Vec<Uuid> = tickets.iter().map(|t| t.id.uuid()).collect();
    let ticket_levels: Vec<i16> = tickets.iter().map(|t| t.level).collect();
    let ticket_rounds: Vec<i16> = tickets.iter().map(|t| t.round).collect();
    let generations: Vec<i32> = tickets.iter().map(|t| t.generation).collect();
    let started: Vec<Option<i64>> = tickets.iter().map(|t| micros(t.level_started_at)).collect();
    let climbs: Vec<Option<i64>> = tickets.iter().map(|t| micros(t.climbs_at)).collect();
    let used_up: Vec<Option<i64>> = tickets.iter().map(|t| micros(t.used_up_at)).collect();
    let seat_units: Vec<Uuid> = seats.iter().map(|s| s.unit.uuid()).collect();
    let seat_tickets: Vec<Uuid> = seats.iter().map(|s| s.ticket.uuid()).collect();
    let reasons: Vec<String> = seats.iter().map(|s| s.reason.to_owned()).collect();
    let dues: Vec<i64> = seats.iter().map(|s| s.due_at.as_microsecond()).collect();
    let ids: Vec<Uuid> = attempts.iter().map(|a| a.id.uuid()).collect();
    let attempted: Vec<Uuid> = attempts.iter().map(|a| a.ticket.uuid()).collect();
    let levels: Vec<i16> = attempts.iter().map(|a| a.level).collect();
    let rounds: Vec<i16> = attempts.iter().map(|a| a.round).collect();
    let units: Vec<Option<Uuid>> = attempts.iter().map(|a| a.unit.map(Uuid::from)).collect();
    let staff: Vec<Option<Uuid>> = attempts.iter().map(|a| a.staff.map(Uuid::from)).collect();
    let whom: Vec<String> = attempts.iter().map(|a| a.whom.clone()).collect();
    let channels: Vec<String> = attempts.iter().map(|a| a.channel.to_owned()).collect();
    let tones: Vec<String> = attempts.iter().map(|a| a.tone.as_str().to_owned()).collect();
    let outcomes: Vec<Option<String>> =
        attempts.iter().map(|a| a.ended.map(|outcome| outcome.as_str().to_owned())).collect();
    sqlx::query!(
        "with moved as (
             update tickets t
             set level = n.level, round = n.round, generation = n.generation,
                 level_started_at = timestamptz 'epoch' + n.started * interval '1 microsecond',
                 climbs_at = timestamptz 'epoch' + n.climbs * interval '1 microsecond',
                 used_up_at = timestamptz 'epoch' + n.used_up * interval '1 microsecond'
             from unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::integer[], $7::bigint[], $8::bigint[], $9::bigint[])
                  as n (id, level, round, generation, started, climbs, used_up)
             where t.tenant_id = $1 and t.id = n.id),
         seated as (
             insert into ticket_seats (tenant_id, unit_id, ticket_id, reason, due_at)
             select distinct on (unit_id, ticket_id) $1::uuid, unit_id, ticket_id, reason,
                    timestamptz 'epoch' + micros * interval '1 microsecond'
             from unnest($10::uuid[], $11::uuid[], $12::text[], $13::bigint[]) as s (unit_id, ticket_id, reason, micros)
             on conflict (tenant_id, unit_id, ticket_id) do update set reason = excluded.reason
             where ticket_seats.reason in ('informed', 'given'))
         insert into attempts (tenant_id, id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at,
                               ended_at, outcome)
         select $1, id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, $2,
                case when outcome is not null then $2::timestamptz end, outcome
         from unnest($14::uuid[], $15::uuid[], $16::smallint[], $17::smallint[], $18::uuid[], $19::uuid[], $20::text[],
                     $21::text[], $22::text[], $23::text[])
              as a (id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, outcome)",
        tenant,
        now,
        &ticket_ids,
        &ticket_levels,
        &ticket_rounds,
        &generations,
        &started as _,
        &climbs as _,
        &used_up as _,
        &seat_units,
        &seat_tickets,
        &reasons,
        &dues,
        &ids,
        &attempted,
        &levels,
        &rounds,
        &units as _,
        &staff as _,
        &whom,
        &channels,
        &tones,
        &outcomes as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
