//! Ladders by telephone: the calls of a level over a network that knows only telephony.
//!
//! The INVITE leaves first; the message becomes sound while it rings. Whatever the network tells is
//! reported to the call engine in the order in which it happened. Who presses 1 or 2 hears, once the
//! engine has taken it, that it was understood: a call that is cut off by the very key leaves a doubt.
//!
//! Where the law of the day says so, the call is recorded and filed under its attempt: from the network's first word
//! on (that a number is switched off is an answer too, and nobody's private word), or from the answer on. Nothing
//! announces it: who is rung is the centre's own official.
//!
//! An answer proves nobody: a voicemail answers too, and presses no key. Such a call ends as heard
//! and not accepted, and the level keeps its time.

use super::{
    calls::{self, ENGINE},
    voice::{CallEvent, Placing, Voice},
};
use crate::{
    calls::{Shelf, recordings},
    lines::{Dial, Events, Happened, Hear, Lines, Side, Spoken},
    prompts::{Prompter, Say},
    tickets::{self, attempts},
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{AttemptId, CallId, Error, Result, TenantId};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
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
/// Nobody waits longer for his message because the law is looked up.
const LAW: Duration = Duration::from_millis(500);
/// A network that does not tell of the end of a recording is not waited for longer.
const TAPE: Duration = Duration::from_secs(3);
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
    /// Where recordings go; without it nothing is recorded.
    tapes: Option<(Arc<dyn Shelf>, PathBuf)>,
}

struct Held {
    tenant: TenantId,
    /// A key that decides has been pressed: the call ends by itself, after the thanks.
    decides: bool,
}

impl LadderCalls {
    pub fn new(store: Store, lines: Arc<dyn Lines>, prompter: Prompter) -> Self {
        Self(Arc::new(Inner { store, lines, prompter, held: Mutex::default(), tapes: None }))
    }

    /// Records calls where the law says so: the network writes into the folder `spool`, what is filed lies on the
    /// shelf.
    #[must_use]
    pub fn recording(self, shelf: Arc<dyn Shelf>, spool: PathBuf) -> Self {
        let Inner { store, lines, prompter, .. } = &*self.0;
        let (store, lines, prompter) = (store.clone(), lines.clone(), prompter.clone());
        let tapes = Some((shelf, spool));
        Self(Arc::new(Inner { store, lines, prompter, held: Mutex::default(), tapes }))
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

    async fn law_records(&self, tenant: TenantId) -> Result<bool> {
        let mut cx = self.store.begin(tenant, ENGINE).await?;
        recordings::wants_ladders(&mut cx).await
    }

    /// Puts away what was recorded, once the network has written it to its end. What cannot be put away now, or
    /// comes only later, whoever looks after the spool takes up.
    async fn file(&self, tenant: TenantId, attempt: AttemptId, tape: &Path, events: &mut Events) {
        let Some((shelf, _)) = &self.tapes else { return };
        let written = async {
            while let Some(told) = events.next().await {
                if matches!(told.what, Happened::Recorded { .. }) {
                    return;
                }
            }
        };
        if timeout(TAPE, written).await.is_err() || !tape.exists() {
            return;
        }
        let filed = async {
            let mut cx = self.store.begin(tenant, ENGINE).await?;
            recordings::file(&mut cx, shelf.as_ref(), attempt, tape, recordings::Kind::Whole).await?;
            cx.commit().await
        };
        if let Err(error) = filed.await {
            tracing::warn!(%error, call.attempt = %attempt, "the recording of a call could not be filed yet");
        }
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
    /// Whether it is recorded, on its way to being known; taken when there is something to record.
    law: Option<JoinHandle<Result<bool>>>,
    records: bool,
    /// Where it is being recorded.
    tape: Option<PathBuf>,
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
        let inner = Arc::clone(&holding.0);
        let law = inner.tapes.is_some().then(|| tokio::spawn(async move { inner.law_records(tenant).await }));
        Self {
            holding,
            tenant,
            message: Some(message),
            spoken: None,
            law,
            records: false,
            tape: None,
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
        self.converse(&mut events).await;
        let (inner, tenant, attempt) = (Arc::clone(&self.holding.0), self.tenant, self.attempt());
        let tape = self.tape.take();
        // The call is over: it may be placed again while its recording is put away.
        drop(self);
        if let Some(tape) = tape {
            inner.file(tenant, attempt, &tape, &mut events).await;
        }
    }

    async fn converse(&mut self, events: &mut Events) {
        while let Some(told) = events.next().await {
            match told.what {
                // Again for each trunk that is tried; the first counts.
                Happened::Invited(_) if self.invited => {}
                Happened::Invited(_) => {
                    self.invited = true;
                    self.tell(CallEvent::Invited).await;
                }
                Happened::Ringing => self.tell(CallEvent::Ringing).await,
                Happened::EarlyMedia => self.record().await,
                Happened::Answered => {
                    self.answered = true;
                    self.record().await;
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
                        return self.part(farewell, events).await;
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

    /// There is something to hear: it is recorded where the law says so, and once. A call goes on though it cannot
    /// be.
    async fn record(&mut self) {
        if let Some(law) = self.law.take() {
            self.records = matches!(timeout(LAW, law).await, Ok(Ok(Ok(true))));
        }
        if !self.records || self.tape.is_some() {
            return;
        }
        let folder = self.inner().tapes.as_ref().map(|(_, spool)| spool.clone());
        let Some(into) = folder.map(|folder| folder.join(format!("{}.wav", self.call()))) else { return };
        let begun = self.inner().lines.record(self.call(), into.clone(), Hear::Both).await;
        match begun {
            Ok(()) => self.tape = Some(into),
            // Over meanwhile; its events tell.
            Err(Error::NotFound) => {}
            Err(error) => {
                tracing::warn!(%error, call.attempt = %self.attempt(), "a call of a ladder is not recorded");
            }
        }
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
