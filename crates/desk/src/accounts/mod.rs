//! The administrator's page of accounts: who may come in, who cannot at present, and the one-time
//! links that let people in. A link is shown once, on the answer to the form that made it.

mod links;

use crate::{Me, account::Bare, frame::Frame};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, Query},
    http::StatusCode,
    routing::{get, post},
};
use duty::{
    accounts::{self, Overview, State},
    permissions::{Action, Scope, permits},
    staff,
};
use kernel::{Error, StaffId, text::search_key};
use pages::{App, Desk, Outcome, Words, forms::Errors, html, qr, see_other};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/accounts{path}");
    Router::new()
        .route(&at(""), get(list))
        .route(&at("/invite"), get(invite_page).post(invite))
        .route(&at("/links"), get(links::page))
        .route(&at("/links/{id}/release"), post(links::release))
        .route(&at("/links/{id}/withdraw"), post(links::withdraw))
        .route(&at("/{staff}"), get(detail))
        .route(&at("/{staff}/recover"), post(recover))
        .route(&at("/{staff}/lock"), post(lock))
        .route(&at("/{staff}/unlock"), post(unlock))
        .route(&at("/{staff}/close"), post(close))
}

/// Accounts of a page of the list.
const PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    skip: usize,
}

struct Row {
    name: String,
    href: String,
    login: String,
    state: String,
    shut: bool,
    factors: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct ListPage {
    d: Desk,
    q: String,
    states: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    more: Option<String>,
    /// Links that wait for a second person.
    waiting: usize,
}

/// `GET /{tenant}/desk/accounts`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "accounts").await?;
    let mut found = accounts::list(&mut frame.cx).await?;
    let (key, login) = (search_key(&asked.q), asked.q.trim().to_lowercase());
    found.retain(|account| {
        let named = search_key(&account.name).contains(&key);
        let called = account.login.contains(&login) || account.staff_code.to_lowercase() == login;
        (named || called) && (asked.state.is_empty() || account.state.as_str() == asked.state)
    });
    let more = (found.len() > asked.skip.saturating_add(PAGE)).then(|| {
        let query = [("q", asked.q.as_str()), ("state", &asked.state)];
        let query: String =
            query.iter().map(|(name, text)| format!("{name}={}&", crate::session::quoted(text))).collect();
        me.at(format!("accounts?{query}skip={}", asked.skip + PAGE))
    });
    let rows = found.iter().skip(asked.skip).take(PAGE).map(|account| row(&me, &frame.d, account)).collect();
    let states = State::ALL
        .iter()
        .map(|state| (state.as_str(), state_word(me.w, *state), asked.state == state.as_str()))
        .collect();
    let waiting = accounts::waiting_links(&mut frame.cx).await?.len();
    html(&ListPage { q: asked.q, states, rows, more, waiting, d: frame.d })
}

fn row(me: &Me, d: &Desk, account: &Overview) -> Row {
    Row {
        name: account.name.clone(),
        href: me.at(format!("accounts/{}", account.staff)),
        login: account.login.clone(),
        state: match account.locked_until {
            Some(until) => me.w.account_shut_until(d.clock.short(until)),
            None => state_word(me.w, account.state),
        },
        shut: account.locked_until.is_some() || account.state == State::Locked,
        factors: factors(me.w, account),
        seen: account.last_seen_at.map_or_else(|| "–".to_owned(), |at| d.clock.short(at)),
    }
}

