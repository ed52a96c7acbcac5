//! One-time links: the first administrator's, an invitation, a recovery. Each waits 24 hours and
//! serves once; a newer one takes the older back. Recovery needs a second person, an
//! administrator; until the link is used nothing changes.

use super::{
    door::{Door, Making},
    model::{self, Account, Before, LINK, Purpose, State, Tries},
    passkeys, password, release, sessions,
    sign_in::SignedIn,
    sql::{self, accounts::By, links::Link, sessions::Which},
    sweep,
    totp::{self, Enrolment},
};
use crate::{
    permissions::{Action, Permit, Scope},
    staff::{NewPost, NewStaff},
    units,
};
use jiff::Timestamp;
use kernel::{Actor, Error, Result, Role, StaffId, TenantId, text};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Store};

/// The link of the person who sets a new tenant up: takes him on as administrator of the centre.
/// Asked again before anybody came in, it gives a fresh link. For the command line only.
pub async fn first_administrator(cx: &mut Cx, name: &str, login: &str) -> Result<String> {
    if !cx.actor.is_system() {
        return Err(Error::Forbidden(Action::TenantManage.as_str()));
    }
    if sql::accounts::any_opened(cx).await? {
        return Err(Error::Conflict("error-administrator-exists"));
    }
    let login = model::login(login)?;
    let account = if let Some(account) = sql::accounts::lock(cx, By::Login(&login)).await? {
        account.id
    } else {
        let (today, unit) = (sql::accounts::place(cx).await?.today, units::tree(cx).await?.director());
        let name = name.trim();
        if name.is_empty() {
            return Err(Error::invalid("name", "error-name-missing"));
        }
        let new = NewStaff {
            code: format!("QTV-{}", cx.rng().code(6)),
            full_name: name.to_owned(),
            search: text::search_key(name),
            phone: None,
            email: None,
            active_from: today,
        };
        let staff = crate::staff::insert(cx, &new).await?;
        let post = NewPost {
            staff,
            unit,
            role: Role::Administrator,
            title: "Quản trị hệ thống".into(),
            title_en: "System administrator".into(),
            head: false,
            on_call: false,
            valid_from: today,
        };
        crate::staff::insert_post(cx, &post).await?;
        sweep::arm(cx);
        sql::accounts::insert(cx, staff, &login, State::Invited).await?
    };
    let account = sql::accounts::one(cx, By::Id(account)).await?;
    issue(cx, &account, Purpose::FirstAdministrator).await
}

/// Opens the door to a member of staff: the token of a link that the administrator hands over.
/// Asked again, it gives a fresh link; someone who came back starts anew.
pub async fn invite(cx: &mut Cx, staff: StaffId, login: &str) -> Result<String> {
    cx.permit(Action::AccountManage, Scope::Tenant)?;
    let login = model::login(login)?;
    let person = crate::staff::of(cx, &[staff]).await?.remove(&staff).ok_or(Error::NotFound)?;
    if person.left_on.is_some() {
        return Err(Error::Conflict("error-staff-left"));
    }
    if let Some(mut account) = sql::accounts::lock(cx, By::Staff(staff)).await? {
        match account.state {
            State::Invited => {}
            State::Closed => drop_factors(cx, &mut account).await?,
            State::Active | State::Locked => return Err(Error::Conflict("error-account-exists")),
        }
        account.state = State::Invited;
        account.login = login;
        sql::accounts::save(cx, &account).await?;
    } else {
        sql::accounts::insert(cx, staff, &login, State::Invited).await?;
        sweep::arm(cx);
    }
    let account = sql::accounts::one(cx, By::Staff(staff)).await?;
    issue(cx, &account, Purpose::Invite).await
}

/// Lets somebody in again who has lost his password or factor. Never oneself: a second person
/// must answer for it. On the machine itself the program may do it, recorded as such.
pub async fn recover(cx: &mut Cx, staff: StaffId) -> Result<String> {
    cx.permit(Action::AccountManage, Scope::Tenant)?;
    if cx.actor.staff_id() == Some(staff) {
        return Err(Error::Conflict("error-recover-self"));
    }
    let account = sql::accounts::one(cx, By::Staff(staff)).await?;
    if account.left || !matches!(account.state, State::Active | State::Locked) {
        return Err(Error::Conflict("error-account-not-active"));
    }
    issue(cx, &account, Purpose::Recovery).await
}

/// As [`recover`], by the name a person signs in with. For the command line: a sole administrator
/// who is locked out has nobody else to ask.
pub async fn recover_login(cx: &mut Cx, login: &str) -> Result<String> {
    cx.permit(Action::AccountManage, Scope::Tenant)?;
    let login = model::login(login)?;
    let account = sql::accounts::lock(cx, By::Login(&login)).await?;
    let account = account.ok_or(Error::invalid("login", "error-login-unknown"))?;
    recover(cx, account.staff).await
}

async fn issue(cx: &mut Cx, account: &Account, purpose: Purpose) -> Result<String> {
    sql::links::revoke(cx, account.id).await?;
    let (token, hash) = sessions::token(cx, "link")?;
    let expires_at = cx.now() + LINK;
    let waits = purpose != Purpose::FirstAdministrator && release::needed(cx, account.staff).await?;
    let link = sql::links::insert(cx, account.id, purpose, &hash, expires_at, waits).await?;
    let kind = if purpose == Purpose::Recovery { "account.recovery_issued" } else { "account.invited" };
    cx.record(Event::new(kind, account.id).data(json!({
        "staff": account.staff, "link": link, "purpose": purpose.as_str(), "expires_at": expires_at,
        "waits": waits,
    })));
    Ok(token)
}

