//! A call as its owner holds it: cheap to clone, and the call does not end when it is dropped.

use crate::{
    counters::Counters,
    event::Teller,
    media::{
        self, Line,
        leg::Bridge,
        pipe::Pipe,
        recorder::{Hear, Recorder, Sink},
    },
    sdp::Session,
};
use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};
use tokio::sync::mpsc;

/// The call is not answered yet, or over already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call is not talking")]
pub struct NotTalking;

/// A recording could not begin.
#[derive(Debug, thiserror::Error)]
pub enum CannotRecord {
    #[error(transparent)]
    NotTalking(#[from] NotTalking),
    #[error("no thread to write the recording: {0}")]
    Thread(#[from] io::Error),
}

/// One call, from its INVITE on.
#[derive(Clone, Debug)]
pub struct Call(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    key: Arc<str>,
    number: String,
    stage: Mutex<Stage>,
    orders: mpsc::UnboundedSender<Order>,
    next: AtomicU64,
    counters: Counters,
}

/// How far it has come.
#[derive(Debug)]
enum Stage {
    /// Nothing is heard of it yet; with whom it is bridged as soon as something is.
    Rings(Option<Bridge>),
    /// The network speaks before the answer.
    Early(Talk),
    Talks(Talk),
    Over,
}

/// What exists only while something is heard; the events end when it is gone.
#[derive(Debug)]
struct Talk {
    line: Line,
    teller: Teller,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    HangUp,
    /// No RTP has come for too long.
    Lost,
}

pub(crate) type Orders = mpsc::UnboundedReceiver<Order>;

impl Call {
    pub(crate) fn new(key: Arc<str>, number: String, counters: Counters) -> (Self, Orders) {
        let (orders, received) = mpsc::unbounded_channel();
        let (stage, next) = (Mutex::new(Stage::Rings(None)), AtomicU64::new(1));
        (Self(Arc::new(Inner { key, number, stage, orders, next, counters })), received)
    }

    /// The idempotency key it was placed under; for a call that came in, one made of its Call-ID.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The other side's number.
    pub fn number(&self) -> &str {
        &self.0.number
    }

    pub fn is_talking(&self) -> bool {
        self.talk(|_| ()).is_ok()
    }

    /// Plays samples at 8 kHz in place of whatever is playing. The number comes back in
    /// [`crate::What::PlayEnded`].
    pub fn play(&self, samples: Arc<[i16]>) -> Result<u64, NotTalking> {
        let play = self.0.next.fetch_add(1, SeqCst);
        self.talk(|talk| talk.line.play(play, samples)).map(|()| play)
    }

    /// Stops what is playing.
    pub fn stop(&self) -> Result<(), NotTalking> {
        self.talk(|talk| talk.line.stop())
    }

    /// Presses keys (`0`-`9`, `*`, `#`, `A`-`D`), one each 240 ms; others are left out.
    pub fn press(&self, keys: &str) -> Result<(), NotTalking> {
        self.talk(|talk| talk.line.press(keys.to_owned()))
    }

    /// Records into a WAV file (mono, 16 bits, 8 kHz) until [`Self::stop_recording`] or the end of the call;
    /// one recording at a time, a new one ends the old. From [`crate::What::EarlyMedia`] on, which is before the
    /// answer.
    pub fn record(&self, hear: Hear, sink: Box<dyn Sink>) -> Result<u64, CannotRecord> {
        let recording = self.0.next.fetch_add(1, SeqCst);
        self.heard(|talk| {
            let teller = talk.teller.clone();
            let recorder = Recorder::start(recording, hear, sink, teller, self.0.counters.clone())?;
            talk.line.record(Some(recorder));
            Ok(recording)
        })?
    }

    pub fn stop_recording(&self) -> Result<(), NotTalking> {
        self.heard(|talk| talk.line.record(None))
    }

    /// Lets this call and another hear each other, keys too, until [`Self::unbridge`] or the end of either.
    /// What is played in one of them is heard there instead of the other.
    pub fn bridge(&self, other: &Self) -> Result<(), NotTalking> {
        let (ours, theirs) = media::bridge();
        self.talk(|talk| talk.line.bridge(Some(ours)))?;
        let bridged = other.talk(|talk| talk.line.bridge(Some(theirs)));
        if bridged.is_err() {
            let _ = self.unbridge();
        }
        bridged
    }

    /// Lets this call hear how another is rung: what its network says before the answer and, until it says
    /// something, a ringing tone of ours. Nothing is said to the other before it answers; then the two are
    /// bridged. Ends as a bridge does.
    pub fn await_answer(&self, ringing: &Self) -> Result<(), NotTalking> {
        let (ours, theirs) = media::bridge();
        self.talk(|talk| talk.line.await_answer(ours))?;
        let awaited = ringing.join(Some(theirs));
        if awaited.is_err() {
            let _ = self.unbridge();
        }
        awaited
    }

    /// Ends this side of a bridge; the other side's call should do the same.
    pub fn unbridge(&self) -> Result<(), NotTalking> {
        self.join(None)
    }

    /// A bridge, now or as soon as something is heard of this call; or none.
    fn join(&self, bridge: Option<Bridge>) -> Result<(), NotTalking> {
        match &mut *self.stage() {
            Stage::Rings(waiting) => *waiting = bridge,
            Stage::Early(talk) | Stage::Talks(talk) => talk.line.bridge(bridge),
            Stage::Over => return Err(NotTalking),
        }
        Ok(())
    }

    /// Lets this call hear both sides of another, which hears nothing of it, until
    /// [`Self::stop_overhearing`], the end of either, or the end of the other's bridge.
    pub fn overhear(&self, bridged: &Self) -> Result<(), NotTalking> {
        let pipe = Arc::new(Pipe::default());
        self.talk(|talk| talk.line.overhear(Some(Arc::clone(&pipe))))?;
        bridged.talk(|talk| talk.line.tap(Arc::clone(&pipe))).inspect_err(|_| {
            let _ = self.stop_overhearing();
        })
    }

    pub fn stop_overhearing(&self) -> Result<(), NotTalking> {
        self.talk(|talk| talk.line.overhear(None))
    }

    /// CANCEL before the answer, BYE after it. Nothing happens when the call is over.
    pub fn hang_up(&self) {
        self.order(Order::HangUp);
    }

    pub(crate) fn order(&self, order: Order) {
        let _ = self.0.orders.send(order);
    }

    /// Something is heard of it from now on, `early` before its answer.
    pub(crate) fn begin(&self, line: Line, teller: Teller, early: bool) {
        let mut stage = self.stage();
        if let Stage::Rings(waiting) = &mut *stage
            && let Some(bridge) = waiting.take()
        {
            line.bridge(Some(bridge));
        }
        let talk = Talk { line, teller };
        *stage = if early { Stage::Early(talk) } else { Stage::Talks(talk) };
    }

    /// What was heard early was the beginning of this session. `false` when nothing was.
    pub(crate) fn answered(&self, session: &Session) -> bool {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Early(talk) => {
                talk.line.answered(session.clone());
                *stage = Stage::Talks(talk);
                true
            }
            other => {
                *stage = other;
                false
            }
        }
    }

    /// The trunk that spoke early did not do its work; another may.
    pub(crate) fn unheard(&self) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Early(_)) {
            *stage = Stage::Rings(None);
        }
    }

    pub(crate) fn line(&self, what: impl FnOnce(&Line)) -> bool {
        self.heard(|talk| what(&talk.line)).is_ok()
    }

    pub(crate) fn end(&self) {
        *self.stage() = Stage::Over;
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn talk<T>(&self, what: impl FnOnce(&Talk) -> T) -> Result<T, NotTalking> {
        match &*self.stage() {
            Stage::Talks(talk) => Ok(what(talk)),
            _ => Err(NotTalking),
        }
    }

    /// The same from its early media on.
    fn heard<T>(&self, what: impl FnOnce(&Talk) -> T) -> Result<T, NotTalking> {
        match &*self.stage() {
            Stage::Early(talk) | Stage::Talks(talk) => Ok(what(talk)),
            _ => Err(NotTalking),
        }
    }
}
