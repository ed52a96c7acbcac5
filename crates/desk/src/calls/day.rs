//! The calls of a day, by what they were for and how they ended.

use super::{must, names, table, words};
use crate::{Me, board::grid::Grid, frame::Frame};
use askama::Template;
use axum::extract::Query;
use duty::{
    calls::{self, Call, Outcome as Ended, Purpose},
    permissions::Action,
};
use kernel::dates;
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// 2021-09-25; empty or no day: today.
    day: String,
    purpose: String,
    outcome: String,
    page: i64,
}

#[derive(Template)]
#[template(path = "calls_day.html")]
struct Page {
    d: Desk,
    address: String,
    action: String,
    /// 25/09/2021
    shown: String,
    day: String,
    purposes: Vec<(&'static str, String, bool)>,
    outcomes: Vec<(&'static str, String, bool)>,
    grid: Grid,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/calls/day?day=&purpose=&outcome=&page=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must(&me, Action::CallSee)?;
    let mut frame = Frame::new(&me, "calls").await?;
    let w = me.w;
    let day = asked.day.parse().unwrap_or_else(|_| frame.d.clock.today());
    let (purpose, outcome) = (asked.purpose.parse::<Purpose>().ok(), asked.outcome.parse::<Ended>().ok());
    let at = asked.page.max(0);
    let (found, more) = calls::of_day(&mut frame.cx, day, purpose, outcome, at).await?;
    let people = names(&mut frame, found.iter().filter_map(Call::operator)).await?;
    let address = |page: i64| {
        let (purpose, outcome) = (purpose.map_or("", Purpose::as_str), outcome.map_or("", Ended::as_str));
        me.at(format!("calls/day?day={day}&purpose={purpose}&outcome={outcome}&page={page}"))
    };
    let page = Page {
        address: address(at),
        action: me.at("calls/day"),
        shown: dates::shown_date(day),
        day: day.to_string(),
        purposes: Purpose::ALL
            .iter()
            .map(|one| (one.as_str(), words::purpose(w, *one), purpose == Some(*one)))
            .collect(),
        outcomes: Ended::ALL
            .iter()
            .map(|one| (one.as_str(), words::outcome(w, *one), outcome == Some(*one)))
            .collect(),
        grid: table(&me, &frame, &people, &found),
        before: (at > 0).then(|| address(at - 1)),
        next: more.then(|| address(at + 1)),
        d: frame.d,
    };
    html(&page)
}
