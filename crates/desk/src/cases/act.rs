//! The forms of a case: classify anew, change the place of care, open the full record.

use super::{page::standing, words};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::permissions::{Action, Scope, permits};
use health::{
    cases::{self, Care, Case, Classification},
    people,
};
use kernel::{CaseId, Error, Result};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    reason: String,
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
    /// What the choice is called, and its choices; empty for opening the record.
    choice: String,
    choices: Vec<(String, String)>,
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
    show(&me, id, &act, Typed::default(), Errors::default()).await
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
        "classify" | "care" => {
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
                // Nothing else than the choice itself can be at fault.
                Error::Conflict(key @ "error-case-unchanged") => errors.add("to", me.w.by_key(key)),
                other => return Err(other.into()),
            }
            let mut response = show(&me, id, &act, typed, errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn change(me: &Me, id: CaseId, act: &str, typed: &Typed) -> Result<()> {
    let mut cx = me.begin().await?;
    let unclear = |_| Error::invalid("to", "error-choose");
    if act == "classify" {
        let to: Classification = typed.to.parse().map_err(unclear)?;
        cases::classify(&mut cx, &me.tenant, id, to, &typed.why).await?;
    } else {
        let to: Care = typed.to.parse().map_err(unclear)?;
        cases::move_care(&mut cx, id, to, &typed.why).await?;
    }
    cx.commit().await
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
            (w.case_ward(), frame.unit(opened.ward)),
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

async fn show(me: &Me, id: CaseId, act: &str, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let case = cases::find(&mut frame.cx, id).await?;
    let w = me.w;
    let (title, hint, choice) = match act {
        "classify" => (w.case_do_classify(), w.case_classify_hint(), w.case_classify_to()),
        "care" => (w.case_do_care(), w.case_care_hint(), w.case_care_to()),
        "open" => (w.case_do_open(), w.case_open_hint(), String::new()),
        _ => return Err(Error::NotFound.into()),
    };
    let action = if act == "open" { Action::PersonRead } else { Action::CaseRecord };
    if !permits(&me.actor, action, Scope::Units(&standing(&frame, &case))) {
        return Err(Error::Forbidden(action.as_str()).into());
    }
    let page = Page {
        act: act.to_owned(),
        back: me.at(format!("cases/{id}")),
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

/// What the case is not already.
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
        _ => Vec::new(),
    }
}
