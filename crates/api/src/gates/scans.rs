//! A gate sends what it has scanned.

use super::{
    answer::Answer,
    caller::{Gatekeeper, whole},
    take::take,
};
use axum::{
    Json,
    body::Bytes,
    extract::rejection::BytesRejection,
    response::{IntoResponse, Response},
};
use health::{checkins::Receipt, gates};
use serde_json::{Value, json};

/// `POST /{tenant}/api/gates/scans` with `Authorization: Bearer TOKEN` and `{sent, scans}`: 200 with the keys that
/// are kept, those known before among them, and what was refused, each with its reason and whether that is `final`.
/// 401 when the device was removed, 413 above 256 kB, 422 for a body that is no sending, 429 with `Retry-After`.
pub(super) async fn scans(gatekeeper: Gatekeeper, body: Result<Bytes, BytesRejection>) -> Response {
    let w = gatekeeper.caller.w;
    sent(&gatekeeper, body).await.unwrap_or_else(|refusal| refusal.tell(w))
}

async fn sent(gatekeeper: &Gatekeeper, body: Result<Bytes, BytesRejection>) -> Answer {
    let caller = &gatekeeper.caller;
    let sent = gates::read(&whole(body)?, gatekeeper.device, caller.now)?;
    gatekeeper.heard(Some(sent.clock_add_ms)).await?;
    let mut refused: Vec<Value> = sent
        .refused
        .iter()
        .map(|one| {
            let message = caller.w.by_key(one.word);
            json!({
                "at": one.at, "key": one.key, "field": one.field, "error": one.word, "final": one.is_final(),
                "message": message,
            })
        })
        .collect();
    let Receipt { keys, inside, refused: forgotten } = if sent.scans.is_empty() {
        Receipt::default()
    } else {
        take(&caller.app, caller.tenant.id, gatekeeper.device, sent.scans).await?
    };
    refused.extend(forgotten.iter().map(|one| {
        let message = caller.w.by_key(one.why);
        json!({ "key": one.key, "error": one.why, "final": one.is_final(), "message": message })
    }));
    let inside: serde_json::Map<String, Value> =
        inside.into_iter().map(|(gate, inside)| (gate.to_string(), inside.into())).collect();
    let answer =
        json!({ "now": caller.now.as_millisecond(), "keys": keys, "inside": inside, "refused": refused });
    Ok(Json(answer).into_response())
}
