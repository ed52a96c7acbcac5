//! One's own account: sessions, password, second factors, how the screens look, whether notices
//! come by mail and to which browsers, and for whom one acts.

mod acting;
mod factors;
mod push;

pub use acting::{DelegationRow, Typed as DelegationTyped, delegation_rows, new_delegation};

use crate::{Me, frame::Frame, record, session, sign_in};
use askama::Template;
use axum::{
    Form, Router,
    extract::Path,
    routing::{get, post},
};
use duty::{
    accounts::{self, Language, Theme},
    messages::preferences::{self, Preferences, Quiet},
    permissions::{Action, Scope, permits},
    staff,
};
use jiff::civil::Time;
use kernel::{Error, SessionId, StaffId, dates};
use pages::{App, Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use store::Cx;

pub fn routes() -> Router<App> {
    let at = |path: &str| format!("/{{tenant}}/desk/account{path}");
    Router::new()
        .route(&at(""), get(page))
        .route(&at("/seen"), post(seen))
        .route(&at("/preferences"), post(prefer))
        .route(&at("/password"), post(password))
        .route(&at("/sessions/{id}/end"), post(end_session))
        .merge(factors::routes())
        .merge(push::routes())
        .merge(acting::routes())
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    d: Desk,
    errors: Errors,
    sessions: Vec<SessionRow>,
    fresh: bool,
    keys: Vec<KeyRow>,
    passkeys: bool,
    browsers: Vec<push::BrowserRow>,
    wishes: Wishes,
    email: Option<String>,
    /// What is kept of the calls to him, and where all of it stands.
    calls: String,
    calls_href: String,
    acting: bool,
    leaders: Vec<(String, String)>,
    delegates: bool,
    delegations: Vec<DelegationRow>,
    typed: DelegationTyped,
}

struct SessionRow {
    id: SessionId,
    agent: String,
    since: String,
    seen: String,
    own: bool,
}

struct KeyRow {
    id: String,
    name: String,
    made: String,
    used: String,
}

/// `GET /{tenant}/desk/account`
pub async fn page(me: Me) -> Outcome {
    show(&me, Errors::default(), DelegationTyped::default(), None).await
}

/// The page with what was typed into its forms; with errors it answers 422.
async fn show(me: &Me, errors: Errors, typed: DelegationTyped, wishes: Option<Wishes>) -> Outcome {
    let mut frame = Frame::new(me, "account").await?;
    let clock = frame.d.clock.clone();
    let open = accounts::open_sessions(&mut frame.cx, &me.signed).await?;
    let sessions = open
        .into_iter()
        .map(|open| SessionRow {
            own: open.id == me.signed.session,
            id: open.id,
            agent: if open.agent.is_empty() { me.w.account_agent_unknown() } else { open.agent },
            since: clock.short(open.since),
            seen: clock.short(open.last_seen_at),
        })
        .collect();
    let keys = accounts::keys_of(&mut frame.cx, &me.signed).await?;
    let keys = keys
        .into_iter()
        .map(|key| KeyRow {
            id: key.id.to_string(),
            name: if key.name.is_empty() { me.w.passkey_unnamed() } else { key.name },
            made: clock.date(key.created_at),
            used: key.last_used_at.map_or_else(|| "–".to_owned(), |at| clock.short(at)),
        })
        .collect();
    let wishes = match wishes {
        Some(typed) => typed,
        None => Wishes::of(me, preferences::own(&mut frame.cx).await?),
    };
    let leaders = staff::acts_for(&mut frame.cx, me.staff).await?;
    let names = staff::of(&mut frame.cx, &leaders).await?;
    // Whom one lets act for oneself; while acting for another, that is not one's to give.
    let delegates = !me.actor.grants.is_empty()
        && me.actor.on_behalf_of.is_none()
        && (permits(&me.actor, Action::StaffSee, Scope::Tenant) || heads(&mut frame.cx, me.staff).await?);
    let mut delegations = Vec::new();
    if delegates {
        delegations = delegation_rows(me, &mut frame, true).await?;
    }
    let browsers = push::rows(me, &mut frame).await?;
    let calls = record::summary(me, &mut frame).await?;
    let wrong = !errors.is_empty();
    let page = Page {
        calls,
        calls_href: me.at(format!("record/staff/{}?period={}", me.staff, record::DAYS)),
        sessions,
        fresh: me.signed.is_fresh(frame.cx.now()),
        keys,
        passkeys: me.app.door().has_passkeys(),
        browsers,
        wishes,
        email: staff::email(&mut frame.cx, me.staff).await?,
        acting: me.actor.on_behalf_of.is_some(),
        leaders: leaders
            .iter()
            .filter(|leader| me.actor.on_behalf_of != Some(**leader))
            .filter_map(|leader| Some((leader.to_string(), names.get(leader)?.full_name.clone())))
            .collect(),
        delegates,
        delegations,
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// Whether somebody heads a unit today.
async fn heads(cx: &mut Cx, person: StaffId) -> Result<bool, Error> {
    Ok(staff::posts_of(cx, person).await?.iter().any(|post| post.head))
}

/// What came of a form of this page: back to it, or the page again with what was wrong.
async fn settle(me: &Me, done: Result<(), Error>, part: &str) -> Outcome {
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("account#{part}")))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add(part, me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            show(me, errors, DelegationTyped::default(), None).await
        }
    }
}

