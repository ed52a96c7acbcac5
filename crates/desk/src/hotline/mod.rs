//! The hotline at the desk: who is on the line, and what callers are owed who were not put through. What is
//! asked of a call that runs goes to the process that holds it; the page is told when it has happened.

mod page;
mod transfer;

use crate::Me;
use axum::{
    Form, Router,
    extract::Path,
    routing::{get, post},
};
use health::hotline::orders;
use kernel::{CallId, Error};
use pages::{App, Outcome, see_other};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/hotline", get(page::page))
        .route("/{tenant}/desk/hotline/owed/{id}/number", post(page::number))
        .route("/{tenant}/desk/hotline/{call}/transfer", get(transfer::form).post(transfer::send))
        .route("/{tenant}/desk/hotline/{call}/{act}", post(act))
}

/// A form with one button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    csrf: String,
}

/// `POST /{tenant}/desk/hotline/{call}/{act}`: hold, resume, listen.
async fn act(
    me: Me,
    Path((_, call, act)): Path<(String, CallId, String)>,
    Form(sent): Form<Pressed>,
) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    let done = match act.as_str() {
        "hold" => orders::hold(&mut cx, call, true).await,
        "resume" => orders::hold(&mut cx, call, false).await,
        "listen" => orders::listen(&mut cx, call).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => cx.commit().await?,
        // It ended while the page stood open, or nothing can be rung: said on the page.
        Err(Error::Conflict(_)) => return Ok(see_other(&me.at("hotline?done=over"))),
        Err(Error::Invalid { .. }) => return Ok(see_other(&me.at("hotline?done=no-phone"))),
        Err(other) => return Err(other.into()),
    }
    Ok(see_other(&me.at(format!("hotline?done={act}"))))
}
