//! Who sits in the call room. An operator comes with the number at which his telephone is rung, and goes;
//! between, he is ready, talks, writes up, or is away. A call that waits is given to whoever has been ready
//! the longest. Who did not take a call is away until he says that he is there, and is told why; who writes up
//! is ready again after a while by himself (`write_up`).

use super::{model, screen, sight, sql, sql_operators, toll, write_up};
use crate::permissions::{Action, Permit, Scope};
use kernel::{CallId, Error, Result, StaffId};
use serde_json::json;
use store::{Cx, Event};

pub use super::model::Presence;
pub use super::sql_operators::Operator;
pub use super::write_up::longest as longest_write_up;

/// Who is signed in at the call room as himself.
fn me(cx: &Cx) -> Result<StaffId> {
    cx.actor.staff_id().ok_or(Error::Forbidden(Action::CallMake.as_str()))
}

/// All who are in the call room, the ready ones first, the longest first.
pub async fn all(cx: &mut Cx) -> Result<Vec<Operator>> {
    cx.permit(Action::CallSee, Scope::Tenant)?;
    sql_operators::all(cx).await
}

/// How the actor himself stands; `None` where he is not in the call room.
pub async fn mine(cx: &mut Cx) -> Result<Option<Operator>> {
    match cx.actor.staff_id() {
        Some(me) => sql_operators::one(cx, me).await,
        None => Ok(None),
    }
}

/// Comes into the call room, ready; `extension` is the number, or the name at our own exchange, at which his
/// telephone is rung. Whoever is there already changes it.
///
/// Errors: `extension`: `error-extension-format`, `error-number-not-allowed`; `Conflict` while he talks.
pub async fn come(cx: &mut Cx, extension: &str) -> Result<()> {
    cx.permit(Action::CallMake, Scope::Tenant)?;
    let me = me(cx)?;
    let extension = model::extension(extension)?;
    toll::must_allow(cx, "extension", &extension).await?;
    if talks(cx, me).await? {
        return Err(Error::Conflict("error-operator-talking"));
    }
    sql_operators::come(cx, me, &extension).await?;
    cx.record(Event::new("operator.came", me));
    cx.tell(screen());
    Ok(())
}

/// Leaves the call room.
///
/// Errors: `Conflict` while he talks, and where he is not there.
pub async fn go(cx: &mut Cx) -> Result<()> {
    cx.permit(Action::CallMake, Scope::Tenant)?;
    let me = me(cx)?;
    if talks(cx, me).await? {
        return Err(Error::Conflict("error-operator-talking"));
    }
    if !sql_operators::go(cx, me).await? {
        return Err(Error::Conflict("error-operator-not-here"));
    }
    cx.record(Event::new("operator.left", me));
    cx.tell(screen());
    Ok(())
}

/// Whether he is in a call that runs.
async fn talks(cx: &mut Cx, staff: StaffId) -> Result<bool> {
    let Some(known) = sql_operators::one(cx, staff).await? else { return Ok(false) };
    match (known.presence, known.call) {
        (Presence::Talking, Some(call)) => Ok(sql::one(cx, call).await?.ended_at.is_none()),
        _ => Ok(false),
    }
}

/// Takes whoever has been ready the longest for a call; he talks from now on. Two that ask at once take two
/// different ones. The call is on record already. For the program's own parts.
pub async fn take_free(cx: &mut Cx, call: CallId) -> Result<Option<Operator>> {
    let Some(staff) = sql_operators::lock_free(cx).await? else { return Ok(None) };
    stand(cx, staff, Presence::Talking, Some(call), false).await?;
    sql_operators::one(cx, staff).await
}

/// Takes this one for a call, as [`take_free`] does; `false` where he is not ready. For the program's own parts.
pub async fn take(cx: &mut Cx, staff: StaffId, call: CallId) -> Result<bool> {
    let known = sql_operators::lock(cx, staff).await?;
    if known.is_none_or(|known| known.presence != Presence::Ready) {
        return Ok(false);
    }
    stand(cx, staff, Presence::Talking, Some(call), false).await?;
    Ok(true)
}

