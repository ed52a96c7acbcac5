//! The simulated network of conversations: what is said is kept as words, time is the store's clock, and
//! nothing happens but by [`Exchange::tick`] and by whoever holds a phone.

use super::ringing::{Ringing, State, Telephone};
use async_trait::async_trait;
use duty::lines::{Dial, Events, Happened, Hear, Lines, Offer, Side, Spoken};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::Store;
use tokio::sync::{Notify, mpsc};

/// The name of its one trunk.
const TRUNK: &str = "simulated";
const CHANNELS: usize = 200;
/// Calls that are over and still shown; whoever wants an older one is too late.
const REMEMBERED: usize = 1000;
/// Offers that wait for whoever takes calls.
const OFFERS: usize = 64;
/// How long a phone rings here before its owner gives up.
const RINGS_IN: SignedDuration = SignedDuration::from_mins(3);

/// The simulated network. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    store: Store,
    network: Arc<Mutex<Network>>,
    /// Told whenever something has been said or has changed.
    changed: Arc<Notify>,
}

struct Network {
    calls: BTreeMap<CallId, Ringing>,
    busy: BTreeSet<String>,
    off: BTreeSet<String>,
    /// Who answers just after he has been given up.
    late: BTreeSet<String>,
    channels: usize,
    trunk_down: bool,
    disk_full: bool,
    /// Each way once.
    bridges: BTreeMap<CallId, CallId>,
    /// Who listens, and to which bridged call.
    listeners: BTreeMap<CallId, CallId>,
    offers: mpsc::Sender<Offer>,
    unasked: Option<mpsc::Receiver<Offer>>,
}

const STATE: Error = Error::Conflict("error-phone-state");

impl Exchange {
    pub fn new(store: Store) -> Self {
        let (offers, unasked) = mpsc::channel(OFFERS);
        let network = Network {
            calls: BTreeMap::new(),
            busy: BTreeSet::new(),
            off: BTreeSet::new(),
            late: BTreeSet::new(),
            channels: CHANNELS,
            trunk_down: false,
            disk_full: false,
            bridges: BTreeMap::new(),
            listeners: BTreeMap::new(),
            offers,
            unasked: Some(unasked),
        };
        Self { store, network: Arc::new(Mutex::new(network)), changed: Arc::default() }
    }

    /// Calls that come in, those too that came before anybody asked. Whoever asks last gets them.
    pub fn offers(&self) -> mpsc::Receiver<Offer> {
        let mut network = self.network();
        network.unasked.take().unwrap_or_else(|| {
            let (offers, receiver) = mpsc::channel(OFFERS);
            network.offers = offers;
            receiver
        })
    }

    // What whoever holds a phone does; nothing happens where it cannot be done.

    /// Takes the call that rings.
    pub fn answer(&self, call: CallId) {
        self.at_phone(call, |ringing, now| {
            if ringing.shown.state == State::Ringing && !ringing.shown.incoming {
                ringing.answer(now);
            }
        });
    }

