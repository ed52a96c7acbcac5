//! The call engine: places the calls that ladders ask for and writes what becomes of them.
//!
//! Who listens to our call about one ticket cannot be called about another. That second call ends
//! at once as `engaged`, and the level climbs as it does for every phone that is busy: to wait until
//! he is free would eat the minute of the second ticket with nobody rung. It is no missed call of
//! his, because we were the ones who kept him.
//!
//! A telephone that cannot be reached is one thing, a network that does not carry our call another: the
//! first climbs at once, the second is our own trouble, and a higher level would find it so too. So the
//! level keeps its time for its other channels, and climbs at once only where there are none.

use super::{
    lost_calls,
    voice::{CallEvent, Placing, Report, Voice},
};
use crate::{
    prompts::{self, Say},
    tickets::{
        self, Ring,
        attempts::{self, Outcome},
    },
    units,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, AttemptId, Error, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use store::{
    Cx, Store, Topic,
    jobs::{OnJob, Taken},
};

/// Looks after live calls, also where no notice came; each time it says that it holds them.
const HOLD_EVERY: Duration = Duration::from_secs(1);
/// A storm of notices is answered by one look: a telephone rings on for a tenth of a second at most.
const REST: Duration = Duration::from_millis(100);

/// The part of the program that writes attempts, as the record names it.
pub(super) const ENGINE: Actor = Actor::system("messages.calls");

/// The handler of `messages.place_call`. Where no telephone network is connected, or none takes the call, the
/// attempt ends as `no_network`: nobody is held to have missed a call that was never made, and the level keeps its
/// minute for the ring at the desk.
pub struct PlaceCall {
    voice: Option<Arc<dyn Voice>>,
}

impl PlaceCall {
    pub fn new(voice: Option<Arc<dyn Voice>>) -> Self {
        Self { voice }
    }
}

#[async_trait]
impl OnJob for PlaceCall {
    fn kind(&self) -> &'static str {
        tickets::PLACE_CALL
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let attempt: AttemptId =
            serde_json::from_value(job.args["attempt"].clone()).map_err(Error::internal)?;
        let mut cx = store.begin(job.tenant, ENGINE).await?;
        let known = tickets::ring(&mut cx, attempt).await?;
        // Climbed or accepted meanwhile: a late call would only confuse.
        if known.is_over {
            return Ok(());
        }
        let Some(voice) = &self.voice else {
            attempts::ended(&mut cx, attempt, Outcome::NoNetwork, None).await?;
            return cx.commit().await;
        };
        if known.is_engaged {
            attempts::ended(&mut cx, attempt, Outcome::Engaged, None).await?;
            return cx.commit().await;
        }
        let Some(number) = known.number.clone() else {
            attempts::ended(&mut cx, attempt, Outcome::Unreachable, None).await?;
            return cx.commit().await;
        };
        if lost_calls::is_old(&cx, known.at) {
            lost_calls::hold(&mut cx, &[attempt]).await?;
        }
        let says = says(&mut cx, known).await?;
        cx.commit().await?;
        let message = prompts::in_words(&says);
        let length = length_of(&message);
        let placed =
            voice.place(Placing { tenant: job.tenant, attempt, number, says, message, length }).await;
        match placed {
            Ok(()) => Ok(()),
            // Whoever is rung late has little time left: two quick tries, then the level is told.
            Err(error) if job.attempt < 2 => Err(error),
            Err(error) => {
                tracing::warn!(%error, call.attempt = %attempt, "the call could not be placed");
                let outcome = match error {
                    // No telephone has such a number.
                    Error::Invalid { .. } => Outcome::Unreachable,
                    _ => Outcome::NoNetwork,
                };
                let mut cx = store.begin(job.tenant, ENGINE).await?;
                attempts::ended(&mut cx, attempt, outcome, None).await?;
                cx.commit().await
            }
        }
    }

    fn max_attempts(&self) -> i32 {
        2
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(20)
    }
}

/// What the telephone says: no name and no address, because whoever picks up may be someone else. In pieces, so
/// that what a district has recorded is heard in its voice, and the rest is synthesised once for all tickets.
async fn says(cx: &mut Cx, ring: Ring) -> Result<Vec<Say>> {
    let tree = units::tree(cx).await?;
    let place = ring.ward.and_then(|ward| tree.get(ward)).map_or("", |ward| ward.short.as_str());
    Ok(vec![
        Say::clip("ladder.intro"),
        Say::text(ring.ladder),
        Say::text(place),
        Say::together([Say::clip("ladder.ticket"), Say::Digits(ring.code)]),
        Say::clip("ladder.keys"),
    ])
}

