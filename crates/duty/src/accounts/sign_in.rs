//! The door itself. A try is counted before it is judged, hashing happens between two short
//! transactions, and every wrong answer costs and reads the same.

use super::{
    door::{self, Door},
    model::{self, Account, Before, State, Tries},
    sessions,
    sql::{self, accounts::By},
    sweep, throttle, totp,
};
use kernel::{AccountId, Actor, Error, Result, SessionId, StaffId, TenantId};
use serde_json::json;
use sqlx::types::Uuid;
use std::net::IpAddr;
use store::{Cx, Event, Store};

/// What somebody shows at the door.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub login: &'a str,
    pub password: &'a str,
    /// Of the authenticator app, six digits.
    pub code: &'a str,
    /// Where it comes from, for the count of tries only.
    pub source: Option<IpAddr>,
    /// The browser's `User-Agent`; two words of it are kept with the session.
    pub agent: &'a str,
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the cookie; nowhere else.
    pub token: String,
    pub session: SessionId,
    pub account: AccountId,
    pub staff: StaffId,
    /// Wrong tries since the last sign-in.
    pub before: Before,
}

/// Whatever was wrong.
pub(super) const REFUSED: Error = Error::invalid("login", "error-sign-in");

/// Signs in by password and authenticator code.
pub async fn sign_in(store: &Store, tenant: TenantId, door: &Door, attempt: Attempt<'_>) -> Result<SignedIn> {
    // A login that cannot be is one that nobody has.
    let login = model::login(attempt.login).ok();
    let mut cx = store.begin(tenant, Actor::public()).await?;
    let pepper = door::pepper(&cx)?;
    let taken = throttle::take(&mut cx, attempt.source, Some(login.as_deref().unwrap_or("?"))).await?;
    // Kept at once: other processes count with it, and no lock is held over the account's.
    cx.commit().await?;

    let mut cx = store.begin(tenant, Actor::public()).await?;
    let (mut hash, mut id) = (None, None);
    if let Some(login) = &login
        && let Some(mut account) = sql::accounts::lock(&mut cx, By::Login(login)).await?
    {
        id = Some(account.id);
        if account.is_open() && account.password.is_some() {
            let shut = account.tries.shut(cx.now());
            if account.tries.admit(cx.now()) {
                hash = account.password.take();
            } else if !shut {
                record_lock(&mut cx, &mut account);
            }
            sql::accounts::save(&mut cx, &account).await?;
        }
    }
    cx.commit().await?;
    let admitted = hash.is_some();
    let right = door.matches(pepper, hash, attempt.password).await?;

    let mut cx = store.begin(tenant, Actor::public()).await?;
    let Some(id) = id else {
        cx.record(Event::new("door.refused", Uuid::from(tenant)).data(json!({ "by": "password" })));
        cx.commit().await?;
        return Err(REFUSED);
    };
    let mut account = sql::accounts::one(&mut cx, By::Id(id)).await?;
    let step = match sessions::secret(&cx, &account)? {
        Some(secret) => totp::step(&secret, attempt.code, cx.now(), account.totp_step)?,
        None => None,
    };
    let Some(step) = step.filter(|_| right && account.is_open()) else {
        if admitted {
            settle_wrong(&mut cx, &mut account, "password").await?;
        } else {
            refuse(&mut cx, &mut account, "password").await?;
        }
        cx.commit().await?;
        return Err(REFUSED);
    };
    account.totp_step = step;
    let signed = welcome(&mut cx, &mut account, attempt.agent, "password").await?;
    throttle::give_back(&mut cx, &taken).await?;
    cx.commit().await?;
    Ok(signed)
}

/// The account has proved itself: forgets its wrong tries and opens a session.
pub(super) async fn welcome(
    cx: &mut Cx,
    account: &mut Account,
    agent: &str,
    by: &'static str,
) -> Result<SignedIn> {
    let before =
        Before { failures: u32::try_from(account.failures_since).unwrap_or(0), locked_at: account.locked_at };
    account.tries = Tries::default();
    account.failures_since = 0;
    account.locked_at = None;
    sql::accounts::save(cx, account).await?;
    let signed = sessions::begin(cx, account, agent, before).await?;
    cx.record(
        Event::new("account.signed_in", account.id)
            .data(json!({ "session": signed.session, "by": by, "failures_before": before.failures })),
    );
    Ok(signed)
}

/// A counted try was wrong; perhaps it shuts the door.
pub(super) async fn settle_wrong(cx: &mut Cx, account: &mut Account, by: &'static str) -> Result<()> {
    if account.tries.wrong(cx.now()).is_some() {
        record_lock(cx, account);
    }
    refuse(cx, account, by).await
}

/// A try that failed, whether or not it was judged.
pub(super) async fn refuse(cx: &mut Cx, account: &mut Account, by: &'static str) -> Result<()> {
    account.failures_since = account.failures_since.saturating_add(1);
    cx.record(Event::new("account.failed", account.id).data(json!({ "by": by })));
    sql::accounts::save(cx, account).await
}

fn record_lock(cx: &mut Cx, account: &mut Account) {
    account.locked_at = Some(cx.now());
    cx.record(
        Event::new("account.locked", account.id)
            .data(json!({ "until": account.tries.locked_until, "lockouts": account.tries.lockouts })),
    );
}

/// Signs in as any member of staff, in a demo only; elsewhere there is no such door.
pub async fn demo_sign_in(store: &Store, tenant: TenantId, staff: StaffId, agent: &str) -> Result<SignedIn> {
    let mut cx = store.begin(tenant, Actor::public()).await?;
    if !sql::accounts::place(&mut cx).await?.demo {
        return Err(Error::NotFound);
    }
    if sql::accounts::lock(&mut cx, By::Staff(staff)).await?.is_none() {
        let person = crate::staff::of(&mut cx, &[staff]).await?.remove(&staff).ok_or(Error::NotFound)?;
        let login = format!("demo-{}", person.code.to_ascii_lowercase());
        let login =
            model::login(&login).unwrap_or_else(|_| format!("demo-{}", cx.rng().code(8).to_lowercase()));
        sql::accounts::insert(&mut cx, staff, &login, State::Active).await?;
        sweep::arm(&mut cx);
    }
    let mut account = sql::accounts::one(&mut cx, By::Staff(staff)).await?;
    if !account.is_open() {
        return Err(Error::NotFound);
    }
    let signed = welcome(&mut cx, &mut account, agent, "demo").await?;
    cx.commit().await?;
    Ok(signed)
}
