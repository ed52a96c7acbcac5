//! The forms of a case: classify anew, change the place of care, record when it began, whether it is
//! severe and how it ended, open the full record.

use super::{page::standing, words};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::permissions::{Action, Scope, permits};
use health::{
    cases::{self, Care, Case, Classification, Ending},
    followups, people,
};
use jiff::civil::Date;
use kernel::{CaseId, Error, Result, dates};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    onset_on: String,
    #[serde(default)]
    outcome_on: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    reason: String,
}

/// A day that is asked for.
struct Day {
    name: &'static str,
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "case_form.html")]
struct Page {
    d: Desk,
    act: String,
    back: String,
    name: String,
    title: String,
    hint: String,
    /// What the choice is called, and its choices; empty where there is none.
    choice: String,
    choices: Vec<(String, String)>,
    day: Option<Day>,
    /// What the reason is called; empty where none is asked for.
    reason: String,
    typed: Typed,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "case_record.html")]
struct Record {
    d: Desk,
    back: String,
    name: String,
    logged: String,
    facts: Vec<(String, String)>,
    phones: Vec<(String, String)>,
}

/// `GET /{tenant}/desk/cases/{id}/{act}`
pub async fn form(me: Me, Path((_, id, act)): Path<(String, CaseId, String)>) -> Outcome {
    show(&me, id, &act, None, Errors::default()).await
}

