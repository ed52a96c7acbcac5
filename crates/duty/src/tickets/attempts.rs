//! What became of an attempt: the one door through which rings and calls are written. The call
//! engine reports here; officials cannot.

pub use super::outcome::Outcome;

use super::{
    climb, endings,
    model::{self, Rung, State, Ticket, only_tells},
    sql,
};
use crate::tickets::act;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, Result, StaffId, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Timer, Topic};

/// An attempt as kept.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub id: AttemptId,
    pub ticket: TicketId,
    pub level: i16,
    pub round: i16,
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub whom: String,
    pub channel: String,
    pub tone: String,
    pub started_at: Timestamp,
    /// The call has left us, by the trunk that made it ring: from here its minute counts.
    pub invited_at: Option<Timestamp>,
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub message_ended_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<String>,
    pub sip_code: Option<i16>,
    pub keys: Option<String>,
}

pub(super) struct Row {
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub level: i16,
    pub round: i16,
    pub unit_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    pub whom: String,
    pub channel: String,
    pub tone: String,
    pub started_at: jiff_sqlx::Timestamp,
    pub invited_at: Option<jiff_sqlx::Timestamp>,
    pub ringing_at: Option<jiff_sqlx::Timestamp>,
    pub answered_at: Option<jiff_sqlx::Timestamp>,
    pub message_ended_at: Option<jiff_sqlx::Timestamp>,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
    pub outcome: Option<String>,
    pub sip_code: Option<i16>,
    pub keys: Option<String>,
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        let jiff = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Self {
            id: row.id.into(),
            ticket: row.ticket_id.into(),
            level: row.level,
            round: row.round,
            unit: row.unit_id.map(UnitId),
            staff: row.staff_id.map(StaffId),
            whom: row.whom,
            channel: row.channel,
            tone: row.tone,
            started_at: row.started_at.to_jiff(),
            invited_at: jiff(row.invited_at),
            ringing_at: jiff(row.ringing_at),
            answered_at: jiff(row.answered_at),
            message_ended_at: jiff(row.message_ended_at),
            ended_at: jiff(row.ended_at),
            outcome: row.outcome,
            sip_code: row.sip_code,
            keys: row.keys,
        }
    }
}

impl Attempt {
    /// The level that this attempt belongs to.
    pub const fn rung(&self) -> Rung {
        Rung { level: self.level, round: self.round, since: self.started_at }
    }

    /// Somebody's telephone or bell has rung.
    pub const fn has_rung(&self) -> bool {
        self.ringing_at.is_some() || self.answered_at.is_some()
    }
}

/// An attempt, and when that happened which is written of it: as a telephone network tells, or just now. What a
/// network tells may be written later than it happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    attempt: AttemptId,
    at: Option<Timestamp>,
}

impl From<AttemptId> for Moment {
    fn from(attempt: AttemptId) -> Self {
        Self { attempt, at: None }
    }
}

impl From<(AttemptId, Timestamp)> for Moment {
    fn from((attempt, at): (AttemptId, Timestamp)) -> Self {
        Self { attempt, at: Some(at) }
    }
}

impl Moment {
    /// Its time: never after now, and never before the attempt began, whatever a network says.
    fn within(self, began: Timestamp, now: Timestamp) -> Timestamp {
        self.at.unwrap_or(now).min(now).max(began)
    }
}

/// One attempt; `NotFound` in another tenant.
pub async fn find(cx: &mut Cx, id: AttemptId) -> Result<Attempt> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Row,
        "select id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys
         from attempts where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .into())
}

