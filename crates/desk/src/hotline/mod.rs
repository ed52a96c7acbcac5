//! The hotline at the desk: who is on the line, and what callers are owed who were not put through. What is
//! asked of a call that runs goes to the process that holds it; the page tells what came of it.

mod asked;
mod page;
mod transfer;

use crate::Me;
use axum::{
    Form, Router,
    extract::Path,
    routing::{get, post},
};
use health::hotline::{self, orders};
use kernel::{CallId, Error};
use pages::{App, Outcome, see_other};
use serde::Deserialize;
use uuid::Uuid;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/hotline", get(page::page))
        .route("/{tenant}/desk/hotline/owed/{id}/number", post(page::number))
        .route("/{tenant}/desk/hotline/owed/{id}/call", post(call_back))
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
        Ok(place) => {
            cx.commit().await?;
            Ok(see_other(&asked::address(&me, call, place)))
        }
        // It ended while the page stood open, or nothing can be rung: said on the page.
        Err(Error::Conflict(_)) => Ok(see_other(&me.at("hotline?done=over"))),
        Err(Error::Invalid { .. }) => Ok(see_other(&me.at("hotline?done=no-phone"))),
        Err(other) => Err(other.into()),
    }
}

/// `POST /{tenant}/desk/hotline/owed/{id}/call`: rings the reader's own telephone, then whoever is owed a call.
async fn call_back(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(sent): Form<Pressed>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    let done = match hotline::call_back(&mut cx, id).await {
        Ok(_) => {
            cx.commit().await?;
            "called"
        }
        // Not in the call room, in a call already, the caller in one, or no number: said on the page.
        Err(Error::Conflict("error-operator-not-here")) => "not-here",
        Err(Error::Conflict("error-operator-talking")) => "talking",
        Err(Error::Conflict("error-call-on-the-line")) => "on-the-line",
        Err(Error::Conflict("error-hotline-withheld")) => "withheld",
        Err(Error::Invalid { .. }) => "not-allowed",
        Err(other) => return Err(other.into()),
    };
    Ok(see_other(&me.at(format!("hotline?done={done}"))))
}
