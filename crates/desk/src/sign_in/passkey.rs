//! Coming in with a passkey. The script asks `start` for a challenge and brings the browser's
//! answer to `finish`, with the name of the ceremony and the form's fields.

use super::nonce;
use crate::session;
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use duty::accounts::{self, Ceremony};
use kernel::{Actor, Error};
use pages::{App, Outcome, Source};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the script brings to `finish`.
#[derive(Debug, Deserialize)]
pub struct Answer {
    pub ceremony: Uuid,
    pub credential: Value,
    /// What else the form holds.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

impl Answer {
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// A challenge as the script wants it.
pub fn challenge(ceremony: &Ceremony) -> Response {
    Json(json!({ "ceremony": ceremony.id, "publicKey": ceremony.options["publicKey"] })).into_response()
}

/// `POST /{tenant}/desk/sign-in/passkey/start`
pub async fn start(State(app): State<App>, Path(slug): Path<String>, headers: HeaderMap) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, session::header_token(&headers)).await?;
    let mut cx = app.store().begin(tenant.id, Actor::public()).await?;
    let ceremony = accounts::start_passkey_sign_in(&mut cx, app.door()).await?;
    cx.commit().await?;
    Ok(challenge(&ceremony))
}

/// `POST /{tenant}/desk/sign-in/passkey/finish`
pub async fn finish(
    State(app): State<App>,
    Path(slug): Path<String>,
    source: Source,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, session::header_token(&headers)).await?;
    let credential = serde_json::to_string(&answer.credential).map_err(Error::internal)?;
    let signed = accounts::sign_in_with_passkey(
        app.store(),
        tenant.id,
        app.door(),
        answer.ceremony,
        &credential,
        source.address,
        &source.agent,
    )
    .await?;
    let next = session::next_or_home(&tenant.slug, answer.field("next"));
    let mut response = Json(json!({ "next": next })).into_response();
    super::settle(&app, &tenant, &signed, &mut response).await?;
    Ok(response)
}
