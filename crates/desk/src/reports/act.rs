//! The short forms of a report: a word to its reporter, the competent unit, hiding of words; and
//! the decision whether two reports are about the same thing.

use super::beside_text;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use kernel::{Error, ReportId, UnitId};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;
use town::reports;

/// Everything any of the forms may hold.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    unit: String,
}

#[derive(Template)]
#[template(path = "reports_form.html")]
struct Page {
    d: Desk,
    act: String,
    back: String,
    title: String,
    hint: String,
    label: String,
    typed: Typed,
    errors: Errors,
    units: Vec<(String, String)>,
}

/// `GET /{tenant}/desk/reports/{id}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Path<(String, ReportId, String)>) -> Outcome {
    page(&me, id, &act, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/reports/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, ReportId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    match run(&me, id, &act, &typed).await {
        Ok(to) => Ok(see_other(&to)),
        Err(error) => {
            let errors = beside_text(me.w, error)?;
            let mut response = page(&me, id, &act, typed, errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// Where to go afterwards.
async fn run(me: &Me, id: ReportId, act: &str, typed: &Typed) -> Result<String, Error> {
    let mut cx = me.begin().await?;
    let mut to = me.at(format!("reports/{id}"));
    match act {
        "progress" => reports::progress(&mut cx, id, &typed.text).await?,
        "moderate" => reports::moderate(&mut cx, id, &typed.text).await?,
        "forward" => {
            let unit: UnitId = typed.unit.parse().map_err(|_| Error::invalid("unit", "error-choose"))?;
            reports::forward(&mut cx, id, unit, &typed.text).await?;
            // A unit that has passed a report on may no longer see it.
            if matches!(reports::report(&mut cx, id).await, Err(Error::NotFound)) {
                to = me.at("reports");
            }
        }
        _ => return Err(Error::NotFound),
    }
    cx.commit().await?;
    Ok(to)
}

async fn page(me: &Me, id: ReportId, act: &str, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "reports").await?;
    let report = reports::report(&mut frame.cx, id).await?;
    let w = me.w;
    let (title, hint, label) = match act {
        "progress" => (w.desk_report_do_progress(), w.desk_report_progress_hint(), w.desk_report_text_to_reporter()),
        "forward" => (w.desk_report_do_forward(), w.desk_report_forward_hint(), w.desk_report_reason()),
        "moderate" => (w.desk_report_do_moderate(), w.desk_report_moderate_hint(), w.desk_report_reason()),
        _ => return Err(Error::NotFound.into()),
    };
    let units = if act == "forward" { units(me, &frame, report.unit) } else { Vec::new() };
    let page = Page {
        act: act.to_owned(),
        back: me.at(format!("reports/{id}")),
        title,
        hint,
        label,
        typed,
        errors,
        units,
        d: frame.d,
    };
    html(&page)
}

/// Where a report may be sent: every unit with a desk but the one that has it.
fn units(me: &Me, frame: &Frame, from: Option<UnitId>) -> Vec<(String, String)> {
    let mut units: Vec<_> = frame
        .tree
        .iter()
        .filter(|unit| Some(unit.id) != from && crate::tickets::takes_tickets(unit.kind))
        .map(|unit| (unit.id.to_string(), unit.name_in(me.w.lang().as_str()).to_owned()))
        .collect();
    units.sort_by(|a, b| a.1.cmp(&b.1));
    units
}

/// A decision about two reports: `merge` or `refuse`.
#[derive(Debug, Deserialize)]
pub struct Decided {
    #[serde(default)]
    csrf: String,
    decision: String,
}

/// `POST /{tenant}/desk/reports/{id}/duplicates/{other}`: of two merged reports the earlier stays.
pub async fn duplicate(
    me: Me,
    Path((_, id, other)): Path<(String, ReportId, ReportId)>,
    Form(decided): Form<Decided>,
) -> Outcome {
    me.check(&decided.csrf)?;
    let mut cx = me.begin().await?;
    let stays = match decided.decision.as_str() {
        "merge" => {
            let came = |report: &reports::Report| (report.received_at, report.id);
            let (one, two) = (reports::report(&mut cx, id).await?, reports::report(&mut cx, other).await?);
            let (gone, stays) = if came(&one) < came(&two) { (other, id) } else { (id, other) };
            reports::merge(&mut cx, gone, stays).await?;
            stays
        }
        "refuse" => {
            reports::refuse(&mut cx, id, other).await?;
            id
        }
        _ => return Err(Error::NotFound.into()),
    };
    cx.commit().await?;
    Ok(see_other(&me.at(format!("reports/{stays}"))))
}
