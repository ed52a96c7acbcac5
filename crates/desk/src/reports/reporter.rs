//! Who sent a report: asked for with a reason, shown once, kept by no page.

use super::beside_text;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::permissions::Action;
use kernel::{Error, ReportId};
use pages::{Desk, Outcome, forms::Errors, html};
use serde::Deserialize;
use town::reports;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    text: String,
}

/// What was opened.
struct Opened {
    name: Option<String>,
    phone: Option<String>,
    phone_href: Option<String>,
}

#[derive(Template)]
#[template(path = "reports_reporter.html")]
struct Page {
    d: Desk,
    back: String,
    typed: Typed,
    errors: Errors,
    opened: Option<Opened>,
}

/// `GET /{tenant}/desk/reports/{id}/reporter`
pub async fn form(me: Me, Path((_, id)): Path<(String, ReportId)>) -> Outcome {
    page(&me, id, Typed::default(), Errors::default(), None).await
}

/// `POST /{tenant}/desk/reports/{id}/reporter`: answered with the page itself, so that neither a
/// link nor a reload opens it again without a reason.
pub async fn open(me: Me, Path((_, id)): Path<(String, ReportId)>, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    match reports::reporter(&mut cx, &me.tenant, id, &typed.text).await {
        Ok(reporter) => {
            cx.commit().await?;
            let opened = Opened {
                name: reporter.name,
                phone_href: reporter.phone.as_ref().map(|phone| format!("tel:{}", phone.as_e164())),
                phone: reporter.phone.map(|phone| phone.to_string()),
            };
            page(&me, id, typed, Errors::default(), Some(opened)).await
        }
        Err(error) => {
            let errors = beside_text(me.w, error)?;
            let mut response = page(&me, id, typed, errors, None).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn page(me: &Me, id: ReportId, typed: Typed, errors: Errors, opened: Option<Opened>) -> Outcome {
    let mut frame = Frame::new(me, "reports").await?;
    // What may not be seen is not there.
    let report = reports::report(&mut frame.cx, id).await?;
    if opened.is_none() && !reports::may_identify(&frame.cx, &me.tenant, &report) {
        return Err(Error::Forbidden(Action::ReportIdentity.as_str()).into());
    }
    html(&Page { back: me.at(format!("reports/{id}")), typed, errors, opened, d: frame.d })
}
