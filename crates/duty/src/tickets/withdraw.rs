//! Taking a ticket back whose cause has gone: a lost signal is there again, a list of results was read
//! in by mistake.

use super::{
    act::{event, save, stop_climbing},
    endings,
    model::State,
    pauses, sql, watch,
};
use kernel::{Error, MatterId, Result, TicketId};
use serde_json::json;
use store::{Cx, Topic};

/// Tells a ticket that its cause has gone by itself (a lost signal is back). While nobody has
/// accepted it, it is closed as withdrawn: no phone rings on, and nobody is held to have answered or
/// missed it. Once accepted it stays with whoever works on it, with the words as a note. A closed
/// ticket is left as it is. For the program's own parts: permission is not asked.
pub async fn withdraw(cx: &mut Cx, id: TicketId, words: &str) -> Result<()> {
    let mut ticket = sql::lock_one(cx, id).await?;
    if ticket.is_closed() {
        return Ok(());
    }
    let payload = json!({ "text": words });
    if ticket.state != State::Open {
        cx.record(event("ticket.noted", &ticket, json!({})).payload(payload));
        cx.tell(Topic::screen("tickets"));
        return Ok(());
    }
    let now = cx.now();
    ticket.state = State::Resolved;
    ticket.resolved_at = Some(now);
    stop_climbing(cx, &mut ticket);
    watch::disarm(cx, id);
    pauses::forget(cx, id).await?;
    let calls = endings::withdrawn(cx, id).await?;
    let seconds = now.duration_since(ticket.clock_from).as_secs();
    cx.record(
        event(
            "ticket.resolved",
            &ticket,
            json!({
                "withdrawn": true, "late": ticket.is_late(now), "kind": ticket.kind, "seconds": seconds,
                "calls": endings::all_stated(&calls),
            }),
        )
        .payload(payload),
    );
    cx.tell(Topic::Rings);
    save(cx, &ticket).await?;
    sql::unseat(cx, id, None).await
}

/// Adds the program's own words to a ticket that is still owed an answer; false when it is closed.
pub async fn remark(cx: &mut Cx, id: TicketId, words: &str) -> Result<bool> {
    let ticket = sql::lock_one(cx, id).await?;
    if ticket.is_closed() {
        return Ok(false);
    }
    cx.record(event("ticket.noted", &ticket, json!({})).payload(json!({ "text": words })));
    cx.tell(Topic::screen("tickets"));
    Ok(true)
}

/// Takes back a whole matter that was entered by mistake: its tickets are withdrawn while nobody has
/// taken one up. `Conflict` when one has been accepted or answered: then people have acted, and only
/// they can close it. Whoever may undo the cause may do this; asking for that permission is the
/// caller's.
pub async fn retract(cx: &mut Cx, matter: MatterId, why: &str) -> Result<()> {
    for known in sql::of_matter(cx, matter).await? {
        match known.state {
            State::Merged => {}
            State::Open => withdraw(cx, known.id, why).await?,
            _ => return Err(Error::Conflict("error-ticket-already-accepted")),
        }
    }
    Ok(())
}
