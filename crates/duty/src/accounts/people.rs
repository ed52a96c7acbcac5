//! What an administrator does with the accounts of others; never with his own.

use super::{
    links,
    model::{Account, State, Tries},
    sessions,
    sql::{self, accounts::By, sessions::Which},
};
use crate::{
    permissions::{Action, Permit, Scope},
    tickets,
};
use jiff::Timestamp;
use kernel::{Error, Result, StaffId, TicketId};
use serde_json::json;
use store::{Cx, Event};

/// An account in the administrator's list.
#[derive(Clone, Debug)]
pub struct Overview {
    pub staff: StaffId,
    pub name: String,
    pub staff_code: String,
    pub login: String,
    pub state: State,
    pub has_code: bool,
    pub passkeys: u32,
    /// Shut by wrong tries until then.
    pub locked_until: Option<Timestamp>,
    /// Of a session that is still open.
    pub last_seen_at: Option<Timestamp>,
}

/// All accounts of the tenant, by name.
pub async fn list(cx: &mut Cx) -> Result<Vec<Overview>> {
    cx.permit_sight(Action::AccountManage, Scope::Tenant)?;
    let now = cx.now();
    let rows = sql::accounts::list(cx).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Overview {
                staff: row.staff_id.into(),
                name: row.full_name,
                staff_code: row.staff_code,
                login: row.login,
                state: row.state.parse()?,
                has_code: row.totp,
                passkeys: u32::try_from(row.passkeys).unwrap_or(u32::MAX),
                locked_until: row
                    .locked_until
                    .map(jiff_sqlx::Timestamp::to_jiff)
                    .filter(|until| *until > now),
                last_seen_at: row.last_seen_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}

/// One person's account, for the administrator's page; `None` when he never had one.
pub async fn of(cx: &mut Cx, staff: StaffId) -> Result<Option<Overview>> {
    Ok(list(cx).await?.into_iter().find(|account| account.staff == staff))
}

/// Somebody else's account, for an administrator to act on.
async fn other(cx: &mut Cx, staff: StaffId) -> Result<Account> {
    cx.permit(Action::AccountManage, Scope::Tenant)?;
    if cx.actor.staff_id() == Some(staff) {
        return Err(Error::Conflict("error-account-own"));
    }
    sql::accounts::one(cx, By::Staff(staff)).await
}

/// Shuts an account until an administrator opens it again; its sessions end.
pub async fn lock(cx: &mut Cx, staff: StaffId) -> Result<()> {
    let mut account = other(cx, staff).await?;
    if account.state != State::Active {
        return Err(Error::Conflict("error-account-not-active"));
    }
    account.state = State::Locked;
    sql::accounts::save(cx, &account).await?;
    // A link on its way would open it again.
    sql::links::revoke(cx, account.id).await?;
    sessions::end(cx, account.id, Which::All, "locked").await?;
    cx.record(
        Event::new("account.locked", account.id).data(json!({ "by": "administrator", "staff": staff })),
    );
    Ok(())
}

/// Opens an account that an administrator or wrong tries have shut.
pub async fn unlock(cx: &mut Cx, staff: StaffId) -> Result<()> {
    let mut account = other(cx, staff).await?;
    if !matches!(account.state, State::Active | State::Locked) {
        return Err(Error::Conflict("error-account-not-active"));
    }
    account.state = State::Active;
    account.tries = Tries::default();
    sql::accounts::save(cx, &account).await?;
    cx.record(Event::new("account.unlocked", account.id).data(json!({ "staff": staff })));
    Ok(())
}

/// Somebody leaves: the account closes, sessions and links end, factors go, and what he was
/// assigned falls back to its units, whose clocks run on. Which tickets those were. The hours he
/// still had on duty go to `heir`, or stand empty and show as gaps. A member of staff who never had
/// an account hands over all the same.
pub async fn close(cx: &mut Cx, staff: StaffId, heir: Option<StaffId>) -> Result<Vec<TicketId>> {
    match other(cx, staff).await {
        Ok(mut account) => {
            links::drop_factors(cx, &mut account).await?;
            account.state = State::Closed;
            sql::accounts::save(cx, &account).await?;
            sql::links::revoke(cx, account.id).await?;
            sessions::end(cx, account.id, Which::All, "closed").await?;
            cx.record(Event::new("account.closed", account.id).data(json!({ "staff": staff })));
        }
        Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    let today = crate::units::today(cx).await?;
    crate::rosters::leave(cx, staff, today, heir).await?;
    tickets::hand_over(cx, staff).await
}
