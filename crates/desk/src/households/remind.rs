//! Reminding a household that it owes an entry: one press, from its page or from the list, sends a text to
//! its number.

use super::act::Sent;
use crate::Me;
use health::followups;
use kernel::{Error, HouseholdId, UnitId};
use pages::{Outcome, see_other};

/// `POST /{tenant}/desk/households/{id}/remind`
pub async fn remind(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    let diary = format!("{}/{}/diary", me.app.place().public_url, me.tenant.slug);
    let mut cx = me.begin().await?;
    let done = match followups::remind(&mut cx, &me.tenant, id, &diary).await {
        Ok(_) => {
            cx.commit().await?;
            "reminded"
        }
        Err(Error::Conflict("error-reminded-lately")) => "reminded-lately",
        Err(Error::Conflict("error-nobody-owes")) => "reminded-nobody",
        // Its page says so, wherever it was pressed, and offers the way there.
        Err(Error::Conflict("error-reminder-no-number")) => {
            return Ok(see_other(&me.at(format!("households/{id}?done=reminded-no-number"))));
        }
        Err(other) => return Err(other.into()),
    };
    let there = match sent.of("back") {
        "rounds" => list(sent),
        _ => format!("households/{id}?done={done}"),
    };
    Ok(see_other(&me.at(there)))
}

/// The part of the list from which it was pressed; each row says when it was reminded.
fn list(sent: &Sent) -> String {
    let unit =
        sent.of("unit").parse::<UnitId>().map_or_else(|_| String::new(), |unit| format!("unit={unit}&"));
    let only = sent.of("only");
    let only = if only.chars().all(|c| c.is_ascii_lowercase()) { only } else { "all" };
    let page = sent.of("page").parse::<u32>().unwrap_or_default();
    format!("rounds?{unit}only={only}&page={page}")
}
