//! "Who was at P between t1 and t2": asked with a reason that stays on record. The list is the answer to the form
//! itself; there is no address at which it would be read again unseen.

use super::{SCREEN, must, words};
use crate::{
    Me, cases,
    frame::Frame,
    questions::{Choice, Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Query};
use duty::{
    permissions::{Action, Scope, permits},
    units,
};
use health::checkins::{self, Seen, Spot, who_was_at};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{Error, GateId, PersonId, PlaceId, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, html};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What a form begins with: the last two hours.
const BEFORE: SignedDuration = SignedDuration::from_hours(2);
/// To the end of the minute that runs.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A part of a name: more gates than fit a list are found so.
    q: String,
    /// Chosen where somebody comes from the page of a gate or a place.
    gate: String,
    place: String,
}

#[derive(Template)]
#[template(path = "checkins_visits.html")]
struct Page {
    d: Desk,
    address: String,
    q: String,
    exports: bool,
    questions: Vec<Question>,
    errors: Errors,
}

struct Line {
    time: String,
    full: String,
    doubted: bool,
    gate: String,
    direction: String,
    colour: &'static str,
    colour_word: String,
    name: String,
    about: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "checkins_seen.html")]
struct SeenPage {
    d: Desk,
    title: String,
    back: String,
    facts: Vec<(String, String)>,
    lines: Vec<Line>,
    /// What an export is asked with; empty for those who may not.
    ask: Vec<(&'static str, String)>,
    ask_action: String,
}

/// A spot as a form names it.
pub(super) fn word(spot: Spot) -> String {
    match spot {
        Spot::Gate(gate) => format!("gate:{gate}"),
        Spot::Place(place) => format!("place:{place}"),
    }
}

/// What somebody wants to know.
pub(super) struct Wanted {
    pub spot: Spot,
    pub from: Timestamp,
    pub to: Timestamp,
    pub why: String,
}

fn spot(text: &str) -> Result<Spot> {
    let unchosen = || Error::invalid("spot", "error-choose");
    let (kind, id) = text.split_once(':').ok_or_else(unchosen)?;
    match kind {
        "gate" => id.parse::<GateId>().map(Spot::Gate).map_err(|_| unchosen()),
        "place" => id.parse::<PlaceId>().map(Spot::Place).map_err(|_| unchosen()),
        _ => Err(unchosen()),
    }
}

fn instant(text: &str, zone: &TimeZone, field: &'static str) -> Result<Timestamp> {
    let (day, time) = dates::parse_date_time(text).map_err(|error| Error::invalid(field, error.key))?;
    let time = time.ok_or(Error::invalid(field, "error-time-format"))?;
    zone.to_timestamp(day.to_datetime(time)).map_err(|_| Error::invalid(field, "error-date-none"))
}

/// What a form asks for; `None` when something must be mended first, which `errors` then tell.
pub(super) fn wanted(me: &Me, zone: &TimeZone, typed: &Typed, errors: &mut Errors) -> Result<Option<Wanted>> {
    let mut kept = |told: Result<Timestamp>| match told {
        Ok(at) => Ok(Some(at)),
        Err(error) => errors.take(me.w, error).map(|()| None),
    };
    let from = kept(instant(typed.of("from"), zone, "from"))?;
    let to = kept(instant(typed.of("to"), zone, "to"))?;
    let spot = match spot(typed.of("spot")) {
        Ok(spot) => Some(spot),
        Err(error) => errors.take(me.w, error).map(|()| None)?,
    };
    let why = typed.of("why").to_owned();
    let all = spot.zip(from.zip(to));
    Ok(all.map(|(spot, (from, to))| Wanted { spot, from, to, why }))
}

/// `GET /{tenant}/desk/checkins/visits?q=&gate=&place=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must(&me, Action::CheckInRead)?;
    let frame = Frame::new(&me, SCREEN).await?;
    let spot = match (asked.gate.parse::<GateId>(), asked.place.parse::<PlaceId>()) {
        (Ok(gate), _) => word(Spot::Gate(gate)),
        (_, Ok(place)) => word(Spot::Place(place)),
        _ => String::new(),
    };
    let now = frame.d.clock.now;
    let typed = Typed(vec![
        ("spot".into(), spot),
        ("from".into(), frame.d.clock.full(now - BEFORE)),
        ("to".into(), frame.d.clock.full(now + MINUTE)),
        ("q".into(), asked.q),
    ]);
    show(&me, frame, &typed, Errors::default()).await
}

/// `POST /{tenant}/desk/checkins/visits`
pub async fn look(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must(&me, Action::CheckInRead)?;
    let mut errors = Errors::default();
    let found = read(&me, &typed, &mut errors).await?;
    let frame = Frame::new(&me, SCREEN).await?;
    match found {
        Some((wanted, seen)) => seen_page(&me, frame, &typed, &wanted, &seen).await,
        None => show(&me, frame, &typed, errors).await,
    }
}

