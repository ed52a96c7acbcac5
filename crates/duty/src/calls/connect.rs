//! A call that an operator asks for at the desk: first his own telephone rings, then the other side, which he hears
//! ringing, and what its network says of it; then the two hear each other. The order is a job, so that whichever
//! process holds the lines takes it; there it is conducted to its end, and the process says every few seconds that it
//! holds both calls. What is said is not recorded: nobody has told the other side so.

use super::{
    actions::{begin, ended, hold, told},
    model::{self, Direction, NewCall, Outcome, Purpose},
    operators::{self, Presence},
    recordings::RULE,
    sql, toll,
};
use crate::{
    lines::{Dial, Events, Happened, Lines, Told},
    permissions::{Action, Permit, Scope},
    rules, staff, units,
};
use async_trait::async_trait;
use jiff::SignedDuration;
use kernel::{Actor, CallId, Error, Result, StaffId, TenantId, UnitId};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::{
    Cx, Job, Store,
    jobs::{OnJob, Taken},
};
use uuid::Uuid;

/// The queue of calls from the desk.
pub const QUEUE: &str = "calls.desk";
const CONNECT: &str = "calls.connect";
const ENGINE: Actor = Actor::system("calls.connect");
/// How often the two calls are said to be held; well within the time after which they count as lost.
pub(super) const HELD_EVERY: Duration = Duration::from_secs(3);
/// How long the database is waited for before the end of a call is written again.
pub(super) const TRIES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

/// A call that an operator asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// A telephone number, a service, or an extension of the house.
    pub number: &'a str,
    /// What it is about: a household; the ticket of what is owed where somebody is called back.
    pub object: Option<Uuid>,
    /// Somebody is owed this call.
    pub back: bool,
    /// The unit it belongs to; `None` for the actor's own.
    pub unit: Option<UnitId>,
}

/// Asks for a call from the actor's own telephone. That he may know the number, and call about the object, the
/// caller has asked.
///
/// Errors: `Forbidden` for those who do not call from the room; `number`: those of `kernel::Phone`,
/// `error-number-not-allowed`; `Conflict` where he is not in the call room, or talks.
pub async fn ask(cx: &mut Cx, wanted: &Wanted<'_>) -> Result<CallId> {
    match wanted.unit {
        Some(unit) => cx.permit(Action::CallMake, Scope::Units(&[unit]))?,
        None => cx.permit(Action::CallMake, Scope::Tenant)?,
    }
    let me = cx.actor.staff_id().ok_or(Error::Forbidden(Action::CallMake.as_str()))?;
    let number = model::dialled(wanted.number)?;
    toll::must_allow(cx, "number", &number).await?;
    let unit = match wanted.unit {
        Some(unit) => Some(unit),
        None => staff::posts_of(cx, me).await?.first().map(|post| post.unit),
    };
    let (call, own) = (cx.id::<CallId>(), cx.id::<CallId>());
    let new = NewCall {
        id: call,
        direction: Direction::Out,
        purpose: if wanted.back { Purpose::CallBack } else { Purpose::Desk },
        object: wanted.object,
        number: Some(&number),
        unit,
        staff: Some(me),
        trunk: None,
    };
    begin(cx, &new).await?;
    let operator = operators::occupy(cx, me, call).await?;
    let leg = NewCall { id: own, object: Some(call.uuid()), number: Some(&operator.extension), ..new };
    begin(cx, &leg).await?;
    cx.enqueue(Job {
        queue: QUEUE,
        kind: CONNECT,
        key: call.to_string(),
        args: json!({ "call": call }),
        run_at: None,
    });
    Ok(call)
}

/// The handler of `calls.connect`. Where no telephone network is connected the call fails at once.
pub struct Connect {
    lines: Option<Arc<dyn Lines>>,
}

impl Connect {
    pub fn new(lines: Option<Arc<dyn Lines>>) -> Self {
        Self { lines }
    }
}

#[async_trait]
impl OnJob for Connect {
    fn kind(&self) -> &'static str {
        CONNECT
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let call: CallId = serde_json::from_value(job.args["call"].clone()).map_err(Error::internal)?;
        let Some(pair) = Pair::of(store, job.tenant, call).await? else { return Ok(()) };
        let Some(lines) = &self.lines else {
            return pair.write(store, Outcome::Failed, None, Outcome::Failed, None).await;
        };
        let conversation = Conversation { store, lines, pair: &pair };
        let conducted = conversation.conduct().await;
        if conducted.is_err() {
            // Nobody is left ringing; the rows end as lost, because nobody holds them any more.
            for call in [pair.own, pair.call] {
                let _ = lines.hang_up(call).await;
            }
        }
        conducted
    }

    fn max_attempts(&self) -> i32 {
        3
    }

    /// As long as people talk. A process that dies loses the call long before: nobody waits for this.
    fn lease(&self) -> SignedDuration {
        SignedDuration::from_hours(4)
    }
}

