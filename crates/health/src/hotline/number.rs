//! The number at which a caller is owed a call: opened by one press, on record.

use super::sql_owed;
use duty::{
    calls,
    permissions::{Action, Scope, permits},
};
use kernel::{Error, Phone, Result};
use serde_json::json;
use store::{Cx, Event};
use uuid::Uuid;

/// Opens the number for the call that is owed; `None` where the caller withheld it and left no other. The
/// caller commits.
///
/// Errors: `NotFound` where neither the actor's unit owes it nor he answers the calls of the district.
pub async fn open(cx: &mut Cx, id: Uuid) -> Result<Option<Phone>> {
    let owed = sql_owed::find(cx, id).await?;
    let own = permits(&cx.actor, Action::TicketAccept, Scope::Units(&[owed.unit]));
    if !own && !calls::may(cx, Action::CallMake, Some(owed.unit)) {
        return Err(Error::NotFound);
    }
    let number = owed.number(cx)?;
    cx.record(Event::new("call.number_opened", owed.call).unit(owed.unit).data(json!({
        "owed": id, "ticket": owed.ticket, "for": "call_back",
    })));
    Ok(number)
}
