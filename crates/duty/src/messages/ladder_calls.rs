//! Ladders by telephone: the calls of a level over a network that knows only telephony.
//!
//! The INVITE leaves first; the message becomes sound while it rings. Whatever the network tells is
//! reported to the call engine in the order in which it happened. Who presses 1 or 2 hears, once the
//! engine has taken it, that it was understood: a call that is cut off by the very key leaves a doubt.
//!
//! An answer proves nobody: a voicemail answers too, and presses no key. Such a call ends as heard
//! and not accepted, and the level keeps its time.

use super::{
    calls::{self, ENGINE},
    voice::{CallEvent, Placing, Voice},
};
use crate::{
    lines::{Dial, Events, Happened, Lines, Side, Spoken},
    prompts::{Prompter, Say},
    tickets::{self, attempts},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{AttemptId, CallId, Error, Result, TenantId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::Store;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// The minute of an emergency. Where a level is given longer, the phone has rung in vain all the same.
const RING: SignedDuration = SignedDuration::from_secs(60);
/// After the message, and so long without a key, it is said again; so often.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
const REPEATS: u8 = 2;
/// Longest that a message may need to become sound, once somebody has picked up and hears nothing.
const SPEECH: Duration = Duration::from_secs(8);
/// The thanks, and the way to them, take no longer: the channel is needed.
const FAREWELL: Duration = Duration::from_secs(4);
/// A database that is away for a moment costs nobody his answer; between two tries, in milliseconds.
const TRIES: [u64; 8] = [50, 200, 500, 1_000, 2_000, 4_000, 8_000, 0];

const ACCEPTED: &str = "ladder.accepted";
const PASSED: &str = "ladder.passed";
const TOO_LATE: &str = "Phiếu này đã có người nhận hoặc đã chuyển lên cấp trên. Xin cảm ơn.";

/// The voice port over a telephone network. Cheap to clone.
#[derive(Clone)]
pub struct LadderCalls(Arc<Inner>);

struct Inner {
    store: Store,
    lines: Arc<dyn Lines>,
    prompter: Prompter,
    held: Mutex<BTreeMap<AttemptId, Held>>,
}

struct Held {
    tenant: TenantId,
    /// A key that decides has been pressed: the call ends by itself, after the thanks.
    decides: bool,
}

impl LadderCalls {
    pub fn new(store: Store, lines: Arc<dyn Lines>, prompter: Prompter) -> Self {
        Self(Arc::new(Inner { store, lines, prompter, held: Mutex::default() }))
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, BTreeMap<AttemptId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decides(&self, attempt: AttemptId, decides: bool) {
        if let Some(held) = self.held().get_mut(&attempt) {
            held.decides = decides;
        }
    }

    async fn speak(&self, tenant: TenantId, say: Say) -> Result<Spoken> {
        let mut cx = self.store.begin(tenant, ENGINE).await?;
        let spoken = self.prompter.speak(&mut cx, &[say]).await?;
        cx.commit().await?;
        Ok(spoken)
    }
}

#[async_trait]
impl Voice for LadderCalls {
    async fn place(&self, call: Placing) -> Result<()> {
        let (tenant, attempt) = (call.tenant, call.attempt);
        {
            let mut held = self.0.held();
            if held.contains_key(&attempt) {
                return Ok(());
            }
            held.insert(attempt, Held { tenant, decides: false });
        }
        let holding = Holding(Arc::clone(&self.0), attempt);
        let number = call.number.clone();
        let dial = Dial { tenant, call: CallId(attempt.uuid()), number, ring_for: RING };
        let events = self.0.lines.dial(dial).await.map_err(|error| match error {
            // Its end could not be reported then; it cannot be rung again under the same name.
            Error::Conflict(_) => Error::Unavailable("this call has rung before".into()),
            other => other,
        })?;
        tokio::spawn(Conversation::new(holding, call).conduct(events));
        Ok(())
    }

    async fn hang_up(&self, attempt: AttemptId) -> Result<()> {
        match self.0.held().get(&attempt) {
            Some(held) if !held.decides => {}
            _ => return Ok(()),
        }
        match self.0.lines.hang_up(CallId(attempt.uuid())).await {
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }

    fn has_room(&self) -> bool {
        self.0.lines.free() > 0
    }

    fn live(&self) -> Vec<(TenantId, AttemptId)> {
        self.0.held().iter().map(|(&attempt, held)| (held.tenant, attempt)).collect()
    }
}

/// A call that this process holds, until it is dropped.
struct Holding(Arc<Inner>, AttemptId);

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.held().remove(&self.1);
    }
}

/// One call, from its INVITE to its end.
struct Conversation {
    holding: Holding,
    tenant: TenantId,
    /// On its way to becoming sound; taken when somebody picks up.
    message: Option<JoinHandle<Result<Spoken>>>,
    spoken: Option<Spoken>,
    length: SignedDuration,
    invited: bool,
    answered: bool,
    heard: bool,
    repeats: u8,
}

impl Conversation {
    fn new(holding: Holding, call: Placing) -> Self {
        let (inner, Placing { tenant, message, length, .. }) = (Arc::clone(&holding.0), call);
        let message = tokio::spawn(async move { inner.speak(tenant, Say::Text(message)).await });
        Self {
            holding,
            tenant,
            message: Some(message),
            spoken: None,
            length,
            invited: false,
            answered: false,
            heard: false,
            repeats: 0,
        }
    }

    fn inner(&self) -> &Inner {
        &self.holding.0
    }

    fn attempt(&self) -> AttemptId {
        self.holding.1
    }

    fn call(&self) -> CallId {
        CallId(self.attempt().uuid())
    }

    async fn conduct(mut self, mut events: Events) {
        while let Some(told) = events.next().await {
            match told.what {
                // Again for each trunk that is tried; the first counts.
                Happened::Invited(_) if self.invited => {}
                Happened::Invited(_) => {
                    self.invited = true;
                    self.tell(CallEvent::Invited).await;
                }
                Happened::Ringing => self.tell(CallEvent::Ringing).await,
                Happened::Answered => {
                    self.answered = true;
                    if !self.begin().await {
                        return;
                    }
                }
                Happened::Said if self.heard => {}
                Happened::Said => {
                    self.heard = true;
                    self.tell(CallEvent::MessageEnded).await;
                }
                Happened::Silent if self.repeats < REPEATS => {
                    self.repeats += 1;
                    self.say_message().await;
                }
                Happened::Key(key) => {
                    if let Some(farewell) = self.key(key).await {
                        return self.part(farewell, &mut events).await;
                    }
                }
                Happened::Busy(code) => return self.tell(CallEvent::Busy(Some(code))).await,
                Happened::Rejected(code) => return self.tell(CallEvent::Rejected(Some(code))).await,
                Happened::Unreachable(code) => return self.tell(CallEvent::Unreachable(code)).await,
                Happened::NoAnswer | Happened::Ended(Side::Them) => return self.tell(CallEvent::Ended).await,
                Happened::Ended(Side::Network) if self.answered => return self.tell(CallEvent::Ended).await,
                // Either its attempt has ended already, or this process stops: then the attempt goes on, and
                // whoever looks after lost calls places it again.
                Happened::Ended(_) => return,
                Happened::Silent | Happened::Recorded { .. } | Happened::AnsweredTooLate => {}
            }
        }
    }

    /// Reports to the engine, again when the database is away for a moment.
    async fn tell(&self, event: CallEvent) {
        let (store, attempt) = (&self.inner().store, self.attempt());
        for pause in TRIES {
            match calls::report(store, self.tenant, attempt, event, self.length).await {
                Ok(()) => return,
                Err(Error::Unavailable(reason)) => {
                    tracing::warn!(%reason, call.attempt = %attempt, "a call's event could not be written yet");
                    sleep(Duration::from_millis(pause)).await;
                }
                Err(error) => {
                    tracing::error!(%error, call.attempt = %attempt, "a call's event was not taken");
                    return;
                }
            }
        }
        tracing::error!(call.attempt = %attempt, "a call's event is lost");
    }

    /// Somebody has picked up: the message begins. `false` when there is nothing to say.
    async fn begin(&mut self) -> bool {
        let Some(message) = self.message.take() else { return true };
        let made = match timeout(SPEECH, message).await {
            Ok(Ok(made)) => made,
            Ok(Err(panic)) => Err(Error::internal(panic)),
            Err(_) => Err(Error::Unavailable("speech takes too long".into())),
        };
        match made {
            Ok(spoken) => {
                self.length = spoken.length;
                self.spoken = Some(spoken);
                self.say_message().await;
                self.tell(CallEvent::Answered).await;
                true
            }
            Err(error) => {
                // Our doing, not his: the level climbs, and he has missed nothing that could be heard.
                tracing::error!(%error, call.attempt = %self.attempt(), "there is no sound for the message");
                let _ = self.inner().lines.hang_up(self.call()).await;
                self.tell(CallEvent::Unreachable(None)).await;
                false
            }
        }
    }

    async fn say_message(&self) {
        if let Some(spoken) = &self.spoken {
            self.say(spoken, Some(PAUSE)).await;
        }
    }

    async fn say(&self, spoken: &Spoken, wait: Option<SignedDuration>) {
        match self.inner().lines.say(self.call(), spoken, wait).await {
            // Over meanwhile; its events tell.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%error, "a message could not be said"),
        }
    }

    /// Hands a key to the engine; what is said to him before the call ends, if it decides.
    async fn key(&mut self, key: char) -> Option<Say> {
        match key {
            '1' | '2' => {
                self.inner().decides(self.attempt(), true);
                let _ = self.inner().lines.hush(self.call()).await;
                self.tell(CallEvent::Key(key)).await;
                let farewell = self.decided(key).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, call.attempt = %self.attempt(), "what became of a key is unknown");
                    None
                });
                if farewell.is_none() {
                    self.inner().decides(self.attempt(), false);
                }
                farewell
            }
            '*' => {
                self.tell(CallEvent::Key(key)).await;
                self.say_message().await;
                None
            }
            '0'..='9' | '#' => {
                self.tell(CallEvent::Key(key)).await;
                None
            }
            _ => None,
        }
    }

    /// What the engine made of 1 or 2; `None` when it took nothing and the call goes on.
    async fn decided(&self, key: char) -> Result<Option<Say>> {
        let mut cx = self.inner().store.begin(self.tenant, ENGINE).await?;
        let attempt = attempts::find(&mut cx, self.attempt()).await?;
        let (ticket, _) = tickets::ticket(&mut cx, attempt.ticket).await?;
        let took = match key {
            // His call may have ended by the clock in the moment of the key: the ticket is his all the same.
            '1' => (attempt.staff.is_some() && ticket.accepted_by == attempt.staff).then_some(ACCEPTED),
            _ => (attempt.outcome.as_deref() == Some("passed_up")).then_some(PASSED),
        };
        Ok(match took {
            Some(clip) => Some(Say::Clip(clip.to_owned())),
            None => attempt.ended_at.map(|_| Say::Text(TOO_LATE.to_owned())),
        })
    }

    /// Thanks him and hangs up.
    async fn part(&self, farewell: Say, events: &mut Events) {
        let thanks = async {
            let spoken = match self.inner().speak(self.tenant, farewell).await {
                Ok(spoken) => spoken,
                Err(error) => {
                    tracing::warn!(%error, "there is no sound for the thanks");
                    return;
                }
            };
            // What was told of the message itself.
            while let Some(told) = events.ready() {
                if told.what.is_final() {
                    return;
                }
            }
            self.say(&spoken, None).await;
            while let Some(told) = events.next().await {
                if told.what == Happened::Said || told.what.is_final() {
                    return;
                }
            }
        };
        let _ = timeout(FAREWELL, thanks).await;
        match self.inner().lines.hang_up(self.call()).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%error, "a call could not be hung up"),
        }
    }
}
