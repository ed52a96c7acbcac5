//! One call of a ladder, from its INVITE to its end: what is said, what keys decide, and what the engine is told.

use super::{Holding, Inner};
use crate::{
    lines::{Events, Happened, Hear, Side, Spoken, Told},
    messages::{
        calls::{self, ENGINE},
        joins::Joined,
        voice::{CallEvent, Placing, Report},
    },
    prompts::{Announcement, Say},
    tickets::{self, attempts},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{AttemptId, CallId, Error, Result, StaffId, TenantId, TicketId, UnitId};
use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// After the message, and so long without a key, it is said again; so often.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
const REPEATS: u8 = 2;
/// How long whoever has picked up waits for all of the message before he hears what is recorded of it.
const PROMPT: Duration = Duration::from_secs(1);
/// Where nothing is recorded either, longest that he hears nothing.
const SPEECH: Duration = Duration::from_secs(7);
/// The two together: so long he may hear nothing after his answer.
const UNHEARD: SignedDuration = SignedDuration::from_secs(8);
/// The thanks, and the way to them, take no longer: the channel is needed.
const FAREWELL: Duration = Duration::from_secs(4);
/// Nobody waits longer for his message because the law is looked up.
const LAW: Duration = Duration::from_millis(500);
/// A database that is away for a moment costs nobody his answer; between two tries, in milliseconds.
const TRIES: [u64; 7] = [50, 200, 500, 1_000, 2_000, 4_000, 8_000];
/// Other things than keys hold up no call: what could not be written is tried again beside it, after so long.
const AGAIN: Duration = Duration::from_millis(500);
/// A network says within a moment of the INVITE that it rings: the two are written together.
const TOGETHER: Duration = Duration::from_millis(100);

const ACCEPTED: &str = "ladder.accepted";
const PASSED: &str = "ladder.passed";
const PUT_THROUGH: &str = "ladder.put_through";
const TOO_LATE: &str = "ladder.too_late";

/// What a key has decided.
struct Decided {
    /// What he hears before the call ends.
    farewell: Say,
    /// It is his now.
    accepted: Option<Accepted>,
}

struct Accepted {
    ticket: TicketId,
    staff: StaffId,
    unit: Option<UnitId>,
}

/// One call, from its INVITE to its end.
pub(super) struct Conversation {
    holding: Holding,
    tenant: TenantId,
    /// Its pieces, once they are read.
    ready: Arc<OnceLock<Announcement>>,
    /// On its way to becoming sound; taken when it is there.
    message: Option<JoinHandle<Result<Spoken>>>,
    spoken: Option<Spoken>,
    /// Whether it is recorded, on its way to being known; taken when there is something to record.
    law: Option<JoinHandle<Result<bool>>>,
    records: bool,
    /// Where it is being recorded.
    tape: Option<PathBuf>,
    length: SignedDuration,
    /// What has happened and is not on record yet, in its order.
    untold: VecDeque<(Timestamp, CallEvent)>,
    answered: bool,
    heard: bool,
    repeats: u8,
}

impl Conversation {
    pub(super) fn new(holding: Holding, call: Placing) -> Self {
        let (inner, Placing { tenant, says, length, .. }) = (Arc::clone(&holding.0), call);
        let ready = Arc::new(OnceLock::new());
        let known = Arc::clone(&ready);
        let message = tokio::spawn(async move {
            let pieces = inner.prepared(tenant, &says).await?;
            inner.prompter.sound_with_gaps(known.get_or_init(|| pieces)).await
        });
        let inner = Arc::clone(&holding.0);
        let law = inner.tapes.is_some().then(|| tokio::spawn(async move { inner.law_records(tenant).await }));
        Self {
            holding,
            tenant,
            ready,
            message: Some(message),
            spoken: None,
            law,
            records: false,
            tape: None,
            length,
            untold: VecDeque::new(),
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

    pub(super) async fn conduct(mut self, mut events: Events) {
        self.converse(&mut events).await;
        // Until then it counts as held: nobody shall place it again because nobody knows how it ended.
        while !self.write().await {
            sleep(AGAIN).await;
        }
        let (inner, tenant, attempt) = (Arc::clone(&self.holding.0), self.tenant, self.attempt());
        let tape = self.tape.take();
        // The call is over: it may be placed again while its recording is put away.
        drop(self);
        if let Some(tape) = tape {
            inner.file(tenant, attempt, &tape, &mut events).await;
        }
    }

    async fn converse(&mut self, events: &mut Events) {
        loop {
            let rest = if self.has_just_left() { TOGETHER } else { AGAIN };
            let told = tokio::select! {
                biased;
                told = events.next() => told,
                () = sleep(rest), if !self.untold.is_empty() => {
                    self.write().await;
                    continue;
                }
            };
            let Some(Told { at, what }) = told else { return };
            match what {
                Happened::Invited(_) if self.untold.is_empty() => {
                    self.untold.push_back((at, CallEvent::Invited));
                }
                Happened::Invited(_) => self.note(at, CallEvent::Invited).await,
                Happened::Ringing => self.note(at, CallEvent::Ringing).await,
                Happened::EarlyMedia => self.record().await,
                Happened::Answered => {
                    self.answered = true;
                    self.record().await;
                    if !self.begin(at).await {
                        return;
                    }
                }
                Happened::Said if self.heard => {}
                Happened::Said => {
                    self.heard = true;
                    self.note(at, CallEvent::MessageEnded).await;
                }
                Happened::Silent if self.repeats < REPEATS => {
                    self.repeats += 1;
                    self.whole_message().await;
                    self.say_message().await;
                }
                Happened::Key(key) => {
                    if let Some(decided) = self.key(at, key).await {
                        return self.close(decided, events).await;
                    }
                }
                Happened::Busy(code) => return self.note(at, CallEvent::Busy(Some(code))).await,
                Happened::Rejected(code) => return self.note(at, CallEvent::Rejected(Some(code))).await,
                Happened::Unreachable(code) => return self.note(at, CallEvent::Unreachable(code)).await,
                Happened::NoAnswer | Happened::Ended(Side::Them) => {
                    return self.note(at, CallEvent::Ended).await;
                }
                Happened::Ended(Side::Network) if self.answered => {
                    return self.note(at, CallEvent::Ended).await;
                }
                // Either its attempt has ended already, or this process stops: then the attempt goes on, and
                // whoever looks after lost calls places it again.
                Happened::Ended(_) => return,
                Happened::Silent | Happened::Recorded { .. } | Happened::AnsweredTooLate => {}
            }
        }
    }

    /// Reports to the engine what happened then. What cannot be written now comes before whatever is told next.
    async fn note(&mut self, at: Timestamp, event: CallEvent) {
        self.untold.push_back((at, event));
        self.write().await;
    }

    /// Reports a key, and waits for a database that is away for a moment: he wants to hear what became of it.
    async fn press(&mut self, at: Timestamp, key: char) {
        self.note(at, CallEvent::Key(key)).await;
        for pause in TRIES {
            if self.untold.is_empty() {
                return;
            }
            sleep(Duration::from_millis(pause)).await;
            self.write().await;
        }
    }

    /// Writes what is untold; `false` when the database is away.
    async fn write(&mut self) -> bool {
        let (tenant, attempt, length) = (self.tenant, self.attempt(), self.length);
        while let Some(&(at, event)) = self.untold.front() {
            let store = &self.inner().store;
            let (written, n) = match (event, self.untold.get(1)) {
                (CallEvent::Invited, Some(&(ringing, CallEvent::Ringing))) => {
                    (calls::rings(store, tenant, attempt, (at, ringing)).await, 2)
                }
                _ => (calls::report(store, Report { tenant, attempt, at, event, length }).await, 1),
            };
            match written {
                Ok(()) => {}
                Err(Error::Unavailable(reason)) => {
                    tracing::warn!(%reason, call.attempt = %attempt, "a call's event could not be written yet");
                    return false;
                }
                Err(error) => {
                    tracing::error!(%error, call.attempt = %attempt, "a call's event was not taken");
                }
            }
            self.untold.drain(..n);
        }
        true
    }

    /// Its INVITE alone waits to be written.
    fn has_just_left(&self) -> bool {
        self.untold.len() == 1 && matches!(self.untold.front(), Some((_, CallEvent::Invited)))
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

    /// Somebody picked up then: the message begins, and while it becomes sound his answer is on record already.
    /// `false` when there is nothing to say.
    async fn begin(&mut self, at: Timestamp) -> bool {
        let Some(message) = self.message.take() else { return true };
        let ready = message.is_finished();
        let (inner, pieces, call) = (Arc::clone(&self.holding.0), Arc::clone(&self.ready), self.call());
        let begins = async {
            let (made, rest) = first_words(&inner, &pieces, message).await;
            if let Ok(spoken) = &made {
                inner.say(call, spoken, Some(PAUSE)).await;
            }
            (made, rest)
        };
        let (made, rest) = if ready {
            begins.await
        } else {
            // The level is held until he hears something; from then on for as long as he does.
            self.length = UNHEARD;
            tokio::join!(begins, self.note(at, CallEvent::Answered)).0
        };
        self.message = rest;
        match made {
            Ok(spoken) => {
                self.length = spoken.length;
                self.spoken = Some(spoken);
                let heard_from = if ready { at } else { self.inner().store.clock().now() };
                self.note(heard_from, CallEvent::Answered).await;
                true
            }
            Err(error) => {
                // Our doing, not his, and a higher level would hear as little: its desks keep their minute.
                tracing::error!(%error, call.attempt = %self.attempt(), "there is no sound for the message");
                let _ = self.inner().lines.hang_up(self.call()).await;
                if ready {
                    self.length = SignedDuration::ZERO;
                    self.note(at, CallEvent::Answered).await;
                }
                self.note(at, CallEvent::Mute).await;
                false
            }
        }
    }

    /// The rest of the message has become sound since it was said.
    async fn whole_message(&mut self) {
        let Some(message) = self.message.take_if(|message| message.is_finished()) else { return };
        if let Ok(Ok(spoken)) = message.await {
            self.spoken = Some(spoken);
        }
    }

    async fn say_message(&self) {
        if let Some(spoken) = &self.spoken {
            self.say(spoken, Some(PAUSE)).await;
        }
    }

    async fn say(&self, spoken: &Spoken, wait: Option<SignedDuration>) {
        self.inner().say(self.call(), spoken, wait).await;
    }

    /// Hands a key to the engine; what it has decided, if it does.
    async fn key(&mut self, at: Timestamp, key: char) -> Option<Decided> {
        match key {
            '1' | '2' => {
                self.inner().decides(self.attempt(), true);
                let _ = self.inner().lines.hush(self.call()).await;
                self.press(at, key).await;
                let decided = self.decided(key).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, call.attempt = %self.attempt(), "what became of a key is unknown");
                    None
                });
                if decided.is_none() {
                    self.inner().decides(self.attempt(), false);
                }
                decided
            }
            '*' => {
                self.press(at, key).await;
                self.whole_message().await;
                self.say_message().await;
                None
            }
            '0'..='9' | '#' => {
                self.press(at, key).await;
                None
            }
            _ => None,
        }
    }

    /// What the engine made of 1 or 2; `None` when it took nothing and the call goes on.
    async fn decided(&self, key: char) -> Result<Option<Decided>> {
        let mut cx = self.inner().store.begin(self.tenant, ENGINE).await?;
        let attempt = attempts::find(&mut cx, self.attempt()).await?;
        let (ticket, _) = tickets::ticket(&mut cx, attempt.ticket).await?;
        // His call may have ended by the clock in the moment of the key: the ticket is his all the same.
        let his = attempt.staff.filter(|staff| key == '1' && ticket.accepted_by == Some(*staff));
        if let Some(staff) = his {
            let accepted = Some(Accepted { ticket: ticket.id, staff, unit: attempt.unit });
            return Ok(Some(Decided { farewell: Say::clip(ACCEPTED), accepted }));
        }
        let farewell = if key == '2' && attempt.outcome.as_deref() == Some("passed_up") {
            Some(Say::clip(PASSED))
        } else {
            attempt.ended_at.map(|_| Say::clip(TOO_LATE))
        };
        Ok(farewell.map(|farewell| Decided { farewell, accepted: None }))
    }

    /// Puts him through where somebody waits for him; thanks him and hangs up where nobody does, or does no more.
    async fn close(&self, decided: Decided, events: &mut Events) {
        let Decided { farewell, accepted } = decided;
        let accepted = accepted.filter(|accepted| self.inner().joins.is_waited_for(accepted.ticket));
        if let Some(accepted) = accepted
            && self.put_through(accepted, events).await
        {
            return;
        }
        self.part(farewell, events).await;
    }

    /// He hears that he is put through, and speaks until the call is over; `false` when nobody speaks with him.
    async fn put_through(&self, accepted: Accepted, events: &mut Events) -> bool {
        let words = Say::clip(PUT_THROUGH);
        if matches!(timeout(FAREWELL, self.tell_him(words, events)).await, Ok(true)) {
            return true;
        }
        // What a family says is no part of the ladder's record.
        if self.tape.is_some() {
            let _ = self.inner().lines.stop_recording(self.call()).await;
        }
        let (mut ends, over) = oneshot::channel();
        let Accepted { ticket, staff, unit } = accepted;
        if !self.inner().joins.put_through(Joined { ticket, attempt: self.attempt(), staff, unit, over }) {
            return false;
        }
        loop {
            tokio::select! {
                told = events.next() => {
                    if told.is_none_or(|told| told.what.is_final()) {
                        return true;
                    }
                }
                () = ends.closed() => return false,
            }
        }
    }

    /// Thanks him and hangs up.
    async fn part(&self, farewell: Say, events: &mut Events) {
        let _ = timeout(FAREWELL, self.tell_him(farewell, events)).await;
        match self.inner().lines.hang_up(self.call()).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => tracing::warn!(%error, "a call could not be hung up"),
        }
    }

    /// Says something to its end; `true` when the call is over. Where it has no sound the call goes on without it.
    async fn tell_him(&self, says: Say, events: &mut Events) -> bool {
        let spoken = match self.inner().speak(self.tenant, says).await {
            Ok(spoken) => spoken,
            Err(error) => {
                tracing::warn!(%error, "there is no sound for what a key has decided");
                return false;
            }
        };
        // What was told of the message itself.
        while let Some(told) = events.ready() {
            if told.what.is_final() {
                return true;
            }
        }
        self.say(&spoken, None).await;
        while let Some(told) = events.next().await {
            if told.what == Happened::Said {
                return false;
            }
            if told.what.is_final() {
                return true;
            }
        }
        true
    }
}

/// What whoever has picked up hears first: all of his message, or what is recorded of it where the voice is slow; the
/// rest, still on its way, is for when it is said again.
async fn first_words(
    inner: &Inner,
    ready: &OnceLock<Announcement>,
    mut message: JoinHandle<Result<Spoken>>,
) -> (Result<Spoken>, Option<JoinHandle<Result<Spoken>>>) {
    let mut made = timeout(PROMPT, &mut message).await.ok();
    if made.is_none() {
        if let Some(pieces) = ready.get()
            && let Ok(spoken) = inner.prompter.sound_at_once(pieces).await
        {
            return (Ok(spoken), Some(message));
        }
        made = timeout(SPEECH, message).await.ok();
    }
    let made = match made {
        Some(Ok(made)) => made,
        Some(Err(panic)) => Err(Error::internal(panic)),
        None => Err(Error::Unavailable("speech takes too long".into())),
    };
    (made, None)
}
