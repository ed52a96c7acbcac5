//! What the station has to look at.

use super::words;
use crate::{Me, cases, frame, frame::Frame};
use askama::Template;
use axum::extract::Query;
use health::declarations::{self, Line};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    /// What the form that led here came to.
    done: String,
}

struct ToSee {
    href: String,
    name: String,
    about: String,
    ward: String,
    flags: String,
    time: String,
    full: String,
    by: String,
}

#[derive(Template)]
#[template(path = "declarations.html")]
struct Page {
    d: Desk,
    address: String,
    message: String,
    to_see: Vec<ToSee>,
}

/// `GET /{tenant}/desk/declarations`
pub async fn list(me: Me, Query(after): Query<After>) -> Outcome {
    let mut frame = Frame::new(&me, "declarations").await?;
    let to_see = declarations::to_see(&mut frame.cx).await?;
    let page = Page {
        address: me.at("declarations"),
        message: match after.done.as_str() {
            "seen" => me.w.declarations_done_seen(),
            "seen-known" => me.w.declarations_done_seen_known(),
            _ => String::new(),
        },
        to_see: to_see.iter().map(|one| line(&me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}

fn line(me: &Me, frame: &Frame, one: &Line) -> ToSee {
    let (w, clock) = (me.w, &frame.d.clock);
    let flags = one.flags.iter().map(|flag| words::flag(w, &one.answers, *flag));
    ToSee {
        href: me.at(format!("declarations/{}", one.id)),
        name: one.person.full_name.clone(),
        about: cases::birth_and_sex(w, &one.person),
        ward: frame::short(&frame.tree, &frame.d, Some(one.ward)),
        flags: flags.collect::<Vec<_>>().join(" · "),
        time: clock.short(one.made_at),
        full: clock.full(one.made_at),
        by: if one.declared_by.is_some() { w.declarations_by_staff() } else { w.declarations_by_self() },
    }
}
