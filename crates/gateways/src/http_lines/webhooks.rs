//! What the provider asks us and tells us. Whoever has the token in the address is the provider; all others find
//! nothing here. Events may come twice, late or in any order: what is known already changes nothing.

use super::{
    AFTERWARDS, HttpLines, LONGEST, STATE, TRUNK, Told,
    leg::{self, Doing, Leg, Stage},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use duty::lines::{Events, Happened, Offer, Side};
use jiff::Timestamp;
use kernel::{CallId, Error, Result};
use serde_json::Value;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// An event is a few hundred bytes.
const LARGEST: usize = 64 * 1024;
/// So much longer than for an order a caller is kept waiting for somebody who takes him.
const OFFERED: u32 = 5;

/// The webhooks and the sounds. They need nothing of the pages around them.
pub fn routes<S: Clone + Send + Sync + 'static>(lines: HttpLines) -> Router<S> {
    Router::new()
        .route("/voice/{token}/answer", post(answer))
        .route("/voice/{token}/event", post(event))
        .route("/voice/{token}/sound/{file}", get(sound))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(lines)
}

/// A request that is refused.
struct Refused(Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0 {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        status.into_response()
    }
}

type Asked = std::result::Result<Response, Refused>;
type Parameters = Query<HashMap<String, String>>;

fn admit(lines: &HttpLines, token: &str) -> Result<()> {
    verify_slices_are_equal(token.as_bytes(), lines.0.token.as_bytes()).map_err(|_| Error::NotFound)
}

fn read(body: &[u8]) -> Result<Told> {
    serde_json::from_slice(body).map_err(|_| Error::invalid("body", "error-phone-state"))
}

fn text<'a>(told: &'a Told, name: &str) -> Option<&'a str> {
    told.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn given(list: Value) -> Response {
    Json(list).into_response()
}

/// The call that a request is about, by our own name for it or by the provider's. Both must fit.
fn call_of(lines: &HttpLines, asked: &HashMap<String, String>, told: &Told) -> Result<CallId> {
    let id = text(told, "uuid");
    let mut table = lines.table();
    let Some(call) = asked.get("call") else {
        return id.and_then(|id| table.called(id)).ok_or(Error::NotFound);
    };
    let call: CallId = call.parse()?;
    let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
    match id {
        Some(id) if leg.id.get_or_insert_with(|| id.to_owned()).as_str() != id => Err(Error::NotFound),
        _ => Ok(call),
    }
}

/// `answer_url`: a call of ours is answered, or one comes in.
async fn answer(
    State(lines): State<HttpLines>,
    Path(token): Path<String>,
    Query(asked): Parameters,
    body: Bytes,
) -> Asked {
    admit(&lines, &token)?;
    let told = read(&body)?;
    let now = lines.now();
    let known = asked.contains_key("call")
        || text(&told, "uuid").is_some_and(|id| lines.table().called(id).is_some());
    if !known {
        return incoming(lines, &told).await;
    }
    let call = call_of(&lines, &asked, &told)?;
    let next = {
        let mut table = lines.table();
        let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
        match leg.stage {
            Stage::Over => {
                if leg.stage_at_end < Stage::Talking {
                    leg.tell(now, Happened::AnsweredTooLate);
                    leg.close();
                }
                Err(leg::hang_up())
            }
            Stage::Placed | Stage::Ringing if !leg.incoming => {
                (leg.stage, leg.until) = (Stage::Talking, now + LONGEST);
                // It listens from here on: an order that comes before the answer to this finds it so.
                let waits = wait(leg);
                leg.tell(now, Happened::Answered);
                Ok(waits)
            }
            // Asked again: our answer was lost, or is still being waited for.
            _ if leg.part == 0 => Ok(wait(leg)),
            _ => Err(leg.list.clone()),
        }
    };
    match next {
        Ok(waits) => Ok(order(&lines, call, waits).await),
        Err(list) => Ok(given(list)),
    }
}

/// From now on the next list of this call is what a request is answered with.
fn wait(leg: &mut Leg) -> oneshot::Receiver<Value> {
    let (sender, receiver) = oneshot::channel();
    leg.waiting = Some(sender);
    receiver
}

