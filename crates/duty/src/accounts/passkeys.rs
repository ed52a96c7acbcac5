//! Passkeys: signing in with a device that knows its owner (WebAuthn, user verification required).
//! They are discoverable, so the door asks for no login and tells nothing of who has one.

use super::{
    door::Door,
    links,
    model::Account,
    sessions::Signed,
    sign_in::{self, REFUSED, SignedIn},
    sql::{self, accounts::By},
    throttle,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, Actor, Error, Result, TenantId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::types::Uuid;
use std::net::IpAddr;
use store::{Cx, Event, Store};
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential,
};

/// A ceremony that has begun.
#[derive(Clone, Debug)]
pub struct Ceremony {
    pub id: Uuid,
    /// For `navigator.credentials.create` or `.get`, binary values in base64url.
    pub options: Value,
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: Uuid,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// How long a ceremony may take.
const CEREMONY: SignedDuration = SignedDuration::from_mins(5);
/// Longest name of a device, in characters.
const NAME_CAP: usize = 60;
const UNREADABLE: Error = Error::invalid("passkey", "error-passkey-unreadable");

fn parse<T: DeserializeOwned>(answer: &str) -> Result<T> {
    serde_json::from_str(answer).map_err(|_| UNREADABLE)
}

async fn keep(cx: &mut Cx, bound_to: Option<Uuid>, state: &impl serde::Serialize) -> Result<Uuid> {
    let id = cx.id::<Uuid>();
    let state = serde_json::to_string(state).map_err(Error::internal)?;
    let sealed = cx.seal("passkey_challenges", id, "state", &state)?;
    let expires_at = cx.now() + CEREMONY;
    sql::passkeys::keep_challenge(cx, id, bound_to, sealed, expires_at).await?;
    Ok(id)
}

async fn take<T: DeserializeOwned>(cx: &mut Cx, id: Uuid, bound_to: Option<Uuid>) -> Result<Option<T>> {
    let Some(sealed) = sql::passkeys::take_challenge(cx, id, bound_to).await? else { return Ok(None) };
    let state = cx.open("passkey_challenges", id, "state", &sealed)?;
    serde_json::from_str(&state).map(Some).map_err(Error::internal)
}

fn open_key(cx: &Cx, row: &sql::passkeys::Row) -> Result<Passkey> {
    let text = cx.open("passkeys", row.id, "credential", &row.credential)?;
    serde_json::from_str(&text).map_err(Error::internal)
}

fn seal_key(cx: &Cx, id: Uuid, passkey: &Passkey) -> Result<Vec<u8>> {
    let text = serde_json::to_string(passkey).map_err(Error::internal)?;
    cx.seal("passkeys", id, "credential", &text)
}

/// The passkeys of the person.
pub async fn keys_of(cx: &mut Cx, signed: &Signed) -> Result<Vec<Key>> {
    let rows = sql::passkeys::of(cx, signed.account).await?;
    Ok(rows
        .into_iter()
        .map(|row| Key {
            id: row.id,
            name: row.name,
            created_at: row.created_at.to_jiff(),
            last_used_at: row.last_used_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Begins to make a passkey for the owner of a one-time link.
pub async fn start_passkey_for(cx: &mut Cx, door: &Door, token: &str) -> Result<Ceremony> {
    let (link, account) = links::find(cx, token).await?;
    start(cx, door, &account, link.id).await
}

/// Begins to add a passkey; asks for a fresh second factor.
pub async fn start_passkey(cx: &mut Cx, door: &Door, signed: &Signed) -> Result<Ceremony> {
    signed.fresh(cx)?;
    let account = sql::accounts::one(cx, By::Id(signed.account)).await?;
    start(cx, door, &account, signed.session.uuid()).await
}

async fn start(cx: &mut Cx, door: &Door, account: &Account, bound_to: Uuid) -> Result<Ceremony> {
    let known = sql::passkeys::of(cx, account.id).await?;
    let known = known.into_iter().map(|row| row.credential_id).collect();
    let (options, state) = door
        .webauthn()?
        .start_passkey_registration(account.id.uuid(), &account.login, &account.name, Some(known))
        .map_err(Error::internal)?;
    let mut options = serde_json::to_value(options).map_err(Error::internal)?;
    // Discoverable, so that signing in needs no login.
    let selection = &mut options["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = json!("required");
    selection["requireResidentKey"] = json!(true);
    let id = keep(cx, Some(bound_to), &state).await?;
    Ok(Ceremony { id, options })
}

/// Adds the passkey that the browser has made.
pub async fn add_passkey(
    cx: &mut Cx,
    door: &Door,
    signed: &Signed,
    ceremony: Uuid,
    answer: &str,
    name: &str,
) -> Result<()> {
    let account = sql::accounts::one(cx, By::Id(signed.account)).await?;
    enrol(cx, door, &account, signed.session.uuid(), ceremony, answer, name).await
}

pub(super) async fn enrol(
    cx: &mut Cx,
    door: &Door,
    account: &Account,
    bound_to: Uuid,
    ceremony: Uuid,
    answer: &str,
    name: &str,
) -> Result<()> {
    let name = name.trim();
    if name.chars().count() > NAME_CAP {
        return Err(Error::invalid("name", "error-text-too-long"));
    }
    let answer: RegisterPublicKeyCredential = parse(answer)?;
    let state: PasskeyRegistration =
        take(cx, ceremony, Some(bound_to)).await?.ok_or(Error::Conflict("error-passkey-expired"))?;
    let passkey = door.webauthn()?.finish_passkey_registration(&answer, &state).map_err(|error| {
        tracing::debug!(%error, "a new passkey was refused");
        Error::invalid("passkey", "error-passkey-refused")
    })?;
    let id = cx.id::<Uuid>();
    let credential = seal_key(cx, id, &passkey)?;
    let new = sql::passkeys::New {
        id,
        account: account.id,
        credential_id: passkey.cred_id().as_ref(),
        credential,
        name,
    };
    sql::passkeys::insert(cx, new).await?;
    cx.record(Event::new("account.passkey_added", account.id).data(json!({ "passkey": id })));
    Ok(())
}

/// Begins to sign in (or to confirm) with a passkey: the same for everybody. `source` is where somebody
/// unknown asks from; too many from one are a `Conflict`.
pub async fn start_passkey_sign_in(cx: &mut Cx, door: &Door, source: Option<IpAddr>) -> Result<Ceremony> {
    throttle::begin(cx, source).await?;
    let (mut options, state) =
        door.webauthn()?.start_discoverable_authentication().map_err(Error::internal)?;
    // Asked for by a button, not by autofill.
    options.mediation = None;
    let id = keep(cx, None, &state).await?;
    Ok(Ceremony { id, options: serde_json::to_value(options).map_err(Error::internal)? })
}

/// Whose passkey answered; `None` when nobody's did.
async fn judge(cx: &mut Cx, door: &Door, ceremony: Uuid, answer: &str) -> Result<Judged> {
    let Some(state) = take::<DiscoverableAuthentication>(cx, ceremony, None).await? else {
        return Ok(Judged::Nobody);
    };
    let webauthn = door.webauthn()?;
    let answer: PublicKeyCredential = parse(answer)?;
    let Ok((user, credential)) = webauthn.identify_discoverable_authentication(&answer) else {
        return Ok(Judged::Nobody);
    };
    let Some(account) = sql::accounts::lock(cx, By::Id(AccountId(user))).await? else {
        return Ok(Judged::Nobody);
    };
    let Some(row) = sql::passkeys::lock(cx, account.id, credential).await? else {
        return Ok(Judged::Wrong(account));
    };
    let mut passkey = open_key(cx, &row)?;
    let shown: AuthenticationResult =
        match webauthn.finish_discoverable_authentication_v2(&answer, state, DiscoverableKey::from(&passkey))
        {
            Ok(shown) => shown,
            Err(error) => {
                // A counter that ran back (a copied key) ends here too.
                tracing::debug!(%error, "a passkey was refused");
                return Ok(Judged::Wrong(account));
            }
        };
    if !shown.user_verified() || !account.is_open() {
        return Ok(Judged::Wrong(account));
    }
    passkey.update_credential(&shown);
    let sealed = seal_key(cx, row.id, &passkey)?;
    sql::passkeys::used(cx, row.id, sealed).await?;
    Ok(Judged::Right(account))
}

enum Judged {
    Nobody,
    Wrong(Account),
    Right(Account),
}

/// Signs in with a passkey alone. It opens a door that wrong passwords have shut: nobody can guess
/// a passkey, and so nobody can lock an official out.
pub async fn sign_in_with_passkey(
    store: &Store,
    tenant: TenantId,
    door: &Door,
    ceremony: Uuid,
    answer: &str,
    source: Option<IpAddr>,
    agent: &str,
) -> Result<SignedIn> {
    let mut cx = store.begin(tenant, Actor::public()).await?;
    let taken = throttle::take(&mut cx, source, None).await?;
    cx.commit().await?;
    let mut cx = store.begin(tenant, Actor::public()).await?;
    match judge(&mut cx, door, ceremony, answer).await? {
        Judged::Right(mut account) => {
            let signed = sign_in::welcome(&mut cx, &mut account, agent, "passkey").await?;
            throttle::give_back(&mut cx, &taken).await?;
            cx.commit().await?;
            return Ok(signed);
        }
        Judged::Wrong(mut account) => sign_in::refuse(&mut cx, &mut account, "passkey").await?,
        Judged::Nobody => {
            cx.record(Event::new("door.refused", Uuid::from(tenant)).data(json!({ "by": "passkey" })));
        }
    }
    cx.commit().await?;
    Err(REFUSED)
}

/// Shows a passkey again, before factors are changed.
pub async fn confirm_with_passkey(
    store: &Store,
    tenant: TenantId,
    door: &Door,
    signed: &Signed,
    ceremony: Uuid,
    answer: &str,
) -> Result<()> {
    let mut cx = store.begin(tenant, signed.actor.clone()).await?;
    match judge(&mut cx, door, ceremony, answer).await? {
        Judged::Right(account) if account.id == signed.account => {
            sql::sessions::confirmed(&mut cx, signed.session).await?;
            cx.record(Event::new("account.confirmed", account.id).data(json!({ "session": signed.session })));
            cx.commit().await
        }
        _ => {
            cx.record(Event::new("account.failed", signed.account).data(json!({ "by": "confirm" })));
            cx.commit().await?;
            Err(Error::invalid("passkey", "error-passkey-refused"))
        }
    }
}
