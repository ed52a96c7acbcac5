//! The page behind a one-time link: an invitation, a recovery, the first administrator's. Its owner
//! sets a password and a second factor, and is in. A link that does not open is not found.

use super::{
    nonce::{self, Nonce},
    passkey::{Answer, challenge},
};
use crate::session;
use askama::Template;
use axum::{
    Form, Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use duty::{
    accounts::{self, Acceptance, Purpose, Second},
    tenants::Tenant,
};
use kernel::{Actor, Error};
use pages::{App, Desk, Outcome, Source, Words, forms::Errors, html, qr, shell};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    password: String,
    again: String,
    code: String,
}

#[derive(Template)]
#[template(path = "offer.html")]
struct Page {
    d: Desk,
    title: String,
    name: String,
    login: String,
    until: String,
    here: String,
    qr: String,
    secret: String,
    passkeys: bool,
    errors: Errors,
}

/// `GET /{tenant}/desk/link/{token}`
pub async fn page(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    let w = Words(shell::lang_of(query.as_deref(), &headers));
    show(&app, &tenant, w, &headers, &token, Errors::default()).await
}

async fn show(
    app: &App,
    tenant: &Arc<Tenant>,
    w: Words,
    headers: &HeaderMap,
    token: &str,
    errors: Errors,
) -> Outcome {
    let mut cx = app.store().begin(tenant.id, Actor::public()).await?;
    let offer = accounts::offer(&mut cx, token).await?;
    let nonce = Nonce::of(&cx, headers);
    let mut d = Desk::new(app, tenant.clone(), w);
    d.csrf = nonce.token(&cx)?;
    cx.commit().await?;
    let page = Page {
        title: match offer.purpose {
            Purpose::FirstAdministrator => w.offer_first(),
            Purpose::Invite => w.offer_invite(),
            Purpose::Recovery => w.offer_recovery(),
        },
        name: offer.name,
        login: offer.login,
        until: d.clock.full(offer.expires_at),
        here: d.at(format!("link/{token}")),
        qr: qr::svg(&offer.totp.url, 220, &w.offer_qr())?,
        secret: offer.totp.secret,
        passkeys: app.door().has_passkeys(),
        errors,
        d,
    };
    let mut response = html(&page)?;
    nonce.keep(app, tenant, &mut response);
    Ok(response)
}

/// `POST /{tenant}/desk/link/{token}`
pub async fn accept(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
    source: Source,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, &typed.csrf).await?;
    let w = Words(shell::lang_of(None, &headers));
    let done = match same(&typed.password, &typed.again) {
        Ok(()) => {
            let second = Second::Code(&typed.code);
            let acceptance = Acceptance { password: &typed.password, second, agent: &source.agent };
            accounts::accept(app.store(), tenant.id, app.door(), &token, acceptance).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(signed) => super::welcome(&app, &tenant, &signed, "").await,
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(w, error)?;
            let mut response = show(&app, &tenant, w, &headers, &token, errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// A new password is typed twice.
pub fn same(password: &str, again: &str) -> Result<(), Error> {
    if password == again { Ok(()) } else { Err(Error::invalid("again", "error-password-again")) }
}

/// `POST /{tenant}/desk/link/{token}/passkey/start`
pub async fn start_passkey(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, session::header_token(&headers)).await?;
    same(&typed.password, &typed.again)?;
    let mut cx = app.store().begin(tenant.id, Actor::public()).await?;
    let ceremony = accounts::start_passkey_for(&mut cx, app.door(), &token).await?;
    cx.commit().await?;
    Ok(challenge(&ceremony))
}

/// `POST /{tenant}/desk/link/{token}/passkey/finish`
pub async fn finish_passkey(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
    source: Source,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, session::header_token(&headers)).await?;
    same(answer.field("password"), answer.field("again"))?;
    let credential = answer.credential.to_string();
    let second =
        Second::Passkey { ceremony: answer.ceremony, answer: &credential, name: answer.field("name") };
    let acceptance = Acceptance { password: answer.field("password"), second, agent: &source.agent };
    let signed = accounts::accept(app.store(), tenant.id, app.door(), &token, acceptance).await?;
    let mut response = Json(json!({ "next": format!("/{slug}/desk") })).into_response();
    super::settle(&app, &tenant, &signed, &mut response).await?;
    Ok(response)
}