/// The order that comes in time, or to go on listening.
async fn order(lines: &HttpLines, call: CallId, mut waits: oneshot::Receiver<Value>) -> Response {
    let offered = lines.table().legs.get(&call).is_some_and(|leg| leg.stage == Stage::Ringing);
    let patience = if offered { lines.0.hold * OFFERED } else { lines.0.hold };
    let came = tokio::time::timeout(patience, &mut waits).await;
    if let Ok(Ok(list)) = came {
        return given(list);
    }
    let now = lines.now();
    let event = lines.address("event", call);
    let mut table = lines.table();
    waits.close();
    // One that came at this very moment is not lost.
    if let Ok(list) = waits.try_recv() {
        return given(list);
    }
    match table.legs.get_mut(&call) {
        // The same was asked again, and that request gets the order.
        Some(leg) if came.is_ok() && leg.stage != Stage::Over => StatusCode::NO_CONTENT.into_response(),
        Some(leg) if leg.stage == Stage::Talking => {
            leg.waiting = None;
            let (heard, doing) = (leg.heard, leg.doing);
            let list = leg.next(now, doing, None, &event);
            leg.answers = Some(heard);
            given(list)
        }
        _ => {
            // It is over, or an offer that nobody has taken.
            lines.over(&mut table, call, now, Happened::Ended(Side::Network), false);
            given(leg::hang_up())
        }
    }
}

async fn incoming(lines: HttpLines, told: &Told) -> Asked {
    let id = text(told, "uuid").ok_or(Error::invalid("uuid", "error-phone-state"))?.to_owned();
    let now = lines.now();
    let (call, waits) = {
        let mut table = lines.table();
        // The last channels are for those who serve the callers.
        if table.live().count() >= lines.0.channels - sip::reserve(lines.0.channels) {
            return Ok(given(leg::hang_up()));
        }
        let call = CallId(lines.0.ids.next(now, &lines.0.rng));
        let (teller, events) = Events::channel();
        let mut leg = Leg::new(Some(id), true, now + AFTERWARDS, teller);
        leg.stage = Stage::Ringing;
        let waits = wait(&mut leg);
        let from = text(told, "from").map(plus);
        let to = text(told, "to").map(plus).unwrap_or_default();
        let offer = Offer { call, from, to, trunk: TRUNK.to_owned(), events };
        if table.offered.try_send(offer).is_err() {
            return Ok(given(leg::hang_up()));
        }
        table.legs.insert(call, leg);
        (call, waits)
    };
    Ok(order(&lines, call, waits).await)
}

/// Numbers come without the plus of E.164.
fn plus(number: &str) -> String {
    let whole = number.len() > 7 && number.chars().all(|c| c.is_ascii_digit()) && !number.starts_with('0');
    if whole { format!("+{number}") } else { number.to_owned() }
}

