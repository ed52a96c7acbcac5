//! Durable timers. A timer is armed in the transaction of the change that needs it. Runners sleep
//! until the next one is due, are woken early when an earlier one is armed, and look once a second
//! for safety. Claim, handling and re-arming are one transaction; several runners share the table.
//! Of the runners of one process one keeps the lookout, and gives it on as soon as it has something
//! to do: a timer that falls due wakes one of them, not all.

use crate::{Cx, Store, Topic, live::Listener};
use async_trait::async_trait;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Actor, Result, TenantId};
use sqlx::{Postgres, Transaction, types::Uuid};
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// When to look at an object again.
#[derive(Clone, Debug)]
pub struct Timer {
    /// `area.verb` of the handler ("tickets.escalate").
    pub kind: &'static str,
    pub object: Uuid,
    /// The object's generation when armed; the handler ignores a timer older than its object.
    pub generation: i32,
    pub fire_at: Timestamp,
}

/// A timer whose time has come.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    pub object: Uuid,
    pub generation: i32,
    pub fire_at: Timestamp,
}

/// Handles the timers of one kind. Given several at once, all of one tenant, inside the claiming
/// transaction: what it writes and the taking of the timers happen together or not at all.
#[async_trait]
pub trait OnTimer: Send + Sync {
    fn kind(&self) -> &'static str;
    async fn fire(&self, cx: &mut Cx, due: &[Due]) -> Result<()>;
}

/// The longest that a runner sleeps without looking.
const SAFETY: Duration = Duration::from_secs(1);
/// A timer armed for later than this is found in time by the runners' own looks; only a nearer one
/// wakes them. More than [`SAFETY`] by what a commit may take.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// A handler that fails is tried again after this, doubled each time up to a minute.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// Writes what was armed and disarmed; whether the runners must be woken for it.
pub(crate) async fn write(
    cx: &mut Cx,
    timers: BTreeMap<(&'static str, Uuid), Option<Timer>>,
) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let soon = cx.now() + SOON;
    let wakes = timers.values().flatten().any(|timer| timer.fire_at <= soon);
    let (mut kinds, mut objects, mut generations, mut times) = (vec![], vec![], vec![], vec![]);
    let (mut gone_kinds, mut gone_objects) = (vec![], vec![]);
    for ((kind, object), timer) in timers {
        if let Some(timer) = timer {
            kinds.push(kind.to_owned());
            objects.push(object);
            generations.push(timer.generation);
            times.push(timer.fire_at.as_microsecond());
        } else {
            gone_kinds.push(kind.to_owned());
            gone_objects.push(object);
        }
    }
    if !gone_kinds.is_empty() {
        sqlx::query!(
            "delete from timers t using unnest($2::text[], $3::uuid[]) as g (kind, object_id)
             where t.tenant_id = $1 and t.kind = g.kind and t.object_id = g.object_id",
            tenant,
            &gone_kinds,
            &gone_objects
        )
        .execute(&mut *cx.tx)
        .await?;
    }
    if !kinds.is_empty() {
        sqlx::query!(
            "insert into timers (tenant_id, kind, object_id, generation, fire_at)
             select $1, kind, object_id, generation, timestamptz 'epoch' + micros * interval '1 microsecond'
             from unnest($2::text[], $3::uuid[], $4::integer[], $5::bigint[])
                  as t (kind, object_id, generation, micros)
             on conflict (tenant_id, kind, object_id) do update
             set generation = excluded.generation, fire_at = excluded.fire_at, failures = 0, last_error = null",
            tenant,
            &kinds,
            &objects,
            &generations,
            &times
        )
        .execute(&mut *cx.tx)
        .await?;
    }
    Ok(wakes)
}

/// The handlers of all kinds, and the loop that feeds them.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    handlers: Arc<BTreeMap<&'static str, Arc<dyn OnTimer>>>,
    /// Timers of other kinds are left for a process that knows them: an upgrade runs old and new side by side.
    kinds: Arc<[String]>,
    /// How its transactions begin.
    begin: &'static str,
    /// Held by the runner that waits for the next timer, and hears when an earlier one is armed.
    lookout: Arc<Mutex<Listener>>,
}

