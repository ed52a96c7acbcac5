//! The other side of a conversation: a telephone that we ring for a caller.

use super::{reception::PART, visit::Visit};
use duty::{
    calls::{self, Direction, NewCall, Outcome, Purpose},
    lines::{Dial, Events, Happened, Lines, Told},
};
use jiff::SignedDuration;
use kernel::{CallId, Error, Result, StaffId, TenantId, UnitId};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::Store;

/// The calls of one conversation that this process holds: it says so every few seconds.
pub(super) type Held = Arc<Mutex<BTreeSet<CallId>>>;

pub(super) fn held(calls: &Held) -> MutexGuard<'_, BTreeSet<CallId>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom it is to reach.
pub(super) struct Whom {
    pub number: String,
    pub staff: Option<StaffId>,
    pub unit: Option<UnitId>,
}

/// A call that we have placed for another one.
pub(super) struct Leg {
    pub call: CallId,
    pub staff: Option<StaffId>,
    pub unit: Option<UnitId>,
    events: Events,
    tenant: TenantId,
    store: Store,
    held: Held,
    answered: bool,
    over: bool,
}

impl Leg {
    /// Rings for a caller.
    ///
    /// Errors: those of [`Lines::dial`].
    pub async fn dial(visit: &Visit<'_>, whom: &Whom, ring_for: SignedDuration) -> Result<Self> {
        let (store, tenant) = (&visit.on.store, visit.tenant.id);
        let call = CallId(store.id(store.clock().now()));
        let mut cx = visit.cx().await?;
        let new = NewCall {
            id: call,
            direction: Direction::Out,
            purpose: Purpose::Hotline,
            object: Some(visit.call().uuid()),
            number: Some(&whom.number),
            unit: whom.unit,
            staff: whom.staff,
            trunk: None,
        };
        calls::begin(&mut cx, &new).await?;
        cx.commit().await?;
        held(&visit.held).insert(call);
        let dial = Dial { tenant, call, number: whom.number.clone(), ring_for };
        match visit.on.lines.dial(dial).await {
            Ok(events) => Ok(Self {
                call,
                staff: whom.staff,
                unit: whom.unit,
                events,
                tenant,
                store: store.clone(),
                held: visit.held.clone(),
                answered: false,
                over: false,
            }),
            Err(error) => {
                held(&visit.held).remove(&call);
                let mut cx = visit.cx().await?;
                calls::ended(&mut cx, call, Outcome::Failed, None).await?;
                cx.commit().await?;
                Err(error)
            }
        }
    }

    /// Whom of the call room it rang. Whoever is on duty in a unit may sit there too, for other calls.
    pub fn operator(&self) -> Option<StaffId> {
        self.staff.filter(|_| self.unit.is_none())
    }

    /// The next thing that happens to it, put on record; safe to give up waiting for. `None` once nothing
    /// can happen any more.
    pub async fn next(&mut self) -> Option<Told> {
        let told = self.events.next().await?;
        self.answered |= told.what == Happened::Answered;
        Some(told)
    }

    /// Writes what has happened.
    pub async fn note(&mut self, told: &Told) -> Result<()> {
        let mut cx = self.store.begin(self.tenant, PART).await?;
        match outcome(&told.what, self.answered) {
            Some((outcome, code)) => {
                self.over = true;
                held(&self.held).remove(&self.call);
                calls::ended(&mut cx, self.call, outcome, code).await?;
            }
            None if matches!(told.what, Happened::Invited(_) | Happened::Ringing | Happened::Answered) => {
                calls::told(&mut cx, self.call, told).await?;
            }
            None => return cx.rollback().await,
        }
        cx.commit().await
    }

    /// Ends it, whatever it does now.
    pub async fn end(&mut self, lines: &dyn Lines) -> Result<()> {
        if self.over {
            return Ok(());
        }
        self.over = true;
        held(&self.held).remove(&self.call);
        gone(lines.hang_up(self.call).await)?;
        let mut cx = self.store.begin(self.tenant, PART).await?;
        let outcome = if self.answered { Outcome::Completed } else { Outcome::NoAnswer };
        calls::ended(&mut cx, self.call, outcome, None).await?;
        cx.commit().await
    }
}

/// What ends a call, and as what it stands on record.
fn outcome(what: &Happened, answered: bool) -> Option<(Outcome, Option<i16>)> {
    match what {
        Happened::Ended(_) if !answered => Some((Outcome::NoAnswer, None)),
        Happened::AnsweredTooLate => None,
        what => Outcome::of(what),
    }
}

/// An order to a call that is over does no harm.
pub(super) fn gone(ordered: Result<()>) -> Result<()> {
    match ordered {
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}

/// A call that has ended on record meanwhile, or an operator who has left the room, changes nothing here.
pub(super) fn still(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::Conflict(_)) => Ok(()),
        other => other,
    }
}

/// What fails in the middle of a conversation ends no conversation.
pub(super) fn go_on(done: Result<()>, what: &'static str) {
    if let Err(error) = done {
        tracing::warn!(%error, what, "a conversation goes on though something in it failed");
    }
}

/// The next thing of a leg that may not be there.
pub(super) async fn next_of(leg: &mut Option<Leg>) -> Option<Told> {
    match leg {
        Some(leg) => leg.next().await,
        None => std::future::pending().await,
    }
}
