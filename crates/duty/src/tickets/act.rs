//! What people do with a ticket. Each act asks the permission table, lets the model decide, saves
//! and records, all in the caller's transaction.

use super::{
    climb, clock, endings,
    ladder::{self, Until},
    model::{State, Ticket},
    open::{self, NewTicket, Responsible},
    sql, watch,
};
use crate::{
    organisations,
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, Error, MatterId, OrganisationId, Result, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use store::{Cx, Event, Timer, Topic};

/// Longest text of a note, reason or directive, in characters.
pub const TEXT_CAP: usize = 2000;

/// Locks a ticket the actor may see, and asks whether he may do `action` to it.
async fn claim(cx: &mut Cx, id: TicketId, action: Action) -> Result<Ticket> {
    let ticket = sql::lock_one(cx, id).await?;
    let units = standing(cx, &ticket).await?;
    cx.permit_sight(Action::TicketSee, Scope::Units(&units))?;
    // A unit that is only told may look and add words; the answer is not its to give.
    if action == Action::TicketNote {
        cx.permit(action, Scope::Units(&units))?;
    } else {
        let mut acting = sql::acting_units(cx, ticket.id).await?;
        acting.extend(own_units(&ticket));
        cx.permit(action, Scope::Units(&acting))?;
    }
    Ok(ticket)
}

/// The units before which a ticket stands, open or closed.
pub(super) async fn standing(cx: &mut Cx, ticket: &Ticket) -> Result<Vec<UnitId>> {
    let mut units = sql::seat_units(cx, ticket.id).await?;
    units.extend(own_units(ticket));
    Ok(units)
}

fn own_units(ticket: &Ticket) -> impl Iterator<Item = UnitId> {
    [ticket.unit, ticket.given_by, ticket.ward].into_iter().flatten()
}

pub(super) fn event(kind: &'static str, ticket: &Ticket, data: Value) -> Event {
    Event::new(kind, ticket.id).matter(ticket.matter).unit(ticket.unit).data(data)
}

/// What somebody wrote, trimmed; missing or too long is said beside the field.
fn text(field: &'static str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        Err(Error::invalid(field, "error-text-missing"))
    } else if text.chars().count() > TEXT_CAP {
        Err(Error::invalid(field, "error-text-too-long"))
    } else {
        Ok(text.to_owned())
    }
}

pub(super) async fn save(cx: &mut Cx, ticket: &Ticket) -> Result<()> {
    let by = cx.actor.staff_id();
    sql::save(cx, ticket, by).await?;
    cx.tell(Topic::screen("tickets"));
    cx.tell(Topic::screen("board"));
    Ok(())
}

/// Accepts by hand. Once accepted the phones of this ticket stop ringing.
pub async fn accept(cx: &mut Cx, id: TicketId) -> Result<()> {
    claim(cx, id, Action::TicketAccept).await?;
    let staff = cx.actor.staff_id().ok_or(Error::Forbidden("ticket.accept"))?;
    accept_as(cx, id, staff, None).await
}

/// Accepts for someone whom the ladder itself has reached (a key during the call): that he was
/// called is his authority.
pub async fn accept_as(cx: &mut Cx, id: TicketId, staff: StaffId, attempt: Option<AttemptId>) -> Result<()> {
    let mut ticket = sql::lock_one(cx, id).await?;
    ticket.accept()?;
    let now = cx.now();
    ticket.state = State::Accepted;
    ticket.accepted_at = Some(now);
    ticket.accepted_by = Some(staff);
    ticket.assignee = ticket.assignee.or(Some(staff));
    let calls = endings::taken(cx, id, Some(staff), attempt).await?;
    if ticket.ladder.until == Until::Accepted {
        stop_climbing(cx, &mut ticket);
    }
    // From the start of the earliest clock: what the citizen waited.
    let seconds = now.duration_since(ticket.clock_from).as_secs();
    cx.record(event(
        "ticket.accepted",
        &ticket,
        json!({
            "staff": staff, "attempt": attempt, "seconds": seconds, "level": ticket.level,
            "kind": ticket.kind, "severity": ticket.severity, "calls": endings::all_stated(&calls),
        }),
    ));
    cx.tell(Topic::Rings);
    save(cx, &ticket).await
}

