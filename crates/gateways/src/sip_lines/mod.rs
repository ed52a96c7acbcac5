//! Telephone lines over our own SIP user agent.
//!
//! The agent knows calls by a key, we by their id: the id is the key, so that a call asked for twice
//! rings once. Each call has a task that turns what the agent tells into what [`Lines`] promises
//! (`conduct`); orders go straight to the agent. Times are the centre's clock's; only the silence after a
//! message is measured by the machine, as the audio is.

mod conduct;
mod settings;

pub use settings::{Codec, Over, SipSettings, TrunkSettings};

use async_trait::async_trait;
use conduct::{Decision, Order, Speech};
use duty::lines::{Dial, Events, Hear, Lines, Offer, Side, Spoken, Teller};
use jiff::SignedDuration;
use kernel::{CallId, Clock, Error, IdMaker, Result, Rng};
use sip::{Agent, CannotRecord, Config, NotTalking, Refused, TrunkStatus};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

/// Calls that have come in and wait to be taken.
const OFFERS: usize = 64;
/// Before an agent that ended by itself is started again.
const AGAIN: Duration = Duration::from_secs(1);

/// The lines. Cheap to clone; they run until [`SipLines::stop`].
#[derive(Clone)]
pub struct SipLines(Arc<Inner>);

struct Inner {
    agent: Mutex<Agent>,
    config: Config,
    clock: Clock,
    rng: Rng,
    ids: IdMaker,
    calls: Mutex<HashMap<CallId, Held>>,
    stopping: AtomicBool,
}

/// A call that this process holds.
struct Held {
    /// `None` while it is offered to us.
    call: Option<sip::Call>,
    /// Where an offered call is decided about.
    decide: Option<mpsc::UnboundedSender<Decision>>,
    speech: Arc<Mutex<Speech>>,
    orders: mpsc::UnboundedSender<Order>,
    /// The other call of its bridge.
    partner: Option<CallId>,
}

/// What a call's task is given.
struct Ends {
    teller: Teller,
    speech: Arc<Mutex<Speech>>,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl SipLines {
    /// Listens, registers where trunks ask for it, and returns; a trunk that cannot be reached now is
    /// tried again later. Calls that come in are offered; one that nobody takes is refused.
    pub async fn start(settings: SipSettings, clock: Clock) -> Result<(Self, mpsc::Receiver<Offer>)> {
        settings.check()?;
        let config = settings.config();
        let (agent, incoming) = Agent::start(config.clone()).await.map_err(|error| match error {
            sip::StartError::Bind(..) => Error::Unavailable(error.to_string()),
            other => Error::internal(other),
        })?;
        let (offers, offered) = mpsc::channel(OFFERS);
        let lines = Self(Arc::new(Inner {
            agent: Mutex::new(agent),
            config,
            clock,
            rng: Rng::system(),
            ids: IdMaker::default(),
            calls: Mutex::default(),
            stopping: AtomicBool::new(false),
        }));
        tokio::spawn(keep(Arc::clone(&lines.0), incoming, offers));
        Ok((lines, offered))
    }

    /// Ends all calls, takes back registrations, closes the sockets.
    pub async fn stop(&self) {
        self.0.stopping.store(true, SeqCst);
        self.0.agent().stop().await;
    }

    /// Where it listens, as others see it.
    pub fn address(&self) -> std::net::SocketAddr {
        self.0.agent().address()
    }

    pub fn trunks(&self) -> Vec<TrunkStatus> {
        self.0.agent().trunks()
    }

    /// What the agent has counted since its start, by name.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        self.0.agent().counters().all().collect()
    }
}

/// Hands over the calls that come in, and starts the agent again should it end by itself.
async fn keep(lines: Arc<Inner>, mut incoming: sip::Incoming, offers: mpsc::Sender<Offer>) {
    loop {
        while let Some(offer) = incoming.next().await {
            lines.offer(offer, &offers);
        }
        if lines.stopping.load(SeqCst) {
            return;
        }
        tracing::error!("the telephone has ended by itself; starting it again");
        lines.agent().stop().await;
        incoming = loop {
            sleep(AGAIN).await;
            if lines.stopping.load(SeqCst) {
                return;
            }
            match Agent::start(lines.config.clone()).await {
                Ok((agent, incoming)) => {
                    *lines.agent.lock().unwrap_or_else(PoisonError::into_inner) = agent;
                    break incoming;
                }
                Err(error) => tracing::error!(%error, "the telephone does not start"),
            }
        };
    }
}