/// Reads who was there, and has it on record; `None` as for [`wanted`].
async fn read(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<Option<(Wanted, Vec<Seen>)>> {
    let mut cx = me.begin().await?;
    let zone = units::timezone(&mut cx).await?;
    let Some(wanted) = wanted(me, &zone, typed, errors)? else { return Ok(None) };
    match who_was_at(&mut cx, wanted.spot, wanted.from, wanted.to, &wanted.why).await {
        Ok(seen) => {
            cx.commit().await?;
            Ok(Some((wanted, seen)))
        }
        Err(error) => errors.take(me.w, error).map(|()| None),
    }
}

async fn show(me: &Me, mut frame: Frame, typed: &Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let chosen = typed.of("spot");
    let mut spots = checkins::spots(&mut frame.cx, typed.of("q")).await?;
    // What was chosen stays one of them, whatever is searched for.
    if let Ok(spot) = spot(chosen)
        && !spots.iter().any(|(known, _)| *known == spot)
    {
        let all = checkins::spots(&mut frame.cx, "").await?;
        spots.extend(all.into_iter().filter(|(known, _)| *known == spot));
    }
    let choices: Vec<Choice> = spots
        .into_iter()
        .map(|(spot, name)| {
            let value = word(spot);
            let label = match spot {
                Spot::Gate(_) => name,
                Spot::Place(_) => w.checkins_whole_place(name),
            };
            let here = value == chosen;
            (value, label, here)
        })
        .collect();
    let line = |name: &'static str, label: String| Question::line(name, label, typed.of(name));
    let questions = vec![
        Question::choice("spot", w.checkins_spot(), choices).hint(w.checkins_spot_hint()),
        line("from", w.checkins_from()).hint(w.checkins_time_hint()),
        line("to", w.checkins_to()),
        line("why", w.checkins_why()).hint(w.checkins_why_hint()),
    ];
    let wrong = !errors.is_empty();
    let page = Page {
        address: me.at("checkins/visits"),
        q: typed.of("q").to_owned(),
        exports: lists(me),
        questions,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// Whether somebody asks for lists or decides about them.
pub(super) fn lists(me: &Me) -> bool {
    [Action::CheckInExport, Action::CheckInApprove].iter().any(|one| permits(&me.actor, *one, Scope::Tenant))
}

async fn seen_page(me: &Me, mut frame: Frame, typed: &Typed, wanted: &Wanted, seen: &[Seen]) -> Outcome {
    let w = me.w;
    let names = super::exports::names(&mut frame.cx, &[wanted.spot]).await?;
    let name = names.first().cloned().unwrap_or_default();
    let people: BTreeSet<PersonId> =
        seen.iter().filter_map(|one| one.person.as_ref()).map(|person| person.id).collect();
    let clock = &frame.d.clock;
    let facts = vec![
        (w.checkins_from(), clock.full(wanted.from)),
        (w.checkins_to(), clock.full(wanted.to)),
        (w.checkins_why(), wanted.why.trim().to_owned()),
        (w.checkins_scans(), seen.len().to_string()),
        (w.checkins_people(), people.len().to_string()),
    ];
    let lines = seen.iter().map(|one| line(me, &frame, one)).collect();
    let exports = permits(&me.actor, Action::CheckInExport, Scope::Tenant);
    let ask = ["spot", "from", "to", "why"].map(|name| (name, typed.of(name).to_owned()));
    let page = SeenPage {
        title: w.checkins_seen_title(name),
        back: me.at("checkins/visits"),
        facts,
        lines,
        ask: if exports { ask.to_vec() } else { Vec::new() },
        ask_action: me.at("checkins/exports"),
        d: frame.d,
    };
    html(&page)
}

fn line(me: &Me, frame: &Frame, one: &Seen) -> Line {
    let w = me.w;
    let opens = permits(&me.actor, Action::CaseSee, Scope::Tenant);
    let (name, about, href) = match (&one.person, &one.whose) {
        (Some(person), _) => {
            let born = cases::birth_and_sex(w, person);
            let about = match &person.phone_masked {
                Some(phone) => format!("{born} · {phone}"),
                None => born,
            };
            let href = opens.then(|| me.at(format!("people/{}", person.id)));
            (person.full_name.clone(), about, href)
        }
        (None, Some(_)) => (w.checkins_nobody_s_own(), String::new(), None),
        (None, None) => (w.checkins_unknown(), String::new(), None),
    };
    Line {
        time: frame.d.clock.short(one.at),
        full: frame.d.clock.full(one.at),
        doubted: one.doubted,
        gate: one.gate_name.clone(),
        direction: words::direction(w, one.direction),
        colour: one.colour.as_str(),
        colour_word: words::colour(w, one.colour.as_str()),
        name,
        about,
        href,
    }
}
