//! Acting on behalf: an office does its leader's work under a written delegation, with the
//! leader's grants, and every event says so. Administration of accounts is never lent.

use super::{sessions::Signed, sql};
use crate::permissions::{Action, Permit, Scope};
use jiff::Timestamp;
use kernel::{Error, Result, StaffId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// A delegation that stands.
#[derive(Clone, Debug)]
pub struct Delegation {
    pub id: Uuid,
    pub leader: StaffId,
    pub deputy: StaffId,
    pub from: Timestamp,
    /// Not from this moment on; `None`: until it is ended.
    pub to: Option<Timestamp>,
    /// Number of the paper it rests on.
    pub decision: Option<String>,
}

pub struct NewDelegation {
    pub leader: StaffId,
    pub deputy: StaffId,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
    pub decision: Option<String>,
}

/// Longest number of a paper, in characters.
const DECISION_CAP: usize = 100;

/// The leader himself, or whoever keeps the staff list.
fn may(cx: &Cx, leader: StaffId) -> Result<()> {
    if cx.actor.staff_id() == Some(leader) && cx.actor.on_behalf_of.is_none() {
        return Ok(());
    }
    cx.permit(Action::StaffEdit, Scope::Tenant)
}

/// Lets `deputy` act for `leader`. An administrator who writes one down cannot name himself.
pub async fn delegate(cx: &mut Cx, new: NewDelegation) -> Result<Uuid> {
    may(cx, new.leader)?;
    if new.leader == new.deputy || cx.actor.staff_id() == Some(new.deputy) {
        return Err(Error::invalid("deputy", "error-delegate-self"));
    }
    if new.to.is_some_and(|to| to <= new.from || to <= cx.now()) {
        return Err(Error::invalid("to", "error-period-order"));
    }
    let decision = new.decision.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if decision.is_some_and(|text| text.chars().count() > DECISION_CAP) {
        return Err(Error::invalid("decision", "error-text-too-long"));
    }
    let people = crate::staff::of(cx, &[new.leader, new.deputy]).await?;
    for (field, who) in [("leader", new.leader), ("deputy", new.deputy)] {
        if people.get(&who).is_none_or(|person| person.left_on.is_some()) {
            return Err(Error::invalid(field, "error-staff-unknown"));
        }
    }
    let id = sql::delegations::insert(cx, new.leader, new.deputy, new.from, new.to, decision).await?;
    let mut event = Event::new("delegation.made", id)
        .data(json!({ "leader": new.leader, "deputy": new.deputy, "from": new.from, "to": new.to }));
    if let Some(decision) = decision {
        event = event.payload(json!({ "decision": decision }));
    }
    cx.record(event);
    Ok(id)
}

/// Delegations in force or to come.
pub async fn delegations(cx: &mut Cx) -> Result<Vec<Delegation>> {
    cx.permit_sight(Action::StaffSee, Scope::Tenant)?;
    sql::delegations::standing(cx).await
}

/// Those by which somebody acts for the actor himself.
pub async fn own_delegations(cx: &mut Cx) -> Result<Vec<Delegation>> {
    let own = cx.actor.staff_id().ok_or(Error::NotFound)?;
    let mut standing = sql::delegations::standing(cx).await?;
    standing.retain(|delegation| delegation.leader == own);
    Ok(standing)
}

/// Ends a delegation now; a session acting under it is itself again at its next request.
pub async fn end_delegation(cx: &mut Cx, id: Uuid) -> Result<()> {
    let standing = sql::delegations::standing(cx).await?;
    let delegation = standing.into_iter().find(|delegation| delegation.id == id).ok_or(Error::NotFound)?;
    may(cx, delegation.leader)?;
    sql::delegations::end(cx, id).await?;
    cx.record(
        Event::new("delegation.ended", id)
            .data(json!({ "leader": delegation.leader, "deputy": delegation.deputy })),
    );
    Ok(())
}

/// Begins to act for a leader in this session; holds from the next request.
pub async fn act_for(cx: &mut Cx, signed: &Signed, leader: StaffId) -> Result<()> {
    if !crate::staff::acts_for(cx, signed.staff).await?.contains(&leader) {
        return Err(Error::NotFound);
    }
    if signed.actor.on_behalf_of.is_some() {
        stop_acting(cx, signed).await?;
    }
    sql::sessions::act_for(cx, signed.session, Some(leader)).await?;
    cx.record(
        Event::new("account.acting_began", signed.account)
            .data(json!({ "leader": leader, "session": signed.session })),
    );
    Ok(())
}

/// Is oneself again, from the next request.
pub async fn stop_acting(cx: &mut Cx, signed: &Signed) -> Result<()> {
    let leader = signed.actor.on_behalf_of.ok_or(Error::Conflict("error-not-acting"))?;
    sql::sessions::act_for(cx, signed.session, None).await?;
    cx.record(
        Event::new("account.acting_ended", signed.account)
            .data(json!({ "leader": leader, "session": signed.session, "because": "ended_by_deputy" })),
    );
    Ok(())
}