    /// Presses keys: `0` to `9`, `*`, `#`.
    pub fn press(&self, call: CallId, keys: &str) {
        let now = self.now();
        let mut network = self.network();
        for key in keys.chars().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')) {
            let Some(ringing) = network.talking(call) else { break };
            ringing.key(now, key);
            let peer = network.bridges.get(&call).copied();
            if let Some(peer) = peer.and_then(|peer| network.calls.get_mut(&peer)) {
                peer.shown.heard.push(key);
            }
        }
        drop(network);
        self.changed.notify_waiters();
    }

    pub fn hang_up_there(&self, call: CallId) {
        self.end(call, |shown| match shown.state {
            State::Ringing if !shown.incoming => Happened::Rejected(603),
            _ => Happened::Ended(Side::Them),
        });
    }

    /// Declines the call that rings.
    pub fn reject(&self, call: CallId) {
        self.end(call, |_| Happened::Rejected(603));
    }

    /// Somebody calls us. A network that is down or full lets him hear so, and the call is over at once.
    pub fn ring_in(&self, from: &str, to: &str) -> CallId {
        let now = self.now();
        let call = CallId(self.store.id(now));
        let (teller, events) = Events::channel();
        let shown = telephone(call, None, true, from.to_owned(), now);
        let mut network = self.network();
        let (down, full) = (network.trunk_down, network.free() == 0);
        network.calls.insert(call, Ringing::new(shown, Some(now + RINGS_IN), teller));
        let from = (!from.is_empty()).then(|| from.to_owned());
        let offer = Offer { call, from, to: to.to_owned(), trunk: TRUNK.to_owned(), events };
        let refused = if down {
            Some(Happened::Unreachable(Some(503)))
        } else if full || network.offers.try_send(offer).is_err() {
            Some(Happened::Busy(486))
        } else {
            None
        };
        if let Some(refused) = refused {
            network.end(call, now, refused);
        }
        network.forget();
        drop(network);
        self.changed.notify_waiters();
        call
    }

    // What befalls the network.

    /// From now on calls to this number find it engaged.
    pub fn busy(&self, number: &str) {
        self.network().busy.insert(number.to_owned());
    }

    /// From now on this phone is switched off.
    pub fn off(&self, number: &str) {
        self.network().off.insert(number.to_owned());
    }

    /// Whoever has this number answers just when he is given up.
    pub fn late(&self, number: &str) {
        self.network().late.insert(number.to_owned());
    }

    /// This phone is like any other again.
    pub fn restore(&self, number: &str) {
        let mut network = self.network();
        network.busy.remove(number);
        network.off.remove(number);
        network.late.remove(number);
    }

    /// How many calls it carries at once.
    pub fn set_channels(&self, channels: usize) {
        self.network().channels = channels;
    }

    /// No call goes out or comes in any more; those that run go on.
    pub fn trunk_down(&self, down: bool) {
        self.network().trunk_down = down;
    }

    /// Recordings no longer find room.
    pub fn disk_full(&self, full: bool) {
        self.network().disk_full = full;
    }

    /// The network loses a call.
    pub fn lose(&self, call: CallId) {
        self.end(call, |_| Happened::Ended(Side::Network));
    }

    // What can be seen of it.

    /// Every call with number, state and words, the oldest first; of those that are over, the newest.
    pub fn calls(&self) -> Vec<Telephone> {
        self.network().calls.values().map(|ringing| ringing.shown.clone()).collect()
    }

    pub fn call(&self, call: CallId) -> Option<Telephone> {
        self.network().calls.get(&call).map(|ringing| ringing.shown.clone())
    }

    /// The newest call to a number, or from it, that is not over.
    pub fn call_of(&self, number: &str) -> Option<Telephone> {
        let network = self.network();
        let mut calls = network.calls.values().rev().map(|ringing| &ringing.shown);
        calls.find(|shown| shown.number == number && !shown.is_over()).cloned()
    }

    /// Whom a call hears beside us.
    pub fn hears(&self, call: CallId) -> BTreeSet<CallId> {
        let network = self.network();
        let mut heard: BTreeSet<CallId> = network.bridges.get(&call).copied().into_iter().collect();
        if let Some(bridged) = network.listeners.get(&call) {
            heard.insert(*bridged);
            heard.extend(network.bridges.get(bridged));
        }
        heard
    }

    /// Waits for the next thing said into a call and returns its words; empty when the call is over and
    /// nothing was said that has not been returned. A call that is not placed yet is waited for.
    pub async fn said(&self, call: CallId) -> String {
        self.wait(|network| {
            let ringing = network.calls.get_mut(&call)?;
            match ringing.shown.words.get(ringing.listened) {
                Some(words) => {
                    ringing.listened += 1;
                    Some(words.clone())
                }
                None => ringing.shown.is_over().then(String::new),
            }
        })
        .await
    }

    /// Waits until the phone of this number rings.
    pub async fn rings(&self, number: &str) -> CallId {
        self.wait(|network| {
            let mut calls = network.calls.values().rev().map(|ringing| &ringing.shown);
            let rings = |shown: &&Telephone| {
                !shown.incoming && shown.number == number && shown.state == State::Ringing
            };
            calls.find(rings).map(|shown| shown.call)
        })
        .await
    }

    /// Waits until a call is over and says how it ended.
    pub async fn over(&self, call: CallId) -> Happened {
        self.wait(|network| match &network.calls.get(&call)?.shown.state {
            State::Over(how) => Some(how.clone()),
            _ => None,
        })
        .await
    }

    async fn wait<T>(&self, look: impl Fn(&mut Network) -> Option<T>) -> T {
        loop {
            // Made before the look, it misses nothing that happens after it.
            let changed = self.changed.notified();
            let seen = look(&mut self.network());
            if let Some(seen) = seen {
                return seen;
            }
            changed.await;
        }
    }

    /// Lets happen what is due: ends of what is said, silences, phones that have rung long enough.
    pub fn tick(&self) {
        let now = self.now();
        let mut network = self.network();
        let mut given_up = Vec::new();
        for (call, ringing) in &mut network.calls {
            match ringing.shown.state {
                State::Ringing => {
                    given_up.extend(ringing.ring_until.filter(|until| *until <= now).map(|at| (*call, at)));
                }
                State::Talking => ringing.tick(now),
                State::Over(_) => {}
            }
        }
        for (call, at) in given_up {
            let incoming = network.calls.get(&call).is_some_and(|ringing| ringing.shown.incoming);
            let what = if incoming { Happened::Ended(Side::Them) } else { Happened::NoAnswer };
            network.end(call, at, what);
        }
        drop(network);
        self.changed.notify_waiters();
    }

    /// Runs the network's clock until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            self.tick();
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(250)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn at_phone(&self, call: CallId, does: impl FnOnce(&mut Ringing, Timestamp)) {
        let now = self.now();
        if let Some(ringing) = self.network().calls.get_mut(&call) {
            does(ringing, now);
        }
        self.changed.notify_waiters();
    }

    /// Ends a call that runs; `false` when there is none.
    fn end(&self, call: CallId, how: impl FnOnce(&Telephone) -> Happened) -> bool {
        let now = self.now();
        let mut network = self.network();
        let Some(ringing) = network.calls.get(&call).filter(|ringing| !ringing.shown.is_over()) else {
            return false;
        };
        let what = how(&ringing.shown);
        network.end(call, now, what);
        drop(network);
        self.changed.notify_waiters();
        true
    }

    /// An order to a call that talks.
    fn order<T>(&self, call: CallId, does: impl FnOnce(&mut Ringing, Timestamp) -> Result<T>) -> Result<T> {
        let now = self.now();
        let mut network = self.network();
        let done = does(network.order(call)?, now);
        drop(network);
        self.changed.notify_waiters();
        done
    }

    fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    fn live(&self) -> impl Iterator<Item = &Telephone> {
        self.calls.values().map(|ringing| &ringing.shown).filter(|shown| !shown.is_over())
    }

    fn free(&self) -> usize {
        if self.trunk_down { 0 } else { self.channels.saturating_sub(self.live().count()) }
    }

    fn talking(&mut self, call: CallId) -> Option<&mut Ringing> {
        self.calls.get_mut(&call).filter(|ringing| ringing.shown.is_talking())
    }

    /// A call that takes orders: `NotFound` when it is over or unknown, a conflict before the answer.
    fn order(&mut self, call: CallId) -> Result<&mut Ringing> {
        let ringing = self.calls.get_mut(&call).ok_or(Error::NotFound)?;
        match ringing.shown.state {
            State::Talking => Ok(ringing),
            State::Ringing => Err(STATE),
            State::Over(_) => Err(Error::NotFound),
        }
    }

    fn end(&mut self, call: CallId, at: Timestamp, what: Happened) {
        self.part(call);
        let full = self.disk_full;
        if let Some(ringing) = self.calls.get_mut(&call) {
            let given_up = ringing.shown.state == State::Ringing
                && !ringing.shown.incoming
                && matches!(what, Happened::NoAnswer | Happened::Ended(Side::Us));
            let too_late = given_up && self.late.contains(&ringing.shown.number);
            ringing.end(at, what, full, too_late);
        }
    }

    /// A bridge ends with either of its calls, and listening with the bridge.
    fn part(&mut self, call: CallId) {
        self.listeners.remove(&call);
        if let Some(peer) = self.bridges.remove(&call) {
            self.bridges.remove(&peer);
            self.listeners.retain(|_, bridged| *bridged != call && *bridged != peer);
        }
    }

    fn forget(&mut self) {
        let over: Vec<CallId> =
            self.calls.iter().filter(|(_, ringing)| ringing.shown.is_over()).map(|(call, _)| *call).collect();
        let spare = over.len().saturating_sub(REMEMBERED);
        for call in over.into_iter().take(spare) {
            self.calls.remove(&call);
        }
    }
}

