//! One text that came in: its words, and its number for whoever has to call back.

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path};
use duty::messages::text_number::{self, Incoming};
use kernel::{MessageId, Phone};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// A form with one button.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    csrf: String,
}

struct Beside {
    href: String,
    number: String,
    at: String,
    words: String,
}

#[derive(Template)]
#[template(path = "text.html")]
struct Page {
    d: Desk,
    number: String,
    at: String,
    words: Option<String>,
    /// The number, once it has been opened: as it is shown, as it is dialled.
    phone: Option<(String, String)>,
    callable: bool,
    action: String,
    ticket: Option<String>,
    beside: Vec<Beside>,
}

/// `GET /{tenant}/desk/texts/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, MessageId)>) -> Outcome {
    show(&me, id, None).await
}

/// `POST /{tenant}/desk/texts/{id}/number`: the number is on the page that answers, and nowhere else.
pub async fn number(me: Me, Path((_, id)): Path<(String, MessageId)>, Form(sent): Form<Pressed>) -> Outcome {
    me.check(&sent.csrf)?;
    let mut cx = me.begin().await?;
    let number = text_number::open_number(&mut cx, id).await?;
    cx.commit().await?;
    show(&me, id, number).await
}

async fn show(me: &Me, id: MessageId, phone: Option<Phone>) -> Outcome {
    let mut frame = Frame::new(me, "texts").await?;
    let text = text_number::incoming(&mut frame.cx, id).await?;
    let others = text_number::beside(&mut frame.cx, id).await?;
    let page = Page {
        at: frame.d.clock.full(text.at),
        words: text.words,
        phone: phone.map(|phone| (phone.to_string(), phone.as_e164().to_owned())),
        callable: text.callable,
        number: text.number,
        action: me.at(format!("texts/{id}/number")),
        ticket: text.ticket.map(|ticket| me.at(format!("tickets/{ticket}"))),
        beside: others.into_iter().map(|one| beside(me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}

fn beside(me: &Me, frame: &Frame, one: Incoming) -> Beside {
    Beside {
        href: me.at(format!("texts/{}", one.id)),
        number: one.number,
        at: frame.d.clock.full(one.at),
        words: one.words.unwrap_or_default(),
    }
}
