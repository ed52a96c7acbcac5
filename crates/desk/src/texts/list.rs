//! The list: how far each text came, what was received, the ticket it stands on.

use super::words;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::Query;
use duty::messages::text_list::{self, Kind, Listed, Side, Which};
use pages::{Desk, Outcome, html, time::Clock};
use serde::Deserialize;

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
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
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
    let (side, state, bad, said) = match &line.what {
        Kind::Sent { state, tries, told_at } => {
            let side = match line.side {
                Side::Staff => w.texts_to_staff(),
                Side::Others => w.texts_to_others(),
            };
            let at = clock.short(told_at.unwrap_or(line.at));
            (side, words::sent(w, *state, *tries, at), words::is_lost(*state), None)
        }
        Kind::Received { words: text, came, parts, whole } => {
            let side = words::side(w, line.side == Side::Staff);
            let state = words::received(w, text.is_some(), *whole, (*came, *parts));
            (side, state, text.is_some() && !whole, text.clone())
        }
    };
    Row {
        number: line.number.clone(),
        side,
        at: clock.full(line.at),
        state,
        bad,
        words: said,
        href: matches!(line.what, Kind::Received { .. }).then(|| me.at(format!("texts/{}", line.id))),
        ticket: line.ticket.map(|ticket| me.at(format!("tickets/{ticket}"))),
    }
}
