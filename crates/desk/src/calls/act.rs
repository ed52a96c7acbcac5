//! What an operator does in the room: comes, says how he stands, goes, and asks for calls.

use super::{
    must,
    room::{self, After, Typed},
};
use crate::Me;
use axum::Form;
use duty::{
    calls::{
        self, Wanted,
        operators::{self, Presence},
    },
    permissions::Action,
};
use health::households;
use kernel::{CallId, Error, HouseholdId, Result};
use pages::{Outcome, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    csrf: String,
    /// A number, or the household whose number is called; the latter is opened on record.
    number: String,
    household: String,
    #[serde(rename = "do")]
    act: String,
    extension: String,
}

/// `POST /{tenant}/desk/calls`: rings the operator's own telephone, then the number or the household.
pub async fn call(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    must(&me, Action::CallMake)?;
    match ask(&me, &sent).await {
        Ok(call) => Ok(see_other(&me.at(format!("calls?done=called&call={call}")))),
        Err(error) => mend(&me, &sent, "number", error).await,
    }
}

async fn ask(me: &Me, sent: &Sent) -> Result<CallId> {
    let mut cx = me.begin().await?;
    let call = if sent.household.is_empty() {
        calls::ask(&mut cx, &Wanted { number: &sent.number, ..Wanted::default() }).await?
    } else {
        let household: HouseholdId = sent.household.parse()?;
        let home = households::find(&mut cx, household).await?;
        let number = households::open_contact(&mut cx, household).await?;
        let number = number.ok_or(Error::Conflict("error-call-no-number"))?;
        let wanted = Wanted {
            number: number.as_e164(),
            object: Some(household.uuid()),
            unit: Some(home.station),
            ..Wanted::default()
        };
        calls::ask(&mut cx, &wanted).await?
    };
    cx.commit().await?;
    Ok(call)
}

/// `POST /{tenant}/desk/calls/presence`: `come`, `ready`, `writing`, `away` or `go`.
pub async fn presence(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    must(&me, Action::CallMake)?;
    match stand(&me, &sent).await {
        Ok(done) => Ok(see_other(&me.at(format!("calls?done={done}")))),
        Err(error) => mend(&me, &sent, "extension", error).await,
    }
}

async fn stand(me: &Me, sent: &Sent) -> Result<&'static str> {
    let mut cx = me.begin().await?;
    let done = match sent.act.as_str() {
        "come" => {
            operators::come(&mut cx, &sent.extension).await?;
            "come"
        }
        "go" => {
            operators::go(&mut cx).await?;
            "left"
        }
        "ready" | "writing" | "away" => {
            operators::free(&mut cx, me.staff, sent.act.parse::<Presence>()?).await?;
            "moved"
        }
        _ => return Err(Error::invalid("extension", "error-choice-unknown")),
    };
    cx.commit().await?;
    Ok(done)
}

/// `POST /{tenant}/desk/calls/try`: rings the operator's own telephone, to see that it rings.
pub async fn try_own(me: Me, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    must(&me, Action::CallMake)?;
    match ring(&me).await {
        Ok(()) => Ok(see_other(&me.at("calls?done=tried"))),
        Err(error) => mend(&me, &sent, "extension", error).await,
    }
}

async fn ring(me: &Me) -> Result<()> {
    let mut cx = me.begin().await?;
    calls::try_own(&mut cx).await?;
    cx.commit().await
}

/// The room again, with what is wrong beside `field`.
async fn mend(me: &Me, sent: &Sent, field: &str, error: Error) -> Outcome {
    let mut errors = Errors::default();
    match error {
        // Not in the room, or in a call: said where it was pressed, nothing is lost.
        Error::Conflict(key) => errors.add(field, me.w.by_key(key)),
        error => errors.take(me.w, error)?,
    }
    let typed = Typed { number: sent.number.clone(), extension: sent.extension.clone(), ..Typed::default() };
    room::show(me, &After::default(), typed, errors).await
}
