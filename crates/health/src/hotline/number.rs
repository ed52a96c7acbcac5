//! The number at which a caller is owed a call: opened by one press, on record; and the call itself, from the call
//! room, tied to the ticket and to the call that it answers.

use super::sql_owed::{self, Kept};
use duty::{
    calls::{self, Wanted},
    permissions::{Action, Scope, permits},
    tickets,
};
use kernel::{CallId, Error, Phone, Result};
use serde_json::json;
use store::{Cx, Event};
use uuid::Uuid;

/// What the ticket is told of a call.
const CALLED: &str = "Người trực vừa bấm gọi lại cho người gọi. Kết quả của lần gọi ở trang Cuộc gọi đến.";

/// Opens the number for the call that is owed; `None` where the caller withheld it and left no other. The
/// caller commits.
///
/// Errors: `NotFound` where neither the actor's unit owes it nor he answers the calls of the district.
pub async fn open(cx: &mut Cx, id: Uuid) -> Result<Option<Phone>> {
    Ok(opened(cx, id).await?.1)
}

/// Calls back whoever is owed it: first the actor's own telephone rings, then the caller's. The caller commits.
///
/// Errors: those of [`open`] and of `calls::ask`; Conflict `error-hotline-withheld` where there is no number.
pub async fn call_back(cx: &mut Cx, id: Uuid) -> Result<CallId> {
    let (owed, number) = opened(cx, id).await?;
    let number = number.ok_or(Error::Conflict("error-hotline-withheld"))?;
    // Whoever presses at the same moment waits here, and then finds the line taken.
    let index = cx.blind("phone", number.as_e164())?;
    sql_owed::queue_up(cx, &index).await?;
    if calls::runs_with(cx, number.as_e164()).await? {
        return Err(Error::Conflict("error-call-on-the-line"));
    }
    let wanted = Wanted {
        number: number.as_e164(),
        object: Some(owed.ticket.uuid()),
        back: true,
        unit: Some(owed.unit),
    };
    let call = calls::ask(cx, &wanted).await?;
    cx.record(Event::new("call.called_back", owed.call).unit(owed.unit).data(json!({
        "owed": id, "ticket": owed.ticket, "call": call,
    })));
    tickets::remark(cx, owed.ticket, CALLED).await?;
    Ok(call)
}

async fn opened(cx: &mut Cx, id: Uuid) -> Result<(Kept, Option<Phone>)> {
    let owed = sql_owed::find(cx, id).await?;
    let own = permits(&cx.actor, Action::TicketAccept, Scope::Units(&[owed.unit]));
    if !own && !calls::may(cx, Action::CallMake, Some(owed.unit)) {
        return Err(Error::NotFound);
    }
    let number = owed.number(cx)?;
    cx.record(Event::new("call.number_opened", owed.call).unit(owed.unit).data(json!({
        "owed": id, "ticket": owed.ticket, "for": "call_back",
    })));
    Ok((owed, number))
}
