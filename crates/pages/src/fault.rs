//! What people see when something cannot be done: what, where, and what to do now. Handlers return
//! the house's `Error`; one layer turns it into a page in the reader's language and, once, into the log.

use crate::{Lang, Words, app::App, asset, shell::lang_of};
use askama::Template;
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use kernel::Error;

/// A handler's failure.
#[derive(Debug)]
pub struct Fault(pub Error);

pub type Outcome<T = Response> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// Carried by the response until the layer below has told it.
#[derive(Clone)]
struct Told(std::sync::Arc<Error>);

impl Fault {
    pub fn status(&self) -> StatusCode {
        match &self.0 {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Told(self.0.into()));
        response
    }
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    w: Words,
    title: String,
    text: String,
    home: String,
}

/// The layer: logs the error once and writes the page.
pub async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let lang = lang_of(request.uri().query(), request.headers());
    let path = request.uri().path().to_owned();
    let wants_page = wants_page(request.headers());
    let response = next.run(request).await;
    let told = response.extensions().get::<Told>().cloned();
    let mut status = response.status();
    let error = match told {
        Some(told) => told.0,
        // Refused by the framework before any handler: a body too large, a form not understood.
        None if status.is_client_error() && !has_body(&response) => {
            if status == StatusCode::BAD_REQUEST && is_bad_path(response).await {
                status = StatusCode::NOT_FOUND;
            }
            Error::NotFound.into()
        }
        None => return response,
    };
    match &*error {
        Error::Internal(context) => {
            tracing::error!(http.path = route(&path), error = %context, "request failed");
        }
        Error::Unavailable(context) => {
            tracing::warn!(http.path = route(&path), error = %context, "unavailable");
        }
        other => tracing::debug!(http.path = route(&path), error = %other, "refused"),
    }
    let w = Words(lang);
    let (title, text) = match (&*error, status) {
        (_, StatusCode::PAYLOAD_TOO_LARGE) => (w.fault_too_large_title(), w.fault_too_large_text()),
        (Error::NotFound, StatusCode::NOT_FOUND) => (w.fault_not_found_title(), w.fault_not_found_text()),
        (Error::NotFound, _) => (w.fault_bad_request_title(), w.fault_bad_request_text()),
        (Error::Forbidden(_), _) => (w.fault_forbidden_title(), w.fault_forbidden_text()),
        (Error::Invalid { key, .. } | Error::Conflict(key), _) => (w.fault_conflict_title(), w.by_key(key)),
        (Error::Unavailable(_), _) => (w.fault_unavailable_title(), w.fault_unavailable_text()),
        (Error::Internal(_), _) => (w.fault_internal_title(), w.fault_internal_text()),
    };
    if !wants_page {
        let body = serde_json::json!({ "error": { "status": status.as_u16(), "message": text } });
        return (status, axum::Json(body)).into_response();
    }
    let home = app.home(&path);
    let page = FaultPage { w, title, text, home };
    let body = page.render().unwrap_or_else(|_| status.to_string());
    let mut answer = (status, Html(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    answer
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    accept.contains("text/html") || !accept.contains("json")
}

fn has_body(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
}

/// Whether the framework found that a part of the path is no id at all: nothing is there. It says so
/// in the text of its answer alone.
async fn is_bad_path(response: Response) -> bool {
    let said = to_bytes(response.into_body(), 4096).await;
    said.is_ok_and(|said| said.starts_with(b"Invalid URL"))
}

/// A path fit for the log: codes of reports, households, records, papers and passes, one-time links and the
/// addresses of calendar feeds in it are cut off.
fn route(path: &str) -> &str {
    let secret = ["/track/", "/diary/", "/record/", "/check/", "/pass/", "/link/", "/feeds/"]
        .iter()
        .filter_map(|word| path.find(word).map(|at| at + word.len()))
        .min();
    secret.map_or(path, |end| &path[..end])
}

impl FaultPage {
    fn lang(&self) -> Lang {
        self.w.lang()
    }
    fn asset(&self, name: &str) -> String {
        asset(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_cut_off_from_the_log() {
        for (path, logged) in [
            ("/quan7/track/7K3M-9QXP-4TNC-8RDW/rate", "/quan7/track/"),
            ("/quan7/diary/7K3M-9QXP-4TNC-8RDW/done", "/quan7/diary/"),
            ("/quan7/record/7K3M-9QXP-4TNC-8RDW/fix", "/quan7/record/"),
            ("/quan7/check/7K3M-9QXP-4TNC-8RDW", "/quan7/check/"),
            ("/quan7/pass/7K3M-9QXP-4TNC-8RDW", "/quan7/pass/"),
            ("/quan7/link/abcdef", "/quan7/link/"),
            ("/quan7/feeds/ICS0123456789.ics", "/quan7/feeds/"),
            ("/quan7/desk/tickets/1", "/quan7/desk/tickets/1"),
        ] {
            assert_eq!(route(path), logged);
        }
    }
}
