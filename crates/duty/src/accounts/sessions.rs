//! Sessions: a random token in a cookie, of which only a keyed hash is kept. Twelve hours unused
//! or twenty-four in all, and it is nobody's.

use super::{
    csrf::Csrf,
    model::{Account, Before, FRESH, Language, Theme, Tries},
    sign_in::{self, SignedIn},
    sql::{
        self,
        accounts::By,
        sessions::{New, Which},
    },
    totp,
};
use crate::{permissions::with_duty, units};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, Actor, Error, Grant, Result, Role, SessionId, StaffId, TenantId, UnitId};
use serde_json::json;
use store::{Cx, Event, Store};

/// Who sends a request.
#[derive(Clone, Debug)]
pub struct Signed {
    /// With the grants of today; the leader's, while acting for one.
    pub actor: Actor,
    pub staff: StaffId,
    pub name: String,
    pub account: AccountId,
    pub session: SessionId,
    pub csrf: Csrf,
    pub language: Language,
    pub theme: Theme,
    /// What happened at the door before this sign-in, until [`seen`].
    pub before: Before,
    pub second_factor_at: Timestamp,
}

impl Signed {
    /// Whether a second factor was shown a short while ago: asked before factors are changed.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.second_factor_at) <= FRESH
    }

    pub(super) fn fresh(&self, cx: &Cx) -> Result<()> {
        if self.is_fresh(cx.now()) { Ok(()) } else { Err(Error::Conflict("error-confirm-first")) }
    }
}

/// An open session, for its owner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub id: SessionId,
    pub since: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    /// "Chrome · Android"; empty when unknown.
    pub agent: String,
}

const SAW_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A new secret of 256 bits for a cookie or a link, and its keyed hash.
pub(super) fn token(cx: &Cx, kind: &str) -> Result<(String, Vec<u8>)> {
    let token = BASE64URL_NOPAD.encode(&cx.rng().bytes::<32>());
    let hash = cx.blind(kind, &token)?;
    Ok((token, hash))
}

/// Opens a session for an account that has just proved itself, and goes on as its person.
pub(super) async fn begin(cx: &mut Cx, account: &Account, agent: &str, before: Before) -> Result<SignedIn> {
    let (token, hash) = token(cx, "session")?;
    let csrf = cx.rng().bytes::<32>();
    let agent = super::agent::short(agent);
    let new = New { account: account.id, token: &hash, csrf: &csrf, agent: &agent, before };
    let session = sql::sessions::insert(cx, new).await?;
    cx.actor = Actor::staff(account.staff, Vec::new());
    Ok(SignedIn { token, session, account: account.id, staff: account.staff, before })
}

/// Who is behind a session token: begins a transaction of its own. `None`: nobody, for whatever
/// reason.
pub async fn authenticate(store: &Store, tenant: TenantId, token: &str) -> Result<Option<Signed>> {
    let mut cx = store.begin(tenant, Actor::public()).await?;
    let signed = enter(&mut cx, token).await?;
    cx.commit().await?;
    Ok(signed)
}

