//! Pauses: a ticket's clock stands still for a reason, with a second person's approval. One asks
//! and names who is to approve; until he does, every clock runs and every phone rings on. Both are
//! on record. A pause ends by itself, is taken back early, or ends with the ticket's next move
//! (forwarded, answered, merged); then what was left of its time is left again.

use super::{
    act::{Concerned, claim, event, save, stop_climbing, text},
    climb, clock, endings,
    model::{State, Ticket},
    watch,
};
use crate::{permissions::Action, units};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Actor, Error, Grant, Result, StaffId, TicketId};
use serde_json::json;
use store::{Cx, Timer, Topic};

const TABLE: &str = "pause_requests";
/// The same request within this time is the same form sent twice.
const TWICE: SignedDuration = SignedDuration::from_mins(1);

/// A pause that waits for its approver.
#[derive(Clone, Debug)]
pub struct PauseRequest {
    pub ticket: TicketId,
    pub asked_by: StaffId,
    pub asked_at: Timestamp,
    pub approver: StaffId,
    pub until: Timestamp,
    pub words: String,
}

/// Asks for a pause until `until`, with the reason and who is to approve it; nothing stops yet. A
/// later request takes the place of an earlier one, so that nobody waits for an approver who is away.
pub async fn ask_pause(
    cx: &mut Cx,
    id: TicketId,
    until: Timestamp,
    why: &str,
    approver: StaffId,
) -> Result<()> {
    let ticket = claim(cx, id, Action::TicketPause).await?;
    let by = cx.actor.staff_id().ok_or(Error::Forbidden(Action::TicketPause.as_str()))?;
    let now = cx.now();
    ticket.pause(now, until)?;
    let why = text("text", why)?;
    if approver == by {
        return Err(Error::invalid("approver", "error-pause-self"));
    }
    if !may_approve(cx, &ticket, approver).await? {
        return Err(Error::invalid("approver", "error-pause-approver"));
    }
    if let Some(known) = request(cx, id).await?
        && (known.asked_by, known.approver) == (by, approver)
        && until.duration_since(known.until).abs() < TWICE
    {
        return Ok(());
    }
    let sealed = cx.seal(TABLE, id.uuid(), "words", &why)?;
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into pause_requests (tenant_id, ticket_id, asked_by, asked_at, approver_id, until, words)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, ticket_id) do update
         set asked_by = excluded.asked_by, asked_at = excluded.asked_at, approver_id = excluded.approver_id,
             until = excluded.until, words = excluded.words",
        tenant,
        id.uuid(),
        by.uuid(),
        now.to_sqlx(),
        approver.uuid(),
        until.to_sqlx(),
        sealed
    )
    .execute(cx.conn())
    .await?;
    let data = json!({ "until": until, "approver": approver });
    cx.record(event("ticket.pause_asked", &ticket, data).payload(json!({ "text": why })));
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// Whether somebody may agree to a pause of a ticket, by the posts he holds.
async fn may_approve(cx: &mut Cx, ticket: &Ticket, approver: StaffId) -> Result<bool> {
    let concerned = Concerned::of(cx, ticket).await?;
    let tree = units::tree(cx).await?;
    let posts = crate::staff::posts_of(cx, approver).await?;
    Ok(posts.into_iter().any(|post| {
        let grant = Grant { role: post.role, unit: post.unit, reach: tree.reach(post.unit) };
        let approving = Actor::staff(approver, vec![grant]);
        concerned.lets(&approving, Action::TicketApprovePause)
    }))
}

/// The approver agrees: from now the ticket's clocks stand until the time that was asked for.
pub async fn approve_pause(cx: &mut Cx, id: TicketId) -> Result<()> {
    let (mut ticket, request) = decide(cx, id).await?;
    let now = cx.now();
    // The time may have come while the request waited; there is no form to say so beside.
    ticket.pause(now, request.until).map_err(|error| match error {
        Error::Invalid { key, .. } => Error::Conflict(key),
        other => other,
    })?;
    let calls = endings::taken(cx, id, None, None).await?;
    cx.record(event(
        "ticket.paused",
        &ticket,
        json!({
            "until": request.until, "approver": request.approver, "asked_by": request.asked_by,
            "calls": endings::all_stated(&calls),
        }),
    ));
    ticket.state = State::Paused;
    ticket.paused_at = Some(now);
    ticket.paused_until = Some(request.until);
    stop_climbing(cx, &mut ticket);
    watch::disarm(cx, id);
    arm_resume(cx, &ticket);
    forget(cx, id).await?;
    cx.tell(Topic::Rings);
    save(cx, &ticket).await
}

/// The approver does not agree; the clocks have never stopped.
pub async fn refuse_pause(cx: &mut Cx, id: TicketId, why: &str) -> Result<()> {
    let (ticket, request) = decide(cx, id).await?;
    let why = text("text", why)?;
    let data = json!({ "until": request.until, "approver": request.approver, "asked_by": request.asked_by });
    cx.record(event("ticket.pause_refused", &ticket, data).payload(json!({ "text": why })));
    cx.tell(Topic::screen("tickets"));
    forget(cx, id).await
}

