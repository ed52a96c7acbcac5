//! The places of the district on the map and as a list: those that are proposed first.

use crate::{
    Me,
    board::map::{Mark, WardMap},
    frame::{self, Frame},
    traces::{Tab, tabs, wards, words},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::places::{self, Line, State};
use kernel::{Error, Result, UnitId};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    ward: String,
    state: String,
    text: String,
}

struct Row {
    href: String,
    name: String,
    kind: String,
    ward: String,
    state: String,
    proposed: bool,
    outbreak: bool,
    since: String,
    cases: i64,
    recent: i64,
}

#[derive(Template)]
#[template(path = "places.html")]
struct Page {
    d: Desk,
    tabs: Vec<Tab>,
    address: String,
    new_href: Option<String>,
    map: Option<WardMap>,
    text: String,
    wards: Vec<(String, String, bool)>,
    states: Vec<(String, String, bool)>,
    /// Places of the list that no point is known of.
    unplaced: usize,
    rows: Vec<Row>,
    more: bool,
}

/// `GET /{tenant}/desk/places`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CaseSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CaseSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "contacts").await?;
    let ward = chosen::<UnitId>(&asked.ward)?;
    let state = chosen::<State>(&asked.state)?;
    let found = places::list(&mut frame.cx, ward, state, &asked.text).await?;
    let map = map(&me, &frame, &found.places);
    let page = Page {
        tabs: tabs(&me, "places"),
        address: me.at("places"),
        new_href: permits(&me.actor, Action::CaseRecord, Scope::Tenant).then(|| me.at("places/new")),
        unplaced: found.places.iter().filter(|place| place.point.is_none()).count(),
        map,
        text: asked.text.clone(),
        wards: wards(&frame, &asked.ward),
        states: State::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), words::place_state(me.w, *one), asked.state == one.as_str()))
            .collect(),
        rows: found.places.iter().map(|place| row(&me, &frame, place)).collect(),
        more: found.more,
        d: frame.d.clone(),
    };
    html(&page)
}

/// A choice that is not one of the list's own is not found: the address was changed by hand.
fn chosen<T: std::str::FromStr>(text: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Error::NotFound) }
}

/// The map with the places that have a point; `None` where no ward has one.
fn map(me: &Me, frame: &Frame, places: &[Line]) -> Option<WardMap> {
    let mut map = WardMap::new(frame, me.w.places_map(), |_| None, |_| None);
    if map.wards.is_empty() {
        return None;
    }
    let marks: Vec<Mark> = places
        .iter()
        .filter_map(|place| {
            let (x, y) = map.at(place.point?)?;
            Some(Mark {
                x: format!("{x:.1}"),
                y: format!("{y:.1}"),
                href: me.at(format!("places/{}", place.id)),
                says: me.w.place_says(
                    place.name.clone(),
                    words::place_state(me.w, place.state),
                    place.cases.to_string(),
                ),
                look: look(place),
            })
        })
        .collect();
    map.marks = marks;
    Some(map)
}

fn look(place: &Line) -> &'static str {
    match place.state {
        State::Outbreak => "outbreak",
        State::Closed => "closed",
        _ if place.proposed => "proposed",
        State::Watched => "watched",
        State::Known => "known",
    }
}

fn row(me: &Me, frame: &Frame, place: &Line) -> Row {
    let w = me.w;
    Row {
        href: me.at(format!("places/{}", place.id)),
        name: place.name.clone(),
        kind: words::place_kind(w, place.kind),
        ward: frame::short(&frame.tree, &frame.d, Some(place.ward)),
        state: words::place_state(w, place.state),
        proposed: place.proposed,
        outbreak: place.state == State::Outbreak,
        since: frame.d.clock.short(place.state_at),
        cases: place.cases,
        recent: place.recent,
    }
}
