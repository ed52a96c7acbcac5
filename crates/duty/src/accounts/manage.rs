//! What a person does with his own account once he is in.

use super::{
    door::{self, Door, Making},
    model::{Language, Theme, Tries},
    password,
    sessions::{self, Signed},
    sign_in,
    sql::{self, accounts::By, sessions::Which},
    totp::{self, Enrolment},
};
use kernel::{Error, Result, TenantId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Store};

/// Changes the password against the current one; every other session ends.
pub async fn change_password(
    store: &Store,
    tenant: TenantId,
    door: &Door,
    signed: &Signed,
    current: &str,
    new: &str,
) -> Result<()> {
    let mut cx = store.begin(tenant, signed.actor.clone()).await?;
    let mut account = sql::accounts::one(&mut cx, By::Id(signed.account)).await?;
    password::check(new, &account.login, &account.name)?;
    let (pepper, making) = (door::pepper(&cx)?, Making::new(&cx)?);
    let admitted = account.tries.admit(cx.now());
    sql::accounts::save(&mut cx, &account).await?;
    cx.commit().await?;
    if !admitted {
        return Err(Error::Conflict("error-too-many-tries"));
    }
    let right = door.matches(pepper, account.password.take(), current).await?;
    let hash = if right { Some(door.hash(making, new).await?) } else { None };

    let mut cx = store.begin(tenant, signed.actor.clone()).await?;
    let mut account = sql::accounts::one(&mut cx, By::Id(signed.account)).await?;
    let Some(hash) = hash else {
        sign_in::settle_wrong(&mut cx, &mut account, "change").await?;
        cx.commit().await?;
        return Err(Error::invalid("current", "error-password-current"));
    };
    account.tries = Tries::default();
    sql::accounts::save(&mut cx, &account).await?;
    sql::accounts::set_password(&mut cx, account.id, Some(&hash)).await?;
    sessions::end(&mut cx, account.id, Which::AllBut(signed.session), "password_changed").await?;
    cx.record(Event::new("account.password_changed", account.id).data(json!({ "session": signed.session })));
    cx.commit().await
}

/// Offers a new authenticator secret; the old one holds until the new one has shown a code.
pub async fn start_totp(cx: &mut Cx, signed: &Signed) -> Result<Enrolment> {
    signed.fresh(cx)?;
    let account = sql::accounts::one(cx, By::Id(signed.account)).await?;
    let secret = totp::new_secret(cx.rng());
    let sealed = cx.seal("sessions", signed.session.uuid(), "totp", &secret)?;
    sql::sessions::set_totp(cx, signed.session, Some(&sealed)).await?;
    let place = sql::accounts::place(cx).await?;
    totp::enrolment(&secret, &place.name, &account.login)
}

/// The new authenticator shows its first code and replaces the old one.
pub async fn finish_totp(cx: &mut Cx, signed: &Signed, code: &str) -> Result<()> {
    signed.fresh(cx)?;
    let mut account = sql::accounts::one(cx, By::Id(signed.account)).await?;
    let sealed =
        sql::sessions::totp(cx, signed.session).await?.ok_or(Error::Conflict("error-code-not-started"))?;
    let secret = cx.open("sessions", signed.session.uuid(), "totp", &sealed)?;
    let step = totp::step(&secret, code, cx.now(), 0)?;
    account.totp_step = step.ok_or(Error::invalid("code", "error-code-wrong"))?;
    account.totp = Some(cx.seal("accounts", account.id.uuid(), "totp", &secret)?);
    sql::accounts::save(cx, &account).await?;
    sql::sessions::set_totp(cx, signed.session, None).await?;
    cx.record(Event::new("account.code_replaced", account.id).data(json!({ "session": signed.session })));
    Ok(())
}

/// Removes a passkey; the last second factor stays.
pub async fn remove_passkey(cx: &mut Cx, signed: &Signed, passkey: Uuid) -> Result<()> {
    signed.fresh(cx)?;
    let account = sql::accounts::one(cx, By::Id(signed.account)).await?;
    let keys = sql::passkeys::of(cx, account.id).await?;
    if keys.iter().all(|key| key.id != passkey) {
        return Err(Error::NotFound);
    }
    if account.totp.is_none() && keys.len() == 1 {
        return Err(Error::Conflict("error-last-factor"));
    }
    sql::passkeys::remove(cx, account.id, Some(passkey)).await?;
    cx.record(Event::new("account.passkey_removed", account.id).data(json!({ "passkey": passkey })));
    Ok(())
}

/// How the person wants the screens.
pub async fn prefer(cx: &mut Cx, signed: &Signed, language: Language, theme: Theme) -> Result<()> {
    sql::accounts::prefer(cx, signed.staff, language, theme).await?;
    cx.record(
        Event::new("account.preferred", signed.account)
            .data(json!({ "language": language.as_str(), "theme": theme.as_str() })),
    );
    Ok(())
}