/// Stops the ladder's clock; a timer still on its way is stale by its generation.
pub(super) fn stop_climbing(cx: &mut Cx, ticket: &mut Ticket) {
    ticket.generation += 1;
    ticket.climbs_at = None;
    cx.disarm(climb::KIND, ticket.id.uuid());
}

/// Lets the next level start now: the timer is due at once, and the runner climbs.
pub(super) async fn climb_now(cx: &mut Cx, ticket: &mut Ticket) -> Result<()> {
    let now = cx.now();
    ticket.generation += 1;
    ticket.climbs_at = Some(now);
    cx.arm(Timer {
        kind: climb::KIND,
        object: ticket.id.uuid(),
        generation: ticket.generation,
        fire_at: now,
    });
    save(cx, ticket).await
}

/// Passes a waiting ticket to the next level without waiting out the minute.
pub async fn pass_up(cx: &mut Cx, id: TicketId, why: &str) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketPassUp).await?;
    if !ticket.is_climbing() {
        return Err(Error::Conflict("error-ticket-not-waiting"));
    }
    let own: Vec<UnitId> = cx.actor.grants.iter().map(|grant| grant.unit).collect();
    let calls = match cx.actor.staff_id() {
        Some(staff) => endings::passed_up(cx, id, staff, &own).await?,
        None => Vec::new(),
    };
    let data = json!({ "level": ticket.level, "calls": endings::all_stated(&calls) });
    let mut note = event("ticket.passed_up", &ticket, data);
    if !why.trim().is_empty() {
        note = note.payload(json!({ "text": text("text", why)? }));
    }
    cx.record(note);
    climb_now(cx, &mut ticket).await
}

/// Gives the ticket to a person of a unit it stands before. No clock moves.
pub async fn assign(cx: &mut Cx, id: TicketId, staff: StaffId) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketAssign).await?;
    ticket.still_owed()?;
    let posts = crate::staff::posts_of(cx, staff).await?;
    let standing = standing(cx, &ticket).await?;
    if !posts.iter().any(|post| standing.contains(&post.unit)) {
        return Err(Error::invalid("staff", "error-assignee-elsewhere"));
    }
    cx.record(event("ticket.assigned", &ticket, json!({ "from": ticket.assignee, "to": staff })));
    ticket.assignee = Some(staff);
    save(cx, &ticket).await
}

/// Somebody leaves: what he was assigned and still owes falls back to its units. No clock moves
/// and nothing rings anew; it stands unassigned in their queues. Which tickets those were.
pub async fn hand_over(cx: &mut Cx, staff: StaffId) -> Result<Vec<TicketId>> {
    cx.permit(Action::StaffEdit, Scope::Tenant)?;
    let owed = sql::owed_by(cx, staff).await?;
    for mut ticket in sql::lock(cx, &owed).await? {
        cx.record(event("ticket.assigned", &ticket, json!({ "from": staff, "to": null, "because": "left" })));
        ticket.assignee = None;
        save(cx, &ticket).await?;
    }
    Ok(owed.into_iter().map(TicketId).collect())
}

/// Forwards to the unit that is competent ("not ours", with the reason). The clock runs on; the
/// new unit is called from its first level.
pub async fn forward(cx: &mut Cx, id: TicketId, to: UnitId, why: &str) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketForward).await?;
    ticket.still_owed()?;
    units::tree(cx).await?.unit(to).map_err(|_| Error::invalid("unit", "error-unit-unknown"))?;
    if ticket.unit == Some(to) {
        return Err(Error::invalid("unit", "error-unit-same"));
    }
    let why = text("text", why)?;
    let from = ticket.unit;
    let calls = endings::taken(cx, id, None, None).await?;
    let data = json!({ "from": from, "to": to, "kind": ticket.kind, "calls": endings::all_stated(&calls) });
    cx.record(event("ticket.forwarded", &ticket, data).payload(json!({ "text": why })));
    ticket.unit = Some(to);
    ticket.organisation = None;
    ticket.assignee = None;
    ticket.state = State::Open;
    ticket.accepted_at = None;
    ticket.accepted_by = None;
    if let Some(from) = from {
        sql::unseat(cx, id, Some(from)).await?;
    }
    ticket.level = -1;
    save(cx, &ticket).await?;
    let seat = sql::Seat { unit: to, ticket: id, reason: "responsible", due_at: ticket.due_at };
    sql::seat(cx, &[seat]).await?;
    restart(cx, ticket).await
}

