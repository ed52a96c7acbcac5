//! The due time of a ticket: the responsible unit is warned, then the ticket is overdue once and
//! for all and stands before the duty leader, and a pause ends by itself.

use super::{
    climb,
    model::{State, Ticket},
    pauses, sql,
};
use crate::units;
use async_trait::async_trait;
use kernel::{Result, TicketId};
use serde_json::json;
use store::{
    Cx, Event, Timer, Topic,
    timers::{Due, OnTimer},
};

const DEADLINE: &str = "tickets.deadline";
pub(super) const RESUME: &str = "tickets.resume";

/// Sets the timer for whichever comes next: the warning or the due time.
pub(super) fn arm(cx: &mut Cx, ticket: &Ticket) {
    // A pause has no due time; its end sets the timer again.
    if ticket.overdue_at.is_some() || ticket.state == State::Paused {
        return;
    }
    let now = cx.now();
    let warn = ticket.warn_at.filter(|warn| *warn > now);
    cx.arm(Timer {
        kind: DEADLINE,
        object: ticket.id.uuid(),
        // The times themselves decide; a stale deadline finds that nothing is due.
        generation: 0,
        fire_at: warn.unwrap_or(ticket.due_at),
    });
}

pub(super) fn disarm(cx: &mut Cx, ticket: TicketId) {
    cx.disarm(DEADLINE, ticket.uuid());
}

/// The handler of `tickets.deadline`.
pub struct Deadline;

#[async_trait]
impl OnTimer for Deadline {
    fn kind(&self) -> &'static str {
        DEADLINE
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        let now = cx.now();
        let leader = units::tree(cx).await?.duty_leader();
        let mut seats = Vec::new();
        for (_, mut ticket) in climb::take(cx, DEADLINE, due).await? {
            if ticket.is_closed() || ticket.state == State::Paused || ticket.overdue_at.is_some() {
                continue;
            }
            let (kind, overdue) =
                if now >= ticket.due_at { ("ticket.overdue", true) } else { ("ticket.warned", false) };
            if !overdue && ticket.warn_at.is_none_or(|warn| now < warn) {
                arm(cx, &ticket);
                continue;
            }
            cx.record(
                Event::new(kind, ticket.id)
                    .matter(ticket.matter)
                    .unit(ticket.unit)
                    .data(json!({ "due_at": ticket.due_at, "kind": ticket.kind })),
            );
            if overdue {
                ticket.overdue_at = Some(now);
                seats.push(sql::Seat {
                    unit: leader,
                    ticket: ticket.id,
                    reason: "level",
                    due_at: ticket.due_at,
                });
                sql::save(cx, &ticket, None).await?;
            } else {
                arm(cx, &ticket);
            }
        }
        sql::seat(cx, &seats).await?;
        cx.tell(Topic::screen("tickets"));
        cx.tell(Topic::screen("board"));
        Ok(())
    }
}

/// The handler of `tickets.resume`: a pause is over.
pub struct Resume;

#[async_trait]
impl OnTimer for Resume {
    fn kind(&self) -> &'static str {
        RESUME
    }

    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()> {
        for (generation, ticket) in climb::take(cx, RESUME, due).await? {
            if ticket.state == State::Paused && generation == ticket.generation {
                pauses::go_on(cx, ticket).await?;
            }
        }
        Ok(())
    }
}
