//! A test ring: an operator has his own telephone rung, so that he knows before the first caller does whether it
//! rings. Who picks up hears a tone, and the call ends. While it rings he is given no caller.

use super::{
    actions::{begin, ended, hold, told},
    connect::{HELD_EVERY, QUEUE, TRIES},
    model::{Call, Direction, NewCall, Outcome, Presence, Purpose},
    operators, sql,
};
use crate::{
    lines::{Dial, Events, Happened, Lines, Spoken, Told},
    permissions::{Action, Permit, Scope},
    rules, staff, units,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Actor, CallId, Error, Result, StaffId, TenantId};
use serde_json::json;
use std::sync::Arc;
use store::{
    Cx, Job, Store,
    jobs::{OnJob, Taken},
};

const KIND: &str = "calls.try_own";
const ENGINE: Actor = Actor::system("calls.try_own");
/// Test rings older than this tell nothing any more.
const TELLS_FOR: SignedDuration = SignedDuration::from_hours(24);
/// A network that does not tell that the tone has been heard is waited for through so many notes that we hold it.
const PATIENCE: u32 = 3;

/// Rings the actor's own telephone.
///
/// Errors: `Forbidden`; `Conflict` where he is not in the call room, or talks.
pub async fn try_own(cx: &mut Cx) -> Result<CallId> {
    cx.permit(Action::CallMake, Scope::Tenant)?;
    let me = cx.actor.staff_id().ok_or(Error::Forbidden(Action::CallMake.as_str()))?;
    let seat = operators::mine(cx).await?.ok_or(Error::Conflict("error-operator-not-here"))?;
    let unit = staff::posts_of(cx, me).await?.first().map(|post| post.unit);
    let call = cx.id::<CallId>();
    let new = NewCall {
        id: call,
        direction: Direction::Out,
        purpose: Purpose::Test,
        object: None,
        number: Some(&seat.extension),
        unit,
        staff: Some(me),
        trunk: None,
    };
    begin(cx, &new).await?;
    let before = operators::occupy(cx, me, call).await?.presence;
    cx.enqueue(Job {
        queue: QUEUE,
        kind: KIND,
        key: call.to_string(),
        args: json!({ "call": call, "before": before.as_str() }),
        run_at: None,
    });
    Ok(call)
}

/// The actor's own last test ring of the day.
pub async fn last_tried(cx: &mut Cx) -> Result<Option<Call>> {
    let Some(me) = cx.actor.staff_id() else { return Ok(None) };
    let since = cx.now() - TELLS_FOR;
    match sql::tried(cx, me, since).await? {
        Some(id) => Ok(sql::by_ids(cx, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// The handler of `calls.try_own`. Where no telephone network is connected the ring fails at once.
pub struct TryOwn {
    lines: Option<Arc<dyn Lines>>,
}

impl TryOwn {
    pub fn new(lines: Option<Arc<dyn Lines>>) -> Self {
        Self { lines }
    }
}

#[async_trait]
impl OnJob for TryOwn {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let call: CallId = serde_json::from_value(job.args["call"].clone()).map_err(Error::internal)?;
        let before = job.args["before"].as_str().unwrap_or_default().parse::<Presence>()?;
        let Some((number, ring_for, staff)) = wanted(store, job.tenant, call).await? else { return Ok(()) };
        let ring = Ring { store, tenant: job.tenant, call, staff, before };
        let Some(lines) = &self.lines else { return ring.write(Outcome::Failed, None, false).await };
        match lines.dial(Dial { tenant: job.tenant, call, number, ring_for }).await {
            Ok(events) => ring.conduct(lines.as_ref(), events).await,
            Err(error) => {
                tracing::warn!(%error, call.id = %call, "an operator's telephone could not be tried");
                ring.write(Outcome::Failed, None, false).await
            }
        }
    }

    fn max_attempts(&self) -> i32 {
        3
    }
}

/// What is to be rung, for how long and for whom; `None` when it is over, or has been tried by a process that died.
async fn wanted(
    store: &Store,
    tenant: TenantId,
    call: CallId,
) -> Result<Option<(String, SignedDuration, StaffId)>> {
    let mut cx = store.begin(tenant, ENGINE).await?;
    let known = sql::one(&mut cx, call).await?;
    if known.ended_at.is_some() || known.invited_at.is_some() {
        return Ok(None);
    }
    let (Some(number), Some(staff)) = (sql::number(&mut cx, call).await?, known.staff) else {
        return Ok(None);
    };
    let today = units::today(&mut cx).await?;
    let rule = rules::on(&mut cx, super::recordings::RULE, today).await?;
    hold(&mut cx, &[call]).await?;
    cx.commit().await?;
    Ok(Some((number, rule.duration("desk.ring_own")?, staff)))
}

struct Ring<'a> {
    store: &'a Store,
    tenant: TenantId,
    call: CallId,
    staff: StaffId,
    /// How he stood before.
    before: Presence,
}

impl Ring<'_> {
    /// To its end, which is written.
    async fn conduct(&self, lines: &dyn Lines, mut events: Events) -> Result<()> {
        let (mut answered, mut silent, mut given_up) = (false, 0, false);
        let (outcome, code) = loop {
            let told = tokio::select! {
                told = events.next() => match told {
                    Some(told) => Some(told),
                    // The network has forgotten it.
                    None => break (Outcome::Lost, None),
                },
                () = tokio::time::sleep(HELD_EVERY) => None,
            };
            if let Err(error) = self.keep(told.as_ref()).await {
                tracing::warn!(%error, call.id = %self.call, "a test ring could not be written yet");
            }
            let heard = match told.map(|told| told.what) {
                Some(Happened::Answered) => {
                    answered = true;
                    lines.say(self.call, &Spoken::beep(), None).await.is_err()
                }
                Some(Happened::Said) => true,
                Some(what) => match Outcome::of(&what) {
                    Some(end) => break end,
                    None => false,
                },
                None => {
                    silent += u32::from(answered);
                    silent > PATIENCE
                }
            };
            // A network that says nothing of a call that we have ended is not waited for.
            if heard && (given_up || lines.hang_up(self.call).await.is_err()) {
                break (Outcome::Completed, None);
            }
            given_up |= heard;
        };
        self.write(if answered { Outcome::Completed } else { outcome }, code, answered).await
    }

    /// Says that the call is held, and writes what has happened.
    async fn keep(&self, happened: Option<&Told>) -> Result<()> {
        let mut cx = self.store.begin(self.tenant, ENGINE).await?;
        hold(&mut cx, &[self.call]).await?;
        if let Some(happened) = happened {
            told(&mut cx, self.call, happened).await?;
        }
        cx.commit().await
    }

    /// Writes how it ended, again where the database is away for a moment.
    async fn write(&self, outcome: Outcome, code: Option<i16>, answered: bool) -> Result<()> {
        for pause in TRIES {
            match self.write_once(outcome, code, answered).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, call.id = %self.call, "the end of a test ring could not be written yet");
                }
            }
            tokio::time::sleep(pause).await;
        }
        self.write_once(outcome, code, answered).await
    }

    async fn write_once(&self, outcome: Outcome, code: Option<i16>, answered: bool) -> Result<()> {
        let mut cx = self.store.begin(self.tenant, ENGINE).await?;
        ended(&mut cx, self.call, outcome, code).await?;
        // Where no network carried it, it is not his telephone that failed.
        let stays = answered || outcome == Outcome::Failed;
        operators::tried(&mut cx, self.staff, self.call, self.before, stays).await?;
        cx.commit().await
    }
}