/// `POST /{tenant}/desk/cases/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, CaseId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match act.as_str() {
        "open" => record(&me, id, &typed.reason).await,
        "classify" | "care" | "onset" | "severe" | "end" => {
            change(&me, id, &act, &typed).await.map(|()| see_other(&me.at(format!("cases/{id}?done={act}"))))
        }
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Invalid { field, key } => errors.add(field, words::fault(me.w, field, key)),
                // Nothing else than the choice itself, or its day, can be at fault.
                Error::Conflict(key @ ("error-case-unchanged" | "error-not-a-case")) => {
                    errors.add(if act == "onset" { "onset_on" } else { "to" }, me.w.by_key(key));
                }
                other => return Err(other.into()),
            }
            let mut response = show(&me, id, &act, Some(typed), errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn change(me: &Me, id: CaseId, act: &str, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    let today = cx.now().to_zoned(me.tenant.timezone()).date();
    let unclear = |_| Error::invalid("to", "error-choose");
    match act {
        "classify" => {
            let to: Classification = typed.to.parse().map_err(unclear)?;
            cases::classify(&mut cx, &me.tenant, id, to, &typed.why).await?;
        }
        "onset" => cases::set_onset(&mut cx, id, day("onset_on", &typed.onset_on, today)?).await?,
        "severe" => {
            let severe = match typed.to.as_str() {
                "yes" => true,
                "no" => false,
                _ => return Err(Error::invalid("to", "error-choose")),
            };
            cases::set_severe(&mut cx, id, severe).await?;
        }
        "end" => {
            let to: Ending = typed.to.parse().map_err(unclear)?;
            let on = day("outcome_on", &typed.outcome_on, today)?;
            followups::end_case(&mut cx, id, to, on, &typed.why).await?;
        }
        _ => {
            let to: Care = typed.to.parse().map_err(unclear)?;
            cases::move_care(&mut cx, id, to, &typed.why).await?;
        }
    }
    cx.commit().await
}

fn day(field: &'static str, text: &str, today: Date) -> Result<Date> {
    dates::parse_date_near(text, today).map_err(|error| Error::invalid(field, error.key))
}

/// The opened record is the answer to the form itself: there is no address at which it would open
/// again without a reason.
async fn record(me: &Me, id: CaseId, reason: &str) -> Result<axum::response::Response> {
    let mut frame = Frame::new(me, "cases").await?;
    let case = cases::find(&mut frame.cx, id).await?;
    let opened = people::read(&mut frame.cx, case.person.id, reason).await?;
    let w = me.w;
    let clock = &frame.d.clock;
    let unknown = || w.case_unknown();
    let page = Record {
        back: me.at(format!("cases/{id}")),
        logged: w.case_open_logged(clock.full(clock.now), reason.trim()),
        facts: vec![
            (w.case_record_birth(), opened.birth.map_or_else(unknown, people::Birth::shown)),
            (w.case_sex(), opened.sex.map_or_else(unknown, |one| words::sex(w, one))),
            (w.case_record_citizen_id(), opened.citizen_id.map_or_else(unknown, |id| id.as_str().to_owned())),
            (w.case_record_address(), opened.address.unwrap_or_else(unknown)),
            (w.case_ward(), frame::short(&frame.tree, &frame.d, opened.ward)),
            (w.case_record_updated(), clock.full(opened.updated_at)),
        ],
        phones: opened.phones.iter().map(|phone| (phone.as_e164().to_owned(), phone.to_string())).collect(),
        name: opened.full_name,
        d: frame.d.clone(),
    };
    let response = html(&page).map_err(|fault| fault.0)?;
    // Nobody sees the record before its opening is on record.
    frame.cx.commit().await?;
    Ok(response)
}

async fn show(me: &Me, id: CaseId, act: &str, typed: Option<Typed>, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = cases::find(&mut frame.cx, id).await?;
    let w = me.w;
    let (title, hint, choice) = match act {
        "classify" => (w.case_do_classify(), w.case_classify_hint(), w.case_classify_to()),
        "care" => (w.case_do_care(), w.case_care_hint(), w.case_care_to()),
        "onset" => (w.case_do_onset(), w.case_onset_hint(), String::new()),
        "severe" => (w.case_do_severe(), w.case_severe_hint(), w.case_severe_to()),
        "end" => (w.case_do_end(), w.case_end_hint(), w.case_end_to()),
        "open" => (w.case_do_open(), w.case_open_hint(), String::new()),
        _ => return Err(Error::NotFound.into()),
    };
    let action = if act == "open" { Action::PersonRead } else { Action::CaseRecord };
    if !permits(&me.actor, action, Scope::Units(&standing(&frame, &case))) {
        return Err(Error::Forbidden(action.as_str()).into());
    }
    let typed = typed.unwrap_or_else(|| known(&case, act, frame.d.clock.today()));
    let asks = |name, label, value: &str| Some(Day { name, label, value: value.to_owned() });
    let page = Page {
        act: act.to_owned(),
        back: me.at(format!("cases/{id}")),
        day: match act {
            "onset" => asks("onset_on", w.case_onset(), &typed.onset_on),
            "end" => asks("outcome_on", w.case_end_on(), &typed.outcome_on),
            _ => None,
        },
        reason: match act {
            "classify" => w.case_why(),
            "care" | "end" => w.case_why_optional(),
            _ => String::new(),
        },
        choices: choices(me, act, &case),
        name: case.person.full_name,
        title,
        hint,
        choice,
        typed,
        errors,
        d: frame.d,
    };
    html(&page)
}

/// What is on record of it, to be changed.
fn known(case: &Case, act: &str, today: Date) -> Typed {
    let ending = case.outcome.filter(|_| act == "end");
    Typed {
        to: ending.map_or_else(String::new, |(how, _)| how.as_str().to_owned()),
        onset_on: case.onset_on.map_or_else(String::new, dates::shown_date),
        outcome_on: dates::shown_date(ending.map_or(today, |(_, on)| on)),
        ..Typed::default()
    }
}

/// What the case is not already; an end may be given another day.
fn choices(me: &Me, act: &str, case: &Case) -> Vec<(String, String)> {
    let w = me.w;
    match act {
        "classify" => Classification::ALL
            .iter()
            .filter(|one| **one != case.classification)
            .map(|one| (one.as_str().to_owned(), words::classification(w, *one)))
            .collect(),
        "care" => Care::ALL
            .iter()
            .filter(|one| **one != case.care)
            .map(|one| (one.as_str().to_owned(), words::care(w, *one)))
            .collect(),
        "severe" => vec![if case.severe_since.is_some() {
            ("no".to_owned(), w.case_severe_no())
        } else {
            ("yes".to_owned(), w.case_severe_yes())
        }],
        "end" => Ending::ALL.iter().map(|one| (one.as_str().to_owned(), words::ending(w, *one))).collect(),
        _ => Vec::new(),
    }
}
