//! Browsers of one's own that take notices: turned on by a press in that browser, turned off in any.

use super::{Bare, settle};
use crate::{Me, frame::Frame};
use axum::{Form, Json, Router, extract::Path, http::HeaderMap, response::IntoResponse, routing::post};
use duty::{
    accounts,
    messages::push::{self, NewBrowser},
};
use kernel::Error;
use pages::{App, Outcome};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/account{path}");
    Router::new()
        .route(&at("/push"), post(subscribe))
        .route(&at("/push/key"), post(key))
        .route(&at("/push/{id}/end"), post(end))
}

/// A browser in the list.
pub struct BrowserRow {
    pub id: Uuid,
    pub agent: String,
    pub since: String,
}

pub async fn rows(me: &Me, frame: &mut Frame) -> Result<Vec<BrowserRow>, Error> {
    let clock = frame.d.clock.clone();
    let own = push::own(&mut frame.cx).await?;
    Ok(own
        .into_iter()
        .map(|browser| BrowserRow {
            id: browser.id,
            agent: if browser.agent.is_empty() { me.w.account_agent_unknown() } else { browser.agent },
            since: clock.short(browser.since),
        })
        .collect())
}

/// `POST /{tenant}/desk/account/push/key`: what the browser asks its push service with.
pub async fn key(me: Me, headers: HeaderMap) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let key = push::public_key(&mut cx).await?;
    cx.commit().await?;
    Ok(Json(json!({ "key": key })).into_response())
}

/// As browsers write a subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subscription {
    endpoint: String,
    keys: Keys,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Keys {
    p256dh: String,
    auth: String,
}

/// `POST /{tenant}/desk/account/push`
pub async fn subscribe(me: Me, headers: HeaderMap, Json(told): Json<Subscription>) -> Outcome {
    me.check_header(&headers)?;
    let mut cx = me.begin().await?;
    let open = accounts::open_sessions(&mut cx, &me.signed).await?;
    let agent = open.into_iter().find(|open| open.id == me.signed.session).map(|open| open.agent);
    let new = NewBrowser {
        endpoint: told.endpoint,
        p256dh: told.keys.p256dh,
        auth: told.keys.auth,
        agent: agent.unwrap_or_default(),
    };
    push::subscribe(&mut cx, &new).await?;
    cx.commit().await?;
    Ok(Json(json!({ "next": me.at("account#push") })).into_response())
}

/// `POST /{tenant}/desk/account/push/{id}/end`
pub async fn end(me: Me, Path((_, id)): Path<(String, Uuid)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    let done = match push::unsubscribe(&mut cx, id).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    settle(&me, done, "push").await
}