fn telephone(
    call: CallId,
    tenant: Option<TenantId>,
    incoming: bool,
    number: String,
    since: Timestamp,
) -> Telephone {
    Telephone {
        call,
        tenant,
        incoming,
        number,
        state: State::Ringing,
        since,
        answered_at: None,
        words: Vec::new(),
        said_at: None,
        waits: false,
        keys: String::new(),
        heard: String::new(),
        refused: None,
    }
}

#[async_trait]
impl Lines for Exchange {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        if dial.number.is_empty() || dial.number.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Error::invalid("number", "error-phone-format"));
        }
        let now = self.now();
        let mut network = self.network();
        if network.calls.contains_key(&dial.call) {
            return Err(STATE);
        }
        if network.free() == 0 {
            return Err(Error::Unavailable("the simulated network takes no call now".into()));
        }
        // Whoever calls us or talks with us is engaged.
        let taken = |shown: &Telephone| {
            shown.number == dial.number && (shown.incoming || shown.state == State::Talking)
        };
        let engaged = network.busy.contains(&dial.number) || network.live().any(taken);
        let off = network.off.contains(&dial.number);
        let (teller, events) = Events::channel();
        let shown = telephone(dial.call, Some(dial.tenant), false, dial.number, now);
        let ringing = Ringing::new(shown, Some(now + dial.ring_for), teller);
        ringing.tell(now, Happened::Invited(TRUNK.to_owned()));
        if !off && !engaged {
            ringing.tell(now, Happened::Ringing);
        }
        network.calls.insert(dial.call, ringing);
        if off {
            network.end(dial.call, now, Happened::Unreachable(Some(480)));
        } else if engaged {
            network.end(dial.call, now, Happened::Busy(486));
        }
        network.forget();
        drop(network);
        self.changed.notify_waiters();
        Ok(events)
    }

    async fn take(&self, call: CallId) -> Result<()> {
        let now = self.now();
        let mut network = self.network();
        let ringing = network.calls.get_mut(&call).ok_or(Error::NotFound)?;
        match ringing.shown.state {
            State::Ringing if ringing.shown.incoming => ringing.answer(now),
            State::Over(_) => return Err(Error::NotFound),
            _ => return Err(STATE),
        }
        drop(network);
        self.changed.notify_waiters();
        Ok(())
    }

    async fn refuse(&self, call: CallId, code: u16) -> Result<()> {
        let mut network = self.network();
        let ringing = network.calls.get_mut(&call).ok_or(Error::NotFound)?;
        match ringing.shown.state {
            State::Ringing if ringing.shown.incoming => ringing.shown.refused = Some(code),
            State::Over(_) => return Err(Error::NotFound),
            _ => return Err(STATE),
        }
        drop(network);
        self.end(call, |_| Happened::Ended(Side::Us));
        Ok(())
    }

    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()> {
        self.order(call, |ringing, now| {
            ringing.say(now, spoken, wait);
            Ok(())
        })
    }

    async fn hush(&self, call: CallId) -> Result<()> {
        self.order(call, |ringing, now| {
            ringing.hush(now);
            Ok(())
        })
    }

    async fn press(&self, call: CallId, keys: &str) -> Result<()> {
        self.order(call, |ringing, _| {
            ringing.shown.heard.push_str(keys);
            Ok(())
        })
    }

    async fn record(&self, call: CallId, into: PathBuf, _hear: Hear) -> Result<()> {
        self.order(call, |ringing, now| if ringing.record(now, into) { Ok(()) } else { Err(STATE) })
    }

    async fn stop_recording(&self, call: CallId) -> Result<()> {
        let full = self.network().disk_full;
        self.order(
            call,
            |ringing, now| {
                if ringing.stop_recording(now, full) { Ok(()) } else { Err(Error::NotFound) }
            },
        )
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        let mut network = self.network();
        network.order(one)?;
        network.order(other)?;
        if one == other {
            return Err(STATE);
        }
        network.part(one);
        network.part(other);
        network.bridges.insert(one, other);
        network.bridges.insert(other, one);
        Ok(())
    }

    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()> {
        let mut network = self.network();
        network.order(bridged)?;
        network.order(listener)?;
        let peer = network.bridges.get(&bridged).copied();
        if peer.is_none_or(|peer| peer == listener) || bridged == listener {
            return Err(STATE);
        }
        network.part(listener);
        network.listeners.insert(listener, bridged);
        Ok(())
    }

    async fn part(&self, call: CallId) -> Result<()> {
        let mut network = self.network();
        network.order(call)?;
        network.part(call);
        Ok(())
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        if self.end(call, |_| Happened::Ended(Side::Us)) { Ok(()) } else { Err(Error::NotFound) }
    }

    fn live(&self) -> Vec<CallId> {
        self.network().live().map(|shown| shown.call).collect()
    }

    fn free(&self) -> usize {
        self.network().free()
    }
}