/// Timers taken, and the transaction that ends with what they make happen.
struct Claim {
    tx: Transaction<'static, Postgres>,
    rows: Vec<Claimed>,
}

struct Claimed {
    tenant_id: Uuid,
    kind: String,
    object_id: Uuid,
    generation: i32,
    fire_at: jiff_sqlx::Timestamp,
    failures: i32,
}

impl Runner {
    pub fn new(store: Store, handlers: Vec<Arc<dyn OnTimer>>) -> Self {
        let handlers: BTreeMap<_, _> =
            handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let kinds = handlers.keys().map(|kind| (*kind).to_owned()).collect();
        let lookout = Arc::new(Mutex::new(store.live().subscribe()));
        Self { store, handlers: Arc::new(handlers), kinds, begin: "begin", lookout }
    }

    /// For handlers that ask a few questions hundreds of times a second, each of some objects by their ids: with a
    /// list in it the database would plan a question anew each time, which costs as much as the answer. A question
    /// whose best plan hangs on what is asked does not belong here.
    #[must_use]
    pub fn planning_once(self) -> Self {
        Self { begin: "begin; set local plan_cache_mode = force_generic_plan", ..self }
    }

    /// Fires what is due now, one batch; how many timers were taken.
    pub async fn fire_due(&self) -> Result<usize> {
        match self.claim(self.store.clock().now()).await? {
            Some(claim) => self.fire(claim).await,
            None => Ok(0),
        }
    }