fn factors(w: Words, account: &Overview) -> String {
    let code = account.has_code.then(|| w.account_has_code());
    let keys = (account.passkeys > 0).then(|| w.account_has_passkeys(account.passkeys.to_string()));
    let all: Vec<String> = code.into_iter().chain(keys).collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

fn state_word(w: Words, state: State) -> String {
    match state {
        State::Invited => w.account_state_invited(),
        State::Active => w.account_state_active(),
        State::Locked => w.account_state_locked(),
        State::Closed => w.account_state_closed(),
    }
}

#[derive(Template)]
#[template(path = "account_one.html")]
struct OnePage {
    d: Desk,
    name: String,
    staff_code: String,
    row: Row,
    here: String,
    person: String,
    own: bool,
    invite: Option<String>,
    may_recover: bool,
    may_lock: bool,
    may_unlock: bool,
    may_close: bool,
    errors: Errors,
}

/// `GET /{tenant}/desk/accounts/{staff}`
pub async fn detail(me: Me, Path((_, staff)): Path<(String, StaffId)>) -> Outcome {
    one(&me, staff, Errors::default()).await
}

async fn one(me: &Me, staff: StaffId, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "accounts").await?;
    let account = accounts::of(&mut frame.cx, staff).await?.ok_or(Error::NotFound)?;
    let person = staff::of(&mut frame.cx, &[staff]).await?.remove(&staff).ok_or(Error::NotFound)?;
    let (own, state, here) = (staff == me.staff, account.state, person.left_on.is_none());
    let open = matches!(state, State::Active | State::Locked);
    let wrong = !errors.is_empty();
    let page = OnePage {
        row: row(me, &frame.d, &account),
        here: me.at(format!("accounts/{staff}")),
        person: me.at(format!("staff/{staff}")),
        own,
        invite: (here && matches!(state, State::Invited | State::Closed))
            .then(|| me.at(format!("accounts/invite?staff={}&login={}", account.staff_code, account.login))),
        may_recover: !own && here && open,
        may_lock: !own && state == State::Active,
        may_unlock: !own && (state == State::Locked || account.locked_until.is_some()),
        may_close: !own && state != State::Closed,
        name: account.name,
        staff_code: account.staff_code,
        errors,
        d: frame.d,
    };
    let mut response = html(&page)?;
    if wrong {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Invitation {
    csrf: String,
    staff: String,
    login: String,
}

#[derive(Template)]
#[template(path = "account_invite.html")]
struct InvitePage {
    d: Desk,
    typed: Invitation,
    errors: Errors,
}

/// `GET /{tenant}/desk/accounts/invite?staff=&login=`
pub async fn invite_page(me: Me, Query(typed): Query<Invitation>) -> Outcome {
    invitation(&me, typed, Errors::default()).await
}

async fn invitation(me: &Me, typed: Invitation, errors: Errors) -> Outcome {
    let frame = Frame::new(me, "accounts").await?;
    if !permits(&me.actor, Action::AccountManage, Scope::Tenant) {
        return Err(Error::NotFound.into());
    }
    html(&InvitePage { typed, errors, d: frame.d })
}

/// `POST /{tenant}/desk/accounts/invite`
pub async fn invite(me: Me, Form(typed): Form<Invitation>) -> Outcome {
    me.check(&typed.csrf)?;
    match try_invite(&me, &typed).await {
        Ok((staff, token)) => issued(&me, staff, &token).await,
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("staff", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            let mut response = invitation(&me, typed, errors).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn try_invite(me: &Me, typed: &Invitation) -> Result<(StaffId, String), Error> {
    let mut cx = me.begin().await?;
    if !permits(&me.actor, Action::AccountManage, Scope::Tenant) {
        return Err(Error::Forbidden(Action::AccountManage.as_str()));
    }
    let staff = staff::named(&mut cx, "staff", &typed.staff).await?;
    let token = accounts::invite(&mut cx, staff, &typed.login).await?;
    cx.commit().await?;
    Ok((staff, token))
}

#[derive(Template)]
#[template(path = "account_link.html")]
struct LinkPage {
    d: Desk,
    name: String,
    link: String,
    qr: String,
    back: String,
    /// It opens only after a second person has released it.
    waits: bool,
}

/// Shows a fresh link, this once.
async fn issued(me: &Me, staff: StaffId, token: &str) -> Outcome {
    let mut frame = Frame::new(me, "accounts").await?;
    let person = staff::of(&mut frame.cx, &[staff]).await?.remove(&staff).ok_or(Error::NotFound)?;
    let link = format!("{}{}", me.app.place().public_url, me.at(format!("link/{token}")));
    let waiting = accounts::waiting_links(&mut frame.cx).await?;
    let page = LinkPage {
        waits: waiting.iter().any(|link| link.staff == staff),
        name: person.full_name,
        qr: qr::svg(&link, 240, &me.w.account_link_qr())?,
        link,
        back: me.at(format!("accounts/{staff}")),
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/accounts/{staff}/recover`
pub async fn recover(me: Me, Path((_, staff)): Path<(String, StaffId)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    match accounts::recover(&mut cx, staff).await {
        Ok(token) => {
            cx.commit().await?;
            issued(&me, staff, &token).await
        }
        Err(error) => settle(&me, staff, Err(error)).await,
    }
}

/// `POST /{tenant}/desk/accounts/{staff}/lock`
pub async fn lock(me: Me, Path((_, staff)): Path<(String, StaffId)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    let done = match accounts::lock(&mut cx, staff).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    settle(&me, staff, done).await
}

/// `POST /{tenant}/desk/accounts/{staff}/unlock`
pub async fn unlock(me: Me, Path((_, staff)): Path<(String, StaffId)>, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    let done = match accounts::unlock(&mut cx, staff).await {
        Ok(()) => cx.commit().await,
        Err(error) => Err(error),
    };
    settle(&me, staff, done).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Leaving {
    csrf: String,
    heir: String,
}

/// `POST /{tenant}/desk/accounts/{staff}/close`: he leaves; who takes his hours on duty may be named.
pub async fn close(me: Me, Path((_, staff)): Path<(String, StaffId)>, Form(typed): Form<Leaving>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = try_close(&me, staff, &typed.heir).await;
    settle(&me, staff, done).await
}

async fn try_close(me: &Me, staff: StaffId, heir: &str) -> Result<(), Error> {
    let mut cx = me.begin().await?;
    if !permits(&me.actor, Action::AccountManage, Scope::Tenant) {
        return Err(Error::Forbidden(Action::AccountManage.as_str()));
    }
    let heir = match heir.trim() {
        "" => None,
        text => Some(staff::named(&mut cx, "heir", text).await?),
    };
    accounts::close(&mut cx, staff, heir).await?;
    cx.commit().await
}

/// Back to the account, or the account again with why not.
async fn settle(me: &Me, staff: StaffId, done: Result<(), Error>) -> Outcome {
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("accounts/{staff}")))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("main", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            one(me, staff, errors).await
        }
    }
}
