//! Texts that went out and came in, so that none is lost: how far each came, what was received, the ticket it
//! stands on.

use crate::{Me, frame::Frame, text};
use askama::Template;
use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use duty::messages::{
    notices::State,
    text_list::{self, Kind, Listed, Side, Which},
};
use pages::{App, Desk, Outcome, Words, html, time::Clock};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/texts", get(page))
        .route("/{tenant}/desk/texts/{id}", get(text::page))
        .route("/{tenant}/desk/texts/{id}/number", post(text::number))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    which: String,
    page: i64,
}

struct Row {
    number: String,
    side: String,
    at: String,
    state: String,
    bad: bool,
    words: Option<String>,
    ticket: Option<String>,
    /// Its own page, of one that came in.
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "texts.html")]
struct Page {
    d: Desk,
    address: String,
    choices: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/texts?which=&page=`
async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "texts").await?;
    let which: Which = asked.which.parse().unwrap_or_default();
    let found = text_list::texts(&mut frame.cx, which, asked.page).await?;
    let address = |page: i64| me.at(format!("texts?which={}&page={page}", which.as_str()));
    let choice =
        |one: Which| (one.as_str(), me.w.by_key(&format!("texts-which-{}", one.as_str())), one == which);
    let page = Page {
        address: address(asked.page),
        choices: Which::ALL.map(choice).into(),
        rows: found.lines.iter().map(|line| row(&me, &frame.d.clock, line)).collect(),
        before: (asked.page > 0).then(|| address(asked.page - 1)),
        next: found.more.then(|| address(asked.page + 1)),
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, clock: &Clock, line: &Listed) -> Row {
    let w = me.w;
    let (side, state, bad, words) = match &line.what {
        Kind::Sent { state, tries, told_at } => {
            let side = match line.side {
                Side::Staff => w.texts_to_staff(),
                Side::Others => w.texts_to_others(),
            };
            let at = clock.short(told_at.unwrap_or(line.at));
            let bad = matches!(state, State::Failed | State::GivenUp | State::Undeliverable);
            (side, sent(w, *state, tries.to_string(), at), bad, None)
        }
        Kind::Received { words, came, parts, whole } => {
            let side = match line.side {
                Side::Staff => w.texts_from_staff(),
                Side::Others => w.texts_from_others(),
            };
            let (came, parts) = (came.to_string(), parts.to_string());
            let state = match (words, whole) {
                (None, _) => w.texts_gathering(came, parts),
                (Some(_), true) => w.texts_whole(),
                (Some(_), false) => w.texts_incomplete(came, parts),
            };
            (side, state, words.is_some() && !whole, words.clone())
        }
    };
    Row {
        number: line.number.clone(),
        side,
        at: clock.full(line.at),
        state,
        bad,
        words,
        href: matches!(line.what, Kind::Received { .. }).then(|| me.at(format!("texts/{}", line.id))),
        ticket: line.ticket.map(|ticket| me.at(format!("tickets/{ticket}"))),
    }
}

fn sent(w: Words, state: State, tries: String, at: String) -> String {
    match state {
        State::Queued => w.text_state_queued(),
        State::HandedOver => w.text_handed_over(at),
        State::Delivered => w.text_delivered(at),
        State::Undeliverable => w.text_undeliverable(at),
        State::Failed => w.text_state_failed(tries),
        State::GivenUp => w.text_given_up(tries),
        State::Withdrawn => w.message_withdrawn(),
    }
}
