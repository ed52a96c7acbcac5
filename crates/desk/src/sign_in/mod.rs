//! The way in and out: password with authenticator code, a passkey alone, and in a demo one click.
//! What was wrong is never said: the answer is the same for a wrong login, password or code.

mod demo;
mod link;
pub(crate) mod nonce;
mod passkey;

pub use link::same;
pub use passkey::{Answer, challenge};

use crate::{Me, session};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use duty::{
    accounts::{self, Attempt, SignedIn},
    tenants::Tenant,
};
use kernel::{Actor, Error};
use nonce::Nonce;
use pages::{App, Desk, Outcome, Source, Words, forms::Errors, html, see_other, shell};
use serde::Deserialize;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/sign-in", get(page).post(enter))
        .route("/{tenant}/desk/sign-in/passkey/start", post(passkey::start))
        .route("/{tenant}/desk/sign-in/passkey/finish", post(passkey::finish))
        .route("/{tenant}/desk/sign-in/demo/{key}", post(demo::enter))
        .route("/{tenant}/desk/sign-out", post(leave))
        .route("/{tenant}/desk/link/{token}", get(link::page).post(link::accept))
        .route("/{tenant}/desk/link/{token}/passkey/start", post(link::start_passkey))
        .route("/{tenant}/desk/link/{token}/passkey/finish", post(link::finish_passkey))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    next: String,
    login: String,
    password: String,
    code: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    d: Desk,
    next: String,
    login: String,
    errors: Errors,
    passkeys: bool,
    demo: Vec<demo::Button>,
}

/// `GET /{tenant}/desk/sign-in?next=`
pub async fn page(
    State(app): State<App>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    let w = Words(shell::lang_of(query.as_deref(), &headers));
    show(&app, &tenant, w, &headers, Typed { next: asked.next, ..Typed::default() }, Errors::default()).await
}

async fn show(
    app: &App,
    tenant: &Arc<Tenant>,
    w: Words,
    headers: &HeaderMap,
    typed: Typed,
    errors: Errors,
) -> Outcome {
    let cx = app.store().begin(tenant.id, Actor::public()).await?;
    let nonce = Nonce::of(&cx, headers);
    let mut d = Desk::new(app, tenant.clone(), w);
    d.csrf = nonce.token(&cx)?;
    let page = Page {
        demo: demo::buttons(app, cx, w).await?,
        next: session::next_or_home(&tenant.slug, &typed.next),
        login: typed.login,
        errors,
        passkeys: app.door().has_passkeys(),
        d,
    };
    let mut response = html(&page)?;
    nonce.keep(app, tenant, &mut response);
    Ok(response)
}

/// `POST /{tenant}/desk/sign-in`
pub async fn enter(
    State(app): State<App>,
    Path(slug): Path<String>,
    source: Source,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Outcome {
    let tenant = app.tenant(&slug).await?;
    nonce::check(&app, &tenant, &headers, &typed.csrf).await?;
    let w = Words(shell::lang_of(None, &headers));
    let attempt = Attempt {
        login: &typed.login,
        password: &typed.password,
        code: &typed.code,
        source: source.address,
        agent: &source.agent,
    };
    let (status, key) = match accounts::sign_in(app.store(), tenant.id, app.door(), attempt).await {
        Ok(signed) => return welcome(&app, &tenant, &signed, &typed.next).await,
        Err(Error::Invalid { key, .. }) => (StatusCode::UNPROCESSABLE_ENTITY, key),
        Err(Error::Conflict(key)) => (StatusCode::TOO_MANY_REQUESTS, key),
        Err(other) => return Err(other.into()),
    };
    let mut errors = Errors::default();
    errors.add("login", w.by_key(key));
    let mut response = show(&app, &tenant, w, &headers, typed, errors).await?;
    *response.status_mut() = status;
    Ok(response)
}

/// Somebody has come in: the cookie, his language, and on to where he wanted to go.
async fn welcome(app: &App, tenant: &Tenant, signed: &SignedIn, next: &str) -> Outcome {
    let mut response = see_other(&session::next_or_home(&tenant.slug, next));
    settle(app, tenant, signed, &mut response).await?;
    Ok(response)
}

/// Puts a new session into this browser, and its person's language.
pub async fn settle(
    app: &App,
    tenant: &Tenant,
    signed: &SignedIn,
    response: &mut Response,
) -> Result<(), Error> {
    session::begin(app, tenant, signed, response);
    if let Some(person) = accounts::authenticate(app.store(), tenant.id, &signed.token).await? {
        session::speak(app, session::lang(person.language), response);
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
pub struct Leaving {
    #[serde(default)]
    csrf: String,
}

/// `POST /{tenant}/desk/sign-out`
pub async fn leave(me: Me, Form(typed): Form<Leaving>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::sign_out(&mut cx, &me.signed).await?;
    cx.commit().await?;
    let mut response = see_other(&me.at("sign-in"));
    session::end(&me.app, &me.tenant, &mut response);
    Ok(response)
}