/// `event_url`: how a call is getting on, keys, a recording that is ready.
async fn event(
    State(lines): State<HttpLines>,
    Path(token): Path<String>,
    Query(asked): Parameters,
    body: Bytes,
) -> Asked {
    admit(&lines, &token)?;
    let told = read(&body)?;
    let call = call_of(&lines, &asked, &told)?;
    if let Some(url) = text(&told, "recording_url") {
        return Ok(recorded(lines, call, url.to_owned()));
    }
    if let Some(keys) = told.get("dtmf") {
        let part = asked.get("part").and_then(|part| part.parse().ok()).ok_or(STATE)?;
        return pressed(&lines, call, part, keys).await;
    }
    let now = lines.now();
    let mut table = lines.table();
    let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
    let status = text(&told, "status").unwrap_or_default();
    if status == "ringing" && leg.stage == Stage::Placed {
        leg.stage = Stage::Ringing;
        leg.tell(now, Happened::Ringing);
    } else if leg.stage == Stage::Over && matches!(status, "completed" | "cancelled" | "timeout" | "busy") {
        leg.settled();
    } else if let Some(what) = how_it_ended(status, leg, &told) {
        lines.over(&mut table, call, now, what, false);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `None` for what ends nothing: a status on the way, or one that is over already.
fn how_it_ended(status: &str, leg: &Leg, told: &Told) -> Option<Happened> {
    let code = told.get("sip_code").and_then(|code| {
        let number = code.as_i64().or_else(|| code.as_str()?.parse().ok());
        number.and_then(|number| i16::try_from(number).ok())
    });
    let begun = leg.incoming || leg.stage == Stage::Talking;
    match (leg.stage, status) {
        (Stage::Over, _) => None,
        (_, "completed" | "disconnected") if begun => Some(Happened::Ended(Side::Them)),
        (_, "failed" | "cancelled" | "timeout" | "unanswered" | "busy" | "rejected") if begun => {
            Some(Happened::Ended(Side::Network))
        }
        (_, "busy") => Some(Happened::Busy(code.unwrap_or(486))),
        (_, "rejected") => Some(Happened::Rejected(code.unwrap_or(603))),
        (_, "failed") => Some(Happened::Unreachable(code)),
        // Where nobody's phone rang, nobody has failed to answer.
        (Stage::Placed, "timeout" | "cancelled" | "completed") => Some(Happened::Unreachable(code)),
        (_, "timeout" | "unanswered" | "cancelled" | "completed") => Some(Happened::NoAnswer),
        _ => None,
    }
}

/// Keys, or silence in their place. The answer is the next list.
async fn pressed(lines: &HttpLines, call: CallId, part: u64, keys: &Value) -> Asked {
    let digits = keys.get("digits").and_then(Value::as_str).unwrap_or_default();
    let timed_out = keys.get("timed_out").and_then(Value::as_bool).unwrap_or(digits.is_empty());
    let now = lines.now();
    let next = {
        let event = lines.address("event", call);
        let mut table = lines.table();
        let leg = table.legs.get_mut(&call).ok_or(Error::NotFound)?;
        if leg.stage != Stage::Talking {
            Err(leg::hang_up())
        } else if part == leg.part && leg.heard != part {
            leg.heard = part;
            match leg.keys(now, digits, timed_out) {
                Some(on) => Err(go_on(leg, now, on, part, &event)),
                None => Ok(wait(leg)),
            }
        } else if part == leg.part && leg.waiting.is_some() {
            // Told again while the first request waits: whichever is still open gets the order.
            Ok(wait(leg))
        } else if leg.answers == Some(part) {
            Err(leg.list.clone())
        } else {
            // Of a list that has been replaced.
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    };
    match next {
        Ok(waits) => Ok(order(lines, call, waits).await),
        Err(list) => Ok(given(list)),
    }
}

fn go_on(leg: &mut Leg, now: Timestamp, on: Doing, part: u64, event: &str) -> Value {
    let list = leg.next(now, on, None, event);
    leg.answers = Some(part);
    list
}

fn recorded(lines: HttpLines, call: CallId, url: String) -> Response {
    let wanted = {
        let mut table = lines.table();
        let recording = table.legs.get_mut(&call).and_then(|leg| leg.recording.as_mut());
        recording.is_some_and(|one| !std::mem::replace(&mut one.fetched, true))
    };
    if wanted {
        tokio::spawn(async move { lines.fetch(call, &url).await });
    }
    StatusCode::NO_CONTENT.into_response()
}

/// What is to be said; gone once it has been fetched.
async fn sound(
    State(lines): State<HttpLines>,
    Path((token, file)): Path<(String, String)>,
    method: Method,
) -> Asked {
    admit(&lines, &token)?;
    let id = file.strip_suffix(".wav").ok_or(Error::NotFound)?;
    let now = lines.now();
    let mut table = lines.table();
    let there = table.sounds.get(id).is_some_and(|sound| sound.until > now);
    if !there {
        return Err(Error::NotFound.into());
    }
    let kind = [(header::CONTENT_TYPE, "audio/wav")];
    // Whoever only asks whether it is there has not had it.
    if method == Method::HEAD {
        return Ok((kind, Vec::<u8>::new()).into_response());
    }
    let sound = table.sounds.remove(id).ok_or(Error::NotFound)?;
    Ok((kind, sound.wav).into_response())
}