/// The actor's own telephone for a call that he asks for.
///
/// Errors: `Conflict` where he is not in the call room, or talks.
pub(super) async fn occupy(cx: &mut Cx, staff: StaffId, call: CallId) -> Result<Operator> {
    let known = sql_operators::lock(cx, staff).await?.ok_or(Error::Conflict("error-operator-not-here"))?;
    if known.presence == Presence::Talking {
        return Err(Error::Conflict("error-operator-talking"));
    }
    stand(cx, staff, Presence::Talking, Some(call), false).await?;
    Ok(known)
}

/// Frees an operator, or says how he stands: himself, whoever supervises the room, or the program. Whoever is
/// ready already keeps his place among the ready.
///
/// Errors: `Forbidden` for others; `Conflict` where he is not in the call room, and where a person frees
/// somebody whose call still runs.
pub async fn free(cx: &mut Cx, staff: StaffId, presence: Presence) -> Result<()> {
    if cx.actor.staff_id() == Some(staff) {
        cx.permit(Action::CallMake, Scope::Tenant)?;
    } else if !sight::may(cx, Action::CallSupervise, None) {
        return Err(Error::Forbidden(Action::CallSupervise.as_str()));
    }
    let known = sql_operators::lock(cx, staff).await?.ok_or(Error::Conflict("error-operator-not-here"))?;
    if !cx.actor.is_system() && talks(cx, staff).await? {
        return Err(Error::Conflict("error-operator-talking"));
    }
    if known.presence == presence {
        return Ok(());
    }
    let call = if matches!(presence, Presence::Talking | Presence::Writing) { known.call } else { None };
    // A person who is away has said so himself.
    let not_taken = presence == Presence::Away && cx.actor.is_system();
    stand(cx, staff, presence, call, not_taken).await
}

/// A call has ended: whoever talked in it writes it up.
pub(super) async fn let_go(cx: &mut Cx, call: CallId) -> Result<()> {
    for staff in sql_operators::talking_in(cx, call).await? {
        stand(cx, staff, Presence::Writing, Some(call), false).await?;
    }
    Ok(())
}

/// The time for writing up is over: whoever still writes is ready. For the timer.
pub(super) async fn written(cx: &mut Cx, staff: StaffId) -> Result<()> {
    let Some(known) = sql_operators::lock(cx, staff).await? else { return Ok(()) };
    if known.presence != Presence::Writing {
        return Ok(());
    }
    let until = known.since + write_up::longest(cx).await?;
    if cx.now() < until {
        // He began anew since, or the rule gives more time by now.
        write_up::arm(cx, staff, until);
        return Ok(());
    }
    stand(cx, staff, Presence::Ready, None, false).await
}

/// After a test ring: as he stood before, or away where his telephone was not answered.
pub(super) async fn tried(
    cx: &mut Cx,
    staff: StaffId,
    call: CallId,
    before: Presence,
    stays: bool,
) -> Result<()> {
    match sql_operators::lock(cx, staff).await? {
        Some(known) if known.call == Some(call) => {
            let presence = if stays { before } else { Presence::Away };
            stand(cx, staff, presence, None, !stays).await
        }
        // He has left the room meanwhile.
        _ => Ok(()),
    }
}

async fn stand(
    cx: &mut Cx,
    staff: StaffId,
    presence: Presence,
    call: Option<CallId>,
    not_taken: bool,
) -> Result<()> {
    sql_operators::set(cx, staff, presence, call, not_taken).await?;
    if presence == Presence::Writing {
        let until = cx.now() + write_up::longest(cx).await?;
        write_up::arm(cx, staff, until);
    }
    let data = json!({ "to": presence.as_str(), "call": call, "not_taken": not_taken });
    cx.record(Event::new("operator.moved", staff).data(data));
    cx.tell(screen());
    Ok(())
}
