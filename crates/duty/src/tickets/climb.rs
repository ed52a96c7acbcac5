//! The climb: what happens when a level's time is over. All tickets whose timers fire together are
//! loaded, decided and written together, so the cost of a climb does not depend on a round trip
//! for each.

use super::{
    attempts::{Attempt, Outcome},
    clock,
    endings::{self, Level},
    ladder,
    model::{Channel, Next, Severity, Ticket, Tone},
    sql::{self, NewAttempt, Seat},
};
use crate::{
    calendars::ClockKind,
    staff::{self, Reached},
    units::{self, Tree},
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, Result, TicketId, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::{
    Cx, Event, Job, Timer, Topic,
    timers::{Due, OnTimer},
};

pub(super) const KIND: &str = "tickets.escalate";
/// Calls are placed by jobs of this queue, so that no climb ever waits for a telephone network.
pub const CALLS: &str = "calls";
pub const PLACE_CALL: &str = "messages.place_call";
pub const SEND_NOTICE: &str = "messages.send_notice";
pub const SEND_TEXT: &str = "messages.send_text";
pub const SEND_PUSH: &str = "messages.send_push";
pub const NOTICES: &str = "notices";

/// The handler of `tickets.escalate`.
pub struct Escalate;

#[async_trait]
impl OnTimer for Escalate {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        let steps: Vec<(Next, Ticket)> = take(cx, KIND, due)
            .await?
            .into_iter()
            .filter_map(|(generation, ticket)| Some((ticket.next(generation)?, ticket)))
            .collect();
        if steps.is_empty() {
            return Ok(());
        }
        let over: Vec<Level> = steps
            .iter()
            .map(|(_, ticket)| Level {
                ticket: ticket.id,
                index: ticket.level,
                round: ticket.round,
                since: ticket.level_started_at.unwrap_or(ticket.opened_at),
            })
            .collect();
        let before = endings::missed(cx, &over).await?;
        start(cx, steps, before).await
    }
}

/// How soon a ticket is looked at again whose timer fired while somebody was writing it.
const AGAIN: SignedDuration = SignedDuration::from_millis(20);

/// The tickets of fired timers, locked, each with its timer's generation. One that somebody is
/// writing just now is not waited for, because he may be waiting for this very timer, and because
/// the other tickets are due too: it gets its timer back and is looked at again at once.
pub(super) async fn take(cx: &mut Cx, kind: &'static str, due: &[Due]) -> Result<Vec<(i32, Ticket)>> {
    let mut generations: BTreeMap<Uuid, i32> = due.iter().map(|due| (due.object, due.generation)).collect();
    let ids: Vec<Uuid> = generations.keys().copied().collect();
    let tickets = sql::lock_free(cx, &ids).await?;
    let taken = tickets
        .into_iter()
        .filter_map(|ticket| Some((generations.remove(&ticket.id.uuid())?, ticket)))
        .collect();
    let fire_at = cx.now() + AGAIN;
    for (object, generation) in generations {
        cx.arm(Timer { kind, object, generation, fire_at });
    }
    Ok(taken)
}

