//! One recording on a page of its own, for what has no page of a call: the calls of ladders. It is heard for a
//! reason, as everywhere.

use super::page;
use crate::{Me, frame::Frame, questions::Typed, tickets::Line};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    http::HeaderMap,
};
use duty::{
    calls::recordings::{self, Owner},
    tickets::attempts,
};
use kernel::{RecordingId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    /// It has been opened to be heard.
    heard: String,
}

#[derive(Template)]
#[template(path = "recording.html")]
struct Page {
    d: Desk,
    address: String,
    title: String,
    /// Where what was recorded stands: address and label.
    back: (String, String),
    about: String,
    play_href: Option<String>,
    /// The reader may hear it, and it is still there.
    listens: bool,
    reason: String,
    lines: Vec<Line>,
    errors: Errors,
}

/// `GET /{tenant}/desk/recordings/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, RecordingId)>, Query(after): Query<After>) -> Outcome {
    show(&me, id, &after, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/recordings/{id}`: `reason`.
pub async fn listen(
    me: Me,
    Path((_, id)): Path<(String, RecordingId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    match open(&me, id, typed.of("reason")).await {
        Ok(()) => Ok(see_other(&me.at(format!("recordings/{id}?heard=yes")))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, id, &After::default(), &typed, errors).await
        }
    }
}

async fn open(me: &Me, id: RecordingId, reason: &str) -> Result<()> {
    let mut cx = me.begin().await?;
    recordings::open(&mut cx, id, reason).await?;
    cx.commit().await
}

/// `GET /{tenant}/desk/recordings/{id}/sound`: for whoever has given his reason.
pub async fn sound(me: Me, Path((_, id)): Path<(String, RecordingId)>, headers: HeaderMap) -> Outcome {
    let mut cx = me.begin().await?;
    let wav = recordings::play(&mut cx, me.app.shelf()?, id).await?;
    cx.commit().await?;
    Ok(page::heard(&headers, wav))
}

async fn show(me: &Me, id: RecordingId, after: &After, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "calls").await?;
    let (recording, listens) = recordings::find(&mut frame.cx, id).await?;
    let w = me.w;
    let back = match recording.owner {
        Owner::Call(call) => (me.at(format!("calls/{call}")), w.calls_title()),
        Owner::Attempt(attempt) => {
            let ticket = attempts::find(&mut frame.cx, attempt).await?.ticket;
            (me.at(format!("tickets/{ticket}")), w.nav_tickets())
        }
    };
    let lines = page::story(me, &mut frame, None, std::slice::from_ref(&recording)).await?;
    let wrong = !errors.is_empty();
    let there = recording.erased_at.is_none();
    let page = Page {
        address: me.at(format!("recordings/{id}")),
        title: w.call_part_recordings(),
        back,
        about: page::about(me, &frame, &recording),
        play_href: (there && !after.heard.is_empty()).then(|| me.at(format!("recordings/{id}/sound"))),
        listens: listens && there,
        reason: typed.of("reason").to_owned(),
        lines,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}
