//! A telephone becomes a gate's device.

use super::{
    answer::{Answer, Refusal, base64},
    caller::{Caller, whole},
    supplies::told,
};
use axum::{
    Json,
    body::Bytes,
    extract::rejection::BytesRejection,
    response::{IntoResponse, Response},
};
use health::gates;
use kernel::{Actor, Error, GateId};
use serde::Deserialize;
use serde_json::json;

const PART: Actor = Actor::system("api.gates");

#[derive(Deserialize)]
struct Asked {
    invite: String,
    name: String,
    /// Gates for which scans wait on this telephone.
    #[serde(default)]
    waiting: Vec<GateId>,
}

/// `POST /{tenant}/api/gates/enrol` `{invite, name, waiting}`: 200 with the token, the only time it can be seen; 404
/// for an invite that does not work, 409 for one of another gate than those whose scans wait, which stays good, 422
/// for a body that cannot be read.
pub(super) async fn enrol(caller: Caller, body: Result<Bytes, BytesRejection>) -> Response {
    let w = caller.w;
    taken(&caller, body).await.unwrap_or_else(|refusal| refusal.tell(w))
}

async fn taken(caller: &Caller, body: Result<Bytes, BytesRejection>) -> Answer {
    caller.may_guess()?;
    let body = whole(body)?;
    let json: serde_json::Value =
        serde_json::from_slice(&body).map_err(|_| Error::invalid("body", "error-sent-json"))?;
    let asked: Asked =
        serde_json::from_value(json).map_err(|_| Error::invalid("body", "error-sent-invite"))?;
    let mut cx = caller.app.store().begin(caller.tenant.id, PART).await?;
    let enrolled = match gates::enrol_again(&mut cx, &asked.invite, &asked.name, &asked.waiting).await {
        Err(Error::NotFound) => {
            caller.guessed()?;
            return Err(Refusal::NoInvite);
        }
        other => other?,
    };
    let secrets = gates::secrets(&mut cx).await?;
    cx.commit().await?;
    let answer = json!({
        "device": enrolled.device.id,
        "token": enrolled.token,
        "root": secrets.root.as_deref().map(base64),
        "tableSecret": secrets.table.as_deref().map(base64),
        "gate": told(&enrolled.gate),
        "sampleOf": enrolled.gate.sample_of,
        "now": caller.now.as_millisecond(),
    });
    Ok(Json(answer).into_response())
}
