//! The dialler: takes the households whose turn it is, as many as lines are free and the rule allows, and
//! conducts each call in a task of its own. Any number of processes may dial: a household is taken by its row's
//! lock, and held by a lease that its process renews. What a process that died has held is put back, and no
//! try is counted.

use super::{
    announce,
    conduct::{Conductor, Holding, PART, Recording},
    jobs, make,
    model::{Came, Law, State},
    settle,
    sql::{self, Turn},
};
use crate::{followups, households};
use duty::{
    calls::{self, Direction, NewCall, Purpose},
    lines::{Dial, Lines},
    messages::Joins,
    prompts::Prompter,
    tenants::{self, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Error, HouseholdId, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::{Cx, Store, Topic, Turns};
use tokio::task::JoinSet;
use uuid::Uuid;

/// For so long a process may be silent before its calls count as lost.
const HELD: SignedDuration = SignedDuration::from_secs(10);
/// Between two renewals, whatever a look waits for meanwhile.
const RENEWED: Duration = Duration::from_secs(3);
/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Between two looks for what is not urgent: texts to be sent, days that are over; also how long a tenant is
/// known without being read again.
const NOW_AND_THEN: SignedDuration = SignedDuration::from_mins(1);
/// Rows closed in one transaction.
const CLOSED_AT_ONCE: i64 = 50;

/// Calls the households of all tenants. Cheap to clone; with the last clone the calls that it conducts end.
#[derive(Clone)]
pub struct Dialler {
    store: Store,
    lines: Arc<dyn Lines>,
    conductor: Conductor,
    /// The calls that run, each in its task.
    tasks: Arc<Mutex<JoinSet<()>>>,
    known: Arc<Mutex<Known>>,
}

/// What is remembered between two looks.
#[derive(Default)]
struct Known {
    tenants: Vec<Arc<Tenant>>,
    read_at: Option<Timestamp>,
    /// When each tenant was looked after last, beside its calls.
    kept_at: BTreeMap<TenantId, Timestamp>,
    armed: BTreeSet<TenantId>,
}

/// A household about to be dialled.
struct Claimed {
    call: CallId,
    number: String,
    ring_for: SignedDuration,
    /// From the moment it is taken: those dialled before it may take their time.
    held: Holding,
}

impl Dialler {
    pub fn new(store: Store, lines: Arc<dyn Lines>, prompter: Prompter) -> Self {
        let conductor = Conductor::new(store.clone(), lines.clone(), prompter);
        Self { store, lines, conductor, tasks: Arc::default(), known: Arc::default() }
    }

    /// Records the calls, where the rule asks for it.
    #[must_use]
    pub fn recording(self, recording: Recording) -> Self {
        Self { conductor: self.conductor.recording(recording), ..self }
    }

    /// Joins families with whoever accepts in a call of these ladders, which go by the same network.
    #[must_use]
    pub fn joining(self, joins: Joins) -> Self {
        Self { conductor: self.conductor.joining(joins), ..self }
    }

    /// Looks once through all tenants; how many calls were started. What fails for one tenant holds up no
    /// other; the last fault is told.
    pub async fn tick(&self) -> Result<usize> {
        self.forget_finished();
        let (mut placed, mut fault) = (0, None);
        for tenant in self.tenants().await? {
            match self.look(&tenant).await {
                Ok(count) => placed += count,
                Err(error) => fault = Some(error),
            }
        }
        fault.map_or(Ok(placed), Err)
    }

    /// Runs until `stop`; the calls that run then end with the process.
    pub async fn run(self, stop: tokio::sync::watch::Receiver<bool>) {
        tokio::select! {
            () = self.keep_looking(stop) => {}
            () = self.keep_renewing() => {}
        }
    }

    async fn keep_looking(&self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.tick().await {
                tracing::warn!(%error, "care calls cannot be made");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }

    async fn keep_renewing(&self) {
        loop {
            tokio::time::sleep(RENEWED).await;
            if let Err(error) = self.renew().await {
                tracing::warn!(%error, "care calls are not known to be held");
            }
        }
    }

    /// Says of all calls that run here that this process holds them. Beside the looks, which may wait for a
    /// network or a voice: what is not renewed in time another process calls anew.
    pub async fn renew(&self) -> Result<()> {
        let mut fault = None;
        for (tenant, calls) in self.conductor.all_held() {
            if let Err(error) = self.hold(tenant, &calls).await {
                fault = Some(error);
            }
        }
        fault.map_or(Ok(()), Err)
    }

    /// Waits until every call that was started here is over, and on record.
    pub async fn finished(&self) {
        loop {
            let mut running = std::mem::take(&mut *self.tasks());
            if running.is_empty() {
                return;
            }
            while running.join_next().await.is_some() {}
        }
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_finished(&self) {
        while self.tasks().try_join_next().is_some() {}
    }

    async fn tenants(&self) -> Result<Vec<Arc<Tenant>>> {
        let now = self.store.clock().now();
        {
            let known = self.known();
            if known.read_at.is_some_and(|at| at <= now && now < at + NOW_AND_THEN) {
                return Ok(known.tenants.clone());
            }
        }
        let tenants: Vec<Arc<Tenant>> =
            tenants::find(&self.store).await?.into_values().map(Arc::new).collect();
        let mut known = self.known();
        known.tenants.clone_from(&tenants);
        known.read_at = Some(now);
        Ok(tenants)
    }

    async fn look(&self, tenant: &Arc<Tenant>) -> Result<usize> {
        self.arm(tenant.id).await?;
        if let Some(held) = self.conductor.all_held().get(&tenant.id) {
            self.hold(tenant.id, held).await?;
        }
        self.put_back(tenant).await?;
        self.now_and_then(tenant).await?;
        let claimed = self.claim(tenant).await?;
        let mut placed = 0;
        for one in claimed {
            placed += usize::from(self.dial(tenant, one).await?);
        }
        Ok(placed)
    }

    /// The tenant's timer of campaigns runs, from the first look on.
    async fn arm(&self, tenant: TenantId) -> Result<()> {
        if self.known().armed.contains(&tenant) {
            return Ok(());
        }
        let mut cx = self.store.begin(tenant, PART).await?;
        jobs::install(&mut cx).await?;
        cx.commit().await?;
        self.known().armed.insert(tenant);
        Ok(())
    }

    async fn hold(&self, tenant: TenantId, held: &[CallId]) -> Result<()> {
        let mut turns = Turns::default();
        loop {
            match self.hold_once(tenant, held).await {
                Err(error) if turns.again(&error) => {}
                done => return done,
            }
        }
    }

    /// In the order in which a call is settled: first the call, then its row.
    async fn hold_once(&self, tenant: TenantId, held: &[CallId]) -> Result<()> {
        let mut cx = self.store.begin(tenant, PART).await?;
        let until = cx.now() + HELD;
        calls::hold(&mut cx, held).await?;
        sql::hold(&mut cx, held, until).await?;
        cx.commit().await
    }

    /// Puts back what nobody holds any more; what has been answered stays answered.
    async fn put_back(&self, tenant: &Tenant) -> Result<()> {
        let mut cx = self.store.begin(tenant.id, PART).await?;
        let lost = sql::lost(&mut cx).await?;
        cx.rollback().await?;
        for call in lost {
            if self.lines.live().contains(&call) {
                // Its task has died, not its line: it is not left ringing.
                let _ = self.lines.hang_up(call).await;
            }
            settle::settle(&self.store, tenant, call, Came::Lost.into()).await?;
        }
        Ok(())
    }

    /// Once a minute: who must be told of the calls, and what waits though its day is over.
    async fn now_and_then(&self, tenant: &Tenant) -> Result<()> {
        let now = self.store.clock().now();
        let last = self.known().kept_at.get(&tenant.id).copied();
        if last.is_some_and(|at| at <= now && now < at + NOW_AND_THEN) {
            return Ok(());
        }
        let mut turns = Turns::default();
        loop {
            match self.keep_up(tenant).await {
                Err(error) if turns.again(&error) => {}
                done => break done?,
            }
        }
        self.known().kept_at.insert(tenant.id, now);
        Ok(())
    }

    async fn keep_up(&self, tenant: &Tenant) -> Result<()> {
        let mut cx = self.store.begin(tenant.id, PART).await?;
        announce::announce(&mut cx, tenant).await?;
        cx.commit().await?;
        loop {
            let mut cx = self.store.begin(tenant.id, PART).await?;
            let closed = settle::close(&mut cx, tenant, CLOSED_AT_ONCE).await?;
            cx.commit().await?;
            if closed == 0 {
                return Ok(());
            }
        }
    }

    /// Takes the next households. Nothing is taken while no line is free or nothing can be said: a telephone
    /// that rings and then is silent makes the next call worth less.
    async fn claim(&self, tenant: &Tenant) -> Result<Vec<Claimed>> {
        let free = self.lines.free();
        if free == 0 {
            return Ok(Vec::new());
        }
        // Whether anything can be said is tried before anything is taken: a voice may need seconds.
        let mut cx = self.store.begin(tenant.id, PART).await?;
        let (_, waiting) = next_turns(&mut cx, free).await?;
        cx.rollback().await?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        self.conductor.has_voice(tenant.id).await?;
        let mut cx = self.store.begin(tenant.id, PART).await?;
        let (law, turns) = next_turns(&mut cx, self.lines.free()).await?;
        if turns.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<HouseholdId> = turns.iter().map(|turn| turn.household).collect();
        let owing: BTreeSet<HouseholdId> =
            followups::owing(&mut cx, &asked).await?.iter().map(|kept| kept.household).collect();
        let (mut claimed, mut written) = (Vec::new(), Vec::new());
        let mut numbers: BTreeSet<Vec<u8>> = BTreeSet::new();
        for turn in turns {
            if !owing.contains(&turn.household) {
                written.push(turn.household);
                continue;
            }
            // One telephone rings for one household after the other.
            if turn.number.is_some_and(|number| !numbers.insert(number)) {
                continue;
            }
            if let Some(one) = self.begin(&mut cx, &law, turn.row, turn.household).await? {
                claimed.push(one);
            }
        }
        cx.tell(Topic::screen("care_calls"));
        cx.commit().await?;
        // Each by itself: the household is locked before its row.
        for household in written {
            if let Err(error) = settle::written(&self.store, tenant, household).await {
                tracing::warn!(%household, %error, "a household that owes nothing waits on");
            }
        }
        Ok(claimed)
    }

    /// Places a call that is taken; whether it went out.
    async fn dial(&self, tenant: &Arc<Tenant>, one: Claimed) -> Result<bool> {
        let Claimed { call, number, ring_for, held } = one;
        let id = tenant.id;
        let dial = Dial { tenant: id, call, number, ring_for };
        match self.lines.dial(dial).await {
            Ok(events) => {
                let conductor = self.conductor.clone();
                self.tasks().spawn(async move {
                    if let Err(error) = conductor.conduct(id, call, events).await {
                        tracing::error!(%call, %error, "a care call broke off");
                    }
                    drop(held);
                });
                Ok(true)
            }
            Err(error) => {
                let came = match &error {
                    Error::Invalid { .. } => Came::Unreachable,
                    // No channel, no trunk: it waits, and no try is counted.
                    _ => Came::NoLine,
                };
                tracing::warn!(%call, %error, "a care call was not placed");
                settle::settle(&self.store, tenant, call, came.into()).await?;
                Ok(false)
            }
        }
    }

    /// A household's row begins to be called; `None` where it has lost its number.
    async fn begin(
        &self,
        cx: &mut Cx,
        law: &Law,
        row: Uuid,
        household: HouseholdId,
    ) -> Result<Option<Claimed>> {
        let home = households::kept(cx, household).await?;
        let Some(number) = home.contact(cx)? else {
            sql::over(cx, row, State::NoNumber, 0).await?;
            return Ok(None);
        };
        let call = cx.id::<CallId>();
        let until = cx.now() + HELD;
        sql::begin(cx, row, household, call, until).await?;
        let new = NewCall {
            id: call,
            direction: Direction::Out,
            purpose: Purpose::Care,
            object: Some(household.uuid()),
            number: Some(number.as_e164()),
            unit: Some(home.station),
            staff: None,
            trunk: None,
        };
        calls::begin(cx, &new).await?;
        let held = self.conductor.holding(cx.tenant(), call);
        Ok(Some(Claimed { call, number: number.as_e164().to_owned(), ring_for: law.ring_for, held }))
    }
}

/// The households whose turn it is, as many as may be called now, locked. One process at a time looks: together
/// they call no more than the rule allows, and no telephone for two households at once.
async fn next_turns(cx: &mut Cx, free: usize) -> Result<(Law, Vec<Turn>)> {
    sql::queue_up(cx).await?;
    let law = make::law(cx).await?;
    let calling = usize::try_from(sql::calling(cx).await?).unwrap_or(usize::MAX);
    let room = law.room(free, calling);
    if room == 0 {
        return Ok((law, Vec::new()));
    }
    let announced = law.announce_first.then(|| cx.now() - law.announce_ahead);
    let turns = sql::turns(cx, announced, i64::try_from(room).unwrap_or(i64::MAX)).await?;
    Ok((law, turns))
}