impl Inner {
    fn agent(&self) -> Agent {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<CallId, Held>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call into the book, and makes the ends of its events.
    fn hold(
        &self,
        id: CallId,
        call: Option<sip::Call>,
        decide: Option<mpsc::UnboundedSender<Decision>>,
    ) -> (Ends, Events) {
        let (teller, events) = Events::channel();
        let (orders, received) = mpsc::unbounded_channel();
        let speech: Arc<Mutex<Speech>> = Arc::default();
        let held = Held { call, decide, speech: Arc::clone(&speech), orders, partner: None };
        self.calls().insert(id, held);
        (Ends { teller, speech, orders: received }, events)
    }

    /// The call is over: nobody hears it any more.
    fn let_go(&self, id: CallId) {
        let mut calls = self.calls();
        part(&mut calls, id);
        calls.remove(&id);
    }

    /// A call has come in.
    fn offer(self: &Arc<Self>, offer: sip::Offer, offers: &mpsc::Sender<Offer>) {
        let Ok(place) = offers.try_reserve() else {
            tracing::warn!(trunk = offer.trunk(), "a call came in and nobody is there to take it");
            return offer.reject(480);
        };
        let id = CallId(self.ids.next(self.clock.now(), &self.rng));
        let (decide, decided) = mpsc::unbounded_channel();
        let (ends, events) = self.hold(id, None, Some(decide));
        // A caller who hides his number is anonymous by name.
        let from = Some(offer.from()).filter(|from| !from.is_empty() && *from != "anonymous");
        place.send(Offer {
            call: id,
            from: from.map(str::to_owned),
            to: offer.to().to_owned(),
            trunk: offer.trunk().to_owned(),
            events,
        });
        let _ = offer.ring();
        tokio::spawn(conduct::offered(Arc::clone(self), id, offer, decided, ends));
    }

    /// A call that talks, or did a moment ago.
    fn call(&self, id: CallId) -> Result<sip::Call> {
        self.calls().get(&id).and_then(|held| held.call.clone()).ok_or(Error::NotFound)
    }

    /// Two calls leave whom they were joined with, and are joined.
    fn join(
        &self,
        (one, here): (CallId, &sip::Call),
        (other, there): (CallId, &sip::Call),
        how: impl FnOnce(&sip::Call, &sip::Call) -> std::result::Result<(), NotTalking>,
    ) -> Result<()> {
        let mut calls = self.calls();
        part(&mut calls, one);
        part(&mut calls, other);
        how(here, there).map_err(gone)?;
        for (call, partner) in [(one, other), (other, one)] {
            if let Some(held) = calls.get_mut(&call) {
                held.partner = Some(partner);
            }
        }
        Ok(())
    }

    fn decide(&self, id: CallId, decision: Decision) -> Result<()> {
        let calls = self.calls();
        let decide = calls.get(&id).and_then(|held| held.decide.as_ref()).ok_or(Error::NotFound)?;
        decide.send(decision).map_err(|_| Error::NotFound)
    }
}

/// Ends a call's part in a bridge, for both, and its listening.
fn part(calls: &mut HashMap<CallId, Held>, id: CallId) {
    let Some(held) = calls.get_mut(&id) else { return };
    let partner = held.partner.take();
    if let Some(call) = &held.call {
        let _ = call.unbridge();
        let _ = call.stop_overhearing();
    }
    if let Some(other) = partner.and_then(|partner| calls.get_mut(&partner)) {
        other.partner = None;
        if let Some(call) = &other.call {
            let _ = call.unbridge();
        }
    }
}

fn gone(_: NotTalking) -> Error {
    Error::NotFound
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::BadNumber => Error::invalid("number", "error-phone-format"),
        Refused::KnownKey => Error::Conflict("error-already-there"),
        full => Error::Unavailable(full.to_string()),
    }
}

const fn side(by: sip::Side) -> Side {
    match by {
        sip::Side::Us => Side::Us,
        sip::Side::Peer => Side::Them,
        sip::Side::Network => Side::Network,
    }
}

#[async_trait]
impl Lines for SipLines {
    async fn dial(&self, dial: Dial) -> Result<Events> {
        let ring_for = dial.ring_for.max(SignedDuration::ZERO).unsigned_abs();
        let placed = sip::Dial::new(dial.number, dial.call.to_string(), ring_for);
        let (call, heard) = self.0.agent().call(placed).map_err(refused)?;
        let (ends, events) = self.0.hold(dial.call, Some(call), None);
        tokio::spawn(conduct::run(Arc::clone(&self.0), dial.call, heard, ends));
        Ok(events)
    }