/// Every attempt for the tickets of a list, in the order in which they began.
pub async fn of_tickets(cx: &mut Cx, tickets: &[TicketId]) -> Result<Vec<Attempt>> {
    let (tenant, ids) = (cx.tenant().uuid(), tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query_as!(
        Row,
        "select id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys
         from attempts where tenant_id = $1 and ticket_id = any($2) order by started_at, id",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

/// Which of the given attempts have ended: the calls a voice gateway must hang up.
pub async fn ended_among(cx: &mut Cx, attempts: &[AttemptId]) -> Result<Vec<AttemptId>> {
    let (tenant, ids) = (cx.tenant().uuid(), attempts.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let ended = sqlx::query_scalar!(
        "select id from attempts where tenant_id = $1 and id = any($2) and ended_at is not null",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ended.into_iter().map(AttemptId).collect())
}

/// Which of the given attempts were heard of last before then: that they began, or left.
pub async fn older_among(cx: &mut Cx, attempts: &[AttemptId], than: Timestamp) -> Result<Vec<AttemptId>> {
    let (tenant, ids) = (cx.tenant().uuid(), attempts.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let older = sqlx::query_scalar!(
        "select id from attempts
         where tenant_id = $1 and id = any($2) and greatest(started_at, invited_at) < $3",
        tenant,
        &ids,
        than.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(older.into_iter().map(AttemptId).collect())
}

/// An attempt with its ticket, the ticket locked first: a climb locks in this order too, so that
/// the one waits for the other and never each for the other.
async fn lock(cx: &mut Cx, id: AttemptId) -> Result<(Attempt, Ticket)> {
    let ticket = find(cx, id).await?.ticket;
    let ticket = sql::lock_one(cx, ticket).await?;
    // Read again: the climb that was waited for may have ended it.
    Ok((find(cx, id).await?, ticket))
}

/// The telephone network has been asked to ring: from now the level has its time. Asked again before anything has
/// rung, on another trunk or after a crash, the record has the last INVITE, which is the one that rings.
pub async fn invited(cx: &mut Cx, call: impl Into<Moment>) -> Result<()> {
    let (moment, now) = (call.into(), cx.now());
    let attempt = find(cx, moment.attempt).await?;
    let at = moment.within(attempt.started_at, now);
    // It left with its level, whose time it does not move: nobody is made to wait for it.
    if at.duration_since(attempt.started_at) <= model::INVITE_WITH_LEVEL {
        set_invited(cx, attempt.id, at).await?;
        return Ok(());
    }
    let (attempt, ticket) = lock(cx, moment.attempt).await?;
    if set_invited(cx, attempt.id, at).await? {
        count_from(cx, &attempt, ticket, at).await?;
    }
    Ok(())
}

async fn set_invited(cx: &mut Cx, id: AttemptId, at: Timestamp) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let updated = sqlx::query!(
        "update attempts set invited_at = $3
         where tenant_id = $1 and id = $2 and ringing_at is null and ended_at is null",
        tenant,
        id.uuid(),
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// The telephone has begun to ring. Whoever is writing the attempt just now is waited for: lost, this mark would
/// make an unanswered telephone one that never rang. The transaction must hold no other attempt meanwhile.
pub async fn rang(cx: &mut Cx, call: impl Into<Moment>) -> Result<()> {
    let moment = call.into();
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    sqlx::query!(
        "update attempts set ringing_at = greatest(started_at, $3)
         where tenant_id = $1 and id = $2 and ringing_at is null and ended_at is null",
        tenant,
        moment.attempt.uuid(),
        moment.at.unwrap_or(now).min(now).to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// Both at once, for a call that left with its level, whose time it does not move: one statement then.
pub async fn rings(cx: &mut Cx, id: AttemptId, invited: Timestamp, ringing: Timestamp) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let with_level = model::INVITE_WITH_LEVEL.as_micros() as i64;
    let updated = sqlx::query!(
        "update attempts
         set invited_at = greatest(started_at, $3), ringing_at = greatest(started_at, $4)
         where tenant_id = $1 and id = $2 and ringing_at is null and ended_at is null
           and $3 <= started_at + $5::bigint * interval '1 microsecond'",
        tenant,
        id.uuid(),
        invited.min(now).to_sqlx(),
        ringing.min(now).to_sqlx(),
        with_level
    )
    .execute(cx.conn())
    .await?;
    if updated.rows_affected() == 0 {
        self::invited(cx, (id, invited)).await?;
        return rang(cx, (id, ringing)).await;
    }
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// The desk has begun to ring, or a notice has left. Several are marked in one transaction, so one that
/// someone else is writing just now is not waited for: a bell is marked when a desk shows it the next time, and what
/// became of a notice stands with its message.
pub async fn ringing_began(cx: &mut Cx, id: AttemptId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update attempts set ringing_at = $3
         where tenant_id = $1 and id = (select id from attempts
                                        where tenant_id = $1 and id = $2 and ringing_at is null and ended_at is null
                                        for update skip locked)",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// Someone has picked up: from now the level is held until the message has ended and 20 s more.
/// `message` is how long the message takes. A call that was lost and placed again is answered a
/// second time: the record keeps the first, the level is held for the second too.
pub async fn answered(cx: &mut Cx, call: impl Into<Moment>, message: jiff::SignedDuration) -> Result<()> {
    let moment = call.into();
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (attempt, ticket) = lock(cx, moment.attempt).await?;
    let at = moment.within(attempt.started_at, now);
    let updated = sqlx::query!(
        "update attempts set answered_at = coalesce(answered_at, $3), ringing_at = coalesce(ringing_at, $3)
         where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        attempt.id.uuid(),
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    if updated.rows_affected() == 1 {
        hold(cx, &attempt, ticket, at + message).await?;
    }
    Ok(())
}

/// The message has been played to its end (or the listener hung up within it).
pub async fn message_ended(cx: &mut Cx, call: impl Into<Moment>) -> Result<()> {
    let moment = call.into();
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (attempt, ticket) = lock(cx, moment.attempt).await?;
    let at = moment.within(attempt.started_at, now);
    let updated = sqlx::query!(
        "update attempts set message_ended_at = $3
         where tenant_id = $1 and id = $2 and answered_at is not null and message_ended_at is null and ended_at is null",
        tenant,
        attempt.id.uuid(),
        at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    if updated.rows_affected() == 1 {
        hold(cx, &attempt, ticket, at).await?;
    }
    Ok(())
}

/// A key was pressed during a call: 1 accepts, 2 passes up, others are kept. What is accepted is accepted from when
/// it is written, for until then others might have been faster.
pub async fn key(cx: &mut Cx, call: impl Into<Moment>, key: char) -> Result<()> {
    let moment = call.into();
    let (tenant, id) = (cx.tenant().uuid(), moment.attempt);
    let (attempt, _) = lock(cx, id).await?;
    sqlx::query!(
        "update attempts set keys = left(coalesce(keys, '') || $3, 40) where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        key.to_string()
    )
    .execute(cx.conn())
    .await?;
    let Some(staff) = attempt.staff else { return Ok(()) };
    match key {
        '1' => match act::accept_as(cx, attempt.ticket, staff, Some(id)).await {
            // Too late: somebody else was faster. The caller hears so; nothing is wrong.
            Err(Error::Conflict(_)) => Ok(()),
            other => other,
        },
        '2' => ended(cx, moment, Outcome::PassedUp, None).await,
        _ => Ok(()),
    }
}

/// The call is over. What the network said climbs at once, when nobody else is still being called
/// on this level; a call that was answered and left without a key was heard, not accepted, and the
/// level keeps its time. So it does for a call that no network carried, as long as anything else of it
/// may still reach somebody; who picked up one of ours that had nothing to say is reached by nothing.
pub async fn ended(
    cx: &mut Cx,
    call: impl Into<Moment>,
    outcome: Outcome,
    sip_code: Option<i16>,
) -> Result<()> {
    let moment = call.into();
    let (tenant, now, id) = (cx.tenant().uuid(), cx.now(), moment.attempt);
    let (attempt, mut ticket) = lock(cx, id).await?;
    if attempt.ended_at.is_some() {
        return Ok(());
    }
    let at = moment.within(attempt.started_at, now);
    let outcome = match outcome {
        Outcome::NotAnswered if attempt.answered_at.is_some() => Outcome::HeardNotAccepted,
        other => other,
    };
    let updated = sqlx::query_as!(
        Row,
        "update attempts set ended_at = $3, outcome = $4, sip_code = coalesce($5, sip_code),
                message_ended_at = case when answered_at is null then null else coalesce(message_ended_at, $3) end
         where tenant_id = $1 and id = $2 and ended_at is null
         returning id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at, invited_at,
                   ringing_at, answered_at, message_ended_at, ended_at, outcome, sip_code, keys",
        tenant,
        id.uuid(),
        at.to_sqlx(),
        outcome.as_str(),
        sip_code
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(updated) = updated else { return Ok(()) };
    let mut data = endings::stated(&updated.into());
    data["ticket"] = json!(ticket.id);
    cx.record(Event::new("attempt.ended", id).matter(ticket.matter).unit(attempt.unit).data(data));
    cx.tell(Topic::Rings);
    cx.tell(Topic::screen("tickets"));
    if ticket.rung() != Some(attempt.rung()) || ticket.state != State::Open {
        return Ok(());
    }
    let hopeless = match outcome {
        // Passing up is a person's decision for the level; the network's word holds for one phone only.
        Outcome::PassedUp => true,
        // Above the last level stands the first: with no network at all the ladder would go round and round.
        Outcome::NoNetwork => !ticket.is_at_the_top() && !something_still_calls(cx, &attempt, true).await?,
        outcome if outcome.climbs_at_once() => {
            !something_still_calls(cx, &attempt, only_tells(&attempt.channel)).await?
        }
        _ => false,
    };
    if hopeless {
        act::climb_now(cx, &mut ticket).await?;
    }
    Ok(())
}

/// Whether another phone of the same level, since it began, rings, was answered, or has not been tried to its end;
/// of `any` channel where the end of this attempt says less than a phone's: a mail, a text or a push that cannot be
/// delivered, a call that was never carried.
async fn something_still_calls(cx: &mut Cx, attempt: &Attempt, any: bool) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from attempts
                          where tenant_id = $1 and ticket_id = $2 and level = $3 and round = $4 and started_at >= $6
                            and (channel = 'call' or $5)
                            and (ended_at is null or (answered_at is not null and outcome <> 'no_network'))) as "exists!""#,
        tenant,
        attempt.ticket.uuid(),
        attempt.level,
        attempt.round,
        any,
        attempt.started_at.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Lets the time of a level that rings telephones count from its INVITE: what our own trunks cost is not taken from
/// whoever is rung. Of several calls the last one counts. One that leaves late moves the climb by
/// [`model::INVITE_WITHIN`] at most, one that leaves within [`model::INVITE_WITH_LEVEL`] or never moves nothing.
async fn count_from(cx: &mut Cx, attempt: &Attempt, mut ticket: Ticket, invited: Timestamp) -> Result<()> {
    if ticket.rung() != Some(attempt.rung()) || !ticket.is_climbing() {
        return Ok(());
    }
    let (index, began) = (usize::try_from(ticket.level).unwrap_or(0), attempt.started_at);
    let own = climb::time_up(cx, &ticket, index, began).await?;
    let until = climb::time_up(cx, &ticket, index, model::counted_from(began, invited)).await?;
    if ticket.waits_longer(own, invited, until) { keep(cx, &mut ticket, until).await } else { Ok(()) }
}

/// Holds the level for someone who has answered: until `heard_until` + 20 s, never shorter than
/// the level's own time.
async fn hold(cx: &mut Cx, attempt: &Attempt, mut ticket: Ticket, heard_until: Timestamp) -> Result<()> {
    if ticket.rung() != Some(attempt.rung()) || !ticket.is_climbing() {
        return Ok(());
    }
    let until = ticket.hold_until(heard_until);
    if ticket.climbs_at == Some(until) {
        return Ok(());
    }
    keep(cx, &mut ticket, until).await?;
    cx.record(
        Event::new("attempt.held", attempt.id)
            .matter(ticket.matter)
            .unit(attempt.unit)
            .data(json!({ "ticket": ticket.id, "until": until, "staff": attempt.staff })),
    );
    Ok(())
}

/// The level goes on until then; a timer that is on its way is stale by its generation.
async fn keep(cx: &mut Cx, ticket: &mut Ticket, until: Timestamp) -> Result<()> {
    ticket.climbs_at = Some(until);
    ticket.generation += 1;
    sql::save(cx, ticket, None).await?;
    cx.arm(Timer {
        kind: climb::KIND,
        object: ticket.id.uuid(),
        generation: ticket.generation,
        fire_at: until,
    });
    // The desks ring for longer too.
    cx.tell(Topic::Rings);
    cx.tell(Topic::screen("tickets"));
    Ok(())
}
