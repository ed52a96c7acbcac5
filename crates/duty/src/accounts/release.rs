//! The second person. Whoever manages accounts holds every link he makes in his own hands; so one
//! that opens the account of a leader, an auditor or another administrator opens nothing until
//! somebody else, of those whom the table names, has released it.

use super::{
    model::{LINK, Purpose},
    sql,
};
use crate::permissions::{Action, Extent, Permit, Scope, extent};
use jiff::Timestamp;
use kernel::{Error, Result, Role, StaffId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// Whose links wait. Those who may release are among them: else one could make himself a second person.
const GUARDED: [Role; 5] =
    [Role::WardLeader, Role::DistrictLeader, Role::CentreDirector, Role::Auditor, Role::Administrator];

/// A link that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: Uuid,
    pub staff: StaffId,
    pub purpose: Purpose,
    pub made_by: Option<StaffId>,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whether a link for `staff` that the actor makes waits. Not on the machine itself, and not while
/// there is nobody else who could release it: a new centre has to begin with somebody.
pub(super) async fn needed(cx: &mut Cx, staff: StaffId) -> Result<bool> {
    if cx.actor.is_system() {
        return Ok(false);
    }
    let posts = crate::staff::post_rows(cx, staff).await?;
    if !posts.iter().any(|post| GUARDED.contains(&post.role)) {
        return Ok(false);
    }
    let roles: Vec<Role> =
        Role::ALL.into_iter().filter(|role| extent(*role, Action::AccountRelease) != Extent::No).collect();
    let not: Vec<StaffId> = cx.actor.staff_id().into_iter().chain([staff]).collect();
    sql::links::somebody_else(cx, &roles, &not).await
}

/// The links that wait, the oldest first.
pub async fn waiting(cx: &mut Cx) -> Result<Vec<Waiting>> {
    cx.permit_sight(Action::AccountRelease, Scope::Tenant)?;
    sql::links::waiting(cx).await
}

/// One that waits, for somebody who acts as himself.
async fn one(cx: &mut Cx, link: Uuid) -> Result<Waiting> {
    if cx.actor.on_behalf_of.is_some() {
        return Err(Error::Forbidden(Action::AccountRelease.as_str()));
    }
    cx.permit(Action::AccountRelease, Scope::Tenant)?;
    waiting(cx).await?.into_iter().find(|waiting| waiting.id == link).ok_or(Error::NotFound)
}

/// Answers for a link that somebody else has made: it opens from now on, for as long as any link does.
pub async fn release(cx: &mut Cx, link: Uuid) -> Result<()> {
    let waiting = one(cx, link).await?;
    let actor = cx.actor.staff_id();
    if actor.is_none() || waiting.made_by == actor || Some(waiting.staff) == actor {
        return Err(Error::Conflict("error-release-self"));
    }
    let until = cx.now() + LINK;
    let account = sql::links::release(cx, link, until).await?;
    cx.record(Event::new("account.link_released", account).data(json!({
        "staff": waiting.staff, "link": link, "purpose": waiting.purpose.as_str(),
        "issued_by": waiting.made_by, "expires_at": until,
    })));
    Ok(())
}

/// Takes back a link that waits.
pub async fn withdraw(cx: &mut Cx, link: Uuid) -> Result<()> {
    let waiting = one(cx, link).await?;
    let account = sql::links::withdraw(cx, link).await?;
    cx.record(
        Event::new("account.link_withdrawn", account)
            .data(json!({ "staff": waiting.staff, "link": link, "issued_by": waiting.made_by })),
    );
    Ok(())
}
