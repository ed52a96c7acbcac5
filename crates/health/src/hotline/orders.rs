//! What the desk asks of a call that runs: to hold it, to pass it on, to let a supervisor listen. The desk
//! may ask in any process. It is written into the call's own list, in the order in which it was given; the
//! process that holds the call reads the list and writes what came of each, which the page tells whoever
//! asked.

use super::{
    leg::Whom,
    model::{Fault, Kind},
    sql, sql_orders,
    visit::Visit,
};
use duty::{
    calls::{self, operators},
    permissions::Action,
    staff,
    units::{self, Who},
};
use kernel::{CallId, Error, Result, StaffId, UnitId};
use store::{Cx, Topic};

pub use super::sql_orders::Asked;

/// What a process is woken by that holds calls; no screen asks for it.
pub(super) const NEWS: &str = "hotline.orders";

/// To whom a call is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Operator(StaffId),
    /// Whoever is on duty there.
    Unit(UnitId),
}

/// As it reaches the call.
pub(super) struct Order {
    pub asked: Asked,
    pub what: What,
}

pub(super) enum What {
    Hold(bool),
    Transfer(Whom),
    /// The number of the telephone that is to ring.
    Listen(String),
    /// It cannot even be begun.
    Refuse(Fault),
}

/// Passes a call on; the place of the order.
///
/// Errors: `NotFound` where the actor neither talks in it nor supervises; `to`: `error-hotline-away` for
/// somebody who cannot be rung now; Conflict `error-hotline-over`.
pub async fn transfer(cx: &mut Cx, call: CallId, to: To) -> Result<i16> {
    let operator = claim(cx, call).await?;
    whom(cx, to).await?;
    ask(cx, call, Kind::Transfer, Some(to), operator).await
}

/// Holds a call, or goes on with it.
///
/// Errors: those of [`transfer`].
pub async fn hold(cx: &mut Cx, call: CallId, on: bool) -> Result<i16> {
    let operator = claim(cx, call).await?;
    let kind = if on { Kind::Hold } else { Kind::Resume };
    ask(cx, call, kind, None, operator).await
}

/// Lets the actor listen, on the telephone of his seat or else his own, after the notice has been said.
///
/// Errors: `NotFound`, `Forbidden` for those who supervise no calls; `number`: `error-hotline-no-phone`;
/// Conflict `error-hotline-over`.
pub async fn listen(cx: &mut Cx, call: CallId) -> Result<i16> {
    if !calls::may(cx, Action::CallSupervise, None) {
        return Err(Error::Forbidden(Action::CallSupervise.as_str()));
    }
    let by = cx.actor.staff_id().ok_or(Error::NotFound)?;
    let operator = running(cx, call).await?;
    if phone_of(cx, by).await?.is_none() {
        return Err(Error::invalid("number", "error-hotline-no-phone"));
    }
    ask(cx, call, Kind::Listen, None, operator).await
}

async fn ask(
    cx: &mut Cx,
    call: CallId,
    kind: Kind,
    to: Option<To>,
    operator: Option<StaffId>,
) -> Result<i16> {
    let by = cx.actor.staff_id().ok_or(Error::NotFound)?;
    let place = sql_orders::insert(cx, call, kind, to, by, operator).await?;
    cx.tell(Topic::screen(NEWS));
    cx.tell(Topic::screen("hotline"));
    Ok(place)
}

/// What became of an order that the actor has given.
///
/// Errors: `NotFound` for others.
pub async fn find(cx: &mut Cx, call: CallId, place: i16) -> Result<Asked> {
    let asked = sql_orders::one(cx, call, place).await?;
    if cx.actor.staff_id() == Some(asked.by) { Ok(asked) } else { Err(Error::NotFound) }
}

/// A call in which the actor talks, or that he supervises; who talks in it.
///
/// Errors: `NotFound`; Conflict `error-hotline-over`.
pub async fn claim(cx: &mut Cx, call: CallId) -> Result<Option<StaffId>> {
    let operator = running(cx, call).await?;
    let own = operator.is_some() && operator == cx.actor.staff_id();
    if own || calls::may(cx, Action::CallSupervise, None) { Ok(operator) } else { Err(Error::NotFound) }
}

/// Who talks in a call that runs. It is locked: what is asked of it has one order.
pub(super) async fn running(cx: &mut Cx, call: CallId) -> Result<Option<StaffId>> {
    let kept = sql::lock(cx, call).await?;
    if kept.over_at.is_some() || kept.served_at.is_none() {
        return Err(Error::Conflict("error-hotline-over"));
    }
    Ok(kept.operator)
}

/// The telephone that is to ring.
async fn whom(cx: &mut Cx, to: To) -> Result<Whom> {
    let away = Error::invalid("to", "error-hotline-away");
    match to {
        To::Operator(staff) => {
            let all = operators::all(cx).await?;
            let ready = |one: &operators::Operator| {
                one.staff == staff && matches!(one.presence, operators::Presence::Ready)
            };
            let operator = all.into_iter().find(ready).ok_or(away)?;
            Ok(Whom { number: operator.extension, staff: Some(staff), unit: None })
        }
        To::Unit(unit) => {
            let tree = units::tree(cx).await?;
            tree.unit(unit)?;
            let reached = staff::reached(cx, &tree, &[(Who::Duty, unit)]).await?;
            let on_duty = reached.into_values().flatten().find(|one| one.has_phone).ok_or(away)?.staff;
            let number = staff::phone(cx, on_duty).await?.ok_or(Error::NotFound)?;
            Ok(Whom { number, staff: Some(on_duty), unit: Some(unit) })
        }
    }
}

/// Where somebody can be rung: his seat in the call room, else the telephone of his own.
async fn phone_of(cx: &mut Cx, id: StaffId) -> Result<Option<String>> {
    let seat = operators::all(cx).await?.into_iter().find(|one| one.staff == id);
    match seat {
        Some(operator) => Ok(Some(operator.extension)),
        None => staff::phone(cx, id).await,
    }
}

/// Whether something may have been asked of a call.
pub(super) fn matters(topic: &Topic) -> bool {
    matches!(topic, Topic::Screen(name) if name == NEWS)
}

/// What is asked of a call next, after this place.
pub(super) async fn next(visit: &Visit<'_>, after: i16) -> Result<Option<Order>> {
    let call = visit.call();
    let mut cx = visit.cx().await?;
    let Some(asked) = sql_orders::next(&mut cx, call, after).await? else { return Ok(None) };
    let what = if sql::lock(&mut cx, call).await?.operator == asked.operator {
        ready(&mut cx, &asked).await?
    } else {
        // It was passed on meanwhile: whoever talks now has asked for nothing.
        What::Refuse(Fault::Changed)
    };
    cx.rollback().await?;
    Ok(Some(Order { asked, what }))
}

/// With the telephones as they stand now.
async fn ready(cx: &mut Cx, asked: &Asked) -> Result<What> {
    Ok(match (asked.kind, asked.to) {
        (Kind::Hold, _) => What::Hold(true),
        (Kind::Resume, _) => What::Hold(false),
        (Kind::Transfer, Some(to)) => match whom(cx, to).await {
            Ok(whom) => What::Transfer(whom),
            Err(Error::Invalid { .. } | Error::NotFound) => What::Refuse(Fault::Away),
            Err(error) => return Err(error),
        },
        (Kind::Transfer, None) => return Err(Error::internal("a call is passed on to nobody")),
        (Kind::Listen, _) => match phone_of(cx, asked.by).await? {
            Some(number) => What::Listen(number),
            None => What::Refuse(Fault::NoPhone),
        },
    })
}
