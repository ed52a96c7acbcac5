//! The owner's door: a code by text, then his telephones. What is told is the same whether a place has a telephone
//! on record or not. The code comes back by the browser that asked for it, which a cookie of its own says.

use super::{doorway::Asker, page::State};
use crate::{home::Visit, report::Answers};
use askama::Template;
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use health::{
    checkins::{self, Owed},
    gates::{self, Gate, Invite, Known, Owned},
};
use kernel::{Actor, DeviceId, Error, Result, TicketId};
use pages::{Outcome, Portal, cookies, forms::Errors, html, see_other};
use serde::Deserialize;
use store::Cx;

/// What an owner's browser holds for a quarter of an hour.
const COOKIE: &str = "vx_owner";
const AGE_S: i64 = 900;
/// What a browser holds that has asked for a code, for as long as it may ask in vain.
const ASKED: &str = "vx_owner_asked";
const ASKED_AGE_S: i64 = 3600;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

#[derive(Template)]
#[template(path = "venue_code.html")]
struct CodePage {
    p: Portal,
    back: String,
    action: String,
    name: String,
    /// The press that sends a code was made.
    sent: bool,
    errors: Errors,
}

struct Phone {
    id: String,
    name: String,
    seen: String,
    /// Its clock is too far off.
    off: bool,
    /// The owner has enrolled it himself.
    own: bool,
}

/// An alert that waits for his answer.
struct Alert {
    ticket: String,
    task: String,
    due: String,
}

#[derive(Template)]
#[template(path = "venue_owner.html")]
struct OwnerPage {
    p: Portal,
    back: String,
    action: String,
    state: State,
    alerts: Vec<Alert>,
    phones: Vec<Phone>,
    /// Where this telephone becomes the gate's, its letters, and until when; empty before it was asked for.
    app: String,
    letters: String,
    until: String,
    done: String,
    refused: String,
}

/// `GET /{tenant}/v/{code}/owner`
pub(super) async fn page(
    asker: Asker,
    headers: HeaderMap,
    Path((_, code)): Path<(String, String)>,
    Query(after): Query<After>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let gate = match gates::of_poster(&mut cx, &code).await {
        Ok(gate) => gate,
        Err(error) => return asker.refuse(&code, error),
    };
    let response = match owned(&mut cx, &gate, &headers).await? {
        Some(owned) => {
            let mut page = own_page(&mut cx, visit, &owned).await?;
            page.done = match after.done.as_str() {
                "removed" => visit.w.venue_owner_removed(),
                "answered" => visit.w.venue_alert_answered(),
                _ => String::new(),
            };
            html(&page)?
        }
        None => html(&code_page(visit, &gate, after.done == "sent", Errors::default()))?,
    };
    Ok(visit.keep_language(response))
}

/// `POST /{tenant}/v/{code}/owner` with `do`: `send` a code, `enter` its digits, `invite` this telephone, `remove`
/// one, `answer` an alert, `leave`.
pub(super) async fn act(
    asker: Asker,
    headers: HeaderMap,
    Path((_, code)): Path<(String, String)>,
    answers: Answers,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let gate = match gates::of_poster(&mut cx, &code).await {
        Ok(gate) => gate,
        Err(error) => return asker.refuse(&code, error),
    };
    let here = visit.frame().at(format_args!("v/{}/owner", gate.poster));
    match answers.get("do").unwrap_or_default() {
        act @ ("send" | "enter") => {
            if let Some(waits) = asker.told_to_wait() {
                return waits;
            }
            let held = cookies::read(&headers, ASKED);
            if act == "enter" {
                return enter(&asker, cx, &gate, held, answers.get("digits").unwrap_or_default()).await;
            }
            let key = gates::send_code(&mut cx, &gate, held, &asker.source()).await?;
            cx.commit().await?;
            let mut response = see_other(&format!("{here}?done=sent"));
            keep(visit, &mut response, ASKED, key.canonical(), ASKED_AGE_S);
            Ok(response)
        }
        "leave" => {
            let mut response = see_other(&visit.frame().at(format_args!("v/{}", gate.poster)));
            keep(visit, &mut response, COOKIE, "", 0);
            Ok(response)
        }
        act @ ("invite" | "remove" | "answer") => {
            let Some(owned) = owned(&mut cx, &gate, &headers).await? else { return Ok(see_other(&here)) };
            match act {
                "invite" => invite(visit, cx, owned).await,
                "remove" => remove(cx, &owned, &answers, &here).await,
                _ => answer(visit, cx, owned, &answers, &here).await,
            }
        }
        _ => Err(Error::NotFound.into()),
    }
}

