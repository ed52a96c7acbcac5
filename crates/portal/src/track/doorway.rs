//! Where a code is typed in; also what one sees whose code nobody holds, or who tries too often.

use super::Limiter;
use crate::{home::Visit, report::Answers};
use askama::Template;
use axum::{
    Extension,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use kernel::Error;
use pages::{App, Fault, Outcome, Portal, Source, forms::Errors, html, see_other};
use std::sync::Arc;
use town::reports::TrackingCode;

#[derive(Template)]
#[template(path = "track_enter.html")]
struct Page {
    p: Portal,
    typed: String,
    errors: Errors,
    /// The code could be one, but nobody holds it.
    unknown: bool,
    /// Minutes to wait.
    wait: Option<String>,
}

impl Page {
    fn new(visit: &Visit, typed: &str) -> Self {
        let typed = typed.chars().take(40).collect();
        Self { p: visit.frame(), typed, errors: Errors::default(), unknown: false, wait: None }
    }
}

/// `GET /{tenant}/track`
pub(super) async fn page(visit: Visit) -> Outcome {
    Ok(visit.keep_language(html(&Page::new(&visit, ""))?))
}

/// `POST /{tenant}/track`
pub(super) async fn enter(visit: Visit, answers: Answers) -> Outcome {
    let typed = answers.get("code").unwrap_or_default();
    let mut page = Page::new(&visit, typed);
    match TrackingCode::parse(typed) {
        Ok(code) => return Ok(see_other(&visit.frame().at(format_args!("track/{code}")))),
        Err(Error::NotFound) if typed.trim().is_empty() => page.errors.add("code", visit.w.track_enter_missing()),
        Err(Error::NotFound) => page.errors.add("code", visit.w.track_enter_wrong()),
        Err(other) => return Err(other.into()),
    }
    let mut response = html(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Someone who asks with a code, and the count of how often he does.
pub(super) struct Asker {
    pub visit: Visit,
    source: Source,
    limiter: Arc<Limiter>,
}

/// Why someone with a code is shown nothing.
pub(super) enum Refusal {
    Wait(Response),
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Wait(response) => response,
            Self::Fault(fault) => fault.into_response(),
        }
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let Ok(source) = Source::from_request_parts(parts, app).await;
        let Extension(limiter) = Extension::<Arc<Limiter>>::from_request_parts(parts, app)
            .await
            .map_err(|error| Fault(Error::internal(error)))?;
        let now = app.store().clock().now();
        match limiter.ask(visit.tenant.id, source.address, now) {
            Ok(()) => Ok(Self { visit, source, limiter }),
            Err(seconds) => Err(Refusal::Wait(wait(&visit, seconds)?)),
        }
    }
}

impl Asker {
    /// What to answer when the report's room refuses: a code that nobody holds gets a page that says
    /// what to do.
    pub(super) fn refuse(&self, code: &str, error: Error) -> Outcome {
        if !matches!(error, Error::NotFound) {
            return Err(error.into());
        }
        let now = self.visit.app.store().clock().now();
        self.limiter.miss(self.visit.tenant.id, self.source.address, now);
        let page = Page { unknown: true, ..Page::new(&self.visit, code) };
        let mut response = html(&page)?;
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok(self.visit.keep_language(response))
    }
}

fn wait(visit: &Visit, seconds: i64) -> Outcome {
    let minutes = ((seconds + 59) / 60).to_string();
    let mut response = html(&Page { wait: Some(minutes), ..Page::new(visit, "") })?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}
