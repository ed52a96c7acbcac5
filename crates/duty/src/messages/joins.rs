//! Callers on the line who wait for whoever accepts a ticket: who presses 1 in a ladder's call is put through to them
//! instead of being thanked and hung up on. Of this process alone, whose network carries both calls; who accepts
//! anywhere else is rung by whoever waits.

use kernel::{AttemptId, CallId, StaffId, TicketId, UnitId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    oneshot,
};

type Waiting = BTreeMap<TicketId, UnboundedSender<Joined>>;

/// Who waits for which ticket. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Joins(Arc<Mutex<Waiting>>);

/// Somebody who has accepted, and whose call talks still. Dropped, he is thanked and his call ends.
#[derive(Debug)]
pub struct Joined {
    pub ticket: TicketId,
    pub attempt: AttemptId,
    pub staff: StaffId,
    pub unit: Option<UnitId>,
    /// Returns once his call is over.
    pub over: oneshot::Receiver<()>,
}

impl Joined {
    /// His call, as the network knows it.
    pub const fn call(&self) -> CallId {
        CallId(self.attempt.0)
    }
}

/// A caller who waits. Dropped, nobody is put through to him any more.
#[derive(Debug)]
pub struct Meeting {
    joins: Joins,
    tickets: Vec<TicketId>,
    sender: UnboundedSender<Joined>,
    coming: UnboundedReceiver<Joined>,
}

impl Joins {
    /// Somebody waits for whoever accepts one of these.
    pub fn wait_for(&self, tickets: &[TicketId]) -> Meeting {
        let (sender, coming) = mpsc::unbounded_channel();
        let mut waiting = self.waiting();
        for ticket in tickets {
            waiting.insert(*ticket, sender.clone());
        }
        drop(waiting);
        Meeting { joins: self.clone(), tickets: tickets.to_vec(), sender, coming }
    }

    pub(super) fn is_waited_for(&self, ticket: TicketId) -> bool {
        self.waiting().contains_key(&ticket)
    }

    /// Puts him through; `false` when nobody waits any more.
    pub(super) fn put_through(&self, joined: Joined) -> bool {
        self.waiting().get(&joined.ticket).is_some_and(|waits| waits.send(joined).is_ok())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meeting {
    /// The next who is put through; safe to give up waiting for. Where nobody accepts it never returns.
    pub async fn next(&mut self) -> Joined {
        match self.coming.recv().await {
            Some(joined) => joined,
            // Its own sender keeps it open.
            None => std::future::pending().await,
        }
    }

    /// Who has been put through already.
    pub fn ready(&mut self) -> Option<Joined> {
        self.coming.try_recv().ok()
    }

    /// Nobody more is put through; who has been already, and was not taken, is thanked.
    pub fn close(&mut self) {
        self.leave();
        self.coming.close();
        while self.coming.try_recv().is_ok() {}
    }

    fn leave(&self) {
        let mut waiting = self.joins.waiting();
        for ticket in &self.tickets {
            if waiting.get(ticket).is_some_and(|waits| waits.same_channel(&self.sender)) {
                waiting.remove(ticket);
            }
        }
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn joined(ticket: TicketId) -> (oneshot::Sender<()>, Joined) {
        let (ends, over) = oneshot::channel();
        let (attempt, staff) = (AttemptId(Uuid::from_u128(7)), StaffId(Uuid::from_u128(8)));
        (ends, Joined { ticket, attempt, staff, unit: None, over })
    }

    #[tokio::test]
    async fn who_accepts_is_put_through_for_as_long_as_somebody_waits() {
        let joins = Joins::default();
        let (one, other) = (TicketId(Uuid::from_u128(1)), TicketId(Uuid::from_u128(2)));
        let mut meeting = joins.wait_for(&[one]);
        assert!(joins.is_waited_for(one) && !joins.is_waited_for(other));
        let (ends, first) = joined(one);
        assert!(joins.put_through(first));
        assert_eq!(meeting.next().await.ticket, one);
        assert!(ends.is_closed(), "nobody speaks with him any more");
        assert!(meeting.ready().is_none() && !joins.put_through(joined(other).1));
        // Who waits anew is not forgotten with who waited before.
        let again = joins.wait_for(&[one]);
        drop(meeting);
        assert!(joins.is_waited_for(one));
        drop(again);
        // Who comes when somebody is spoken with already is let go.
        let mut third = joins.wait_for(&[one]);
        let (ends, late) = joined(one);
        assert!(joins.put_through(late));
        third.close();
        assert!(ends.is_closed());
        assert!(!joins.is_waited_for(one) && !joins.put_through(joined(one).1));
    }
}
