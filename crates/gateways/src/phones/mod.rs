//! A telephone network that exists in memory only: phones ring, are answered, keys are pressed,
//! lines are busy. The demo shows it at `/demo/phones`; tests press its keys.
//!
//! [`Phones`] carries the calls of ladders and the short messages; [`Exchange`] every call that is a
//! conversation.

mod exchange;
mod ringing;

pub use exchange::Exchange;
pub use ringing::{State, Telephone};

use async_trait::async_trait;
use duty::messages::{CallEvent, Placing, Report, Text, Texting, Voice, calls};
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, Error, MessageId, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::Store;

/// Texts that the network remembers; whoever wants an older one is too late.
const TEXTS: usize = 50;

/// The simulated network. Cheap to clone.
#[derive(Clone)]
pub struct Phones {
    store: Store,
    network: Arc<Mutex<Network>>,
}

#[derive(Default)]
struct Network {
    lines: BTreeMap<AttemptId, Line>,
    /// Numbers that are engaged, and numbers that are switched off.
    busy: BTreeSet<String>,
    off: BTreeSet<String>,
    /// The newest last.
    texts: VecDeque<Received>,
}

/// A text that has come to a phone.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: MessageId,
    pub number: String,
    pub words: String,
    pub at: Timestamp,
}

/// One phone that rings or is in a call.
#[derive(Clone, Debug)]
pub struct Line {
    pub tenant: TenantId,
    pub attempt: AttemptId,
    pub number: String,
    pub message: String,
    pub length: SignedDuration,
    pub placed_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub message_ended: bool,
    pub keys: String,
}

impl Line {
    const fn tells(&self, at: Timestamp, event: CallEvent) -> Report {
        Report { tenant: self.tenant, attempt: self.attempt, at, event, length: self.length }
    }
}

/// What can be done with a simulated phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Answer,
    Press(char),
    HangUp,
    Reject,
}

impl Phones {
    pub fn new(store: Store) -> Self {
        Self { store, network: Arc::default() }
    }

    /// Every phone that rings or talks now, longest first.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<_> = self.network().lines.values().cloned().collect();
        lines.sort_by_key(|line| (line.placed_at, line.attempt));
        lines
    }

    /// The call to a number, if its phone rings or talks.
    pub fn line_to(&self, number: &str) -> Option<Line> {
        self.network().lines.values().find(|line| line.number == number).cloned()
    }

    /// The texts that have come, the newest first.
    pub fn texts(&self) -> Vec<Received> {
        self.network().texts.iter().rev().cloned().collect()
    }

    /// From now on calls to this number find it engaged (or free again).
    pub fn set_busy(&self, number: &str, busy: bool) {
        let mut network = self.network();
        if busy {
            network.busy.insert(number.to_owned())
        } else {
            network.busy.remove(number)
        };
    }

    /// Switches a phone off or on.
    pub fn set_off(&self, number: &str, off: bool) {
        let mut network = self.network();
        if off {
            network.off.insert(number.to_owned())
        } else {
            network.off.remove(number)
        };
    }

    pub fn is_busy(&self, number: &str) -> bool {
        self.network().busy.contains(number)
    }

    /// Somebody handles a phone. `NotFound` when it no longer rings.
    pub async fn handle(&self, attempt: AttemptId, what: Do) -> Result<()> {
        let now = self.store.clock().now();
        let (line, event) = {
            let mut network = self.network();
            let line = network.lines.get_mut(&attempt).ok_or(Error::NotFound)?;
            let event = match (what, line.answered_at) {
                (Do::Answer, None) => {
                    line.answered_at = Some(now);
                    CallEvent::Answered
                }
                (Do::Press(key), Some(_)) if key.is_ascii_digit() || matches!(key, '*' | '#') => {
                    line.keys.push(key);
                    CallEvent::Key(key)
                }
                (Do::HangUp, Some(_)) => CallEvent::Ended,
                (Do::HangUp | Do::Reject, None) => CallEvent::Rejected(Some(603)),
                _ => return Err(Error::Conflict("error-phone-state")),
            };
            let line = line.clone();
            if matches!(event, CallEvent::Ended | CallEvent::Rejected(_)) {
                network.lines.remove(&attempt);
            }
            (line, event)
        };
        calls::report(&self.store, line.tells(now, event)).await
    }

    /// Tells the ends of messages whose time has come; called by the clock of the demo or a test.
    pub async fn tick(&self) -> Result<()> {
        let now = self.store.clock().now();
        let finished: Vec<Line> = {
            let mut network = self.network();
            let ready = |line: &Line| {
                !line.message_ended && line.answered_at.is_some_and(|at| at + line.length <= now)
            };
            let finished: Vec<_> = network.lines.values().filter(|line| ready(line)).cloned().collect();
            for line in &finished {
                if let Some(line) = network.lines.get_mut(&line.attempt) {
                    line.message_ended = true;
                }
            }
            finished
        };
        for line in finished {
            let at = line.answered_at.map_or(now, |at| at + line.length);
            calls::report(&self.store, line.tells(at, CallEvent::MessageEnded)).await?;
        }
        Ok(())
    }

    /// Runs the network's clock until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.tick().await {
                tracing::warn!(%error, "a simulated call could not be reported");
            }
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(250)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Texting for Phones {
    async fn send(&self, text: &Text) -> Result<Vec<String>> {
        let at = self.store.clock().now();
        let mut network = self.network();
        if network.off.contains(&text.number) {
            return Err(Error::Unavailable("the phone is switched off".into()));
        }
        // Handed over twice, it has come once.
        if network.texts.iter().all(|known| known.id != text.id) {
            let (id, number, words) = (text.id, text.number.clone(), text.words.clone());
            network.texts.push_back(Received { id, number, words, at });
            if network.texts.len() > TEXTS {
                network.texts.pop_front();
            }
        }
        // It gives no receipts.
        Ok(Vec::new())
    }
}

#[async_trait]
impl Voice for Phones {
    async fn place(&self, call: Placing) -> Result<()> {
        let Placing { tenant, attempt, length, .. } = call;
        let at = self.store.clock().now();
        let event = {
            let mut network = self.network();
            if network.lines.contains_key(&attempt) {
                return Ok(());
            }
            let engaged = network.busy.contains(&call.number)
                || network
                    .lines
                    .values()
                    .any(|line| line.number == call.number && line.answered_at.is_some());
            if network.off.contains(&call.number) {
                CallEvent::Unreachable(Some(480))
            } else if engaged {
                CallEvent::Busy(Some(486))
            } else {
                let line = Line {
                    tenant,
                    attempt,
                    number: call.number,
                    message: call.message,
                    length,
                    placed_at: at,
                    answered_at: None,
                    message_ended: false,
                    keys: String::new(),
                };
                network.lines.insert(attempt, line);
                CallEvent::Ringing
            }
        };
        for event in [CallEvent::Invited, event] {
            calls::report(&self.store, Report { tenant, attempt, at, event, length }).await?;
        }
        Ok(())
    }

    async fn hang_up(&self, attempt: AttemptId) -> Result<()> {
        self.network().lines.remove(&attempt);
        Ok(())
    }

    fn live(&self) -> Vec<(TenantId, AttemptId)> {
        self.network().lines.values().map(|line| (line.tenant, line.attempt)).collect()
    }
}
