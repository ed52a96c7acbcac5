//! The heart of a ticket: what happened, line by line, with every attempt to reach someone.

use super::attempts::{self, Attempt};
use kernel::{Result, TicketId};
use store::{Cx, events, events::Recorded};

/// One line: an event, or the attempts of one level folded together.
#[derive(Clone, Debug)]
pub enum Entry {
    Event(Box<Recorded>),
    Level { level: i16, round: i16, attempts: Vec<Attempt> },
}

/// A ticket's timeline, oldest first. The attempts of a level stand where the level started.
pub async fn timeline(cx: &mut Cx, id: TicketId) -> Result<Vec<Entry>> {
    let events = events::of_object(cx, id.uuid()).await?;
    let mut waiting = attempts::of_tickets(cx, &[id]).await?;
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        if !matches!(event.kind.as_str(), "ticket.level_started" | "ticket.fell_through") {
            entries.push(Entry::Event(Box::new(event)));
            continue;
        }
        let number = |key: &str| event.data[key].as_i64().unwrap_or_default() as i16;
        let (level, round) = (number("level"), number("round"));
        let (here, rest) = waiting.into_iter().partition::<Vec<_>, _>(|attempt| {
            attempt.level == level && attempt.round == round && attempt.started_at <= event.at
        });
        waiting = rest;
        if here.is_empty() {
            entries.push(Entry::Event(Box::new(event)));
        } else {
            entries.push(Entry::Level { level, round, attempts: here });
        }
    }
    Ok(entries)
}
