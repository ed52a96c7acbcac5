//! The six digits.

use super::{Pairs, cookie, field, go, shown};
use crate::{home::Visit, limiter::Limiter};
use askama::Template;
use axum::{Extension, Form, http::HeaderMap};
use health::declarations::{self, Proved};
use kernel::Actor;
use pages::{Outcome, Portal, Source, forms::Errors, html};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "declare_code.html")]
struct Page {
    p: Portal,
    /// The number, masked; empty where the code is worth nothing any more.
    phone: String,
    errors: Errors,
}

/// `GET /{tenant}/declare/code`
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Outcome {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let Some(phone) = declarations::waiting(&mut cx, cookie::code(&headers)).await? else {
        return Ok(go(&visit, ""));
    };
    let page = Page { p: visit.frame(), phone, errors: Errors::default() };
    Ok(shown(&visit, html(&page)?, false))
}

/// `POST /{tenant}/declare/code` with `code`.
pub(super) async fn enter(
    visit: Visit,
    source: Source,
    Extension(limiter): Extension<Arc<Limiter>>,
    headers: HeaderMap,
    Form(pairs): Form<Pairs>,
) -> Outcome {
    let mut errors = Errors::default();
    let now = visit.app.store().clock().now();
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let key = cookie::code(&headers);
    if let Err(seconds) = limiter.ask(visit.tenant.id, source.address, now) {
        errors.add("code", visit.w.declare_wait(((seconds + 59) / 60).to_string()));
    } else {
        match declarations::prove(&mut cx, key, &field(&pairs, "code")).await? {
            Proved::Device(key) => {
                cx.commit().await?;
                let mut response = go(&visit, "who");
                cookie::keep_device(&visit, &mut response, &key);
                cookie::drop_code(&visit, &mut response);
                return Ok(response);
            }
            Proved::Wrong(left) => errors.add("code", visit.w.declare_code_wrong(left.to_string())),
            Proved::Over => errors.add("code", visit.w.declare_code_over()),
        }
        limiter.miss(visit.tenant.id, source.address, now);
    }
    let phone = declarations::waiting(&mut cx, key).await?.unwrap_or_default();
    // A wrong try counts.
    cx.commit().await?;
    Ok(shown(&visit, html(&Page { p: visit.frame(), phone, errors })?, true))
}