    /// Takes what is due and not in another runner's hands, as much as one transaction bears.
    async fn claim(&self, now: Timestamp) -> Result<Option<Claim>> {
        let mut tx = self.store.begun(Some(self.begin.to_owned())).await?;
        // The number stands in the question: of one that comes with it the planner thinks that it may be any.
        let rows = sqlx::query_as!(
            Claimed,
            "delete from timers t
             using (select tenant_id, kind, object_id from timers where fire_at <= $1 and kind = any($2)
                    order by fire_at limit 64 for update skip locked) as due
             where t.tenant_id = due.tenant_id and t.kind = due.kind and t.object_id = due.object_id
             returning t.tenant_id, t.kind, t.object_id, t.generation, t.fire_at, t.failures",
            now.to_sqlx(),
            &self.kinds[..]
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok((!rows.is_empty()).then_some(Claim { tx, rows }))
    }

    /// Handles what was taken; how many timers.
    async fn fire(&self, Claim { mut tx, rows }: Claim) -> Result<usize> {
        let taken = rows.len();
        let mut groups: BTreeMap<(Uuid, String), Vec<Claimed>> = BTreeMap::new();
        for row in rows {
            groups.entry((row.tenant_id, row.kind.clone())).or_default().push(row);
        }
        let mut told = Vec::new();
        for ((tenant, kind), rows) in groups {
            let tenant = TenantId(tenant);
            let mut cx = Cx::enter(&self.store, tx, tenant, Actor::system("timers"), SAVEPOINT).await?;
            if let Some(handler) = self.handlers.get(kind.as_str()) {
                self.fire_group(&mut cx, handler.as_ref(), rows).await?;
            }
            let topics;
            (tx, topics) = cx.leave();
            told.push((tenant, topics));
        }
        tx.commit().await?;
        for (tenant, topics) in told {
            self.store.live().tell(tenant, topics);
        }
        Ok(taken)
    }

    /// All at once; when that fails, one by one, so that a broken one does not hold the others up.
    async fn fire_group(&self, cx: &mut Cx, handler: &dyn OnTimer, rows: Vec<Claimed>) -> Result<()> {
        if try_fire(cx, handler, &rows).await?.is_ok() {
            return Ok(());
        }
        for row in rows {
            let one = [row];
            sqlx::raw_sql(SAVEPOINT).execute(cx.conn()).await?;
            if let Err(error) = try_fire(cx, handler, &one).await? {
                tracing::error!(timer.kind = handler.kind(), timer.object = %one[0].object_id, %error, "timer failed");
                metrics::counter!("vx_timer_failures_total", "kind" => handler.kind()).increment(1);
                put_back(cx, handler.kind(), &one, &error.to_string()).await?;
            }
        }
        Ok(())
    }

    /// Runs until `stop` resolves. Start several for more throughput.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            let mut lookout = tokio::select! {
                lookout = self.lookout.lock() => lookout,
                _ = stop.changed() => return,
            };
            let now = self.store.clock().now();
            let pause = match self.claim(now).await {
                Ok(Some(claim)) => {
                    // Perhaps more is due already: the next runner looks while this one works.
                    drop(lookout);
                    let Err(error) = self.fire(claim).await else { continue };
                    tracing::warn!(%error, "timers are put off");
                    lookout = self.lookout.lock().await;
                    SAFETY
                }
                Ok(None) => self.until_next(now).await.unwrap_or(SAFETY),
                Err(error) => {
                    tracing::warn!(%error, "timers cannot be read");
                    SAFETY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = lookout.woken(|topic| *topic == Topic::Timers) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// How long until the first timer after `looked`, the time of the last look. What was due then
    /// and not taken is in another runner's hands: waiting for it would be spinning.
    async fn until_next(&self, looked: Timestamp) -> Result<Duration> {
        let next = sqlx::query_scalar!(
            "select fire_at from timers where fire_at > $1 and kind = any($2) order by fire_at limit 1",
            looked.to_sqlx(),
            &self.kinds[..]
        )
        .fetch_optional(&self.store.pool)
        .await?;
        let Some(next) = next else { return Ok(SAFETY) };
        let wait = next.to_jiff().duration_since(self.store.clock().now());
        Ok(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(SAFETY))
    }
}

/// Where a failed handler is rolled back to. It stands since the group was entered or the last
/// failure, and is never released: the commit ends it, which saves the busy a round trip.
const SAVEPOINT: &str = "savepoint handler";

/// Outer error: the transaction itself is gone. Inner: the handler failed (or panicked) and was
/// rolled back. Which of the two it is, only the rollback tells: a handler may find something else
/// unavailable, and must not take the timers of every other tenant down with it.
async fn try_fire(cx: &mut Cx, handler: &dyn OnTimer, rows: &[Claimed]) -> Result<Result<()>> {
    let due: Vec<Due> = rows
        .iter()
        .map(|row| Due { object: row.object_id, generation: row.generation, fire_at: row.fire_at.to_jiff() })
        .collect();
    cx.actor = Actor::system(handler.kind());
    let fired = AssertUnwindSafe(handler.fire(cx, &due)).catch_unwind().await;
    let mut outcome = fired.unwrap_or_else(|panic| Err(crate::panicked(panic.as_ref())));
    if outcome.is_ok() {
        outcome = cx.flush().await;
    }
    if outcome.is_ok() {
        cx.keep();
    } else {
        cx.forget();
        sqlx::query("rollback to savepoint handler").execute(cx.conn()).await?;
    }
    Ok(outcome)
}

async fn put_back(cx: &mut Cx, kind: &str, rows: &[Claimed], error: &str) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    for row in rows {
        let wait = RETRY * 2_i32.pow(row.failures.clamp(0, 6) as u32);
        sqlx::query!(
            "insert into timers (tenant_id, kind, object_id, generation, fire_at, failures, last_error)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (tenant_id, kind, object_id) do nothing",
            tenant,
            kind,
            row.object_id,
            row.generation,
            (now + wait.min(SignedDuration::from_mins(1))).to_sqlx(),
            row.failures.saturating_add(1),
            error
        )
        .execute(cx.conn())
        .await?;
    }
    Ok(())
}

/// Whether an object has a timer of this kind.
pub async fn is_armed(cx: &mut Cx, kind: &str, object: Uuid) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from timers where tenant_id = $1 and kind = $2 and object_id = $3) as "armed!""#,
        tenant,
        kind,
        object
    )
    .fetch_one(&mut *cx.tx)
    .await?)
}

/// The oldest timer that is due, for `readyz`: how late it is, in seconds.
pub async fn oldest_due_s(store: &Store) -> Result<Option<f64>> {
    let now = store.clock().now();
    let oldest = sqlx::query_scalar!(
        "select fire_at from timers where fire_at <= $1 order by fire_at limit 1",
        now.to_sqlx()
    )
    .fetch_optional(&store.pool)
    .await?;
    Ok(oldest.map(|at| now.duration_since(at.to_jiff()).as_secs_f64()))
}
