//! The voice port: what a telephone network must be able to do for us.

use crate::prompts::Say;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, Result, TenantId};

/// A call to be placed. The attempt's id is the call's idempotency key: a network that already
/// rings for it does not ring twice.
#[derive(Clone, Debug)]
pub struct Placing {
    pub tenant: TenantId,
    pub attempt: AttemptId,
    /// E.164.
    pub number: String,
    /// What is said after the answer.
    pub says: Vec<Say>,
    /// The same, to be read.
    pub message: String,
    /// How long reading it takes.
    pub length: SignedDuration,
}

/// What a network reports about a call, in the order in which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// The network has been asked to ring; again for each trunk that is tried.
    Invited,
    Ringing,
    Answered,
    /// The message has been read to its end.
    MessageEnded,
    Key(char),
    /// With the SIP code where there is one.
    Busy(Option<i16>),
    Rejected(Option<i16>),
    /// No such number, switched off, or the network failed; with the SIP code where there is one. Which of them it
    /// was, the engine decides.
    Unreachable(Option<i16>),
    /// It was answered and nothing could be said: our own doing.
    Mute,
    /// Either side has hung up after an answer, or it rang in vain.
    Ended,
}

/// What a network has to tell of a call.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub tenant: TenantId,
    pub attempt: AttemptId,
    /// When it happened, by the centre's clock; it may be told later.
    pub at: Timestamp,
    pub event: CallEvent,
    /// How long the message takes.
    pub length: SignedDuration,
}

/// A telephone network. Events come back through [`super::calls::report`].
#[async_trait]
pub trait Voice: Send + Sync {
    /// Starts a call and returns; `Unavailable` when the network cannot take it now.
    async fn place(&self, call: Placing) -> Result<()>;
    /// Ends a call; nothing happens when there is none for this attempt.
    async fn hang_up(&self, attempt: AttemptId) -> Result<()>;
    /// The calls that this process holds now.
    fn live(&self) -> Vec<(TenantId, AttemptId)>;
}