/// About fourteen characters a second, read calmly.
fn length_of(message: &str) -> SignedDuration {
    let seconds = (message.chars().count() / 14).max(5);
    SignedDuration::from_secs(seconds as i64)
}

/// A call has left, and its telephone rings, each at its time: written together, as the two mostly happen.
pub(super) async fn rings(
    store: &Store,
    tenant: TenantId,
    attempt: AttemptId,
    (invited, ringing): (Timestamp, Timestamp),
) -> Result<()> {
    let mut cx = store.begin(tenant, ENGINE).await?;
    attempts::rings(&mut cx, attempt, invited, ringing).await?;
    cx.commit().await
}

/// Takes in what a network says about a call. It is written with the time at which it happened.
pub async fn report(store: &Store, report: Report) -> Result<()> {
    let Report { tenant, attempt, at, event, length } = report;
    let mut cx = store.begin(tenant, ENGINE).await?;
    let call = (attempt, at);
    match event {
        CallEvent::Invited => attempts::invited(&mut cx, call).await?,
        CallEvent::Ringing => attempts::rang(&mut cx, call).await?,
        CallEvent::Answered => attempts::answered(&mut cx, call, length).await?,
        CallEvent::MessageEnded => attempts::message_ended(&mut cx, call).await?,
        CallEvent::Key(key) => attempts::key(&mut cx, call, key).await?,
        CallEvent::Busy(code) => {
            let known = attempts::find(&mut cx, attempt).await?;
            let ours = tickets::talks_about_another(&mut cx, &known).await?;
            let outcome = if ours { Outcome::Engaged } else { Outcome::Busy };
            attempts::ended(&mut cx, call, outcome, code).await?;
        }
        CallEvent::Rejected(code) => in_vain(&mut cx, call, Outcome::Rejected, code).await?,
        CallEvent::Unreachable(code) => in_vain(&mut cx, call, Outcome::Unreachable, code).await?,
        CallEvent::Mute => attempts::ended(&mut cx, call, Outcome::NoNetwork, None).await?,
        CallEvent::Ended => attempts::ended(&mut cx, call, Outcome::NotAnswered, None).await?,
    }
    cx.commit().await
}

/// A call that nobody answered ends: as the network says, or as one that it did not carry.
async fn in_vain(cx: &mut Cx, call: (AttemptId, Timestamp), said: Outcome, code: Option<i16>) -> Result<()> {
    let rang = attempts::find(cx, call.0).await?.has_rung();
    attempts::ended(cx, call, Outcome::of_vain(said, rang, code), code).await
}

/// Hangs up the calls of attempts that have ended: somebody accepted, or the level climbed. Each
/// process looks after the calls that it holds, and says every few seconds that it holds them.
pub struct HangUps {
    store: Store,
    voice: Arc<dyn Voice>,
}

impl HangUps {
    pub fn new(store: Store, voice: Arc<dyn Voice>) -> Self {
        Self { store, voice }
    }

    /// Looks once, and says that the others are held; how many calls were ended.
    pub async fn look(&self) -> Result<usize> {
        self.end(true).await
    }

    async fn end(&self, says: bool) -> Result<usize> {
        let mut by_tenant: BTreeMap<TenantId, Vec<AttemptId>> = BTreeMap::new();
        for (tenant, attempt) in self.voice.live() {
            by_tenant.entry(tenant).or_default().push(attempt);
        }
        let mut ended = 0;
        for (tenant, held) in by_tenant {
            let mut cx = self.store.begin(tenant, ENGINE).await?;
            let over: BTreeSet<AttemptId> =
                attempts::ended_among(&mut cx, &held).await?.into_iter().collect();
            if says {
                let running: Vec<AttemptId> = held.into_iter().filter(|call| !over.contains(call)).collect();
                lost_calls::hold_old(&mut cx, &running).await?;
            }
            let over: Vec<AttemptId> = over.into_iter().collect();
            if !over.is_empty() {
                lost_calls::let_go(&mut cx, &over).await?;
            }
            cx.commit().await?;
            for attempt in over {
                self.voice.hang_up(attempt).await?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut wake = self.store.live().subscribe();
        let mut holds = tokio::time::interval(HOLD_EVERY);
        loop {
            let says = tokio::select! {
                _ = holds.tick() => true,
                () = wake.woken(|topic| *topic == Topic::Rings) => false,
                _ = stop.changed() => return,
            };
            if let Err(error) = self.end(says).await {
                tracing::warn!(%error, "calls that are over could not be looked up");
            }
            tokio::time::sleep(REST).await;
        }
    }
}