async fn enter(asker: &Asker, mut cx: Cx, gate: &Gate, held: Option<&str>, digits: &str) -> Outcome {
    let visit = &asker.visit;
    let key = gates::prove(&mut cx, gate, held, digits).await?;
    // A wrong try counts too.
    cx.commit().await?;
    if let Some(key) = key {
        let mut response = see_other(&visit.frame().at(format_args!("v/{}/owner", gate.poster)));
        keep(visit, &mut response, COOKIE, &key.to_string(), AGE_S);
        keep(visit, &mut response, ASKED, "", 0);
        return Ok(response);
    }
    asker.missed();
    let mut errors = Errors::default();
    errors.add("digits", visit.w.venue_owner_wrong());
    let mut response = html(&code_page(visit, gate, true, errors))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// The invite is the answer to the form itself: it stands in no address of ours, and works once.
async fn invite(visit: &Visit, mut cx: Cx, owned: Owned) -> Outcome {
    let made = match gates::owner_invite(&mut cx, owned.owner).await {
        Err(Error::Conflict(key)) => Err(visit.w.by_key(key)),
        other => Ok(other?),
    };
    let mut page = own_page(&mut cx, visit, &owned).await?;
    match made {
        Ok(Invite { code, expires_at }) => {
            page.app = visit.frame().at(format_args!("gate/#invite={code}"));
            page.letters = code.to_string();
            page.until = page.p.clock.time(expires_at);
        }
        Err(refused) => page.refused = refused,
    }
    let response = html(&page)?;
    // Nobody sees an invite before its making is on record.
    cx.commit().await?;
    Ok(response)
}

async fn remove(mut cx: Cx, owned: &Owned, answers: &Answers, here: &str) -> Outcome {
    let device: DeviceId = answers.get("device").unwrap_or_default().parse()?;
    match gates::owner_remove(&mut cx, owned.owner, device).await {
        Ok(()) => cx.commit().await?,
        // Pressed twice, it is gone once.
        Err(Error::Conflict("error-gate-device-removed")) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(see_other(&format!("{here}?done=removed")))
}

async fn answer(visit: &Visit, mut cx: Cx, owned: Owned, answers: &Answers, here: &str) -> Outcome {
    let ticket: TicketId = answers.get("ticket").unwrap_or_default().parse()?;
    let refused =
        match checkins::answer(&mut cx, owned.owner, ticket, answers.get("text").unwrap_or_default()).await {
            Ok(()) => {
                cx.commit().await?;
                return Ok(see_other(&format!("{here}?done=answered")));
            }
            // Pressed twice, or the unit was faster.
            Err(Error::NotFound) => return Ok(see_other(&format!("{here}?done=answered"))),
            Err(Error::Invalid { key, .. }) => visit.w.by_key(key),
            Err(other) => return Err(other.into()),
        };
    let mut page = own_page(&mut cx, visit, &owned).await?;
    page.refused = refused;
    let mut response = html(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// What the holder of the cookie owns; `None` for anybody else.
async fn owned(cx: &mut Cx, gate: &Gate, headers: &HeaderMap) -> Result<Option<Owned>> {
    let Some(key) = cookies::read(headers, COOKIE) else { return Ok(None) };
    match gates::owned(cx, gate, key).await {
        Ok(owned) => Ok(Some(owned)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn keep(visit: &Visit, response: &mut Response, name: &str, key: &str, age: i64) {
    let path = format!("/{}/v", visit.tenant.slug);
    let cookie = cookies::set(name, key, &path, Some(age), visit.app.place().secure);
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

fn code_page(visit: &Visit, gate: &Gate, sent: bool, errors: Errors) -> CodePage {
    let p = visit.frame();
    CodePage {
        back: p.at(format_args!("v/{}", gate.poster)),
        action: p.at(format_args!("v/{}/owner", gate.poster)),
        name: gate.name.clone(),
        sent,
        errors,
        p,
    }
}

async fn own_page(cx: &mut Cx, visit: &Visit, owned: &Owned) -> Result<OwnerPage> {
    let (p, gate) = (visit.frame(), &owned.gate);
    let phone = |device: &Known| Phone {
        id: device.id.to_string(),
        name: device.name.clone(),
        seen: device.seen_at.map_or_else(|| "–".to_owned(), |at| p.clock.full(at)),
        off: device.is_off(),
        own: device.by_owner,
    };
    let state = State::of(cx, visit, gate).await?;
    let owed = checkins::owed(cx, owned.owner).await?;
    let lang = visit.w.lang();
    let alert = |one: Owed| Alert {
        ticket: one.ticket.to_string(),
        task: one.task[lang.as_str()].as_str().unwrap_or_default().to_owned(),
        due: p.clock.full(one.due_at),
    };
    Ok(OwnerPage {
        alerts: owed.into_iter().map(alert).collect(),
        back: p.at(format_args!("v/{}", gate.poster)),
        action: p.at(format_args!("v/{}/owner", gate.poster)),
        state,
        phones: owned.devices.iter().map(phone).collect(),
        app: String::new(),
        letters: String::new(),
        until: String::new(),
        done: String::new(),
        refused: String::new(),
        p,
    })
}
