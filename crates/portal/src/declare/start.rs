//! The telephone number, and a code to it. What is answered is the same for a number that is known and for one that
//! is not.

use super::{Pairs, SHOWN, cookie, field, go, shown};
use crate::{home::Visit, limiter::Limiter};
use askama::Template;
use axum::{Extension, Form, http::HeaderMap};
use health::declarations;
use kernel::{Actor, Error, Result, SecretCode};
use pages::{Outcome, Portal, Source, forms::Errors, html};
use std::sync::Arc;
use store::Cx;

#[derive(Template)]
#[template(path = "declare_start.html")]
struct Page {
    p: Portal,
    /// The number that this device has proven, masked.
    known: Option<String>,
    /// A code is on its way to this browser.
    waiting: bool,
    /// Days for which answers are kept.
    days: String,
    phone: String,
    errors: Errors,
}

/// `GET /{tenant}/declare`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    show(&visit, &mut cx, &headers, "", Errors::default()).await
}

/// `POST /{tenant}/declare` with `phone`.
pub(super) async fn send(
    visit: Visit,
    source: Source,
    Extension(limiter): Extension<Arc<Limiter>>,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Outcome {
    let phone = field(&pairs, "phone");
    let now = visit.app.store().clock().now();
    let mut errors = Errors::default();
    match limiter.ask(visit.tenant.id, source.address, now) {
        Ok(()) => match ask(&visit, &phone).await {
            Ok(key) => {
                // A text costs: whoever has many sent waits as a guesser does.
                limiter.miss(visit.tenant.id, source.address, now);
                let mut response = go(&visit, "code");
                cookie::keep_code(&visit, &mut response, &key);
                return Ok(response);
            }
            Err(error) => errors.take(visit.w, error)?,
        },
        Err(seconds) => errors.add("phone", visit.w.declare_wait(((seconds + 59) / 60).to_string())),
    }
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    show(&visit, &mut cx, &headers, &phone, errors).await
}

async fn ask(visit: &Visit, phone: &str) -> Result<SecretCode, Error> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let key = declarations::ask(&mut cx, phone).await?;
    cx.commit().await?;
    Ok(key)
}

async fn show(visit: &Visit, cx: &mut Cx, headers: &HeaderMap, phone: &str, errors: Errors) -> Outcome {
    let device = cookie::device(cx, headers).await?;
    let waiting = declarations::waiting(cx, cookie::code(headers)).await?;
    let wrong = !errors.is_empty();
    let page = Page {
        p: visit.frame(),
        known: device.map(|device| device.phone.masked()),
        waiting: waiting.is_some(),
        days: declarations::kept_days(cx).await?.to_string(),
        phone: phone.chars().take(SHOWN).collect(),
        errors,
    };
    Ok(shown(visit, html(&page)?, wrong))
}
