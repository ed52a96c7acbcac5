//! What the desk asks of a call that runs: to hold it, to pass it on, to let a supervisor listen. The desk
//! may ask in any process; a job carries it to the one that holds the call.

use super::{leg::Whom, reception::Reception, sql};
use async_trait::async_trait;
use duty::{
    calls::{self, operators},
    permissions::Action,
    staff,
    units::{self, Who},
};
use jiff::SignedDuration;
use kernel::{Actor, CallId, Error, Result, StaffId, UnitId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Cx, Job, Store,
    jobs::{OnJob, Taken},
};
use uuid::Uuid;

/// The queue of these jobs.
pub const QUEUE: &str = "calls.desk";
const TRANSFER: &str = "hotline.transfer";
const HOLD: &str = "hotline.hold";
const LISTEN: &str = "hotline.listen";
pub(super) const KINDS: [&str; 3] = [TRANSFER, HOLD, LISTEN];
const PART: Actor = Actor::system("hotline.orders");

/// To whom a call is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    Operator(StaffId),
    /// Whoever is on duty there.
    Unit(UnitId),
}

/// As it reaches the call.
pub(super) enum Order {
    Hold { on: bool, by: Option<StaffId> },
    Transfer { whom: Whom, by: Option<StaffId> },
    Listen { number: String, by: StaffId },
}

/// Passes a call on.
///
/// Errors: `NotFound` where the actor neither talks in it nor supervises; `to`: `error-hotline-away` for
/// somebody who cannot be rung now; Conflict `error-hotline-over`.
pub async fn transfer(cx: &mut Cx, call: CallId, to: To) -> Result<()> {
    claim(cx, call).await?;
    whom(cx, to).await?;
    let by = cx.actor.staff_id();
    ask(cx, TRANSFER, call, json!({ "call": call, "to": to, "by": by }));
    Ok(())
}

/// Holds a call, or goes on with it.
///
/// Errors: those of [`transfer`].
pub async fn hold(cx: &mut Cx, call: CallId, on: bool) -> Result<()> {
    claim(cx, call).await?;
    let by = cx.actor.staff_id();
    ask(cx, HOLD, call, json!({ "call": call, "on": on, "by": by }));
    Ok(())
}

/// Lets the actor listen, on the telephone of his seat or else his own, after the notice has been said.
///
/// Errors: `NotFound`, `Forbidden` for those who supervise no calls; `number`: `error-hotline-no-phone`;
/// Conflict `error-hotline-over`.
pub async fn listen(cx: &mut Cx, call: CallId) -> Result<()> {
    if !calls::may(cx, Action::CallSupervise, None) {
        return Err(Error::Forbidden(Action::CallSupervise.as_str()));
    }
    let by = cx.actor.staff_id().ok_or(Error::NotFound)?;
    running(cx, call).await?;
    if phone_of(cx, by).await?.is_none() {
        return Err(Error::invalid("number", "error-hotline-no-phone"));
    }
    ask(cx, LISTEN, call, json!({ "call": call, "by": by }));
    Ok(())
}

fn ask(cx: &mut Cx, kind: &'static str, call: CallId, args: serde_json::Value) {
    let key = format!("{call}/{}", cx.id::<Uuid>());
    cx.enqueue(Job { queue: QUEUE, kind, key, args, run_at: None });
}

/// A call in which the actor talks, or that he supervises.
///
/// Errors: `NotFound`; Conflict `error-hotline-over`.
pub async fn claim(cx: &mut Cx, call: CallId) -> Result<()> {
    let operator = running(cx, call).await?;
    let own = operator.is_some() && operator == cx.actor.staff_id();
    if own || calls::may(cx, Action::CallSupervise, None) { Ok(()) } else { Err(Error::NotFound) }
}

/// Who talks in a call that runs.
async fn running(cx: &mut Cx, call: CallId) -> Result<Option<StaffId>> {
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

/// What a job says.
#[derive(Deserialize)]
struct Args {
    call: CallId,
    by: Option<StaffId>,
    to: Option<To>,
    #[serde(default)]
    on: bool,
}

/// The handler of one of [`KINDS`].
pub(super) struct Orders {
    pub reception: Reception,
    pub kind: &'static str,
}

#[async_trait]
impl OnJob for Orders {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let args: Args = serde_json::from_value(job.args.clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, PART).await?;
        let order = match (self.kind, args.to, args.by) {
            (TRANSFER, Some(to), by) => whom(&mut cx, to).await.map(|whom| Order::Transfer { whom, by }),
            (HOLD, _, by) => Ok(Order::Hold { on: args.on, by }),
            (LISTEN, _, Some(by)) => {
                let number = phone_of(&mut cx, by).await?.ok_or(Error::NotFound);
                number.map(|number| Order::Listen { number, by })
            }
            _ => Err(Error::internal("an order without its parts")),
        };
        let over = running(&mut cx, args.call).await.is_err();
        cx.rollback().await?;
        let order = match order {
            // It ended, or he has gone, before the order came: there is nothing to be done.
            _ if over => return Ok(()),
            Err(Error::Invalid { .. } | Error::NotFound) => return Ok(()),
            order => order?,
        };
        if self.reception.order(args.call, order) {
            Ok(())
        } else {
            Err(Error::Unavailable("another process holds the call".into()))
        }
    }

    fn max_attempts(&self) -> i32 {
        5
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(10)
    }
}
