//! One place: its state, who was there, what was ordered, what happened.

use crate::{
    Me,
    frame::{self, Frame},
    tickets::{Line, Teller, word},
    traces::words,
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{
    permissions::{Action, Scope, permits},
    staff,
    units::UnitKind,
};
use health::{
    lockdowns,
    places::{self, At, Measure, State},
};
use kernel::{PlaceId, Result, StaffId, UnitId, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;
use store::events::Recorded;

#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

struct Visit {
    name: String,
    href: Option<String>,
    ward: String,
    role: String,
    days: String,
    f0: bool,
    /// What takes it back; `None` for those who only look on.
    visit: Option<String>,
}

struct Ordered {
    kind: String,
    day: String,
    words: String,
    by: String,
}

#[derive(Template)]
#[template(path = "place.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    state: String,
    outbreak: bool,
    proposed: String,
    message: String,
    /// Address, icon, label.
    buttons: Vec<(String, &'static str, String)>,
    facts: Vec<(String, String)>,
    /// Points that were made for it: address, name, whether it is in force.
    lockdowns: Vec<(String, String, String)>,
    visits: Vec<Visit>,
    measures: Vec<Ordered>,
    lines: Vec<Line>,
}

/// The units that answer for a place.
pub fn standing(frame: &Frame, ward: UnitId) -> Vec<UnitId> {
    std::iter::once(ward).chain(frame.tree.in_ward(ward, UnitKind::Station)).collect()
}

/// `GET /{tenant}/desk/places/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, PlaceId)>, Query(after): Query<After>) -> Outcome {
    let mut frame = Frame::new(&me, "contacts").await?;
    let at = places::find(&mut frame.cx, id).await?;
    let records = permits(&me.actor, Action::CaseRecord, Scope::Units(&standing(&frame, at.place.ward)));
    let w = me.w;
    let authors: Vec<StaffId> = at.measures.iter().filter_map(|one| one.by).collect();
    let badges = staff::badges(&mut frame.cx, &authors).await?;
    let measures = at
        .measures
        .iter()
        .map(|one| Ordered {
            kind: words::measure(w, one.kind),
            day: dates::shown_date(one.on),
            words: one.words.clone().unwrap_or_default(),
            by: one
                .by
                .and_then(|by| badges.get(&by))
                .map_or_else(String::new, |badge| badge.full_name.clone()),
        })
        .collect();
    let lines = lines(&me, &mut frame, &at.story).await?;
    let points = lockdowns::of_place(&mut frame.cx, id).await?;
    let lockdowns = points
        .into_iter()
        .map(|point| {
            let state = if point.lifted.is_some() { w.lockdown_over() } else { w.lockdown_in_force() };
            (me.at(format!("lockdowns/{}", point.id)), point.name, state)
        })
        .collect();
    let page = Page {
        address: me.at(format!("places/{id}")),
        name: at.place.name.clone(),
        state: words::place_state(w, at.place.state),
        outbreak: at.place.state == State::Outbreak,
        proposed: if at.place.proposed {
            w.place_proposed_why(at.place.recent.to_string())
        } else {
            String::new()
        },
        message: message(&me, &after.done),
        buttons: buttons(&me, id, at.place.state, records),
        facts: facts(&me, &frame, &at),
        lockdowns,
        visits: visits(&me, &frame, &at),
        measures,
        lines,
        d: frame.d.clone(),
    };
    html(&page)
}

fn message(me: &Me, done: &str) -> String {
    let w = me.w;
    match done {
        "recorded" => w.place_done_recorded(),
        "known" => w.place_done_known(),
        "move" => w.place_done_move(),
        "measure" => w.place_done_measure(),
        "unvisit" => w.place_done_unvisit(),
        "unchanged" => w.place_done_unchanged(),
        "withdrawn" => w.error_visit_withdrawn(),
        _ => String::new(),
    }
}

/// What may be done here; `records` says whether by this reader.
fn buttons(me: &Me, id: PlaceId, state: State, records: bool) -> Vec<(String, &'static str, String)> {
    let w = me.w;
    let href = |act: &str| me.at(format!("places/{id}/{act}"));
    let mut buttons = Vec::new();
    if records && state != State::Outbreak {
        buttons.push((format!("{}?to=outbreak", href("move")), "flag", w.place_do_declare()));
    }
    if records {
        buttons.push((href("move"), "arrows-exchange", w.place_do_move()));
        buttons.push((href("measure"), "clipboard-check", w.place_do_measure()));
    }
    if permits(&me.actor, Action::CheckInRead, Scope::Tenant) {
        buttons.push((me.at(format!("checkins/visits?place={id}")), "search", w.checkins_do_visits()));
    }
    buttons
}

fn facts(me: &Me, frame: &Frame, at: &At) -> Vec<(String, String)> {
    let (w, clock) = (me.w, &frame.d.clock);
    let dash = || "–".to_owned();
    let point = at.place.point.map_or_else(dash, |(lat, lon)| format!("{lat:.5}, {lon:.5}"));
    vec![
        (w.place_kind(), words::place_kind(w, at.place.kind)),
        (w.case_ward(), frame::short(&frame.tree, &frame.d, Some(at.place.ward))),
        (w.place_address(), at.address.clone().unwrap_or_else(dash)),
        (w.place_point(), point),
        (w.place_organisation(), at.organisation.clone().unwrap_or_else(dash)),
        (
            w.place_state(),
            w.case_since(words::place_state(w, at.place.state), clock.short(at.place.state_at)),
        ),
        (w.place_cases(), at.place.cases.to_string()),
        (w.place_recent(), at.place.recent.to_string()),
        (w.place_made(), clock.full(at.made_at)),
    ]
}

fn visits(me: &Me, frame: &Frame, at: &At) -> Vec<Visit> {
    let (w, clock) = (me.w, &frame.d.clock);
    at.visits
        .iter()
        .map(|one| {
            let day = |at: Option<jiff::Timestamp>| at.map(|at| clock.date(at));
            let days = match (day(one.from_at), day(one.to_at)) {
                (Some(from), Some(to)) if from != to => format!("{from} – {to}"),
                (Some(day), _) | (None, Some(day)) => day,
                (None, None) => "–".to_owned(),
            };
            let units = standing(frame, one.ward);
            let records = permits(&me.actor, Action::CaseRecord, Scope::Units(&units));
            Visit {
                name: one.name.clone().unwrap_or_else(|| w.contact_case_elsewhere()),
                href: one.name.as_ref().map(|_| me.at(format!("cases/{}", one.case))),
                ward: frame::short(&frame.tree, &frame.d, Some(one.ward)),
                role: words::role(w, one.role),
                days,
                f0: one.is_f0,
                visit: records.then(|| one.visit.to_string()),
            }
        })
        .collect()
}

/// What happened to the place, oldest first.
async fn lines(me: &Me, frame: &mut Frame, events: &[Recorded]) -> Result<Vec<Line>> {
    let w = me.w;
    let d = frame.d.clone();
    let teller = Teller::of(me, frame, events).await?;
    let state = |event: &Recorded, key: &str| {
        word::<State>(&event.data, key).map_or_else(String::new, |one| words::place_state(w, one))
    };
    Ok(events
        .iter()
        .map(|event| {
            let quote = |key: &str| {
                event.payload.as_ref().and_then(|payload| payload[key].as_str()).map(str::to_owned)
            };
            let told = match event.kind.as_str() {
                "place.recorded" => ("opened", "map-pin", w.place_story_recorded()),
                "place.moved" => {
                    ("climbed", "flag", w.place_story_moved(state(event, "from"), state(event, "to")))
                }
                "place.measured" => {
                    let what = word::<Measure>(&event.data, "measure")
                        .map_or_else(String::new, |one| words::measure(w, one));
                    ("directive", "clipboard-check", w.place_story_measured(what.to_lowercase()))
                }
                other => ("", "info-circle", other.to_owned()),
            };
            let said = quote("why").or_else(|| quote("words"));
            let said = said.or_else(|| event.erased.then(|| w.story_erased()));
            Line::plain(told, teller.actor(event), said, (d.clock.short(event.at), d.clock.full(event.at)))
        })
        .collect())
}