/// Starts the ladder from its first level.
pub(super) async fn restart(cx: &mut Cx, mut ticket: Ticket) -> Result<()> {
    ticket.level = -1;
    if let Some(next) = ticket.next(ticket.generation) {
        climb::start(cx, vec![(next, ticket)], std::collections::BTreeMap::new()).await?;
    }
    Ok(())
}

/// Adds words to the record.
pub async fn note(cx: &mut Cx, id: TicketId, words: &str) -> Result<()> {
    let ticket = claim(cx, id, Action::TicketNote).await?;
    let words = text("text", words)?;
    cx.record(event("ticket.noted", &ticket, json!({})).payload(json!({ "text": words })));
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// Pauses with a reason and an approver other than oneself; the clock stands until `until`.
pub async fn pause(cx: &mut Cx, id: TicketId, until: Timestamp, why: &str, approver: StaffId) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketPause).await?;
    let now = cx.now();
    ticket.pause(now, until)?;
    let why = text("text", why)?;
    if cx.actor.staff_id() == Some(approver) {
        return Err(Error::invalid("approver", "error-pause-self"));
    }
    let mut may = false;
    let standing = standing(cx, &ticket).await?;
    let tree = units::tree(cx).await?;
    for post in crate::staff::posts_of(cx, approver).await? {
        let grant = kernel::Grant { role: post.role, unit: post.unit, reach: tree.reach(post.unit) };
        let approving = kernel::Actor::staff(approver, vec![grant]);
        may |= crate::permissions::permits(&approving, Action::TicketApprovePause, Scope::Units(&standing));
    }
    if !may {
        return Err(Error::invalid("approver", "error-pause-approver"));
    }
    let calls = endings::taken(cx, id, None, None).await?;
    let data = json!({ "until": until, "approver": approver, "calls": endings::all_stated(&calls) });
    cx.record(event("ticket.paused", &ticket, data).payload(json!({ "text": why })));
    ticket.state = State::Paused;
    ticket.paused_at = Some(now);
    ticket.paused_until = Some(until);
    stop_climbing(cx, &mut ticket);
    watch::disarm(cx, id);
    cx.arm(Timer { kind: watch::RESUME, object: id.uuid(), generation: ticket.generation, fire_at: until });
    save(cx, &ticket).await
}

/// Takes a pause back early.
pub async fn resume(cx: &mut Cx, id: TicketId) -> Result<()> {
    let ticket = claim(cx, id, Action::TicketPause).await?;
    if ticket.state != State::Paused {
        return Err(Error::Conflict("error-ticket-not-paused"));
    }
    go_on(cx, ticket).await
}

/// After a pause: every time of the ticket moves by the length of the pause; the ladder goes on
/// from the level it stood at.
pub(super) async fn go_on(cx: &mut Cx, mut ticket: Ticket) -> Result<()> {
    let now = cx.now();
    let rest = now.duration_since(ticket.paused_at.unwrap_or(now));
    ticket.paused_s += rest.as_secs();
    ticket.paused_at = None;
    ticket.paused_until = None;
    ticket.state = if ticket.accepted_at.is_some() { State::Accepted } else { State::Open };
    ticket.due_at += rest;
    ticket.warn_at = ticket.warn_at.map(|warn| warn + rest);
    ticket.generation += 1;
    cx.record(event(
        "ticket.resumed",
        &ticket,
        json!({ "paused_s": ticket.paused_s, "due_at": ticket.due_at }),
    ));
    cx.disarm(watch::RESUME, ticket.id.uuid());
    if ticket.is_climbing() {
        let index = usize::try_from(ticket.level).unwrap_or(0);
        let fire_at = clock::after(cx, ticket.clock, now, ticket.ladder.given(index)).await?;
        ticket.climbs_at = Some(fire_at);
        cx.arm(Timer { kind: climb::KIND, object: ticket.id.uuid(), generation: ticket.generation, fire_at });
    }
    watch::arm(cx, &ticket);
    save(cx, &ticket).await
}

