//! How tracing does: the five indicators of the WHO, a line a day, each with what it means.

use crate::{
    Me,
    frame::Frame,
    traces::{Tab, tabs, wards},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::contacts::{self, DayFigures, Share};
use jiff::{Span, civil::Date};
use kernel::{Error, UnitId, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// Days that are shown when none are asked for.
const DAYS: i32 = 14;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    ward: String,
    from: String,
    to: String,
}

/// One indicator: what it is called, what it counts of what, its latest value.
struct Meaning {
    name: String,
    means: String,
    latest: String,
}

struct Row {
    day: String,
    /// Of the five indicators: "67 % (2/3)".
    cells: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "indicators.html")]
struct Page {
    d: Desk,
    tabs: Vec<Tab>,
    from: String,
    to: String,
    fault: Option<String>,
    wards: Vec<(String, String, bool)>,
    meanings: Vec<Meaning>,
    rows: Vec<Row>,
}

/// `GET /{tenant}/desk/tracing`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CaseSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CaseSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "contacts").await?;
    let (w, today) = (me.w, frame.d.clock.today());
    let earliest = today.saturating_sub(Span::new().days(DAYS - 1));
    let (days, fault) = match days(&asked, earliest, today) {
        Ok(days) => (days, None),
        Err(key) => ((earliest, today), Some(w.by_key(key))),
    };
    let ward = if asked.ward.is_empty() { None } else { Some(asked.ward.parse::<UnitId>()?) };
    let figures = contacts::indicators(&mut frame.cx, days.0, days.1, ward).await?;
    let names = names(&me);
    let seen = crate::cases::wards(&me, &frame, Action::CaseSee);
    let page = Page {
        tabs: tabs(&me, "tracing"),
        from: dates::shown_date(days.0),
        to: dates::shown_date(days.1),
        fault,
        wards: wards(&frame, &asked.ward)
            .into_iter()
            .filter(|(id, ..)| seen.iter().any(|ward| ward.to_string() == *id))
            .collect(),
        meanings: names
            .iter()
            .enumerate()
            .map(|(at, (name, means))| Meaning {
                name: name.clone(),
                means: means.clone(),
                latest: figures.first().map_or_else(dash, |day| shown(&me, shares(day)[at])),
            })
            .collect(),
        rows: figures
            .iter()
            .map(|day| Row {
                day: dates::shown_date(day.day),
                cells: names
                    .iter()
                    .zip(shares(day))
                    .map(|((name, _), share)| (name.clone(), shown(&me, share)))
                    .collect(),
            })
            .collect(),
        d: frame.d.clone(),
    };
    html(&page)
}

/// First and last day, or what is wrong with them.
fn days(asked: &Asked, earliest: Date, today: Date) -> Result<(Date, Date), &'static str> {
    let day = |text: &str, instead: Date| match text.trim() {
        "" => Ok(instead),
        text => dates::parse_date_near(text, today).map_err(|error| error.key),
    };
    let (from, to) = (day(&asked.from, earliest)?, day(&asked.to, today)?);
    if from > to { Err("error-dates-backwards") } else { Ok((from, to)) }
}

/// Each indicator's name and what it counts.
fn names(me: &Me) -> [(String, String); 5] {
    let w = me.w;
    [
        (w.indicator_seen(), w.indicator_seen_means()),
        (w.indicator_completed(), w.indicator_completed_means()),
        (w.indicator_known(), w.indicator_known_means()),
        (w.indicator_begun(), w.indicator_begun_means()),
        (w.indicator_lost(), w.indicator_lost_means()),
    ]
}

fn shares(day: &DayFigures) -> [Share; 5] {
    [day.seen, day.completed, day.known, day.begun, day.lost]
}

fn dash() -> String {
    "–".to_owned()
}

/// "67 % (2/3)"; a dash of nothing.
fn shown(me: &Me, share: Share) -> String {
    share.percent().map_or_else(dash, |percent| {
        me.w.indicator_value(percent.to_string(), share.n.to_string(), share.of.to_string())
    })
}
