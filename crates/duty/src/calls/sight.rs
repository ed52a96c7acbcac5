//! Who sees a call: whom the table lets see calls of its unit, and whoever conducts it. A call that belongs
//! to no unit is seen by those who see all of the district.

use super::{model::Call, sql};
use crate::permissions::{Action, Scope, allowed_units, permits};
use kernel::{CallId, Error, Result, UnitId};
use store::Cx;
use uuid::Uuid;

/// Whether the actor may do this to what belongs to a unit, or to none.
pub fn may(cx: &Cx, action: Action, unit: Option<UnitId>) -> bool {
    match unit {
        Some(unit) => permits(&cx.actor, action, Scope::Units(&[unit])),
        None => allowed_units(&cx.actor, action).is_none(),
    }
}

/// Whether it is the actor's own call.
pub(super) fn is_own(cx: &Cx, call: &Call) -> bool {
    cx.actor.staff_id().is_some_and(|me| call.staff == Some(me) || call.served_by == Some(me))
}

/// Whether the actor may know of a call.
pub fn sees(cx: &Cx, call: &Call) -> bool {
    may(cx, Action::CallSee, call.unit) || is_own(cx, call)
}

/// A call the actor sees; `NotFound` for others.
pub(super) async fn seen(cx: &mut Cx, id: CallId) -> Result<Call> {
    let call = sql::one(cx, id).await?;
    if sees(cx, &call) { Ok(call) } else { Err(Error::NotFound) }
}

/// The units whose calls the actor sees, as rows name them; `None` means all.
pub(super) fn units(cx: &Cx) -> Option<Vec<Uuid>> {
    allowed_units(&cx.actor, Action::CallSee).map(|units| units.into_iter().map(UnitId::uuid).collect())
}
