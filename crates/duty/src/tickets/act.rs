//! What people do with a ticket. Each act asks the permission table, lets the model decide, saves
//! and records, all in the caller's transaction.

use super::{
    climb, clock, endings,
    ladder::{self, Until},
    model::{Rung, Severity, State, Ticket},
    open::{self, NewTicket, Responsible},
    pauses, sql, watch,
};
use crate::{
    organisations,
    permissions::{Action, Permit, Scope, permits},
    units,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, AttemptId, Error, MatterId, OrganisationId, Result, StaffId, TicketId, UnitId};
use serde_json::{Value, json};
use store::{Cx, Event, Timer, Topic};

/// Longest text of a note, reason or directive, in characters.
pub const TEXT_CAP: usize = 2000;

/// Locks a ticket the actor may see, and asks whether he may do `action` to it.
pub(super) async fn claim(cx: &mut Cx, id: TicketId, action: Action) -> Result<Ticket> {
    let ticket = sql::lock_one(cx, id).await?;
    let concerned = Concerned::of(cx, &ticket).await?;
    cx.permit_sight(Action::TicketSee, Scope::Units(&concerned.sight))?;
    if concerned.lets(&cx.actor, action) { Ok(ticket) } else { Err(Error::Forbidden(action.as_str())) }
}

/// The units that a ticket, open or closed, concerns.
pub struct Concerned {
    /// Those before which it stands, those that were told, the one that gave it, and the ward it is
    /// about: they see it, and may add words.
    pub sight: Vec<UnitId>,
    /// The one that owes the answer, and those its ladder has called: they act on it. A ward
    /// committee does not stop the ladder of its station or its police because the matter lies in
    /// the ward; its leader commands them, and that the extent of his role says.
    pub acting: Vec<UnitId>,
}

impl Concerned {
    pub async fn of(cx: &mut Cx, ticket: &Ticket) -> Result<Self> {
        let seats = sql::seats(cx, ticket.id).await?;
        let called = seats.iter().filter(|(_, reason)| matches!(reason.as_str(), "responsible" | "level"));
        let acting = called.map(|(unit, _)| *unit).chain(ticket.unit).collect();
        let own = [ticket.unit, ticket.given_by, ticket.ward].into_iter().flatten();
        let sight = seats.iter().map(|(unit, _)| *unit).chain(own).collect();
        Ok(Self { sight, acting })
    }

    /// Whether `actor` may do `action` to the ticket: what every act asks, and every page that
    /// offers one.
    pub fn lets(&self, actor: &Actor, action: Action) -> bool {
        let seeing = matches!(action, Action::TicketSee | Action::TicketNote | Action::MatterFile);
        permits(actor, action, Scope::Units(if seeing { &self.sight } else { &self.acting }))
    }
}

pub(super) fn event(kind: &'static str, ticket: &Ticket, data: Value) -> Event {
    Event::new(kind, ticket.id).matter(ticket.matter).unit(ticket.unit).data(data)
}

/// What somebody wrote, trimmed; missing or too long is said beside the field.
pub(super) fn text(field: &'static str, text: &str) -> Result<String> {
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

/// Passes a waiting ticket to the next level without waiting out the minute. `seen` is the level
/// that the person had before him: when the ticket has moved on meanwhile, or is about to, nothing
/// happens, for nobody has decided to pass over the level that rings now.
pub async fn pass_up(cx: &mut Cx, id: TicketId, seen: Rung, why: &str) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketPassUp).await?;
    if !ticket.is_climbing() {
        return Err(Error::Conflict("error-ticket-not-waiting"));
    }
    let why = if why.trim().is_empty() { None } else { Some(text("text", why)?) };
    let now = cx.now();
    if ticket.rung() != Some(seen) || ticket.climbs_at.is_some_and(|at| at <= now) {
        return Ok(());
    }
    let own: Vec<UnitId> = cx.actor.grants.iter().map(|grant| grant.unit).collect();
    let calls = match cx.actor.staff_id() {
        Some(staff) => endings::passed_up(cx, id, staff, &own).await?,
        None => Vec::new(),
    };
    let data = json!({ "level": ticket.level, "calls": endings::all_stated(&calls) });
    let mut note = event("ticket.passed_up", &ticket, data);
    if let Some(why) = why {
        note = note.payload(json!({ "text": why }));
    }
    cx.record(note);
    climb_now(cx, &mut ticket).await
}