/// The request that waits for the actor, or for the leader he acts for; never his own.
async fn decide(cx: &mut Cx, id: TicketId) -> Result<(Ticket, PauseRequest)> {
    let ticket = claim(cx, id, Action::TicketApprovePause).await?;
    let request = request(cx, id).await?.ok_or(Error::Conflict("error-pause-not-asked"))?;
    if request.is_for(&cx.actor) {
        Ok((ticket, request))
    } else {
        Err(Error::Forbidden(Action::TicketApprovePause.as_str()))
    }
}

impl PauseRequest {
    /// Whether this actor is the one to decide it.
    pub fn is_for(&self, actor: &Actor) -> bool {
        let own = actor.staff_id();
        own != Some(self.asked_by) && [own, actor.on_behalf_of].contains(&Some(self.approver))
    }
}

/// Takes a pause back early.
pub async fn resume(cx: &mut Cx, id: TicketId) -> Result<()> {
    let ticket = claim(cx, id, Action::TicketPause).await?;
    if ticket.state != State::Paused {
        return Err(Error::Conflict("error-ticket-not-paused"));
    }
    go_on(cx, ticket).await
}

/// After a pause: the ladder goes on from the level it stood at.
pub(super) async fn go_on(cx: &mut Cx, mut ticket: Ticket) -> Result<()> {
    end(cx, &mut ticket).await?;
    if ticket.is_climbing() {
        let index = usize::try_from(ticket.level).unwrap_or(0);
        let now = cx.now();
        let fire_at = climb::time_up(cx, &ticket, index, now).await?;
        ticket.climbs_at = Some(fire_at);
        cx.arm(Timer { kind: climb::KIND, object: ticket.id.uuid(), generation: ticket.generation, fire_at });
    }
    save(cx, &ticket).await
}

/// Ends the pause of a ticket, if it is in one: its times move by what passed on its clock, and its
/// deadline is armed again. The caller saves.
pub(super) async fn end(cx: &mut Cx, ticket: &mut Ticket) -> Result<()> {
    if ticket.state != State::Paused {
        return Ok(());
    }
    let now = cx.now();
    let from = ticket.paused_at.unwrap_or(now);
    // A timer that came late gives nobody more than was approved.
    let to = ticket.paused_until.map_or(now, |until| until.min(now));
    ticket.paused_s += to.duration_since(from).as_secs();
    ticket.paused_at = None;
    ticket.paused_until = None;
    ticket.state = if ticket.accepted_at.is_some() { State::Accepted } else { State::Open };
    ticket.due_at = clock::put_off(cx, ticket.clock, ticket.due_at, from, to).await?;
    if let Some(warn) = ticket.warn_at {
        ticket.warn_at = Some(clock::put_off(cx, ticket.clock, warn, from, to).await?);
    }
    ticket.generation += 1;
    let data = json!({ "paused_s": ticket.paused_s, "due_at": ticket.due_at });
    cx.record(event("ticket.resumed", ticket, data));
    cx.disarm(watch::RESUME, ticket.id.uuid());
    watch::arm(cx, ticket);
    Ok(())
}

/// Sets the timer that ends a pause.
pub(super) fn arm_resume(cx: &mut Cx, ticket: &Ticket) {
    cx.arm(Timer {
        kind: watch::RESUME,
        object: ticket.id.uuid(),
        generation: ticket.generation,
        fire_at: ticket.paused_until.unwrap_or_else(|| cx.now()),
    });
}

/// Drops a request that has been decided, or whose ticket has moved on.
pub(super) async fn forget(cx: &mut Cx, id: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from pause_requests where tenant_id = $1 and ticket_id = $2", tenant, id.uuid())
        .execute(cx.conn())
        .await?;
    Ok(())
}

/// The pause that somebody asked for on a ticket and nobody has decided. Who may see the ticket may
/// see it; asking that is the caller's.
pub async fn pause_request(cx: &mut Cx, id: TicketId) -> Result<Option<PauseRequest>> {
    request(cx, id).await
}

async fn request(cx: &mut Cx, id: TicketId) -> Result<Option<PauseRequest>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select asked_by, asked_at, approver_id, until, words from pause_requests where tenant_id = $1 and ticket_id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PauseRequest {
        ticket: id,
        asked_by: row.asked_by.into(),
        asked_at: row.asked_at.to_jiff(),
        approver: row.approver_id.into(),
        until: row.until.to_jiff(),
        words: cx.open(TABLE, id.uuid(), "words", &row.words)?,
    }))
}

/// The tickets whose pause waits for the actor to decide, the longest wait first, with their codes.
pub async fn pauses_to_decide(cx: &mut Cx) -> Result<Vec<(TicketId, String)>> {
    let tenant = cx.tenant().uuid();
    let approvers: Vec<_> =
        cx.actor.staff_id().into_iter().chain(cx.actor.on_behalf_of).map(StaffId::uuid).collect();
    let rows = sqlx::query!(
        "select p.ticket_id, t.code from pause_requests p
         join tickets t on t.tenant_id = $1 and t.id = p.ticket_id
         where p.tenant_id = $1 and p.approver_id = any($2) and p.asked_by <> all($3)
         order by p.asked_at, p.ticket_id limit 50",
        tenant,
        &approvers,
        &approvers[..approvers.len().min(1)]
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.ticket_id.into(), row.code)).collect())
}
