//! `/demo/phones`: the simulated telephones of the district. Phones ring here, are answered, keys
//! are pressed, lines are made busy.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{get, post},
};
use duty::{staff, units};
use gateways::{
    Phones,
    phones::{Do, Line},
};
use kernel::{Actor, AttemptId, Error, Phone, Result, TenantId};
use pages::{App, Outcome, Words, html, see_other, shell, time::Clock};
use serde::Deserialize;

pub fn routes(phones: Phones) -> Router<App> {
    Router::new()
        .route("/demo/phones", get(page))
        .route("/demo/phones/{attempt}", post(handle))
        .route("/demo/lines", post(line))
        .layer(Extension(phones))
}

struct Card {
    attempt: String,
    who: String,
    unit: String,
    number: String,
    message: String,
    rings_for: String,
    talking: bool,
    message_ended: bool,
}

/// A short message that has come.
struct Text {
    number: String,
    words: String,
    at: String,
}

#[derive(Template)]
#[template(path = "phones.html")]
struct Page {
    w: Words,
    cards: Vec<Card>,
    texts: Vec<Text>,
    now: String,
    css: String,
    htmx: String,
    script: String,
}

async fn page(State(app): State<App>, Extension(phones): Extension<Phones>, headers: HeaderMap) -> Outcome {
    let w = Words(shell::lang_of(None, &headers));
    let zone = super::tenant(app.store()).await?.timezone();
    let clock = Clock { zone, now: app.store().clock().now() };
    let mut cards = Vec::new();
    for line in phones.lines() {
        cards.push(card(&app, w, &clock, line).await?);
    }
    let texts = phones.texts().into_iter().map(|one| Text {
        number: one.number.parse::<Phone>().map_or_else(|_| one.number.clone(), |phone| phone.to_string()),
        at: clock.full(one.at),
        words: one.words,
    });
    html(&Page {
        w,
        cards,
        texts: texts.collect(),
        now: clock.full(clock.now),
        css: pages::asset("desk.css"),
        htmx: pages::asset("htmx.js"),
        script: pages::asset("phones.js"),
    })
}

async fn card(app: &App, w: Words, clock: &Clock, line: Line) -> Result<Card> {
    let (who, unit) = owner(app, line.tenant, line.attempt).await?;
    Ok(Card {
        attempt: line.attempt.to_string(),
        who,
        unit,
        number: line.number.parse::<Phone>().map_or_else(|_| line.number.clone(), |phone| phone.to_string()),
        message: line.message,
        rings_for: clock.span(w, line.placed_at, clock.now),
        talking: line.answered_at.is_some(),
        message_ended: line.message_ended,
    })
}

/// Whose phone it is: the person the attempt calls.
async fn owner(app: &App, tenant: TenantId, attempt: AttemptId) -> Result<(String, String)> {
    let mut cx = app.store().begin(tenant, Actor::system("demo.phones")).await?;
    let attempt = duty::tickets::attempts::find(&mut cx, attempt).await?;
    let tree = units::tree(&mut cx).await?;
    let unit = attempt.unit.and_then(|unit| tree.get(unit)).map(|unit| unit.name.clone()).unwrap_or_default();
    let Some(id) = attempt.staff else { return Ok((String::new(), unit)) };
    let badge = staff::badges(&mut cx, &[id]).await?.remove(&id);
    Ok((badge.map(|badge| format!("{} · {}", badge.title, badge.full_name)).unwrap_or_default(), unit))
}

#[derive(Deserialize)]
struct Pressed {
    /// `answer`, `reject`, `hang-up`, or a key.
    #[serde(rename = "do")]
    what: String,
}

async fn handle(
    Extension(phones): Extension<Phones>,
    Path(attempt): Path<AttemptId>,
    Form(pressed): Form<Pressed>,
) -> Outcome {
    let what = match pressed.what.as_str() {
        "answer" => Do::Answer,
        "reject" => Do::Reject,
        "hang-up" => Do::HangUp,
        key => Do::Press(key.chars().next().ok_or(Error::invalid("do", "error-phone-state"))?),
    };
    match phones.handle(attempt, what).await {
        // It has just stopped ringing: the page shows so.
        Ok(()) | Err(Error::NotFound | Error::Conflict(_)) => Ok(see_other("/demo/phones")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct LineState {
    number: String,
    /// `busy`, `off`, `free`.
    state: String,
}

/// Makes a line busy, switched off, or free again.
async fn line(Extension(phones): Extension<Phones>, Form(asked): Form<LineState>) -> Outcome {
    let number: Phone = asked.number.parse().map_err(|_| Error::invalid("number", "error-phone-format"))?;
    phones.set_busy(number.as_e164(), asked.state == "busy");
    phones.set_off(number.as_e164(), asked.state == "off");
    Ok(see_other("/demo/phones"))
}
