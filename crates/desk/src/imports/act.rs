//! What is done with a list: put on record, undone, its broken rows taken.

use super::words;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use health::imports::{self, Kind, State, Undone};
use kernel::{Error, ImportId, Result};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    why: String,
    /// `xlsx` or `csv`, of the broken rows.
    #[serde(default)]
    format: String,
}

#[derive(Template)]
#[template(path = "import_undo.html")]
struct Page {
    d: Desk,
    back: String,
    title: String,
    hint: String,
    refused: Option<String>,
    typed: Typed,
    errors: Errors,
}

/// `GET /{tenant}/desk/imports/{id}/undo`; the other acts have no form of their own.
pub async fn form(me: Me, Path((_, id, act)): Path<(String, ImportId, String)>) -> Outcome {
    match act.as_str() {
        "undo" => show(&me, id, Typed::default(), Errors::default(), None).await,
        "apply" | "errors" => Ok(see_other(&me.at(format!("imports/{id}")))),
        _ => Err(Error::NotFound.into()),
    }
}

/// `POST /{tenant}/desk/imports/{id}/{act}`
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, ImportId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    match act.as_str() {
        "apply" => {
            let mut cx = me.begin().await?;
            imports::apply(&mut cx, id).await?;
            cx.commit().await?;
            Ok(see_other(&me.at(format!("imports/{id}"))))
        }
        "undo" => undo(&me, id, typed).await,
        "errors" => Ok(errors(&me, id, &typed.format).await?),
        _ => Err(Error::NotFound.into()),
    }
}

async fn undo(me: &Me, id: ImportId, typed: Typed) -> Outcome {
    let mut cx = me.begin().await?;
    let mut faults = Errors::default();
    let refused = match imports::undo(&mut cx, id, &typed.why).await {
        Ok(Undone::Done { .. } | Undone::Begun) => {
            cx.commit().await?;
            return Ok(see_other(&me.at(format!("imports/{id}"))));
        }
        Ok(Undone::Refused { acted }) => Some(me.w.import_undo_refused(acted.to_string())),
        Err(Error::Invalid { field, key: "error-text-too-long" }) => {
            faults.add(field, me.w.case_text_too_long("500"));
            None
        }
        Err(error) => {
            faults.take(me.w, error)?;
            None
        }
    };
    drop(cx);
    let mut response = show(me, id, typed, faults, refused).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn show(me: &Me, id: ImportId, typed: Typed, errors: Errors, refused: Option<String>) -> Outcome {
    let mut frame = Frame::new(me, "cases").await?;
    let import = imports::find(&mut frame.cx, id).await?;
    if import.state != State::Applied {
        return Err(Error::Conflict("error-import-not-applied").into());
    }
    let page = Page {
        back: me.at(format!("imports/{id}")),
        title: me.w.import_title(import.code.as_str()),
        hint: match import.kind {
            Kind::Results => me.w.import_undo_hint(),
            Kind::People => me.w.import_undo_people_hint(),
            Kind::Vaccinations => me.w.import_undo_doses_hint(),
            Kind::Contacts => me.w.import_undo_contacts_hint(),
            Kind::Streets => me.w.import_undo_streets_hint(),
        },
        refused,
        typed,
        errors,
        d: frame.d,
    };
    html(&page)
}

/// Taking the broken rows is on record and starts the hour after which they are gone: hence a form
/// and no link that a browser might fetch by itself.
async fn errors(me: &Me, id: ImportId, format: &str) -> Result<Response> {
    let w = me.w;
    let mut cx = me.begin().await?;
    let say = |error: &duty::sheets::RowError| {
        let reason = w.by_key(error.key);
        if error.field.is_empty() { reason } else { format!("{}: {reason}", words::column(w, error.field)) }
    };
    let file = imports::error_file(&mut cx, &me.tenant, id, &w.import_fault(), say).await?;
    let code = imports::find(&mut cx, id).await?.code;
    cx.commit().await?;
    let (bytes, kind, end) = if format == "csv" {
        (file.csv, "text/csv; charset=utf-8", "csv")
    } else {
        (file.xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
    };
    let name = format!("attachment; filename=\"loi-{code}.{end}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}