/// Gives the ticket to a person of a unit that may act on it. No clock moves.
pub async fn assign(cx: &mut Cx, id: TicketId, staff: StaffId) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketAssign).await?;
    ticket.still_owed()?;
    let posts = crate::staff::posts_of(cx, staff).await?;
    let acting = Concerned::of(cx, &ticket).await?.acting;
    if !posts.iter().any(|post| acting.contains(&post.unit)) {
        return Err(Error::invalid("staff", "error-assignee-elsewhere"));
    }
    if ticket.assignee == Some(staff) {
        return Ok(());
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
    let tree = units::tree(cx).await?;
    let heir = tree.unit(to).map_err(|_| Error::invalid("unit", "error-unit-unknown"))?;
    if ticket.unit == Some(to) {
        return Err(Error::invalid("unit", "error-unit-same"));
    }
    // The ward of the matter is no more: whoever forwards it has decided to which one the place belongs.
    if let Some(ward) = heir.ward
        && ticket.ward.is_some_and(|ward| tree.get(ward).is_none())
    {
        super::follow::lie_in(cx, &mut ticket, ward).await?;
    }
    let why = text("text", why)?;
    pauses::end(cx, &mut ticket).await?;
    pauses::forget(cx, id).await?;
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
    save(cx, &ticket).await?;
    let seat = sql::Seat { unit: to, ticket: id, reason: "responsible", due_at: ticket.due_at };
    sql::seat(cx, &[seat]).await?;
    restart(cx, ticket).await
}

/// Starts the ladder anew, from its first level of its first round.
pub(super) async fn restart(cx: &mut Cx, mut ticket: Ticket) -> Result<()> {
    ticket.level = -1;
    ticket.round = 0;
    ticket.used_up_at = None;
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

/// Answers the ticket, with what was done and, where there is one, its proof (a file's id, which
/// the caller binds to the ticket, or to what it is about, in the same transaction).
pub async fn resolve(cx: &mut Cx, id: TicketId, words: &str, proof: Option<kernel::FileId>) -> Result<()> {
    let mut ticket = claim(cx, id, Action::TicketResolve).await?;
    ticket.still_owed()?;
    let words = text("text", words)?;
    pauses::end(cx, &mut ticket).await?;
    pauses::forget(cx, id).await?;
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
    pauses::end(cx, &mut gone).await?;
    pauses::forget(cx, duplicate).await?;
    gone.state = State::Merged;
    gone.merged_into = Some(into);
    gone.resolved_at = Some(cx.now());
    stop_climbing(cx, &mut gone);
    let calls = endings::taken(cx, duplicate, None, None).await?;
    watch::disarm(cx, duplicate);
    cx.record(event(
        "ticket.merged",
        &gone,
        json!({ "into": into, "kind": gone.kind, "calls": endings::all_stated(&calls) }),
    ));
    save(cx, &gone).await?;
    sql::unseat(cx, duplicate, None).await?;
    if gone.clock_from < stays.clock_from {
        inherit(cx, &mut stays, gone.clock_from).await?;
    }
    cx.record(event(
        "ticket.took_in",
        &stays,
        json!({ "duplicate": duplicate, "clock_from": stays.clock_from, "due_at": stays.due_at }),
    ));
    save(cx, &stays).await
}

/// Sets a ticket's clock back to an earlier start: on its own clock each of its times comes as long
/// after the start as before.
async fn inherit(cx: &mut Cx, ticket: &mut Ticket, clock_from: Timestamp) -> Result<()> {
    let (clock, from, now) = (ticket.clock, ticket.clock_from, cx.now());
    ticket.clock_from = clock_from;
    let mut moved = async |at| {
        let span = clock::between(cx, clock, from, at).await?;
        clock::after(cx, clock, clock_from, span).await
    };
    ticket.due_at = moved(ticket.due_at).await?;
    if let Some(warn) = ticket.warn_at {
        ticket.warn_at = Some(moved(warn).await?);
    }
    // The hours of a notice count from the opening. An emergency's minute counts from the start of
    // the attempt, and whoever is being rung keeps it.
    if let Some(at) = ticket.climbs_at.filter(|_| ticket.severity == Severity::Notice && ticket.is_climbing())
    {
        let fire_at = moved(at).await?.max(now);
        ticket.climbs_at = Some(fire_at);
        ticket.generation += 1;
        cx.arm(Timer { kind: climb::KIND, object: ticket.id.uuid(), generation: ticket.generation, fire_at });
    }
    watch::arm(cx, ticket);
    Ok(())
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
    let matter = super::queue::seen_matter(cx, matter).await?;
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
