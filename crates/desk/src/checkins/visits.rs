//! "Who was at P between t1 and t2": asked with a reason that stays on record, and where somebody traces a case for
//! that case. The list is the answer to the form itself; there is no address at which it would be read again unseen.

use super::{
    SCREEN,
    met::{self, Panel},
    must, words,
};
use crate::{
    Me, cases,
    frame::{self, Frame},
    questions::{Choice, Question, Typed},
};
use askama::Template;
use axum::{Form, extract::Query};
use duty::{
    permissions::{Action, Scope, permits},
    units,
};
use health::{
    checkins::{self, Look, Meeting, Seen, Spot, who_met, who_was_at},
    contacts,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{CaseId, Error, GateId, PersonId, PlaceId, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors};
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
    /// Where he comes from the page of a case that was there; seconds of the times.
    case: String,
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "checkins_visits.html")]
struct Page {
    d: Desk,
    address: String,
    q: String,
    /// Kept while a gate is searched for.
    case: String,
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
    message: String,
    errors: Errors,
    facts: Vec<(String, String)>,
    /// Who was there with the case for which it was asked.
    met: Option<Panel>,
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
    /// The case for which it is asked.
    pub case: Option<CaseId>,
}

/// What was found.
pub(super) enum Found {
    Seen(Vec<Seen>),
    Met(CaseId, Meeting),
}

impl Found {
    fn seen(&self) -> &[Seen] {
        match self {
            Self::Seen(seen) => seen,
            Self::Met(_, meeting) => &meeting.seen,
        }
    }
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
    let case = match typed.of("case") {
        "" => None,
        id => Some(id.parse::<CaseId>()?),
    };
    let why = typed.of("why").to_owned();
    let all = spot.zip(from.zip(to));
    Ok(all.map(|(spot, (from, to))| Wanted { spot, from, to, why, case }))
}

impl Wanted {
    /// The same, asked for a case.
    pub fn look(&self, case: CaseId) -> Look<'_> {
        Look { case, spot: self.spot, from: self.from, to: self.to, why: &self.why }
    }
}