/// Starts the next level of each ticket: finds whom it reaches, records the attempts, sets the
/// time of the next climb. `before` is what became of the level that each ticket leaves.
pub(super) async fn start(
    cx: &mut Cx,
    steps: Vec<(Next, Ticket)>,
    before: BTreeMap<TicketId, Vec<Attempt>>,
) -> Result<()> {
    let tree = units::tree(cx).await?;
    // Many tickets ask for the same people.
    let mut wanted = BTreeMap::new();
    for (next, ticket) in &steps {
        for level in &ticket.ladder.levels[next.level..] {
            if let Some(unit) = level.whom.at.resolve(&tree, ticket.called_unit(), ticket.ward) {
                wanted.insert(staff::key(level.whom.who, unit), (level.whom.who, unit));
            }
        }
    }
    let people = staff::reached(cx, &tree, &wanted.into_values().collect::<Vec<_>>()).await?;
    let reach = Reach { tree: &tree, people: &people };
    let mut attempts = Vec::new();
    let mut seats = Vec::new();
    let mut started = Vec::with_capacity(steps.len());
    for (next, mut ticket) in steps {
        let left = before.get(&ticket.id).map_or(&[][..], Vec::as_slice);
        step(cx, &reach, next, &mut ticket, left, &mut attempts, &mut seats).await?;
        cx.arm(Timer {
            kind: KIND,
            object: ticket.id.uuid(),
            generation: ticket.generation,
            fire_at: ticket.climbs_at.unwrap_or_else(|| cx.now()),
        });
        started.push(ticket);
    }
    sql::climb(cx, &started, &seats, &attempts).await?;
    for attempt in attempts.iter().filter(|attempt| attempt.ended.is_none()) {
        let (queue, kind) = match attempt.channel {
            "call" => (CALLS, PLACE_CALL),
            "email" => (NOTICES, SEND_NOTICE),
            "sms" => (NOTICES, SEND_TEXT),
            "push" => (NOTICES, SEND_PUSH),
            _ => continue,
        };
        cx.enqueue(Job {
            queue,
            kind,
            key: attempt.id.to_string(),
            args: json!({ "attempt": attempt.id }),
            run_at: None,
        });
    }
    cx.tell(Topic::Rings);
    cx.tell(Topic::screen("tickets"));
    cx.tell(Topic::screen("board"));
    Ok(())
}

/// Who can be called now: the units, and the people found for them.
struct Reach<'a> {
    tree: &'a Tree,
    people: &'a BTreeMap<(u8, UnitId), Vec<Reached>>,
}

