//! One call's task: what the user agent tells of it, told as [`duty::lines`] promises.

use super::{Ends, Inner, side};
use duty::lines::{Happened, Side};
use kernel::CallId;
use sip::{Offer, What};
use std::{
    pin::Pin,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Sleep, sleep},
};

/// An offered call that nobody takes is refused after this: the caller shall hear something.
const UNTAKEN: Duration = Duration::from_secs(20);

/// What is being said, or was said last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speech {
    pub play: u64,
    /// How long a key is waited for afterwards.
    pub wait: Option<Duration>,
}

pub(super) enum Order {
    /// Something new is said: the silence after what came before it no longer counts.
    Says(u64),
}

/// About a call that is offered.
pub(super) enum Decision {
    Take(oneshot::Sender<bool>),
    Refuse(u16),
}

/// A call that has come in, until somebody decides about it or the caller gives up.
pub(super) async fn offered(
    lines: Arc<Inner>,
    id: CallId,
    offer: Offer,
    mut decided: mpsc::UnboundedReceiver<Decision>,
    ends: Ends,
) {
    enum Came {
        Gone,
        Decided(Option<Decision>),
    }
    let came = tokio::select! {
        () = offer.gone() => Came::Gone,
        decision = decided.recv() => Came::Decided(decision),
        // Whoever was offered it has gone.
        () = ends.teller.closed() => Came::Decided(None),
        () = sleep(UNTAKEN) => Came::Decided(None),
    };
    let by = match came {
        Came::Gone => Side::Them,
        Came::Decided(Some(Decision::Take(taken))) => {
            if let Ok((call, heard)) = offer.accept().await {
                if let Some(held) = lines.calls().get_mut(&id) {
                    held.call = Some(call);
                    held.decide = None;
                }
                let _ = taken.send(true);
                return run(lines, id, heard, ends).await;
            }
            let _ = taken.send(false);
            Side::Them
        }
        Came::Decided(decision) => {
            let code = match decision {
                Some(Decision::Refuse(code)) => code,
                _ => 480,
            };
            offer.reject(code);
            Side::Us
        }
    };
    lines.let_go(id);
    ends.teller.tell(lines.clock.now(), Happened::Ended(by));
}

/// A call from its INVITE, or from our answer, to its end.
pub(super) async fn run(lines: Arc<Inner>, id: CallId, mut heard: sip::Events, ends: Ends) {
    let Ends { teller, speech, mut orders } = ends;
    let mut silence: Option<Silence> = None;
    let (mut rang, mut abandoned) = (false, false);
    let tell = |what: Happened| {
        if what.is_final() {
            lines.let_go(id);
        }
        teller.tell(lines.clock.now(), what);
    };
    loop {
        tokio::select! {
            // A key that came in time counts, even if the silence has just become long enough.
            biased;
            event = heard.next() => match event.map(|event| event.what) {
                None => break,
                Some(What::Key(key)) => {
                    tell(Happened::Key(key));
                    silence = silence.map(Silence::again);
                }
                Some(What::PlayEnded { play, complete }) => {
                    let said = *speech.lock().unwrap_or_else(PoisonError::into_inner);
                    // What was replaced ends too, and nobody waits for it.
                    if said.play == play {
                        if complete {
                            tell(Happened::Said);
                        }
                        silence = said.wait.map(|wait| Silence::new(play, wait));
                    }
                }
                Some(What::Ringing(_)) if rang => {}
                Some(what) => {
                    rang |= matches!(what, What::Ringing(_));
                    if let Some(what) = happened(what) {
                        tell(what);
                    }
                }
            },
            Some(Order::Says(play)) = orders.recv() => {
                silence = silence.filter(|silence| silence.play == play);
            }
            () = falls(&mut silence) => {
                silence = None;
                tell(Happened::Silent);
            }
            // Whoever conducted it has broken off: nobody would ever end it.
            () = teller.closed(), if !abandoned => {
                abandoned = true;
                if let Ok(call) = lines.call(id) {
                    tracing::warn!(call.id = %id, "a call that nobody conducts any more is ended");
                    call.hang_up();
                }
            }
        }
    }
    // The agent has stopped in the middle of it.
    if !teller.is_over() {
        tell(Happened::Ended(Side::Network));
    }
}

/// `None` for what concerns nobody but the user agent.
fn happened(what: What) -> Option<Happened> {
    let code = |code: u16| i16::try_from(code).unwrap_or(0);
    Some(match what {
        What::InviteSent { trunk } => Happened::Invited(trunk.to_string()),
        What::Ringing(_) => Happened::Ringing,
        What::EarlyMedia(_) => Happened::EarlyMedia,
        What::Answered(_) => Happened::Answered,
        What::Key(key) => Happened::Key(key),
        What::RecordingEnded { lost_frames, error, .. } => {
            Happened::Recorded { whole: lost_frames == 0 && error.is_none() }
        }
        What::Busy(said) => Happened::Busy(code(said)),
        What::Rejected(said) => Happened::Rejected(code(said)),
        What::Unreachable(said) => Happened::Unreachable(said.map(code)),
        What::NoAnswer => Happened::NoAnswer,
        What::AnsweredTooLate(_) => Happened::AnsweredTooLate,
        What::Ended { by } => Happened::Ended(side(by)),
        What::Trying | What::PlayEnded { .. } | What::Held | What::Resumed => return None,
    })
}

/// The silence after a message, measured by the machine's clock as the message itself was.
struct Silence {
    play: u64,
    wait: Duration,
    until: Pin<Box<Sleep>>,
}

impl Silence {
    fn new(play: u64, wait: Duration) -> Self {
        Self { play, wait, until: Box::pin(sleep(wait)) }
    }

    /// Counted from now.
    fn again(self) -> Self {
        Self::new(self.play, self.wait)
    }
}

async fn falls(silence: &mut Option<Silence>) {
    match silence {
        Some(silence) => silence.until.as_mut().await,
        None => std::future::pending().await,
    }
}