/// What the page behind a link shows.
#[derive(Clone, Debug)]
pub struct Offer {
    pub purpose: Purpose,
    pub name: String,
    pub login: String,
    pub expires_at: Timestamp,
    /// The same until the link is used.
    pub totp: Enrolment,
}

/// Opens a link's page. A link that does not open is not found, whatever the reason; one that waits
/// for a second person says so to whoever holds it.
pub async fn offer(cx: &mut Cx, token: &str) -> Result<Offer> {
    let (link, account) = find(cx, token).await?;
    let secret = if let Some(sealed) = &link.totp {
        cx.open("account_links", link.id, "totp", sealed)?
    } else {
        let secret = totp::new_secret(cx.rng());
        let sealed = cx.seal("account_links", link.id, "totp", &secret)?;
        sql::links::set_totp(cx, link.id, &sealed).await?;
        secret
    };
    let place = sql::accounts::place(cx).await?;
    Ok(Offer {
        purpose: link.purpose,
        totp: totp::enrolment(&secret, &place.name, &account.login)?,
        name: account.name,
        login: account.login,
        expires_at: link.expires_at,
    })
}

/// The link of a token and its account, both locked, when it still opens.
pub(super) async fn find(cx: &mut Cx, token: &str) -> Result<(Link, Account)> {
    let hash = cx.blind("link", token)?;
    let link = sql::links::lock(cx, &hash).await?.ok_or(Error::NotFound)?;
    let account = sql::accounts::one(cx, By::Id(link.account)).await?;
    let fits = match link.purpose {
        Purpose::Recovery => matches!(account.state, State::Active | State::Locked),
        Purpose::FirstAdministrator | Purpose::Invite => account.state == State::Invited,
    };
    match (fits && !account.left, link.waits) {
        (false, _) => Err(Error::NotFound),
        (true, true) => Err(Error::Conflict("error-link-waits")),
        (true, false) => Ok((link, account)),
    }
}

/// The second factor that a link's owner shows.
#[derive(Clone, Copy)]
pub enum Second<'a> {
    /// A code of the secret that [`offer`] showed.
    Code(&'a str),
    /// A passkey made for [`passkeys::start_passkey_for`]: the ceremony, what the browser
    /// answered, and what its owner calls the device.
    Passkey { ceremony: Uuid, answer: &'a str, name: &'a str },
}

/// What a link's owner fills in.
#[derive(Clone, Copy)]
pub struct Acceptance<'a> {
    pub password: &'a str,
    pub second: Second<'a>,
    pub agent: &'a str,
}

/// Uses a link: sets password and second factor and comes in. A recovery takes the old factors
/// away and ends every session.
pub async fn accept(
    store: &Store,
    tenant: TenantId,
    door: &Door,
    token: &str,
    acceptance: Acceptance<'_>,
) -> Result<SignedIn> {
    let mut cx = store.begin(tenant, Actor::public()).await?;
    let (_, account) = find(&mut cx, token).await?;
    password::check(acceptance.password, &account.login, &account.name)?;
    let making = Making::new(&cx)?;
    cx.rollback().await?;
    let hash = door.hash(making, acceptance.password).await?;

    let mut cx = store.begin(tenant, Actor::public()).await?;
    // Found again: it may have been used meanwhile.
    let (link, mut account) = find(&mut cx, token).await?;
    cx.actor = Actor::staff(account.staff, Vec::new());
    let recovering = link.purpose == Purpose::Recovery;
    if recovering {
        drop_factors(&mut cx, &mut account).await?;
        sessions::end(&mut cx, account.id, Which::All, "recovered").await?;
    }
    let factor = match acceptance.second {
        Second::Code(code) => {
            let sealed = link.totp.as_ref().ok_or(Error::NotFound)?;
            let secret = cx.open("account_links", link.id, "totp", sealed)?;
            let step = totp::step(&secret, code, cx.now(), 0)?;
            account.totp_step = step.ok_or(Error::invalid("code", "error-code-wrong"))?;
            account.totp = Some(cx.seal("accounts", account.id.uuid(), "totp", &secret)?);
            "code"
        }
        Second::Passkey { ceremony, answer, name } => {
            passkeys::enrol(&mut cx, door, &account, link.id, ceremony, answer, name).await?;
            "passkey"
        }
    };
    sql::accounts::set_password(&mut cx, account.id, Some(&hash)).await?;
    account.state = State::Active;
    account.tries = Tries::default();
    account.failures_since = 0;
    account.locked_at = None;
    sql::accounts::save(&mut cx, &account).await?;
    sql::links::used(&mut cx, link.id).await?;
    let kind = if recovering { "account.recovered" } else { "account.opened" };
    cx.record(Event::new(kind, account.id).data(
        json!({ "link": link.id, "issued_by": link.created_by, "factor": factor, "staff": account.staff }),
    ));
    let signed = sessions::begin(&mut cx, &account, acceptance.agent, Before::default()).await?;
    cx.record(
        Event::new("account.signed_in", account.id).data(json!({ "session": signed.session, "by": "link" })),
    );
    cx.commit().await?;
    Ok(signed)
}

/// Takes password and second factors away.
pub(super) async fn drop_factors(cx: &mut Cx, account: &mut Account) -> Result<()> {
    account.totp = None;
    account.totp_step = 0;
    account.password = None;
    sql::accounts::set_password(cx, account.id, None).await?;
    sql::passkeys::remove(cx, account.id, None).await?;
    Ok(())
}
