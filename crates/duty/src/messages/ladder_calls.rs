//! Ladders by telephone: the calls of a level over a network that knows only telephony.
//!
//! The INVITE leaves first; the message becomes sound while it rings, with no transaction open: what is recorded
//! is read before. Where nothing synthesises, what is recorded is heard; who picks up before the voice is ready
//! hears that at once, and all of it when it is said again. Whatever the network tells is
//! reported to the call engine in the order in which it happened: that somebody has picked up before the voice is
//! ready, too. Who presses 1 or 2 hears, once the
//! engine has taken it, that it was understood: a call that is cut off by the very key leaves a doubt.
//!
//! Where the law of the day says so, the call is recorded and filed under its attempt: from the network's first word
//! on (that a number is switched off is an answer too, and nobody's private word), or from the answer on. Nothing
//! announces it: who is rung is the centre's own official.
//!
//! Where a family holds the line for whoever accepts, he is not thanked and hung up on but put through to it.
//!
//! An answer proves nobody: a voicemail answers too, and presses no key. Such a call ends as heard
//! and not accepted, and the level keeps its time.

mod conversation;

use super::{
    calls::ENGINE,
    joins::Joins,
    voice::{Placing, Voice},
};
use crate::{
    calls::{Shelf, recordings},
    lines::{Dial, Events, Happened, Lines, Spoken},
    prompts::{Announcement, Prompter, Say},
};
use async_trait::async_trait;
use conversation::Conversation;
use jiff::SignedDuration;
use kernel::{AttemptId, CallId, Error, Result, TenantId};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::Store;
use tokio::time::timeout;

/// From the INVITE: the minute of an emergency, and a second in which the end of the level hangs up. Where a level is
/// given longer, the phone has rung in vain all the same.
const RING: SignedDuration = SignedDuration::from_secs(61);
/// A network that does not tell of the end of a recording is not waited for longer.
const TAPE: Duration = Duration::from_secs(3);

/// The voice port over a telephone network. Cheap to clone.
#[derive(Clone)]
pub struct LadderCalls(Arc<Inner>);

struct Inner {
    store: Store,
    lines: Arc<dyn Lines>,
    prompter: Prompter,
    held: Mutex<BTreeMap<AttemptId, Held>>,
    joins: Joins,
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
        let (held, joins) = (Mutex::default(), Joins::default());
        Self(Arc::new(Inner { store, lines, prompter, held, joins, tapes: None }))
    }

    /// Records calls where the law says so: the network writes into the folder `spool`, what is filed lies on the
    /// shelf.
    #[must_use]
    pub fn recording(self, shelf: Arc<dyn Shelf>, spool: PathBuf) -> Self {
        let Inner { store, lines, prompter, joins, .. } = &*self.0;
        let (store, lines, prompter) = (store.clone(), lines.clone(), prompter.clone());
        let (held, joins, tapes) = (Mutex::default(), joins.clone(), Some((shelf, spool)));
        Self(Arc::new(Inner { store, lines, prompter, held, joins, tapes }))
    }

    /// Where callers wait to be joined with whoever accepts.
    pub fn joins(&self) -> Joins {
        self.0.joins.clone()
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

    /// What is recorded, read. Synthesis may take seconds: it comes after, and no transaction waits for it.
    async fn prepared(&self, tenant: TenantId, says: &[Say]) -> Result<Announcement> {
        let mut cx = self.store.begin(tenant, ENGINE).await?;
        let ready = self.prompter.prepare(&mut cx, says).await?;
        cx.rollback().await?;
        Ok(ready)
    }

    async fn speak(&self, tenant: TenantId, say: Say) -> Result<Spoken> {
        let ready = self.prepared(tenant, &[say]).await?;
        self.prompter.sound_with_gaps(&ready).await
    }

    /// Says something to a call. Where it is over its events tell so.
    async fn say(&self, call: CallId, spoken: &Spoken, wait: Option<SignedDuration>) {
        match self.lines.say(call, spoken, wait).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%error, "a message could not be said"),
        }
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
