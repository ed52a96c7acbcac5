//! Second factors of one's own: shown again before they are changed, then a new authenticator,
//! passkeys added and removed.

use super::{Bare, settle};
use crate::{
    Me,
    frame::Frame,
    sign_in::{Answer, challenge},
};
use askama::Template;
use axum::{
    Form, Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use duty::accounts;
use kernel::Error;
use pages::{App, Desk, Outcome, forms::Errors, html, qr, see_other};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/account{path}");
    Router::new()
        .route(&at("/confirm"), post(confirm))
        .route(&at("/confirm/passkey/start"), post(start_confirm))
        .route(&at("/confirm/passkey/finish"), post(finish_confirm))
        .route(&at("/code"), get(code_page).post(code))
        .route(&at("/passkeys/start"), post(start_passkey))
        .route(&at("/passkeys/finish"), post(finish_passkey))
        .route(&at("/passkeys/{id}/remove"), post(remove_passkey))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Code {
    csrf: String,
    code: String,
}

/// `POST /{tenant}/desk/account/confirm`
pub async fn confirm(me: Me, Form(typed): Form<Code>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = accounts::confirm(me.app.store(), me.tenant.id, &me.signed, &typed.code).await;
    settle(&me, done, "factors").await
}

/// `POST /{tenant}/desk/account/confirm/passkey/start`
pub async fn start_confirm(me: Me, headers: HeaderMap) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let ceremony = accounts::start_passkey_sign_in(&mut cx, me.app.door(), None).await?;
    cx.commit().await?;
    Ok(challenge(&ceremony))
}

/// `POST /{tenant}/desk/account/confirm/passkey/finish`
pub async fn finish_confirm(me: Me, headers: HeaderMap, Json(answer): Json<Answer>) -> Outcome {
    me.check_header(&headers)?;
    let (store, door) = (me.app.store(), me.app.door());
    let credential = answer.credential.to_string();
    accounts::confirm_with_passkey(store, me.tenant.id, door, &me.signed, answer.ceremony, &credential)
        .await?;
    Ok(back(&me))
}

/// Where the script goes on.
fn back(me: &Me) -> axum::response::Response {
    Json(json!({ "next": me.at("account") })).into_response()
}

#[derive(Template)]
#[template(path = "account_new_code.html")]
struct CodePage {
    d: Desk,
    qr: String,
    secret: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/account/code`: a new secret; the old one holds until the new one has shown a code.
pub async fn code_page(me: Me) -> Outcome {
    new_code(&me, Errors::default()).await
}

async fn new_code(me: &Me, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "account").await?;
    let made = match accounts::start_totp(&mut frame.cx, &me.signed).await {
        // Too long since the last factor: shown again on the account's page first.
        Err(Error::Conflict("error-confirm-first")) => return Ok(see_other(&me.at("account#factors"))),
        other => other?,
    };
    frame.cx.commit().await?;
    let qr = qr::svg(&made.url, 220, &me.w.offer_qr())?;
    html(&CodePage { qr, secret: made.secret, errors, d: frame.d })
}

/// `POST /{tenant}/desk/account/code`
pub async fn code(me: Me, Form(typed): Form<Code>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    match accounts::finish_totp(&mut cx, &me.signed, &typed.code).await {
        Ok(()) => {
            cx.commit().await?;
            Ok(see_other(&me.at("account#factors")))
        }
        Err(Error::Conflict(_)) => Ok(see_other(&me.at("account#factors"))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            let mut response = new_code(&me, errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// `POST /{tenant}/desk/account/passkeys/start`
pub async fn start_passkey(me: Me, headers: HeaderMap) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let ceremony = accounts::start_passkey(&mut cx, me.app.door(), &me.signed).await?;
    cx.commit().await?;
    Ok(challenge(&ceremony))
}

/// `POST /{tenant}/desk/account/passkeys/finish`
pub async fn finish_passkey(me: Me, headers: HeaderMap, Json(answer): Json<Answer>) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let (credential, name) = (answer.credential.to_string(), answer.field("name"));
    accounts::add_passkey(&mut cx, me.app.door(), &me.signed, answer.ceremony, &credential, name).await?;
    cx.commit().await?;
    Ok(back(&me))
}

/// `POST /{tenant}/desk/account/passkeys/{id}/remove`
pub async fn remove_passkey(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    let done = match accounts::remove_passkey(&mut cx, &me.signed, id).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    settle(&me, done, "factors").await
}
