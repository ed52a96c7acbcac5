//! The queue of pairs that may be one person, the heaviest first, and what was joined lately.

use super::{at, pair::View};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::{
    cases,
    people::{self, Merged},
};
use kernel::{Error, UnitId};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// Pairs of one page.
const PAIRS: i64 = 50;
/// What was joined lately.
const JOINED: i64 = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    ward: String,
    /// What the form that led here came to.
    done: String,
}

/// Two records that were joined.
pub struct Joined {
    pub stays: String,
    pub stays_href: String,
    pub goes: String,
    pub when: String,
    pub why: String,
    /// For those who may take it back.
    pub part_href: Option<String>,
}

#[derive(Template)]
#[template(path = "people_duplicates.html")]
struct Page {
    d: Desk,
    address: String,
    message: String,
    wards: Vec<(String, String, bool)>,
    pairs: Vec<View>,
    /// Said where more wait than are shown.
    more: String,
    joined: Vec<Joined>,
}

/// `GET /{tenant}/desk/people/duplicates`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::PersonRead, Scope::Tenant) {
        return Err(Error::Forbidden(Action::PersonRead.as_str()).into());
    }
    let mut frame = Frame::new(&me, "cases").await?;
    let w = me.w;
    let ward: Option<UnitId> = if asked.ward.is_empty() { None } else { Some(asked.ward.parse()?) };
    let pairs = people::queue(&mut frame.cx, ward, PAIRS).await?;
    let sides: Vec<_> = pairs.iter().flat_map(|pair| [pair.one.person, pair.other.person]).collect();
    let running = cases::running_of(&mut frame.cx, &sides).await?;
    let merges = people::merges(&mut frame.cx, JOINED).await?;
    let seen = crate::cases::wards(&me, &frame, Action::PersonRead);
    let page = Page {
        address: me.at("people/duplicates"),
        message: message(&me, &asked.done),
        wards: seen
            .into_iter()
            .map(|id| (id.to_string(), frame::short(&frame.tree, &frame.d, Some(id)), ward == Some(id)))
            .collect(),
        more: if pairs.len() as i64 == PAIRS {
            w.people_duplicates_first(PAIRS.to_string())
        } else {
            String::new()
        },
        pairs: pairs.iter().map(|pair| View::new(&me, &frame, pair, &running)).collect(),
        joined: merges.iter().map(|one| joined(&me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}

/// What the form that led here came to; empty where none did.
pub fn message(me: &Me, done: &str) -> String {
    let w = me.w;
    match done {
        "joined" => w.people_done_joined(),
        "two" => w.people_done_two(),
        "decided" => w.people_done_decided(),
        "part" => w.people_done_part(),
        "parted" => w.people_done_parted(),
        "carer" => w.people_done_carer(),
        "carer-known" => w.people_done_carer_known(),
        "end-carer" => w.people_done_end_carer(),
        _ => String::new(),
    }
}

pub fn joined(me: &Me, frame: &Frame, one: &Merged) -> Joined {
    let parts = super::must(me, frame, &[one.stays.ward, one.goes.ward]).is_ok();
    let named =
        |brief: &people::Brief| format!("{} · {}", brief.full_name, crate::cases::birth_and_sex(me.w, brief));
    Joined {
        stays: named(&one.stays),
        stays_href: at(me, one.stays.id),
        goes: named(&one.goes),
        when: frame.d.clock.full(one.at),
        why: one.why.clone(),
        part_href: parts.then(|| format!("{}/part", at(me, one.goes.id))),
    }
}
