//! All robot calls of the last days to one household.

use super::message;
use crate::{
    Me,
    frame::Frame,
    households::{self, Rights},
    tries,
};
use askama::Template;
use axum::extract::{Path, Query};
use health::care_calls;
use kernel::HouseholdId;
use pages::{Desk, Outcome, html, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// What the form that led here came to.
    done: String,
}

#[derive(Template)]
#[template(path = "care_calls_home.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    message: String,
    /// No robot calls it.
    held: bool,
    /// Where its calls are stopped, or let go on; for those who record there.
    hold_href: Option<String>,
    /// The newest first.
    tries: Vec<String>,
}

/// `GET /{tenant}/desk/care-calls/households/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, HouseholdId)>, Query(asked): Query<Asked>) -> Outcome {
    if let Some(there) = households::joined(&me, id).await? {
        return Ok(see_other(&there));
    }
    let mut frame = Frame::new(&me, "rounds").await?;
    let home = health::households::find(&mut frame.cx, id).await?;
    let (tries, held) = care_calls::tries_of(&mut frame.cx, id).await?;
    let units = households::standing(&frame, &home);
    let records = Rights::of(&me, &units).records;
    let act = if held { "resume" } else { "pause" };
    let page = Page {
        code: home.code,
        back: me.at(format!("households/{id}")),
        message: message(me.w, &asked.done),
        held,
        hold_href: records.then(|| me.at(format!("care-calls/households/{id}/{act}"))),
        tries: tries.iter().map(|one| tries::tried(&frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}