/// The two calls and whom they ring.
struct Pair {
    tenant: TenantId,
    /// The call to the other side.
    call: CallId,
    /// The one to the operator's own telephone.
    own: CallId,
    staff: Option<StaffId>,
    number: String,
    extension: String,
    ring_other: SignedDuration,
    ring_own: SignedDuration,
}

impl Pair {
    /// Reads what was asked for; `None` when it is over, or has been tried by a process that died.
    async fn of(store: &Store, tenant: TenantId, call: CallId) -> Result<Option<Self>> {
        let mut cx = store.begin(tenant, ENGINE).await?;
        let known = sql::one(&mut cx, call).await?;
        let Some(own) = sql::legs(&mut cx, call).await?.first().copied() else { return Ok(None) };
        if known.ended_at.is_some() || sql::one(&mut cx, own).await?.invited_at.is_some() {
            return Ok(None);
        }
        let numbers = (sql::number(&mut cx, call).await?, sql::number(&mut cx, own).await?);
        let (Some(number), Some(extension)) = numbers else { return Ok(None) };
        let today = units::today(&mut cx).await?;
        let rule = rules::on(&mut cx, RULE, today).await?;
        hold(&mut cx, &[call, own]).await?;
        cx.commit().await?;
        Ok(Some(Self {
            tenant,
            call,
            own,
            staff: known.staff,
            number,
            extension,
            ring_other: rule.duration("desk.ring_other")?,
            ring_own: rule.duration("desk.ring_own")?,
        }))
    }

    /// Writes how both calls have ended, again where the database is away for a moment.
    async fn write(
        &self,
        store: &Store,
        outcome: Outcome,
        sip_code: Option<i16>,
        own: Outcome,
        own_code: Option<i16>,
    ) -> Result<()> {
        for pause in TRIES {
            match self.write_once(store, outcome, sip_code, own, own_code).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, call.id = %self.call, "the end of a call could not be written yet");
                }
            }
            tokio::time::sleep(pause).await;
        }
        self.write_once(store, outcome, sip_code, own, own_code).await
    }

    async fn write_once(
        &self,
        store: &Store,
        outcome: Outcome,
        sip_code: Option<i16>,
        own: Outcome,
        own_code: Option<i16>,
    ) -> Result<()> {
        let mut cx = store.begin(self.tenant, ENGINE).await?;
        ended(&mut cx, self.own, own, own_code).await?;
        ended(&mut cx, self.call, outcome, sip_code).await?;
        if own != Outcome::Completed
            && let Some(staff) = self.staff
        {
            // Whose own telephone does not answer is given no caller either, until he says that he is there.
            match operators::free(&mut cx, staff, Presence::Away).await {
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        cx.commit().await
    }
}

/// One of the two calls, as far as it has come.
struct Leg {
    id: CallId,
    events: Events,
    /// The other side rings, or its network speaks.
    rings: bool,
    answered: bool,
    /// It was told to end.
    given_up: bool,
    end: Option<(Outcome, Option<i16>)>,
}

impl Leg {
    /// The next thing that happens; waits for ever once it is over.
    async fn next(&mut self) -> Option<Told> {
        if self.end.is_some() { std::future::pending().await } else { self.events.next().await }
    }

    fn take_in(&mut self, told: Option<&Told>) {
        match told {
            Some(told) if told.what == Happened::Answered => self.answered = true,
            Some(told) => {
                self.rings |= matches!(told.what, Happened::Ringing | Happened::EarlyMedia);
                if let Some(end) = Outcome::of(&told.what) {
                    self.end = Some(end);
                }
            }
            // The network has forgotten it.
            None => self.end = Some((Outcome::Lost, None)),
        }
    }

    async fn give_up(&mut self, lines: &Arc<dyn Lines>) {
        if self.end.is_none() && !self.given_up {
            self.given_up = true;
            // A call that the network does not know any more tells nothing of its end either.
            if lines.hang_up(self.id).await.is_err() {
                self.end = Some((Outcome::Lost, None));
            }
        }
    }

    /// Some seconds have passed: a network that says nothing of a call that we have ended is not waited for.
    fn forget(&mut self) {
        if self.given_up && self.end.is_none() {
            self.end = Some((Outcome::Completed, None));
        }
    }

    const fn is_over(&self) -> bool {
        self.end.is_some()
    }
}

struct Conversation<'a> {
    store: &'a Store,
    lines: &'a Arc<dyn Lines>,
    pair: &'a Pair,
}

/// What has happened and is not written yet.
type Unwritten = Vec<(CallId, Told)>;

