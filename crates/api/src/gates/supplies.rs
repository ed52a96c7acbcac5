//! What a gate works with for a day.

use super::{
    answer::{Answer, base64},
    caller::Gatekeeper,
};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use duty::units;
use health::{
    checkins,
    gates::{self, Gate, Supplies},
};
use kernel::Actor;
use serde_json::{Value, json};
use store::Cx;

const PART: Actor = Actor::system("api.gates");
/// Milliseconds since 1970 by the device's clock, as the question was asked.
const CLOCK: &str = "x-gate-clock";

/// A gate as its devices know it.
pub(super) fn told(gate: &Gate) -> Value {
    json!({
        "id": gate.id,
        "name": gate.name,
        "kind": gate.kind,
        "role": gate.role,
        "zone": gate.setting.zone,
        "level": gate.setting.level,
        "capacity": gate.capacity,
        "lat": gate.point.map(|(lat, _)| lat),
        "lon": gate.point.map(|(_, lon)| lon),
    })
}

/// `GET /{tenant}/api/gates/supplies` with `Authorization: Bearer TOKEN`: 200, or 304 when all that is signed, the
/// rules and the gate are as the `If-None-Match` says; 401 when the device was removed.
pub(super) async fn supplies(gatekeeper: Gatekeeper, headers: HeaderMap) -> Response {
    let w = gatekeeper.caller.w;
    fetched(&gatekeeper, &headers).await.unwrap_or_else(|refusal| refusal.tell(w))
}

async fn fetched(gatekeeper: &Gatekeeper, headers: &HeaderMap) -> Answer {
    let caller = &gatekeeper.caller;
    let clock = headers.get(CLOCK).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let add = clock.and_then(|clock| caller.now.as_millisecond().checked_sub(clock));
    gatekeeper.heard(add).await?;
    let mut cx = caller.app.store().begin(caller.tenant.id, PART).await?;
    let gate = gates::at(&mut cx, gatekeeper.device.gate).await?;
    let mut supplies = gates::supplies(&mut cx).await?;
    // A gate that is over gets nobody's facts any more; its last scans still come in.
    if !gate.is_active(units::today(&mut cx).await?) {
        supplies.codes = None;
    }
    let inside = checkins::counted(&mut cx, &[gate.id]).await?.remove(&gate.id);
    let tag = tag(&cx, &supplies, &gate)?;
    cx.commit().await?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut response = if known.map(str::trim).any(|one| one.trim_start_matches("W/") == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let answer = json!({
            "now": caller.now.as_millisecond(),
            "trust": supplies.trust.as_deref().map(base64),
            "statuses": supplies.statuses.iter().map(|list| base64(list)).collect::<Vec<_>>(),
            "codes": supplies.codes.as_deref().map(base64),
            "packs": supplies.packs,
            "gate": told(&gate),
            "sampleOf": gate.sample_of,
            "inside": inside,
        });
        Json(answer).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(kernel::Error::internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Changes with everything but the time and the count.
fn tag(cx: &Cx, supplies: &Supplies, gate: &Gate) -> kernel::Result<String> {
    let gate = json!([told(gate), gate.sample_of, supplies.packs]).to_string();
    let mut parts: Vec<&[u8]> = vec![b"gate_supplies", gate.as_bytes()];
    parts.push(supplies.trust.as_deref().unwrap_or_default());
    parts.push(supplies.codes.as_deref().unwrap_or_default());
    parts.extend(supplies.statuses.iter().map(Vec::as_slice));
    Ok(format!("\"{}\"", base64(&cx.keys()?.hash(&parts)[..16])))
}