/// `GET /{tenant}/desk/checkins/visits?q=&gate=&place=&case=&from=&to=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    must(&me, Action::CheckInRead)?;
    let frame = Frame::new(&me, SCREEN).await?;
    let spot = match (asked.gate.parse::<GateId>(), asked.place.parse::<PlaceId>()) {
        (Ok(gate), _) => word(Spot::Gate(gate)),
        (_, Ok(place)) => word(Spot::Place(place)),
        _ => String::new(),
    };
    let now = frame.d.clock.now;
    let at = |seconds: &str, otherwise: Timestamp| {
        let given = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        frame.d.clock.full(given.unwrap_or(otherwise))
    };
    let typed = Typed(vec![
        ("spot".into(), spot),
        ("from".into(), at(&asked.from, now - BEFORE)),
        ("to".into(), at(&asked.to, now + MINUTE)),
        ("case".into(), asked.case),
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
    let found = match parsed(&me, &typed, &mut errors).await? {
        Some(wanted) => read(&me, &wanted, &mut errors).await?.map(|found| (wanted, found)),
        None => None,
    };
    match found {
        Some((wanted, found)) => seen_page(&me, &typed, &wanted, &found, String::new(), errors).await,
        None => show(&me, Frame::new(&me, SCREEN).await?, &typed, errors).await,
    }
}

/// What a form asks for; `None` as for [`wanted`].
pub(super) async fn parsed(me: &Me, typed: &Typed, errors: &mut Errors) -> Result<Option<Wanted>> {
    let mut cx = me.begin().await?;
    let zone = units::timezone(&mut cx).await?;
    wanted(me, &zone, typed, errors)
}

/// Reads who was there, and has it on record; `None` where something must be mended first.
pub(super) async fn read(me: &Me, wanted: &Wanted, errors: &mut Errors) -> Result<Option<Found>> {
    let mut cx = me.begin().await?;
    let found = match wanted.case {
        None => who_was_at(&mut cx, wanted.spot, wanted.from, wanted.to, &wanted.why).await.map(Found::Seen),
        Some(case) => who_met(&mut cx, &wanted.look(case)).await.map(|meeting| Found::Met(case, meeting)),
    };
    match found {
        Ok(found) => {
            cx.commit().await?;
            Ok(Some(found))
        }
        Err(error) => take(me, errors, error).map(|()| None),
    }
}

/// Takes an error that belongs beside a field; gives back any other.
pub(super) fn take(me: &Me, errors: &mut Errors, error: Error) -> Result<()> {
    match error {
        Error::Conflict(key @ "error-not-an-f0") => {
            errors.add("case", me.w.by_key(key));
            Ok(())
        }
        other => errors.take(me.w, other),
    }
}

pub(super) async fn show(me: &Me, mut frame: Frame, typed: &Typed, errors: Errors) -> Outcome {
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
    let mut questions = vec![
        Question::choice("spot", w.checkins_spot(), choices).hint(w.checkins_spot_hint()),
        line("from", w.checkins_from()).hint(w.checkins_time_hint()),
        line("to", w.checkins_to()),
        line("why", w.checkins_why()).hint(w.checkins_why_hint()),
    ];
    let running = running(me, &mut frame, typed.of("case")).await?;
    if !running.is_empty() {
        let question = Question::choice("case", w.checkins_case(), running).hint(w.checkins_case_hint());
        questions.push(question);
    }
    let wrong = !errors.is_empty();
    let page = Page {
        address: me.at("checkins/visits"),
        q: typed.of("q").to_owned(),
        case: typed.of("case").to_owned(),
        exports: lists(me),
        questions,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// The cases for which this person may ask.
async fn running(me: &Me, frame: &mut Frame, chosen: &str) -> Result<Vec<Choice>> {
    let cases = contacts::running(&mut frame.cx, chosen.parse().ok()).await?;
    let label = |one: &contacts::Running| {
        let about = [
            one.person.full_name.clone(),
            cases::birth_and_sex(me.w, &one.person),
            frame::short(&frame.tree, &frame.d, Some(one.ward)),
            frame.d.clock.date(one.reported_at),
        ];
        about.join(" · ")
    };
    Ok(cases
        .iter()
        .map(|one| {
            let id = one.case.to_string();
            let here = id == chosen;
            (id, label(one), here)
        })
        .collect())
}

/// Whether somebody asks for lists or decides about them.
pub(super) fn lists(me: &Me) -> bool {
    [Action::CheckInExport, Action::CheckInApprove].iter().any(|one| permits(&me.actor, *one, Scope::Tenant))
}

pub(super) async fn seen_page(
    me: &Me,
    typed: &Typed,
    wanted: &Wanted,
    found: &Found,
    message: String,
    errors: Errors,
) -> Outcome {
    let (w, mut frame, seen) = (me.w, Frame::new(me, SCREEN).await?, found.seen());
    let names = super::exports::names(&mut frame.cx, &[wanted.spot]).await?;
    let name = names.first().cloned().unwrap_or_default();
    let met = match found {
        Found::Seen(_) => None,
        Found::Met(case, meeting) => Some(met::panel(me, &mut frame, *case, typed, meeting).await?),
    };
    let people: BTreeSet<PersonId> =
        seen.iter().filter_map(|one| one.person.as_ref()).map(|person| person.id).collect();
    let clock = &frame.d.clock;
    let mut facts = vec![
        (w.checkins_from(), clock.full(wanted.from)),
        (w.checkins_to(), clock.full(wanted.to)),
        (w.checkins_why(), wanted.why.trim().to_owned()),
        (w.checkins_scans(), seen.len().to_string()),
        (w.checkins_people(), people.len().to_string()),
    ];
    if let Some(met) = &met {
        facts.push((w.checkins_case(), met.case.clone()));
    }
    let lines = seen.iter().map(|one| line(me, &frame, one)).collect();
    let exports = permits(&me.actor, Action::CheckInExport, Scope::Tenant);
    let ask = ["spot", "from", "to", "why"].map(|name| (name, typed.of(name).to_owned()));
    let wrong = !errors.is_empty();
    let page = SeenPage {
        title: w.checkins_seen_title(name),
        back: me.at("checkins/visits"),
        message,
        errors,
        facts,
        met,
        lines,
        ask: if exports { ask.to_vec() } else { Vec::new() },
        ask_action: me.at("checkins/exports"),
        d: frame.d,
    };
    form_page(&page, wrong)
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
