//! Coming in with a passkey. The script asks `start` for a challenge and brings the browser's
//! answer to `finish`, with the name of the ceremony and the form's fields.

use super::nonce;
use crate::session;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use duty::accounts::{self, Ceremony};
use kernel::{Actor, Error};
use pages::{App, Outcome, Source, Words, shell};
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
pub async fn start(
    State(app): State<App>,
    Path(slug): Path<String>,
    source: Source,
    headers: HeaderMap,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, session::header_token(&headers)).await?;
    let mut cx = app.store().begin(tenant.id, Actor::public()).await?;
    let ceremony = match accounts::start_passkey_sign_in(&mut cx, app.door(), source.address).await {
        Err(Error::Conflict(key @ "error-too-many-tries")) => {
            return Ok(too_many(Words(shell::lang_of(None, &headers)), key));
        }
        done => done?,
    };
    cx.commit().await?;
    Ok(challenge(&ceremony))
}

/// The same as for a password, as the script reads it.
fn too_many(w: Words, key: &str) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let body = json!({ "error": { "status": status.as_u16(), "message": w.by_key(key) } });
    (status, Json(body)).into_response()
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
    let signed = accounts::sign_in_with_passkey(
        app.store(),
        tenant.id,
        app.door(),
        answer.ceremony,
        &answer.credential.to_string(),
        source.address,
        &source.agent,
    )
    .await?;
    let next = session::next_or_home(&tenant.slug, answer.field("next"));
    let mut response = Json(json!({ "next": next })).into_response();
    super::settle(&app, &tenant, &signed, &mut response).await?;
    Ok(response)
}
