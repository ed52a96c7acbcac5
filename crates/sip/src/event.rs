//! What happens in a call, in the order in which it happens.

use crate::clock;
use jiff::Timestamp;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tokio::sync::mpsc;

/// Who ended a call that was answered, or rang at us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We did: `hang_up`, or the longest time for a call was over.
    Us,
    /// The other side hung up, or gave up calling us.
    Peer,
    /// Nobody did: no ACK, no RTP any more, the agent stopped.
    Network,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum What {
    /// The INVITE left for this trunk; again for each trunk that is tried.
    InviteSent {
        trunk: Arc<str>,
    },
    /// The network works on it (100).
    Trying,
    /// The phone rings: 180, 181, 182 or 183, with its code.
    Ringing(u16),
    /// The network says where it speaks before the answer, often its own ringing tone or a refusal in words; from
    /// now on it is heard and may be recorded.
    EarlyMedia(u16),
    /// Somebody, or a machine, took the call. It says nothing about who listens.
    Answered(u16),
    Key(char),
    /// What [`crate::Call::play`] began has ended: played to its end, or stopped.
    PlayEnded {
        play: u64,
        complete: bool,
    },
    /// The other side holds the call: nothing is heard, playing waits.
    Held,
    Resumed,
    /// A recording has ended, with the samples written and frames that a slow disk cost.
    RecordingEnded {
        recording: u64,
        samples: u64,
        lost_frames: u64,
        error: Option<io::ErrorKind>,
    },
    /// The line is engaged (486, 600).
    Busy(u16),
    /// A person declined (603, 607), or the network after the phone had rung (403, 608).
    Rejected(u16),
    /// It never rang: no such number, switched off, no trunk answered or let us call; with the last code if there
    /// was one.
    Unreachable(Option<u16>),
    /// It rang for the whole time given, and nobody answered.
    NoAnswer,
    /// The other side answered while our CANCEL was on its way. The call was ended at once; this comes
    /// after `NoAnswer` or `Ended`.
    AnsweredTooLate(u16),
    /// An answered or incoming call is over.
    Ended {
        by: Side,
    },
}

impl What {
    /// After this only `AnsweredTooLate` and `RecordingEnded` may follow.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Busy(_) | Self::Rejected(_) | Self::Unreachable(_) | Self::NoAnswer | Self::Ended { .. }
        )
    }

    fn may_follow_the_end(&self) -> bool {
        matches!(self, Self::AnsweredTooLate(_) | Self::RecordingEnded { .. })
    }
}

/// An event with its time on both clocks.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Instant,
    pub wall: Timestamp,
    pub what: What,
}

/// The events of one call. Ends when nothing can happen any more.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

/// Where events are put, from the signalling task, the media thread and recorders alike. Unbounded,
/// for losing an answer is worse than a queue: a call has few events, and its keys are capped.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    sender: mpsc::UnboundedSender<Event>,
    over: Arc<Mutex<bool>>,
}

impl Teller {
    pub(crate) fn new() -> (Self, Events) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, over: Arc::default() }, Events(receiver))
    }

    pub(crate) fn tell(&self, what: What) {
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        if *over && !what.may_follow_the_end() {
            return;
        }
        *over |= what.is_final();
        // Nobody listens: the call goes on without an audience.
        let _ = self.sender.send(Event { at: clock::now(), wall: clock::wall(), what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_once_and_little_follows() {
        let (teller, mut events) = Teller::new();
        let late = teller.clone();
        teller.tell(What::NoAnswer);
        late.tell(What::Key('1'));
        late.tell(What::Ended { by: Side::Us });
        late.tell(What::AnsweredTooLate(200));
        drop((teller, late));
        let mut told = Vec::new();
        while let Ok(event) = events.0.try_recv() {
            told.push(event.what);
        }
        assert!(matches!(told[..], [What::NoAnswer, What::AnsweredTooLate(200)]), "{told:?}");
    }
}
