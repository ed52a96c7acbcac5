//! A form that was sent after its session had ended is not lost: the answer carries all that was
//! typed, and sends it again once somebody has signed in in another tab. Files are not carried.

use crate::{
    session::{self, Expired},
    sign_in::nonce::{self, Nonce},
};
use askama::Template;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use duty::tenants::Tenant;
use kernel::{Actor, Error};
use pages::{App, Desk, Outcome, Words, html, shell};
use std::sync::Arc;
use url::form_urlencoded;

/// The field that tells a form sent again.
const AGAIN: &str = "sent_again";
/// A form of ours is far smaller, in bytes; a larger one is passed on unread.
const MOST: usize = 256 * 1024;

#[derive(Template)]
#[template(path = "again.html")]
struct Page {
    d: Desk,
    action: String,
    fields: Vec<(String, String)>,
}

/// The layer around the desk's routes.
pub async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    match around(&app, request, next).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

fn is_form(request: &Request) -> bool {
    let head = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let length: Option<usize> = head(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    request.method() == Method::POST
        && head(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
        && !request.headers().contains_key("hx-request")
        && length.is_none_or(|length| length <= MOST)
}

async fn around(app: &App, request: Request, next: Next) -> Outcome {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|_| Error::invalid("form", "error-text-too-long"))?;
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let address = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let headers = parts.headers.clone();
    let slug = parts.uri.path().split('/').nth(1).unwrap_or_default().to_owned();
    let mut body = Body::from(body);
    if fields.iter().any(|(name, _)| name == AGAIN) {
        let tenant = app.tenant(&slug).await?;
        if let Some(token) = renewed(app, &tenant, &headers, &fields).await? {
            fields.retain(|(name, _)| name != AGAIN && name != "csrf");
            fields.push(("csrf".to_owned(), token));
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
            body = Body::from(text);
        }
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.extensions().get::<Expired>().is_none() {
        return Ok(response);
    }
    fields.retain(|(name, _)| name != AGAIN && name != "csrf");
    show(app, &app.tenant(&slug).await?, &headers, address, fields).await
}

/// The token of the session that there is now, for a form which this browser was given by [`show`].
async fn renewed(
    app: &App,
    tenant: &Tenant,
    headers: &HeaderMap,
    fields: &[(String, String)],
) -> Result<Option<String>, Error> {
    let Some(token) = session::token_of(app, tenant, headers).await? else { return Ok(None) };
    let given = fields.iter().find(|(name, _)| name == "csrf").map_or("", |(_, value)| value.as_str());
    nonce::check(app, tenant, headers, given).await?;
    Ok(Some(token))
}

async fn show(
    app: &App,
    tenant: &Arc<Tenant>,
    headers: &HeaderMap,
    action: String,
    fields: Vec<(String, String)>,
) -> Outcome {
    let cx = app.store().begin(tenant.id, Actor::public()).await?;
    let nonce = Nonce::of(&cx, headers);
    let mut d = Desk::new(app, tenant.clone(), Words(shell::lang_of(None, headers)));
    d.csrf = nonce.token(&cx)?;
    cx.rollback().await?;
    let mut response = html(&Page { d, action, fields })?;
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    nonce.keep(app, tenant, &mut response);
    Ok(response)
}

impl Page {
    /// The name of the field by which a form sent again is known.
    const fn again(&self) -> &'static str {
        AGAIN
    }
}
