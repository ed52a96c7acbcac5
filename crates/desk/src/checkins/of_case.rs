//! Where a case was by its check-ins: opened with a reason that stays on record, and taken over as visits with one
//! press. From each stop it goes on to who else was there.

use crate::{
    Me,
    cases::standing,
    frame::Frame,
    traces::{FormPage, fault},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::permissions::{Action, Scope, permits};
use health::{
    cases,
    checkins::{self, Entered, Stop, Stops},
};
use jiff::SignedDuration;
use kernel::{CaseId, Error, Result, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, html, see_other};
use serde::Deserialize;

/// Who came before the case and who came after it may have been there with it.
const AROUND: SignedDuration = SignedDuration::from_hours(2);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    why: String,
}

struct Row {
    day: String,
    gate: String,
    /// "07:10 – 07:55"
    times: String,
    scans: usize,
    /// Whether it stands among the places of the case, in words.
    state: String,
    known: bool,
    /// Who else was there.
    href: String,
}

#[derive(Template)]
#[template(path = "case_checkins.html")]
struct Page {
    d: Desk,
    back: (String, String),
    name: String,
    why: String,
    span: String,
    rows: Vec<Row>,
    /// Gates that are not for this reader to see; empty where there are none.
    elsewhere: String,
    /// So many places are new, or lack days.
    fresh: usize,
    action: String,
}

fn back(me: &Me, id: CaseId, name: &str) -> (String, String) {
    (me.at(format!("cases/{id}#contacts")), me.w.case_back(name))
}

/// The case, for those who trace it and read check-ins of its ward.
async fn may(me: &Me, frame: &mut Frame, id: CaseId) -> Result<cases::Case> {
    let case = cases::find(&mut frame.cx, id).await?;
    let units = standing(frame, &case);
    let lacks = [Action::CaseRecord, Action::CheckInRead]
        .into_iter()
        .find(|action| !permits(&me.actor, *action, Scope::Units(&units)));
    match lacks {
        None => Ok(case),
        Some(action) => Err(Error::Forbidden(action.as_str())),
    }
}

/// `GET /{tenant}/desk/cases/{id}/checkins`
pub async fn form(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    ask(&me, id, String::new(), Errors::default()).await
}

async fn ask(me: &Me, id: CaseId, why: String, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let (back, action) = (back(me, id, &case.person.full_name), me.at(format!("cases/{id}/checkins")));
    let page = FormPage {
        hint: w.contact_checkins_hint(),
        name: case.person.full_name,
        words: Some(("why", w.case_why(), why)),
        ..FormPage::new(&frame, back, action, w.contact_do_checkins(), errors)
    };
    form_page(&page, wrong)
}

/// `POST /{tenant}/desk/cases/{id}/checkins`
pub async fn look(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let read = async {
        let mut cx = me.begin().await?;
        let stops = checkins::stops(&mut cx, id, &typed.why).await?;
        cx.commit().await?;
        Ok::<_, Error>(stops)
    };
    match read.await {
        Ok(stops) => show(&me, id, &typed.why, &stops).await,
        Err(error) => {
            let errors = told(&me, error)?;
            ask(&me, id, typed.why, errors).await
        }
    }
}

/// `POST /{tenant}/desk/cases/{id}/checkins/take`
pub async fn take(me: Me, Path((_, id)): Path<(String, CaseId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let entered = async {
        let mut cx = me.begin().await?;
        let entered = checkins::enter_visits(&mut cx, id, &typed.why).await?;
        cx.commit().await?;
        Ok::<_, Error>(entered)
    };
    match entered.await {
        Ok(0) => Ok(see_other(&me.at(format!("cases/{id}?done=checkins-known#contacts")))),
        Ok(_) => Ok(see_other(&me.at(format!("cases/{id}?done=checkins#contacts")))),
        Err(error) => {
            let errors = told(&me, error)?;
            ask(&me, id, typed.why, errors).await
        }
    }
}

/// What is wrong beside the reason; another error goes on.
fn told(me: &Me, error: Error) -> Result<Errors> {
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field, key } => errors.add(field, fault(me, field, key)),
        Error::Conflict(key @ "error-not-an-f0") => errors.add("why", me.w.by_key(key)),
        other => return Err(other),
    }
    Ok(errors)
}

async fn show(me: &Me, id: CaseId, why: &str, stops: &Stops) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = may(me, &mut frame, id).await?;
    let w = me.w;
    let lacking = stops.stops.iter().filter(|stop| stop.entered != Entered::Day);
    let mut fresh: Vec<_> = lacking.filter_map(|stop| stop.place).collect();
    fresh.sort_unstable();
    fresh.dedup();
    let page = Page {
        back: back(me, id, &case.person.full_name),
        name: case.person.full_name,
        why: why.trim().to_owned(),
        span: format!("{} – {}", dates::shown_date(stops.from), dates::shown_date(stops.to)),
        rows: stops.stops.iter().map(|stop| row(me, &frame, id, stop)).collect(),
        elsewhere: match stops.elsewhere {
            0 => String::new(),
            n => w.contact_checkins_elsewhere(n.to_string()),
        },
        fresh: fresh.len(),
        action: me.at(format!("cases/{id}/checkins/take")),
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, frame: &Frame, id: CaseId, stop: &Stop) -> Row {
    let (w, clock) = (me.w, &frame.d.clock);
    let spot = match stop.place {
        Some(place) => format!("place={place}"),
        None => format!("gate={}", stop.gate),
    };
    let (from, to) = ((stop.first - AROUND).as_second(), (stop.last + AROUND).as_second());
    let first = clock.time(stop.first);
    Row {
        day: dates::shown_date(stop.day),
        gate: stop.gate_name.clone(),
        times: if stop.scans > 1 { format!("{first} – {}", clock.time(stop.last)) } else { first },
        scans: stop.scans,
        state: match (stop.place, stop.entered) {
            (None, _) => w.contact_checkins_placeless(),
            (Some(_), Entered::Not) => w.contact_checkins_fresh(),
            (Some(_), Entered::OtherDays) => w.contact_checkins_other_days(),
            (Some(_), Entered::Day) => w.contact_checkins_known(),
        },
        known: stop.entered == Entered::Day,
        href: me.at(format!("checkins/visits?{spot}&case={id}&from={from}&to={to}")),
    }
}