    async fn take(&self, call: CallId) -> Result<()> {
        let (taken, answer) = oneshot::channel();
        self.0.decide(call, Decision::Take(taken))?;
        if answer.await.unwrap_or(false) { Ok(()) } else { Err(Error::NotFound) }
    }

    async fn refuse(&self, call: CallId, code: u16) -> Result<()> {
        self.0.decide(call, Decision::Refuse(code))
    }

    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()> {
        let calls = self.0.calls();
        let held = calls.get(&call).ok_or(Error::NotFound)?;
        let sound = held.call.as_ref().ok_or(Error::NotFound)?;
        // Held until the play's number stands there: its end may come before this returns.
        let mut speech = held.speech.lock().unwrap_or_else(PoisonError::into_inner);
        let play = sound.play(Arc::clone(&spoken.samples)).map_err(gone)?;
        let wait = wait.map(|wait| wait.max(SignedDuration::ZERO).unsigned_abs());
        *speech = Speech { play, wait };
        let _ = held.orders.send(Order::Says(play));
        Ok(())
    }

    async fn hush(&self, call: CallId) -> Result<()> {
        self.0.call(call)?.stop().map_err(gone)
    }

    async fn press(&self, call: CallId, keys: &str) -> Result<()> {
        self.0.call(call)?.press(keys).map_err(gone)
    }

    async fn record(&self, call: CallId, into: PathBuf, hear: Hear) -> Result<()> {
        let call = self.0.call(call)?;
        let unavailable = |error: std::io::Error| Error::Unavailable(format!("no recording: {error}"));
        // What is said lies there in the clear until it is filed.
        let mut open = tokio::fs::OpenOptions::new();
        let open = open.write(true).create(true).truncate(true).mode(0o600);
        let file = open.open(&into).await.map_err(unavailable)?.into_std().await;
        let hear = match hear {
            Hear::Inbound => sip::Hear::Inbound,
            Hear::Both => sip::Hear::Mixed,
        };
        match call.record(hear, Box::new(file)) {
            Ok(_) => Ok(()),
            Err(CannotRecord::NotTalking(_)) => Err(Error::NotFound),
            Err(CannotRecord::Thread(error)) => Err(unavailable(error)),
        }
    }

    async fn stop_recording(&self, call: CallId) -> Result<()> {
        self.0.call(call)?.stop_recording().map_err(gone)
    }

    async fn bridge(&self, one: CallId, other: CallId) -> Result<()> {
        let (here, there) = (self.0.call(one)?, self.0.call(other)?);
        if one == other || !here.is_talking() || !there.is_talking() {
            return Err(Error::NotFound);
        }
        self.0.join((one, &here), (other, &there), sip::Call::bridge)
    }

    async fn await_answer(&self, waits: CallId, rings: CallId) -> Result<()> {
        let (here, there) = (self.0.call(waits)?, self.0.call(rings)?);
        if waits == rings || !here.is_talking() {
            return Err(Error::NotFound);
        }
        self.0.join((waits, &here), (rings, &there), sip::Call::await_answer)
    }

    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()> {
        let calls = self.0.calls();
        let of = |id: CallId| calls.get(&id).ok_or(Error::NotFound);
        let (talk, ear) = (of(bridged)?, of(listener)?);
        let (Some(talks), Some(hears), Some(_)) = (&talk.call, &ear.call, talk.partner) else {
            return Err(Error::NotFound);
        };
        hears.overhear(talks).map_err(gone)
    }

    async fn part(&self, call: CallId) -> Result<()> {
        let mut calls = self.0.calls();
        if !calls.contains_key(&call) {
            return Err(Error::NotFound);
        }
        part(&mut calls, call);
        Ok(())
    }

    async fn hang_up(&self, call: CallId) -> Result<()> {
        match self.0.call(call) {
            Ok(call) => {
                call.hang_up();
                Ok(())
            }
            // Offered, and not taken yet.
            Err(_) => self.0.decide(call, Decision::Refuse(480)),
        }
    }

    fn live(&self) -> Vec<CallId> {
        self.0.calls().keys().copied().collect()
    }

    fn free(&self) -> usize {
        self.0.agent().free()
    }
}
