//! `/demo/phones`: the simulated telephones of the district. Phones ring here, are answered, keys
//! are pressed, lines are made busy; residents' phones take conversations and call the centre.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{get, post},
};
use duty::{staff, units};
use gateways::{
    Exchange, Phones,
    phones::{Do, Line, Telephone},
};
use kernel::{Actor, AttemptId, CallId, Error, Phone, Result, TenantId};
use pages::{App, Outcome, Words, html, see_other, shell, time::Clock};
use serde::Deserialize;

/// The number at which the demo's centre is called.
const HOTLINE: &str = "1022";
/// Phones in conversation shown at once: a day's campaign rings more.
const SHOWN: usize = 24;

pub fn routes(phones: Phones, exchange: Exchange) -> Router<App> {
    Router::new()
        .route("/demo/phones", get(page))
        .route("/demo/phones/{attempt}", post(handle))
        .route("/demo/calls", post(call_centre))
        .route("/demo/calls/{call}", post(handle_call))
        .route("/demo/lines", post(line))
        .layer(Extension(phones))
        .layer(Extension(exchange))
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

/// A phone in a conversation with the centre, or about to be.
struct Conversation {
    call: String,
    number: String,
    lasts: String,
    incoming: bool,
    talking: bool,
    /// What it heard last.
    words: String,
    waits: bool,
    keys: String,
}

/// The keys of a telephone in their order.
const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

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
    conversations: Vec<Conversation>,
    keys: [char; 12],
    texts: Vec<Text>,
    now: String,
    css: String,
    htmx: String,
    script: String,
}

async fn page(
    State(app): State<App>,
    Extension(phones): Extension<Phones>,
    Extension(exchange): Extension<Exchange>,
    headers: HeaderMap,
) -> Outcome {
    let w = Words(shell::lang_of(None, &headers));
    let zone = super::tenant(app.store()).await?.timezone();
    let clock = Clock { zone, now: app.store().clock().now() };
    let mut cards = Vec::new();
    for line in phones.lines() {
        cards.push(card(&app, w, &clock, line).await?);
    }
    let calls = exchange.calls().into_iter().filter(|one| !one.is_over()).take(SHOWN);
    let conversations = calls.map(|one| conversation(w, &clock, one)).collect();
    let texts = phones.texts().into_iter().map(|one| Text {
        number: shown(&one.number),
        at: clock.full(one.at),
        words: one.words,
    });
    html(&Page {
        w,
        cards,
        conversations,
        keys: KEYS,
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
        number: shown(&line.number),
        message: line.message,
        rings_for: clock.span(w, line.placed_at, clock.now),
        talking: line.answered_at.is_some(),
        message_ended: line.message_ended,
    })
}

fn conversation(w: Words, clock: &Clock, one: Telephone) -> Conversation {
    Conversation {
        call: one.call.to_string(),
        number: shown(&one.number),
        lasts: clock.span(w, one.answered_at.unwrap_or(one.since), clock.now),
        incoming: one.incoming,
        talking: one.is_talking(),
        words: one.words.last().cloned().unwrap_or_default(),
        waits: one.waits,
        keys: one.keys,
    }
}

fn shown(number: &str) -> String {
    number.parse::<Phone>().map_or_else(|_| number.to_owned(), |phone| phone.to_string())
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

/// Somebody handles the phone of a conversation. One that has just ended is no longer on the page.
async fn handle_call(
    Extension(exchange): Extension<Exchange>,
    Path(call): Path<CallId>,
    Form(pressed): Form<Pressed>,
) -> Outcome {
    match pressed.what.as_str() {
        "answer" => exchange.answer(call),
        "reject" => exchange.reject(call),
        "hang-up" => exchange.hang_up_there(call),
        keys => exchange.press(call, keys),
    }
    Ok(see_other("/demo/phones"))
}

#[derive(Deserialize)]
struct Caller {
    number: String,
}

/// A resident calls the centre.
async fn call_centre(Extension(exchange): Extension<Exchange>, Form(caller): Form<Caller>) -> Outcome {
    let number: Phone = caller.number.parse().map_err(|_| Error::invalid("number", "error-phone-format"))?;
    exchange.ring_in(number.as_e164(), HOTLINE);
    Ok(see_other("/demo/phones"))
}

#[derive(Deserialize)]
struct LineState {
    number: String,
    /// `busy`, `off`, `free`.
    state: String,
}

/// Makes a line busy, switched off, or free again.
async fn line(
    Extension(phones): Extension<Phones>,
    Extension(exchange): Extension<Exchange>,
    Form(asked): Form<LineState>,
) -> Outcome {
    let number: Phone = asked.number.parse().map_err(|_| Error::invalid("number", "error-phone-format"))?;
    phones.set_busy(number.as_e164(), asked.state == "busy");
    phones.set_off(number.as_e164(), asked.state == "off");
    exchange.restore(number.as_e164());
    match asked.state.as_str() {
        "busy" => exchange.busy(number.as_e164()),
        "off" => exchange.off(number.as_e164()),
        _ => {}
    }
    Ok(see_other("/demo/phones"))
}
