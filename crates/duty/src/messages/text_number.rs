//! A text that came in, for whoever has to act on it: its words, and the number from which it came, opened by one
//! press, on record. Without it nobody could call back.

use super::sql_text_number as sql;
use crate::{
    permissions::{Action, Scope, permits},
    tickets::{self, Concerned},
};
use jiff::Timestamp;
use kernel::{Error, MessageId, Phone, Result, TicketId};
use serde_json::json;
use store::{Cx, Event};

/// Texts that are named beside one.
const BESIDE: i64 = 50;

/// A text as its page shows it.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub id: MessageId,
    /// The number, masked; a sender that is no telephone as it is.
    pub number: String,
    /// It can be called.
    pub callable: bool,
    /// None while parts are still waited for.
    pub words: Option<String>,
    pub at: Timestamp,
    pub ticket: Option<TicketId>,
}

/// A text that came in.
///
/// Errors: `NotFound` for whoever neither has the list of texts nor works on the ticket on which it stands.
pub async fn incoming(cx: &mut Cx, id: MessageId) -> Result<Incoming> {
    let kept = seen(cx, id).await?;
    Ok(kept.incoming())
}

/// The texts that stand on the same ticket, the newest first: many numbers may tell of one thing.
pub async fn beside(cx: &mut Cx, id: MessageId) -> Result<Vec<Incoming>> {
    let Some(ticket) = seen(cx, id).await?.ticket else { return Ok(Vec::new()) };
    let kept = sql::on_ticket(cx, ticket, id, BESIDE).await?;
    Ok(kept.iter().map(sql::Kept::incoming).collect())
}

/// Opens the number of a text; `None` where it came from no telephone. The caller commits.
///
/// Errors: as [`incoming`].
pub async fn open_number(cx: &mut Cx, id: MessageId) -> Result<Option<Phone>> {
    let kept = seen(cx, id).await?;
    let number = kept.phone();
    if number.is_some() {
        cx.record(Event::new("text.number_opened", id).data(json!({
            "ticket": kept.ticket, "for": "call_back",
        })));
    }
    Ok(number)
}

async fn seen(cx: &mut Cx, id: MessageId) -> Result<sql::Kept> {
    let kept = sql::find(cx, id).await?;
    if permits(&cx.actor, Action::TextSee, Scope::Tenant) {
        return Ok(kept);
    }
    if let Some(ticket) = kept.ticket {
        for ticket in tickets::tickets(cx, &[ticket]).await? {
            for one in tickets::matter_tickets(cx, ticket.matter).await? {
                let concerned = Concerned::of(cx, &one).await?;
                let works = |action| concerned.lets(&cx.actor, action);
                if works(Action::TicketAccept) || works(Action::TicketResolve) {
                    return Ok(kept);
                }
            }
        }
    }
    Err(Error::NotFound)
}
