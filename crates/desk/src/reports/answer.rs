//! The answer to a report: words that its reporter reads, and a picture or paper as proof. A file
//! that has arrived is kept even when the words were refused, so that it is sent once.

use super::{beside_text, category_word, form::Sent};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{
    extract::{Multipart, Path},
    http::StatusCode,
};
use kernel::{Error, FileId, ReportId};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use town::{
    files::{self, Purpose},
    reports,
};

/// The form as it came.
#[derive(Default)]
struct Typed {
    text: String,
    /// A proof that arrived with an earlier try.
    kept: Option<FileId>,
}

#[derive(Template)]
#[template(path = "reports_answer.html")]
struct Page {
    d: Desk,
    back: String,
    category: String,
    ward: String,
    details: Option<String>,
    text: String,
    kept: Option<String>,
    errors: Errors,
}

/// `GET /{tenant}/desk/reports/{id}/answer`
pub async fn form(me: Me, Path((_, id)): Path<(String, ReportId)>) -> Outcome {
    page(&me, id, Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/reports/{id}/answer`, `multipart/form-data`
pub async fn answer(me: Me, Path((_, id)): Path<(String, ReportId)>, form: Multipart) -> Outcome {
    let mut sent = Sent::read(form).await;
    // A body that broke off before its first field proves nothing and changes nothing.
    me.check(&sent.text("csrf"))?;
    let mut typed = Typed { text: sent.text("text"), kept: sent.text("kept").parse().ok() };
    let done = match sent.files.pop().transpose() {
        Ok(file) => give(&me, id, &mut typed, file).await,
        Err(error) => Err(error),
    };
    let Err(error) = done else { return Ok(see_other(&me.at(format!("reports/{id}")))) };
    let errors = if matches!(error, Error::Conflict("error-file-gone")) {
        typed.kept = None;
        let mut errors = Errors::default();
        errors.add("file", me.w.by_key("error-file-gone"));
        errors
    } else {
        beside_text(me.w, error)?
    };
    let mut response = page(&me, id, typed, errors).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn give(me: &Me, id: ReportId, typed: &mut Typed, file: Option<Vec<u8>>) -> Result<(), Error> {
    if let Some(bytes) = file {
        let mut cx = me.begin().await?;
        reports::report(&mut cx, id).await?;
        let kept = files::keep(&mut cx, me.app.vault(), bytes, Purpose::Proof).await?;
        cx.commit().await?;
        typed.kept = Some(kept);
    }
    let mut cx = me.begin().await?;
    reports::answer(&mut cx, id, &typed.text, typed.kept).await?;
    cx.commit().await
}

async fn page(me: &Me, id: ReportId, typed: Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "reports").await?;
    let report = reports::report(&mut frame.cx, id).await?;
    if report.state.is_answered() && errors.is_empty() {
        return Ok(see_other(&me.at(format!("reports/{id}"))));
    }
    let page = Page {
        back: me.at(format!("reports/{id}")),
        category: category_word(me, &report.category),
        ward: frame::short(&frame.tree, &frame.d, Some(report.ward)),
        details: report.details,
        text: typed.text,
        kept: typed.kept.map(|id| id.to_string()),
        errors,
        d: frame.d,
    };
    html(&page)
}
