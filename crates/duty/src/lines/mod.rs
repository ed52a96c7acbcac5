//! Telephone lines: what a network must be able to do for us, and one conversation over it.
//!
//! A network ([`Lines`]) places calls and offers those that come in; whatever happens to a call comes as
//! [`Told`] through its [`Events`], each with its time. Orders go by the call's id, so that somebody else than
//! who conducts a call can end it, join it to another, or listen. `gateways` has the real side (our own SIP
//! user agent, and providers that speak HTTP) and the simulated one.
//!
//! An answer says nothing about who listens: it may be a voicemail. Whoever needs to know asks for a key.

mod events;
mod talk;

pub use events::{Events, Happened, Side, Teller, Told};
pub use talk::{Heard, Talk};

use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{CallId, Result, TenantId};
use std::{path::PathBuf, sync::Arc};

/// Samples of what is said: 8,000 a second, one channel.
pub const RATE: u32 = 8_000;

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct Dial {
    pub tenant: TenantId,
    /// The idempotency key: a network that rings for it already does not ring twice.
    pub call: CallId,
    /// E.164; where a PBX stands between, also an extension.
    pub number: String,
    /// From the INVITE until nobody is waited for any longer.
    pub ring_for: SignedDuration,
}

/// Something to be said: the words, for whoever reads along, and their sound.
#[derive(Clone, Debug)]
pub struct Spoken {
    pub words: String,
    pub samples: Arc<[i16]>,
    /// How long it takes; a network without sound takes this long too.
    pub length: SignedDuration,
}

impl Spoken {
    /// A tone of 1 kHz for 0.4 s.
    pub fn beep() -> Self {
        let turn = std::f64::consts::TAU * 1_000.0 / f64::from(RATE);
        let samples: Vec<i16> =
            (0..RATE * 4 / 10).map(|n| ((f64::from(n) * turn).sin() * 8_000.0) as i16).collect();
        Self { words: "(bíp)".to_owned(), samples: samples.into(), length: SignedDuration::from_millis(400) }
    }
}

/// What a recording holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hear {
    /// What the other side says.
    Inbound,
    /// Both sides.
    Both,
}

/// A call that has come in and waits for us to take it.
pub struct Offer {
    pub call: CallId,
    /// Who calls, as the network says; never a proof.
    pub from: Option<String>,
    /// The number that was called, or whatever stands in its place.
    pub to: String,
    /// By which trunk it came: it says whose centre is called.
    pub trunk: String,
    pub events: Events,
}

/// A telephone network. Every order but `dial` is harmless for a call that is over or unknown: it answers
/// `NotFound`, and the call's events tell the rest.
#[async_trait]
pub trait Lines: Send + Sync {
    /// Starts a call and returns at once. `Unavailable` when the network cannot take it now (all channels
    /// taken, too many calls a second, no trunk); `Conflict` when this call rings already; `Invalid` when
    /// this is no number that can be called.
    async fn dial(&self, dial: Dial) -> Result<Events>;

    /// Takes a call that was offered.
    async fn take(&self, call: CallId) -> Result<()>;

    /// Refuses a call that was offered: `486` busy, `480` nobody there, `603` declined.
    async fn refuse(&self, call: CallId, code: u16) -> Result<()>;

    /// Says something in place of what is being said. Its end comes as [`Happened::Said`]; with `wait`, and
    /// without any key for so long after the end (or after the last key), [`Happened::Silent`] follows.
    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<()>;

    /// Stops what is being said.
    async fn hush(&self, call: CallId) -> Result<()>;

    /// Presses keys at the other side.
    async fn press(&self, call: CallId, keys: &str) -> Result<()>;

    /// Records into a WAV file, until [`Lines::stop_recording`] or the end of the call; how it ended comes as
    /// [`Happened::Recorded`]. It may begin with [`Happened::EarlyMedia`], before the answer. A disk that fills ends
    /// the recording, never the call.
    async fn record(&self, call: CallId, into: PathBuf, hear: Hear) -> Result<()>;

    async fn stop_recording(&self, call: CallId) -> Result<()>;

    /// Lets two calls of this network hear each other, keys too, until [`Lines::part`] or the end of either.
    async fn bridge(&self, one: CallId, other: CallId) -> Result<()>;

    /// Lets a call that talks hear how another is rung: what its network says before the answer and, until it says
    /// something, a ringing tone of ours. Nothing is said to the other before it answers. Ends as a bridge does. A
    /// network that joins calls by itself, or carries no sound, has nothing to do.
    async fn await_answer(&self, _waits: CallId, _rings: CallId) -> Result<()> {
        Ok(())
    }

    /// Lets a third call hear both sides of a bridged one; nobody hears the third.
    async fn overhear(&self, bridged: CallId, listener: CallId) -> Result<()>;

    /// Ends a call's part in a bridge, and its listening. The calls themselves go on.
    async fn part(&self, call: CallId) -> Result<()>;

    /// Gives a call up before the answer, ends it after.
    async fn hang_up(&self, call: CallId) -> Result<()>;

    /// The calls that this process holds now.
    fn live(&self) -> Vec<CallId>;

    /// How many calls more it would take now.
    fn free(&self) -> usize;
}