/// Answers the ticket, with what was done and, where there is one, its proof (a file's id).
pub async fn resolve(cx: &mut Cx, id: TicketId, words: &str, proof: Option<kernel::FileId>) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketResolve).await?;
    ticket.still_owed()?;
    let words = text("text", words)?;
    let now = cx.now();
    // Whoever answers has accepted.
    let accepting = ticket.accepted_at.is_none();
    if accepting {
        ticket.accepted_at = Some(now);
        ticket.accepted_by = cx.actor.staff_id();
    }
    let by = cx.actor.staff_id();
    let calls = endings::taken(cx, id, by, None).await?;
    ticket.state = State::Resolved;
    ticket.resolved_at = Some(now);
    stop_climbing(cx, &mut ticket);
    watch::disarm(cx, id);
    cx.disarm(watch::RESUME, id.uuid());
    let late = ticket.is_late(now);
    cx.record(
        event(
            "ticket.resolved",
            &ticket,
            json!({
                "proof": proof, "late": late, "kind": ticket.kind, "severity": ticket.severity, "accepting": accepting,
                // An organisation has no account: a unit answers for it, and the record says so.
                "organisation": ticket.organisation,
                "seconds": now.duration_since(ticket.clock_from).as_secs(), "calls": endings::all_stated(&calls),
            }),
        )
        .payload(json!({ "text": words })),
    );
    save(cx, &ticket).await?;
    sql::unseat(cx, id, None).await
}

/// Opens an answered ticket again; it counts as late from now on.
pub async fn reopen(cx: &mut Cx, id: TicketId, why: &str) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketReopen).await?;
    if ticket.state != State::Resolved {
        return Err(Error::Conflict("error-ticket-not-resolved"));
    }
    reopen_as(cx, &mut ticket, why).await
}

/// Reopening by the person who reported, holding the code of the matter.
pub async fn reopen_by_reporter(cx: &mut Cx, id: TicketId, why: &str) -> Result<()> {
    let mut ticket = sql::lock_one(cx, id).await?;
    if ticket.state != State::Resolved {
        return Err(Error::Conflict("error-ticket-not-resolved"));
    }
    reopen_as(cx, &mut ticket, why).await
}

async fn reopen_as(cx: &mut Cx, ticket: &mut Ticket, why: &str) -> Result<()> {
    let why = text("text", why)?;
    ticket.state = State::Open;
    ticket.reopened = ticket.reopened.saturating_add(1);
    ticket.resolved_at = None;
    ticket.accepted_at = None;
    ticket.accepted_by = None;
    ticket.generation += 1;
    ticket.level = -1;
    cx.record(
        event("ticket.reopened", ticket, json!({ "times": ticket.reopened, "kind": ticket.kind }))
            .payload(json!({ "text": why })),
    );
    save(cx, ticket).await?;
    if let Some(unit) = ticket.called_unit() {
        let seat = sql::Seat { unit, ticket: ticket.id, reason: "responsible", due_at: ticket.due_at };
        sql::seat(cx, &[seat]).await?;
    }
    watch::arm(cx, ticket);
    restart(cx, ticket.clone()).await
}

