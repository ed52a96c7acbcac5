//! What became of an attempt: the one door through which rings and calls are written. The call
//! engine reports here; officials cannot.

use super::{
    climb, endings,
    model::{Rung, State, Ticket, only_tells},
    sql,
};
use crate::tickets::act;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, Result, StaffId, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Timer, Topic};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Accepted,
    PassedUp,
    /// It rang in vain.
    NotAnswered,
    /// Someone listened and did not accept.
    HeardNotAccepted,
    Busy,
    Rejected,
    Unreachable,
    /// Somebody else accepted meanwhile.
    Taken,
    /// The roster had nobody.
    Nobody,
    /// The person takes ordinary notices at the desk only; it stood there.
    NotWanted,
    /// What it was about has ended by itself.
    Withdrawn,
    /// No telephone network is connected to this centre.
    NoNetwork,
    /// The person was in another call of this centre's: our doing, not his.
    Engaged,
    /// There was somebody, but no number or address at which the level could try him.
    NoChannel,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::PassedUp => "passed_up",
            Self::NotAnswered => "not_answered",
            Self::HeardNotAccepted => "heard_not_accepted",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Taken => "taken",
            Self::NoNetwork => "no_network",
            Self::Engaged => "engaged",
            Self::NoChannel => "no_channel",
            Self::Nobody => "nobody",
            Self::NotWanted => "not_wanted",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The outcome that an event or a row names.
    pub fn named(text: &str) -> Option<Self> {
        use Outcome as O;
        [
            O::Accepted,
            O::PassedUp,
            O::NotAnswered,
            O::HeardNotAccepted,
            O::Busy,
            O::Rejected,
            O::Unreachable,
            O::Taken,
            O::Nobody,
            O::NotWanted,
            O::Withdrawn,
            O::NoNetwork,
            O::Engaged,
            O::NoChannel,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
    }

    /// The network has said that this person cannot be reached: no use waiting out the minute.
    const fn climbs_at_once(self) -> bool {
        matches!(self, Self::Busy | Self::Rejected | Self::Unreachable | Self::PassedUp | Self::Engaged)
    }
}

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
    /// The call has left us; its minute counts from the start all the same.
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

/// An attempt with its ticket, the ticket locked first: a climb locks in this order too, so that
/// the one waits for the other and never each for the other.
async fn lock(cx: &mut Cx, id: AttemptId) -> Result<(Attempt, Ticket)> {
    let ticket = find(cx, id).await?.ticket;
    let ticket = sql::lock_one(cx, ticket).await?;
    // Read again: the climb that was waited for may have ended it.
    Ok((find(cx, id).await?, ticket))
}

/// The telephone network has been asked to ring. Asked again, on another trunk or after a crash, the record
/// keeps the first time.
pub async fn invited(cx: &mut Cx, id: AttemptId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update attempts set invited_at = $3
         where tenant_id = $1 and id = (select id from attempts
                                        where tenant_id = $1 and id = $2 and invited_at is null and ended_at is null
                                        for update skip locked)",
        tenant,
        id.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The desk or the telephone has begun to ring. An attempt that someone else is writing just now
/// is ending, or was answered, and needs no such mark.
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
pub async fn answered(cx: &mut Cx, id: AttemptId, message: jiff::SignedDuration) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (attempt, ticket) = lock(cx, id).await?;
    let updated = sqlx::query!(
        "update attempts set answered_at = coalesce(answered_at, $3), ringing_at = coalesce(ringing_at, $3)
         where tenant_id = $1 and id = $2 and ended_at is null",
        tenant,
        id.uuid(),
        now.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    if updated.rows_affected() == 1 {
        hold(cx, &attempt, ticket, now + message).await?;
    }
    Ok(())
}

/// The message has been played to its end (or the listener hung up within it).
pub async fn message_ended(cx: &mut Cx, id: AttemptId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (attempt, ticket) = lock(cx, id).await?;
    let updated = sqlx::query!(
        "update attempts set message_ended_at = $3
         where tenant_id = $1 and id = $2 and answered_at is not null and message_ended_at is null and ended_at is null",
        tenant,
        id.uuid(),
        now.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    if updated.rows_affected() == 1 {
        hold(cx, &attempt, ticket, now).await?;
    }
    Ok(())
}

/// A key was pressed during a call: 1 accepts, 2 passes up, others are kept.
pub async fn key(cx: &mut Cx, id: AttemptId, key: char) -> Result<()> {
    let tenant = cx.tenant().uuid();
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
        '2' => ended(cx, id, Outcome::PassedUp, None).await,
        _ => Ok(()),
    }
}

/// The call is over. What the network said climbs at once, when nobody else is still being called
/// on this level; a call that was answered and left without a key was heard, not accepted, and the
/// level keeps its time.
pub async fn ended(cx: &mut Cx, id: AttemptId, outcome: Outcome, sip_code: Option<i16>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let (attempt, mut ticket) = lock(cx, id).await?;
    if attempt.ended_at.is_some() {
        return Ok(());
    }
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
        now.to_sqlx(),
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
    let present = ticket.rung() == Some(attempt.rung()) && ticket.state == State::Open;
    if !present || !outcome.climbs_at_once() {
        return Ok(());
    }
    // Passing up is a person's decision for the level; the network's word holds for one phone only.
    let hopeless = outcome == Outcome::PassedUp || !someone_still_called(cx, &attempt).await?;
    if hopeless {
        act::climb_now(cx, &mut ticket).await?;
    }
    Ok(())
}

/// Whether another phone of the same level, since it began, rings, was answered, or has not been tried to its end.
/// A mail, a text or a push that cannot be delivered says less than a phone: beside it anything else keeps the level
/// too.
async fn someone_still_called(cx: &mut Cx, attempt: &Attempt) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from attempts
                          where tenant_id = $1 and ticket_id = $2 and level = $3 and round = $4 and started_at >= $6
                            and (channel = 'call' or $5) and (ended_at is null or answered_at is not null)) as "exists!""#,
        tenant,
        attempt.ticket.uuid(),
        attempt.level,
        attempt.round,
        only_tells(&attempt.channel),
        attempt.started_at.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?)
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
    ticket.climbs_at = Some(until);
    ticket.generation += 1;
    sql::save(cx, &ticket, None).await?;
    cx.arm(Timer {
        kind: climb::KIND,
        object: ticket.id.uuid(),
        generation: ticket.generation,
        fire_at: until,
    });
    cx.record(
        Event::new("attempt.held", attempt.id)
            .matter(ticket.matter)
            .unit(attempt.unit)
            .data(json!({ "ticket": ticket.id, "until": until, "staff": attempt.staff })),
    );
    // The desks ring for longer too.
    cx.tell(Topic::Rings);
    cx.tell(Topic::screen("tickets"));
    Ok(())
}