/// One ticket's step: falls through the levels that find nobody until one finds someone.
async fn step(
    cx: &mut Cx,
    reach: &Reach<'_>,
    next: Next,
    ticket: &mut Ticket,
    before: &[Attempt],
    attempts: &mut Vec<NewAttempt>,
    seats: &mut Vec<Seat>,
) -> Result<()> {
    let now = cx.now();
    ticket.round = next.round;
    if next.used_up {
        ticket.used_up_at = ticket.used_up_at.or(Some(now));
        cx.record(
            Event::new("ticket.ladder_used_up", ticket.id)
                .matter(ticket.matter)
                .unit(ticket.unit)
                .data(json!({ "round": next.round })),
        );
        // From now it stands before the duty leader and the director, whoever is on duty.
        seats.extend([reach.tree.duty_leader(), reach.tree.director()].map(|unit| Seat {
            unit,
            ticket: ticket.id,
            reason: "level",
            due_at: ticket.due_at,
        }));
    }
    let last = ticket.ladder.levels.len() - 1;
    for index in next.level..=last {
        let level = ticket.ladder.levels[index].clone();
        let unit = level.whom.at.resolve(reach.tree, ticket.called_unit(), ticket.ward);
        if ticket.organisation.is_some() && level.whom.at.is_of_responsible() {
            // The organisation itself cannot be rung: who stands in for it is on record.
            cx.record(
                Event::new("ticket.organisation_stood_for", ticket.id).matter(ticket.matter).unit(unit).data(json!({
                    "level": index, "round": next.round, "whom": level.whom, "organisation": ticket.organisation,
                })),
            );
        }
        let found = unit.and_then(|unit| reach.people.get(&staff::key(level.whom.who, unit)));
        let new = |channel, staff, ended| NewAttempt {
            id: AttemptId(Uuid::nil()),
            ticket: ticket.id,
            level: index as i16,
            round: next.round,
            unit,
            staff,
            whom: level.whom.to_string(),
            channel,
            tone: level.tone,
            ended,
        };
        let reached = found.map(Vec::as_slice).unwrap_or_default();
        // A notice waits before its unit whoever is on duty; a ring needs a person.
        let waits = level.tone == Tone::Notice && unit.is_some();
        let vain = if reached.is_empty() && !waits {
            Some(Outcome::Nobody)
        } else if !can_try(&level, unit, reached) {
            Some(Outcome::NoChannel)
        } else {
            None
        };
        if let Some(outcome) = vain {
            let staff = reached.first().map(|person| person.staff);
            let nobody = NewAttempt { id: cx.id(), ..new("none", staff, Some(outcome)) };
            cx.record(Event::new("ticket.fell_through", ticket.id).matter(ticket.matter).unit(unit).data(
                json!({
                    "level": index, "round": next.round, "whom": level.whom,
                    "calls": [endings::vain(&nobody, outcome, now)],
                }),
            ));
            attempts.push(nobody);
            if index < last {
                continue;
            }
        }
        let mut channels = Vec::new();
        for channel in &level.channels {
            match channel {
                // One ring at the duty desk of the unit; anyone on duty there hears it.
                Channel::Desk if unit.is_some() => {
                    let staff = reached.first().map(|person| person.staff);
                    attempts.push(NewAttempt { id: cx.id(), ..new("desk", staff, None) });
                    channels.push("desk");
                }
                Channel::Desk => {}
                Channel::Call => {
                    for person in reached.iter().filter(|person| person.has_phone) {
                        attempts.push(NewAttempt { id: cx.id(), ..new("call", Some(person.staff), None) });
                        channels.push("call");
                    }
                }
                Channel::Email => {
                    for person in reached.iter().filter(|person| person.has_email) {
                        attempts.push(NewAttempt { id: cx.id(), ..new("email", Some(person.staff), None) });
                        channels.push("email");
                    }
                }
                Channel::Sms => {
                    for person in reached.iter().filter(|person| person.has_phone) {
                        attempts.push(NewAttempt { id: cx.id(), ..new("sms", Some(person.staff), None) });
                        channels.push("sms");
                    }
                }
                Channel::Push => {
                    for person in reached.iter().filter(|person| person.has_push) {
                        attempts.push(NewAttempt { id: cx.id(), ..new("push", Some(person.staff), None) });
                        channels.push("push");
                    }
                }
            }
        }
        if let Some(unit) = unit {
            seats.push(Seat { unit, ticket: ticket.id, reason: "level", due_at: ticket.due_at });
        }
        let staff: Vec<_> = reached.iter().map(|person| person.staff).collect();
        let mut data = json!({
            "level": index, "round": next.round, "whom": level.whom, "staff": staff, "channels": channels,
            "kind": ticket.kind, "severity": ticket.severity, "responsible": ticket.unit,
        });
        if !before.is_empty() {
            data["before"] = endings::all_stated(before);
        }
        cx.record(Event::new("ticket.level_started", ticket.id).matter(ticket.matter).unit(unit).data(data));
        return enter(cx, ticket, index, now).await;
    }
    Ok(())
}

/// Whether a level has any way at all to the people it found: a phone number for a call or a text, an
/// address for a mail, a browser that takes notices. A level without one would keep its time in silence.
fn can_try(level: &ladder::Level, unit: Option<UnitId>, reached: &[Reached]) -> bool {
    level.channels.iter().any(|channel| match channel {
        Channel::Desk => unit.is_some(),
        Channel::Call | Channel::Sms => reached.iter().any(|person| person.has_phone),
        Channel::Email => reached.iter().any(|person| person.has_email),
        Channel::Push => reached.iter().any(|person| person.has_push),
    })
}

/// The ticket now stands at `index` and climbs when that level's time is over.
async fn enter(cx: &mut Cx, ticket: &mut Ticket, index: usize, now: Timestamp) -> Result<()> {
    ticket.level = index as i16;
    ticket.generation += 1;
    ticket.level_started_at = Some(now);
    ticket.climbs_at = Some(time_up(cx, ticket, index, now).await?);
    Ok(())
}

/// When level `index` is over that is given its time from `from`.
pub(super) async fn time_up(
    cx: &mut Cx,
    ticket: &Ticket,
    index: usize,
    from: Timestamp,
) -> Result<Timestamp> {
    // The minute of an emergency is a minute at night too.
    let clock = match ticket.severity {
        Severity::Emergency => ClockKind::Calendar,
        Severity::Notice => ticket.clock,
    };
    clock::after(cx, clock, from, ticket.ladder.given(index)).await
}