/// Merges a duplicate into the ticket that stays; the one that stays inherits the earliest clock.
pub async fn merge(cx: &mut Cx, duplicate: TicketId, into: TicketId) -> Result<()> {
    if duplicate == into {
        return Err(Error::invalid("into", "error-merge-self"));
    }
    // Both at once, in one order: two merges of the same pair wait for each other.
    sql::lock(cx, &[duplicate.uuid(), into.uuid()]).await?;
    let mut gone = claim(cx, duplicate, Action::TicketMerge).await?;
    let mut stays = claim(cx, into, Action::TicketMerge).await?;
    gone.still_owed()?;
    stays.still_owed()?;
    if gone.kind != stays.kind {
        return Err(Error::invalid("into", "error-merge-kind"));
    }
    gone.state = State::Merged;
    gone.merged_into = Some(into);
    gone.resolved_at = Some(cx.now());
    stop_climbing(cx, &mut gone);
    let calls = endings::taken(cx, duplicate, None, None).await?;
    watch::disarm(cx, duplicate);
    cx.disarm(watch::RESUME, duplicate.uuid());
    cx.record(event(
        "ticket.merged",
        &gone,
        json!({ "into": into, "kind": gone.kind, "calls": endings::all_stated(&calls) }),
    ));
    save(cx, &gone).await?;
    sql::unseat(cx, duplicate, None).await?;
    if gone.clock_from < stays.clock_from {
        let earlier = stays.clock_from.duration_since(gone.clock_from);
        stays.clock_from = gone.clock_from;
        stays.due_at = stays.due_at.checked_sub(earlier).map_err(Error::internal)?;
        stays.warn_at = stays.warn_at.and_then(|warn| warn.checked_sub(earlier).ok());
        watch::arm(cx, &stays);
    }
    cx.record(event(
        "ticket.took_in",
        &stays,
        json!({ "duplicate": duplicate, "clock_from": stays.clock_from, "due_at": stays.due_at }),
    ));
    save(cx, &stays).await
}

/// Tells units of a ticket that owe nothing on it: it stands in their list, and they see it.
pub async fn inform(cx: &mut Cx, id: TicketId, told: &[UnitId]) -> Result<()> {
    let ticket = sql::find(cx, id).await?;
    if told.is_empty() || ticket.is_closed() {
        return Ok(());
    }
    let seats: Vec<_> = told
        .iter()
        .map(|unit| sql::Seat { unit: *unit, ticket: id, reason: "informed", due_at: ticket.due_at })
        .collect();
    sql::seat(cx, &seats).await?;
    cx.record(event("ticket.informed", &ticket, json!({ "units": told })));
    cx.tell(Topic::screen("tickets"));
    Ok(())
}

/// A leader's order under a matter: itself a ticket.
pub struct Directive {
    pub matter: MatterId,
    pub to: UnitId,
    pub words: String,
    /// From now; the ladder's own due time when none is given.
    pub within: Option<SignedDuration>,
}

/// Gives a directive; it stands before the unit that must answer and before the one that gave it.
pub async fn directive(cx: &mut Cx, directive: Directive) -> Result<TicketId> {
    let tree = units::tree(cx).await?;
    tree.unit(directive.to).map_err(|_| Error::invalid("unit", "error-unit-unknown"))?;
    cx.permit(Action::DirectiveGive, Scope::Units(&[directive.to]))?;
    let Directive { matter, to, words, within } = directive;
    give(cx, matter, Responsible::Unit(to), &words, within).await
}

/// Gives a directive to an organisation. It stands before the unit that gave it, which is rung in
/// the organisation's place and answers on its behalf.
pub async fn directive_outside(
    cx: &mut Cx,
    matter: MatterId,
    to: OrganisationId,
    words: &str,
    within: Option<SignedDuration>,
) -> Result<TicketId> {
    let organisation = organisations::live(cx, to).await?;
    cx.permit(Action::DirectiveGive, Scope::Units(organisation.ward.as_slice()))?;
    give(cx, matter, Responsible::Organisation(to), words, within).await
}

async fn give(
    cx: &mut Cx,
    matter: MatterId,
    to: Responsible,
    words: &str,
    within: Option<SignedDuration>,
) -> Result<TicketId> {
    let matter = super::queue::matter(cx, matter).await?;
    let words = text("text", words)?;
    if within.is_some_and(|within| within <= SignedDuration::ZERO) {
        return Err(Error::invalid("within", "error-due-past"));
    }
    let given_by = cx
        .actor
        .grants
        .iter()
        .find(|grant| {
            crate::permissions::extent(grant.role, Action::DirectiveGive) != crate::permissions::Extent::No
        })
        .map(|grant| grant.unit);
    let ticket = NewTicket {
        kind: "directive".into(),
        responsible: to,
        ladder: ladder::by_code(cx, "directive").await?,
        task: json!({}),
        words: Some(words),
        given_by,
        assignee: None,
        due_at: within.map(|within| cx.now() + within),
    };
    let opened = open::add(cx, matter.id, matter.ward, vec![ticket]).await?;
    opened.first().copied().ok_or_else(|| Error::internal("a directive opened no ticket"))
}
