//! Passing a call on: to an operator who is ready, or to whoever is on duty in a unit.

use super::asked;
use crate::{
    Me,
    frame::{Frame, short},
    questions::Question,
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    calls::operators::{self, Presence},
    staff,
};
use health::hotline::{To, orders};
use kernel::{CallId, Error, Result, StaffId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

/// The form as it was sent: `staff:…` or `unit:…`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    csrf: String,
    to: String,
}

#[derive(Template)]
#[template(path = "hotline_transfer.html")]
struct Page {
    d: Desk,
    back: String,
    action: String,
    questions: Vec<Question>,
    errors: Errors,
}

/// `GET /{tenant}/desk/hotline/{call}/transfer`
pub async fn form(me: Me, Path((_, call)): Path<(String, CallId)>) -> Outcome {
    show(&me, call, &Sent::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/hotline/{call}/transfer`
pub async fn send(me: Me, Path((_, call)): Path<(String, CallId)>, Form(sent): Form<Sent>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut errors = Errors::default();
    match pass_on(&me, call, &sent).await {
        Ok(place) => return Ok(see_other(&asked::address(&me, call, place))),
        Err(Error::Conflict(_)) => return Ok(see_other(&me.at("hotline?done=over"))),
        Err(error) => errors.take(me.w, error)?,
    }
    show(&me, call, &sent, errors).await
}

async fn pass_on(me: &Me, call: CallId, sent: &Sent) -> Result<i16> {
    let mut cx = me.begin().await?;
    // Who may not direct the call is told so before the form is looked at.
    orders::claim(&mut cx, call).await?;
    let place = orders::transfer(&mut cx, call, read(&sent.to)?).await?;
    cx.commit().await?;
    Ok(place)
}

fn read(to: &str) -> Result<To> {
    let choose = || Error::invalid("to", "error-choose");
    match to.split_once(':') {
        Some(("staff", id)) => id.parse().map(To::Operator).map_err(|_| choose()),
        Some(("unit", id)) => id.parse().map(To::Unit).map_err(|_| choose()),
        _ => Err(choose()),
    }
}

async fn show(me: &Me, call: CallId, sent: &Sent, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "hotline").await?;
    match orders::claim(&mut frame.cx, call).await {
        Err(Error::Conflict(_)) => return Ok(see_other(&me.at("hotline?done=over"))),
        claimed => {
            claimed?;
        }
    }
    let ready: Vec<StaffId> = operators::all(&mut frame.cx)
        .await?
        .into_iter()
        .filter(|one| one.presence == Presence::Ready && one.staff != me.staff)
        .map(|one| one.staff)
        .collect();
    let names = staff::of(&mut frame.cx, &ready).await?;
    let mut choices: Vec<(String, String, bool)> = ready
        .iter()
        .filter_map(|id| names.get(id))
        .map(|one| choice(format!("staff:{}", one.id), one.full_name.clone(), &sent.to))
        .collect();
    let mut units: Vec<(String, String, bool)> = frame
        .tree
        .iter()
        .map(|unit| {
            choice(format!("unit:{}", unit.id), short(&frame.tree, &frame.d, Some(unit.id)), &sent.to)
        })
        .collect();
    units.sort_by(|one, other| one.1.cmp(&other.1));
    choices.extend(units);
    let question = Question::choice("to", me.w.hotline_transfer_to(), choices);
    let page = Page {
        back: me.at("hotline"),
        action: me.at(format!("hotline/{call}/transfer")),
        questions: vec![question.hint(me.w.hotline_transfer_hint())],
        d: frame.d,
        errors,
    };
    let wrong = !page.errors.is_empty();
    form_page(&page, wrong)
}

fn choice(value: String, label: String, typed: &str) -> (String, String, bool) {
    let here = value == typed;
    (value, label, here)
}
