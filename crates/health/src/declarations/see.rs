//! Somebody of the station has looked at a declaration, and says what it came to.

use super::{declare, follow, list, model::Seen, sql_list};
use kernel::{Error, Result};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// Takes a declaration off the list; the ticket of its day is answered with the last of them.
///
/// Errors: `NotFound`, `Forbidden`; `seen_as`: `error-choice-unknown`; Conflict `error-declaration-seen`.
pub async fn see(cx: &mut Cx, id: Uuid, seen: Seen) -> Result<()> {
    let line = list::one(cx, id).await?;
    declare::claim(cx, line.person.id).await?;
    if seen == Seen::Superseded {
        return Err(Error::invalid("seen_as", "error-choice-unknown"));
    }
    let Some(ticket) = sql_list::see(cx, id, seen).await? else {
        return Err(Error::Conflict("error-declaration-seen"));
    };
    cx.record(
        Event::new("declaration.seen", id)
            .unit(line.station)
            .data(json!({ "person": line.person.id, "as": seen, "ticket": ticket })),
    );
    cx.tell(Topic::screen("declarations"));
    follow::answer(cx, &ticket.into_iter().collect(), "Đã xem hết các tờ khai y tế trong ngày.").await
}
