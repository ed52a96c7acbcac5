//! Who may arrange a unit's duty: whoever the permission table lets, and the head of the unit
//! itself, whose role may be that of his staff.

use crate::{
    permissions::{Action, Permit, Scope, permits},
    staff,
};
use kernel::{Error, Result, StaffId, UnitId};
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

/// Whether the actor may read the telephone numbers of who stands at a unit.
pub async fn reads_phones(cx: &mut Cx, unit: UnitId) -> Result<bool> {
    Ok(permits(&cx.actor, Action::RosterPhones, Scope::Units(&[unit])) || manages(cx, unit).await?)
}

/// Refuses, at `field`, somebody who is gone, or who could not accept what rings for him at a unit that
/// is not his: who holds no post with which one handles tickets.
pub(super) async fn must_stand(
    cx: &mut Cx,
    field: &'static str,
    unit: UnitId,
    people: &[StaffId],
) -> Result<()> {
    let known = staff::of(cx, people).await?;
    let gone = |id| known.get(id).is_none_or(|person| person.left_on.is_some());
    if people.iter().any(gone) {
        return Err(Error::invalid(field, "error-staff-unknown"));
    }
    if staff::able_to_stand(cx, unit, people).await?.len() < known.len() {
        return Err(Error::invalid(field, "error-roster-cannot-stand"));
    }
    Ok(())
}

pub(super) async fn manage(cx: &mut Cx, unit: UnitId) -> Result<()> {
    see(cx)?;
    if manages(cx, unit).await? { Ok(()) } else { Err(Error::Forbidden(Action::RosterEdit.as_str())) }
}