/// Who is behind a session token; the transaction goes on as that person. One statement, and once
/// a minute a second one.
pub async fn enter(cx: &mut Cx, token: &str) -> Result<Option<Signed>> {
    let hash = cx.blind("session", token)?;
    let Some(row) = sql::sessions::find(cx, &hash).await? else { return Ok(None) };
    let (staff, session) = (StaffId(row.staff_id), SessionId(row.id));
    let tree = match units::known_tree(cx.tenant(), row.version, row.today()) {
        Some(tree) => tree,
        None => units::tree(cx).await?,
    };
    let before = row.before();
    let leader = row.on_behalf_of.map(StaffId).filter(|_| row.acting);
    let mut grants = Vec::new();
    for (role, unit) in row.roles.unwrap_or_default().iter().zip(row.units.unwrap_or_default()) {
        let (role, unit) = (role.parse()?, UnitId(unit));
        // Who may come in is never lent.
        if leader.is_none() || role != Role::Administrator {
            grants.push(Grant { role, unit, reach: tree.reach(unit) });
        }
    }
    let duty = row.duty.unwrap_or_default().into_iter().map(UnitId);
    let mut actor = Actor::staff(staff, with_duty(grants, duty));
    actor.on_behalf_of = leader;
    cx.actor = actor.clone();
    if row.on_behalf_of.is_some() && leader.is_none() {
        sql::sessions::act_for(cx, session, None).await?;
        cx.record(
            Event::new("account.acting_ended", row.account_id).data(
                json!({ "leader": row.on_behalf_of, "session": session, "because": "delegation_over" }),
            ),
        );
    }
    if cx.now().duration_since(row.last_seen_at.to_jiff()) >= SAW_EVERY {
        sql::sessions::saw(cx, session).await?;
    }
    Ok(Some(Signed {
        actor,
        staff,
        name: row.full_name,
        account: row.account_id.into(),
        session,
        csrf: Csrf::read(&row.csrf).ok_or_else(|| Error::internal("a session's secret is too short"))?,
        language: row.language.parse()?,
        theme: row.theme.parse()?,
        before,
        second_factor_at: row.second_factor_at.to_jiff(),
    }))
}

/// The person has read what happened before this sign-in.
pub async fn seen(cx: &mut Cx, signed: &Signed) -> Result<()> {
    sql::sessions::seen_before(cx, signed.session).await
}

pub async fn sign_out(cx: &mut Cx, signed: &Signed) -> Result<()> {
    end(cx, signed.account, Which::One(signed.session), "signed_out").await?;
    Ok(())
}

/// The person's own open sessions, the last used first.
pub async fn open_sessions(cx: &mut Cx, signed: &Signed) -> Result<Vec<Open>> {
    sql::sessions::open(cx, signed.account).await
}

/// Ends one of the person's own sessions.
pub async fn end_session(cx: &mut Cx, signed: &Signed, session: SessionId) -> Result<()> {
    if end(cx, signed.account, Which::One(session), "ended_by_owner").await? == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// Ends sessions, each on record with the reason; how many were open.
pub(super) async fn end(
    cx: &mut Cx,
    account: AccountId,
    which: Which,
    because: &'static str,
) -> Result<usize> {
    let ended = sql::sessions::end(cx, account, which).await?;
    for session in &ended {
        cx.record(
            Event::new("account.session_ended", account)
                .data(json!({ "session": session, "because": because })),
        );
    }
    Ok(ended.len())
}

/// Shows the authenticator code again, before factors are changed. Wrong codes count as at the door.
pub async fn confirm(store: &Store, tenant: TenantId, signed: &Signed, code: &str) -> Result<()> {
    let mut cx = store.begin(tenant, signed.actor.clone()).await?;
    let mut account = sql::accounts::one(&mut cx, By::Id(signed.account)).await?;
    let now = cx.now();
    if !account.tries.admit(now) {
        sql::accounts::save(&mut cx, &account).await?;
        cx.commit().await?;
        return Err(Error::Conflict("error-too-many-tries"));
    }
    let step = match secret(&cx, &account)? {
        Some(secret) => totp::step(&secret, code, now, account.totp_step)?,
        None => None,
    };
    if let Some(step) = step {
        account.totp_step = step;
        account.tries = Tries::default();
        sql::accounts::save(&mut cx, &account).await?;
        sql::sessions::confirmed(&mut cx, signed.session).await?;
        cx.record(Event::new("account.confirmed", account.id).data(json!({ "session": signed.session })));
        return cx.commit().await;
    }
    sign_in::settle_wrong(&mut cx, &mut account, "confirm").await?;
    cx.commit().await?;
    Err(Error::invalid("code", "error-code-wrong"))
}

/// The opened authenticator secret of an account that has one.
pub(super) fn secret(cx: &Cx, account: &Account) -> Result<Option<String>> {
    account.totp.as_ref().map(|sealed| cx.open("accounts", account.id.uuid(), "totp", sealed)).transpose()
}
