//! Taking news back that was entered by mistake (a list of results of another day read in twice).

use super::{
    act::{self, TEXT_CAP},
    attempts::{self, Outcome},
    model::State,
    sql, watch,
};
use kernel::{Error, MatterId, Result};
use serde_json::json;
use store::{Cx, Event};

/// Closes the tickets of a matter that nobody has taken up yet; the phones stop ringing and nobody
/// is counted as not having answered. `Conflict` when one of them has been accepted or answered:
/// then people have acted, and only they can close it. Whoever may undo the cause may do this;
/// asking for that permission is the caller's.
pub async fn withdraw(cx: &mut Cx, matter: MatterId, why: &str) -> Result<()> {
    let why: String = why.trim().chars().take(TEXT_CAP).collect();
    for known in sql::of_matter(cx, matter).await? {
        let mut ticket = sql::lock_one(cx, known.id).await?;
        if ticket.state == State::Merged {
            continue;
        }
        if ticket.state != State::Open {
            return Err(Error::Conflict("error-ticket-already-accepted"));
        }
        for attempt in attempts::of_tickets(cx, &[ticket.id]).await? {
            attempts::ended(cx, attempt.id, Outcome::Taken, None).await?;
        }
        ticket.state = State::Resolved;
        ticket.resolved_at = Some(cx.now());
        act::stop_climbing(cx, &mut ticket);
        watch::disarm(cx, ticket.id);
        cx.record(
            Event::new("ticket.withdrawn", ticket.id)
                .matter(matter)
                .unit(ticket.unit)
                .data(json!({ "kind": ticket.kind }))
                .payload(json!({ "text": why })),
        );
        act::save(cx, &ticket).await?;
        sql::unseat(cx, ticket.id, None).await?;
    }
    Ok(())
}
