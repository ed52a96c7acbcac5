//! Who may arrange a unit's duty: whoever the permission table lets, and the head of the unit
//! itself, whose role may be that of his staff.

use crate::{
    permissions::{Action, Permit, Scope, permits},
    staff,
};
use kernel::{Error, Result, UnitId};
use store::Cx;

pub(super) fn see(cx: &Cx) -> Result<()> {
    cx.permit_sight(Action::RosterSee, Scope::Tenant)
}

/// Whether the actor arranges a unit's duty.
pub async fn manages(cx: &mut Cx, unit: UnitId) -> Result<bool> {
    if permits(&cx.actor, Action::RosterEdit, Scope::Units(&[unit])) {
        return Ok(true);
    }
    let Some(id) = cx.actor.staff_id() else { return Ok(false) };
    Ok(staff::posts_of(cx, id).await?.iter().any(|post| post.head && post.unit == unit))
}

pub(super) async fn manage(cx: &mut Cx, unit: UnitId) -> Result<()> {
    see(cx)?;
    if manages(cx, unit).await? { Ok(()) } else { Err(Error::Forbidden(Action::RosterEdit.as_str())) }
}
