//! What happens to a call, in the order in which it happens.

use jiff::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};
use tokio::sync::mpsc;

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Us,
    Them,
    /// Nobody did: the network lost it.
    Network,
}

/// One thing that happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The INVITE has left, by the trunk of this name; again for each trunk that is tried.
    Invited(String),
    Ringing,
    /// The network speaks before the answer: its own ringing tone, or why nobody can be reached. From now on that
    /// may be recorded; it is nobody's answer.
    EarlyMedia,
    /// Somebody, or a machine, took the call.
    Answered,
    Key(char),
    /// What was said last has been heard to its end.
    Said,
    /// No key for as long as was asked in [`super::Lines::say`].
    Silent,
    /// A recording has ended; whether all of it is there.
    Recorded {
        whole: bool,
    },
    /// The line is engaged.
    Busy(i16),
    /// A person or the network declined.
    Rejected(i16),
    /// It never rang: no such number, switched off, no trunk; with the SIP code where there was one.
    Unreachable(Option<i16>),
    /// It rang for all the time given, and nobody answered.
    NoAnswer,
    /// An answered or incoming call is over.
    Ended(Side),
    /// The other side answered while our giving up was on its way; the call was ended at once.
    AnsweredTooLate,
}

impl Happened {
    /// After this, nothing but `AnsweredTooLate` and `Recorded` comes.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Busy(_) | Self::Rejected(_) | Self::Unreachable(_) | Self::NoAnswer | Self::Ended(_)
        )
    }
}

/// One thing that happened, with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub at: Timestamp,
    pub what: Happened,
}

/// Where a network tells what happens to one call. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Teller {
    sender: mpsc::UnboundedSender<Told>,
    over: Arc<AtomicBool>,
}

/// What is told of one call. It ends when nothing can happen any more. Whoever drops it gives the call up: the
/// network ends it.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Told>);

impl Events {
    /// A call's two ends. Unbounded: a call has few events, and a lost answer is worse than a queue.
    pub fn channel() -> (Teller, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Teller { sender, over: Arc::default() }, Self(receiver))
    }

    /// The next event; safe to give up waiting for.
    pub async fn next(&mut self) -> Option<Told> {
        self.0.recv().await
    }

    /// What is there already.
    pub fn ready(&mut self) -> Option<Told> {
        self.0.try_recv().ok()
    }
}

impl Teller {
    /// Tells; after the end only what may still follow it. `false` when nobody listens any more.
    pub fn tell(&self, at: Timestamp, what: Happened) -> bool {
        let late = matches!(what, Happened::AnsweredTooLate | Happened::Recorded { .. });
        let was_over = if what.is_final() { self.over.swap(true, SeqCst) } else { self.over.load(SeqCst) };
        if was_over && !late {
            return true;
        }
        self.sender.send(Told { at, what }).is_ok()
    }

    pub fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    /// Returns once nobody listens any more.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }

    /// Whether nobody listens any more.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_end_is_told_once_and_little_follows() {
        let (teller, mut events) = Events::channel();
        let at = Timestamp::UNIX_EPOCH;
        for what in [
            Happened::Ringing,
            Happened::NoAnswer,
            Happened::Key('1'),
            Happened::Ended(Side::Us),
            Happened::AnsweredTooLate,
        ] {
            teller.tell(at, what);
        }
        drop(teller);
        let mut told = Vec::new();
        while let Some(event) = events.next().await {
            told.push(event.what);
        }
        assert_eq!(told, [Happened::Ringing, Happened::NoAnswer, Happened::AnsweredTooLate]);
    }
}