impl Conversation<'_> {
    /// To its end, which is written.
    async fn conduct(&self) -> Result<()> {
        let pair = self.pair;
        let mut own = self.dial(pair.own, &pair.extension, pair.ring_own).await?;
        let mut other: Option<Leg> = None;
        let mut unwritten = Unwritten::new();
        // `abandoned`: the operator went while the other side still rang.
        let (mut joined, mut waits, mut abandoned) = (false, false, false);
        loop {
            if own.is_over() {
                match &mut other {
                    None => break,
                    Some(other) if other.is_over() => break,
                    Some(other) => {
                        abandoned |= !other.answered;
                        other.give_up(self.lines).await;
                    }
                }
            } else if other.as_ref().is_some_and(Leg::is_over) {
                own.give_up(self.lines).await;
            } else if own.answered && other.is_none() {
                other = Some(self.dial(pair.call, &pair.number, pair.ring_other).await?);
                continue;
            } else if own.answered
                && !waits
                && other.as_ref().is_some_and(|other| other.rings && !other.answered)
            {
                waits = true;
                // Where it cannot be done he waits in silence.
                if let Err(error) = self.lines.await_answer(pair.own, pair.call).await {
                    tracing::info!(%error, call.id = %pair.call, "an operator does not hear the other side ring");
                }
            } else if own.answered && !joined && other.as_ref().is_some_and(|other| other.answered) {
                joined = true;
                if self.lines.bridge(pair.own, pair.call).await.is_err() {
                    own.give_up(self.lines).await;
                }
                continue;
            }
            if own.is_over() && other.as_ref().is_none_or(Leg::is_over) {
                break;
            }
            self.next(&mut own, &mut other, &mut unwritten).await;
        }
        let (own_outcome, own_code) = own.end.unwrap_or((Outcome::Lost, None));
        let (outcome, code) = match other {
            // His own telephone was not answered: the other side was never rung.
            None => (Outcome::Failed, None),
            Some(other) if abandoned && !other.answered => (Outcome::Abandoned, None),
            Some(other) => other.end.unwrap_or((Outcome::Lost, None)),
        };
        // That we ended it once the other side had is no fault of his telephone.
        let own_outcome = if own.answered { Outcome::Completed } else { own_outcome };
        pair.write(self.store, outcome, code, own_outcome, own_code).await
    }

    /// Waits for the next thing that happens to either, and keeps it. A database that is away for a moment cuts
    /// nobody off: what could not be written is written with the next thing.
    async fn next(&self, own: &mut Leg, other: &mut Option<Leg>, unwritten: &mut Unwritten) {
        let (id, happened) = tokio::select! {
            happened = own.next() => {
                own.take_in(happened.as_ref());
                (own.id, happened)
            }
            happened = next_of(other.as_mut()) => {
                if let Some(other) = other {
                    other.take_in(happened.as_ref());
                }
                (self.pair.call, happened)
            }
            () = tokio::time::sleep(HELD_EVERY) => {
                own.forget();
                if let Some(other) = other {
                    other.forget();
                }
                (self.pair.call, None)
            }
        };
        unwritten.extend(happened.map(|happened| (id, happened)));
        match self.keep(unwritten).await {
            Ok(()) => unwritten.clear(),
            Err(error) => {
                tracing::warn!(%error, call.id = %self.pair.call, "a call from the desk could not be written yet");
            }
        }
    }

    /// Says that both calls are held, and writes what has happened.
    async fn keep(&self, unwritten: &[(CallId, Told)]) -> Result<()> {
        let mut cx = self.store.begin(self.pair.tenant, ENGINE).await?;
        hold(&mut cx, &[self.pair.call, self.pair.own]).await?;
        for (call, happened) in unwritten {
            told(&mut cx, *call, happened).await?;
        }
        cx.commit().await
    }

    /// Rings a number. A network that cannot take the call ends it before it began.
    async fn dial(&self, call: CallId, number: &str, ring_for: SignedDuration) -> Result<Leg> {
        let dial = Dial { tenant: self.pair.tenant, call, number: number.to_owned(), ring_for };
        let (events, end) = match self.lines.dial(dial).await {
            Ok(events) => (events, None),
            Err(Error::Invalid { .. }) => (Events::channel().1, Some((Outcome::Unreachable, None))),
            Err(error) => {
                tracing::warn!(%error, call.id = %call, "a call from the desk could not be placed");
                (Events::channel().1, Some((Outcome::Failed, None)))
            }
        };
        Ok(Leg { id: call, events, rings: false, answered: false, given_up: false, end })
    }
}

async fn next_of(leg: Option<&mut Leg>) -> Option<Told> {
    match leg {
        Some(leg) => leg.next().await,
        None => std::future::pending().await,
    }
}