/// A form with a token and nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Bare {
    pub csrf: String,
}

/// `POST /{tenant}/desk/account/seen`
pub async fn seen(me: Me, Form(typed): Form<Bare>) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::seen(&mut cx, &me.signed).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("account")))
}

/// `POST /{tenant}/desk/account/sessions/{id}/end`
pub async fn end_session(
    me: Me,
    Path((_, session)): Path<(String, SessionId)>,
    Form(typed): Form<Bare>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let mut cx = me.begin().await?;
    accounts::end_session(&mut cx, &me.signed, session).await?;
    cx.commit().await?;
    Ok(see_other(&me.at("account#sessions")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Passwords {
    csrf: String,
    current: String,
    password: String,
    again: String,
}

/// `POST /{tenant}/desk/account/password`
pub async fn password(me: Me, Form(typed): Form<Passwords>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = match sign_in::same(&typed.password, &typed.again) {
        Ok(()) => {
            let (store, door) = (me.app.store(), me.app.door());
            accounts::change_password(store, me.tenant.id, door, &me.signed, &typed.current, &typed.password)
                .await
        }
        Err(error) => Err(error),
    };
    settle(&me, done, "password-form").await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wishes {
    csrf: String,
    language: String,
    theme: String,
    by_email: Option<String>,
    quiet_from: String,
    quiet_to: String,
}

impl Wishes {
    /// What stands in the account.
    fn of(me: &Me, wishes: Preferences) -> Self {
        let time = |time: Option<Time>| time.map(dates::shown_time).unwrap_or_default();
        Self {
            csrf: String::new(),
            language: me.signed.language.as_str().to_owned(),
            theme: me.signed.theme.as_str().to_owned(),
            by_email: wishes.by_email.then(String::new),
            quiet_from: time(wishes.quiet.map(|quiet| quiet.from)),
            quiet_to: time(wishes.quiet.map(|quiet| quiet.to)),
        }
    }
}

/// `POST /{tenant}/desk/account/preferences`
pub async fn prefer(me: Me, Form(typed): Form<Wishes>) -> Outcome {
    me.check(&typed.csrf)?;
    match keep(&me, &typed).await {
        Ok(language) => {
            let mut response = see_other(&me.at("account#preferences"));
            session::speak(&me.app, session::lang(language), &mut response);
            Ok(response)
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, errors, DelegationTyped::default(), Some(typed)).await
        }
    }
}

async fn keep(me: &Me, typed: &Wishes) -> Result<Language, Error> {
    let language: Language =
        typed.language.parse().map_err(|_| Error::invalid("language", "error-choice-unknown"))?;
    let theme: Theme = typed.theme.parse().map_err(|_| Error::invalid("theme", "error-choice-unknown"))?;
    let time = |field, text: &str| match text.trim() {
        "" => Ok(None),
        text => dates::parse_time(text).map(Some).map_err(|error| Error::invalid(field, error.key)),
    };
    let quiet = match (time("quiet_from", &typed.quiet_from)?, time("quiet_to", &typed.quiet_to)?) {
        (Some(from), Some(to)) => Some(Quiet { from, to }),
        (None, None) => None,
        _ => return Err(Error::invalid("quiet_to", "error-quiet-both")),
    };
    let wishes = Preferences { by_email: typed.by_email.is_some(), language: typed.language.parse()?, quiet };
    let mut cx = me.begin().await?;
    accounts::prefer(&mut cx, &me.signed, language, theme).await?;
    preferences::save(&mut cx, &wishes).await?;
    cx.commit().await?;
    Ok(language)
}
