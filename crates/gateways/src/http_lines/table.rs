//! The calls of one provider and the sounds it may fetch.

use super::leg::{Leg, Stage};
use duty::lines::{Happened, Offer};
use jiff::Timestamp;
use kernel::CallId;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Something to be said, at an address that nobody guesses and that is good once.
pub(super) struct Sound {
    pub call: CallId,
    pub wav: Vec<u8>,
    pub until: Timestamp,
}

pub(super) struct Table {
    pub legs: BTreeMap<CallId, Leg>,
    pub sounds: BTreeMap<String, Sound>,
    pub offered: mpsc::Sender<Offer>,
    unasked: Option<mpsc::Receiver<Offer>>,
}

impl Table {
    pub(super) fn new(offers: usize) -> Self {
        let (offered, unasked) = mpsc::channel(offers);
        Self { legs: BTreeMap::new(), sounds: BTreeMap::new(), offered, unasked: Some(unasked) }
    }

    pub(super) fn offers(&mut self, offers: usize) -> mpsc::Receiver<Offer> {
        self.unasked.take().unwrap_or_else(|| {
            let (offered, receiver) = mpsc::channel(offers);
            self.offered = offered;
            receiver
        })
    }

    pub(super) fn live(&self) -> impl Iterator<Item = CallId> {
        self.legs.iter().filter(|(_, leg)| leg.stage != Stage::Over).map(|(call, _)| *call)
    }

    /// The call that the provider calls so.
    pub(super) fn called(&self, id: &str) -> Option<CallId> {
        self.legs.iter().find(|(_, leg)| leg.id.as_deref() == Some(id)).map(|(call, _)| *call)
    }

    /// Learns the provider's own name for a call; returns it where the call was given up meanwhile.
    pub(super) fn name(&mut self, call: CallId, id: Option<String>) -> Option<String> {
        let leg = self.legs.get_mut(&call)?;
        if leg.id.is_none() {
            leg.id = id;
        }
        leg.id.clone().filter(|_| leg.stage == Stage::Over)
    }

    /// Calls whose time is up, those over included; old sounds go.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<CallId> {
        self.sounds.retain(|_, sound| sound.until > now);
        self.legs.iter().filter(|(_, leg)| leg.until <= now).map(|(call, _)| *call).collect()
    }

    /// Calls that stand and that nobody conducts any more.
    pub(super) fn abandoned(&self) -> Vec<CallId> {
        self.legs.iter().filter(|(_, leg)| leg.is_abandoned()).map(|(call, _)| *call).collect()
    }

    /// A call that is over, and whose recording has not come.
    pub(super) fn forget(&mut self, call: CallId, now: Timestamp) {
        if let Some(mut leg) = self.legs.remove(&call) {
            leg.recorded(now, false);
        }
        self.sounds.retain(|_, sound| sound.call != call);
    }

    /// A call is over; returns those that it leaves alone in a conference.
    pub(super) fn over(
        &mut self,
        call: CallId,
        at: Timestamp,
        what: Happened,
        by_us: bool,
        until: Timestamp,
    ) -> Vec<CallId> {
        let alone = self.leave(call);
        self.sounds.retain(|_, sound| sound.call != call);
        if let Some(leg) = self.legs.get_mut(&call).filter(|leg| leg.stage != Stage::Over) {
            leg.end(at, what, by_us, until);
        }
        alone
    }

    /// Leaves its conference; returns whom it leaves alone. A listener leaves nobody; a bridge ends for both of
    /// its calls and for who listens.
    pub(super) fn leave(&mut self, call: CallId) -> Vec<CallId> {
        let Some(leg) = self.legs.get_mut(&call) else { return Vec::new() };
        let Some(room) = leg.room.take() else { return Vec::new() };
        if std::mem::take(&mut leg.listener) {
            return Vec::new();
        }
        let mut alone = Vec::new();
        for (other, leg) in &mut self.legs {
            if leg.room.as_ref() == Some(&room) {
                (leg.room, leg.listener) = (None, false);
                alone.push(*other);
            }
        }
        alone
    }
}
