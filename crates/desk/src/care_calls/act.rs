//! What is pressed on the day's page.

use super::address_of;
use crate::{Me, households::Sent};
use axum::{Form, extract::Path};
use health::care_calls::{self, Do};
use kernel::{CampaignId, Error, HouseholdId};
use pages::{Outcome, see_other};

/// `POST /{tenant}/desk/care-calls/campaign`: pause, resume, stop.
pub async fn steer(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let sent = Sent(pairs);
    me.check(sent.of("csrf"))?;
    let (what, done) = match sent.of("do") {
        "pause" => (Do::Pause, "paused"),
        "resume" => (Do::Resume, "resumed"),
        "stop" => (Do::Stop, "stopped"),
        _ => return Err(Error::NotFound.into()),
    };
    let campaign = sent.of("campaign").parse::<CampaignId>().unwrap_or(CampaignId(uuid::Uuid::nil()));
    let mut cx = me.begin().await?;
    let done = match care_calls::steer(&mut cx, campaign, what).await {
        Ok(()) => {
            cx.commit().await?;
            done
        }
        // Its window has gone by while the page stood open.
        Err(Error::NotFound | Error::Conflict("error-campaign-over")) => "over",
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&address_of(&me, &sent, done)))
}

/// `POST /{tenant}/desk/care-calls/households/{id}/{act}`: visit, told, pause, resume.
pub async fn home(
    me: Me,
    Path((_, id, act)): Path<(String, HouseholdId, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let sent = Sent(pairs);
    me.check(sent.of("csrf"))?;
    let mut cx = me.begin().await?;
    let done = match act.as_str() {
        "visit" => match care_calls::order_visit(&mut cx, id).await {
            Ok(_) => "visit",
            Err(Error::Conflict("error-household-joined")) => "over",
            Err(other) => return Err(other.into()),
        },
        "pause" => {
            care_calls::hold_home(&mut cx, id).await?;
            "home-paused"
        }
        "told" => match care_calls::told_home(&mut cx, id).await {
            Ok(()) => "told",
            Err(Error::Conflict("error-call-no-number")) => "no-number",
            Err(other) => return Err(other.into()),
        },
        "resume" => {
            care_calls::release_home(&mut cx, id).await?;
            "home-resumed"
        }
        _ => return Err(Error::NotFound.into()),
    };
    cx.commit().await?;
    let there = match sent.of("back") {
        "home" => me.at(format!("care-calls/households/{id}?done={done}")),
        _ => address_of(&me, &sent, done),
    };
    Ok(see_other(&there))
}
