//! One request, timer or job in progress: who acts, what time it is, in which tenant's transaction,
//! and what must be written with the change.

use crate::{Event, Job, Store, Timer, Topic, events, jobs, keys::TenantKeys, outbox, timers};
use jiff::Timestamp;
use kernel::{Actor, EventId, MessageId, Result, Rng, TenantId};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use std::{any::Any, collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// A transaction with its actor. Everything recorded here is written at [`Cx::commit`] together
/// with the change itself, or not at all.
pub struct Cx {
    pub actor: Actor,
    tenant: TenantId,
    now: Timestamp,
    store: Store,
    pub(crate) tx: Transaction<'static, Postgres>,
    pending: Pending,
    /// What has been read once and holds for the whole transaction, by its name.
    known: BTreeMap<String, Arc<dyn Any + Send + Sync>>,
    /// Topics of what is written for good in this transaction, whatever is rolled back after it.
    kept: Vec<Topic>,
    afterwards: Vec<Afterwards>,
}

type Afterwards = Box<dyn FnOnce() + Send + Sync>;

/// Where a part of the work is rolled back to when it fails: see [`Cx::mark`].
#[derive(Debug)]
pub struct Mark {
    topics: usize,
    afterwards: usize,
}

/// What is written in bulk just before the commit, and told to others just after it.
#[derive(Default)]
pub(crate) struct Pending {
    events: Vec<(EventId, Event)>,
    /// `None` takes an armed timer away.
    timers: BTreeMap<(&'static str, Uuid), Option<Timer>>,
    jobs: Vec<Job>,
    outbox: Vec<outbox::Post>,
    topics: Vec<Topic>,
}

impl Cx {
    pub(crate) fn new(
        store: Store,
        tx: Transaction<'static, Postgres>,
        tenant: TenantId,
        actor: Actor,
    ) -> Self {
        let now = store.clock().now();
        Self {
            actor,
            tenant,
            now,
            store,
            tx,
            pending: Pending::default(),
            known: BTreeMap::new(),
            kept: Vec::new(),
            afterwards: Vec::new(),
        }
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The time of this transaction: one instant for everything it decides and writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn rng(&self) -> &Rng {
        self.store.rng()
    }

    pub fn keys(&self) -> Result<Arc<TenantKeys>> {
        self.store.keys().of(self.tenant)
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// From here on everything is read as it stood in one moment, and nothing is written. Asked before the first
    /// question; several reads that are held against each other need it.
    pub async fn one_snapshot(&mut self) -> Result<()> {
        sqlx::query("set transaction isolation level repeatable read, read only")
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Whether each question from here on is planned once a connection, whatever it is asked for, as one is that
    /// looks for rows by thousands of keys: to weigh the keys would cost as much as to find the rows.
    pub async fn plan_once(&mut self, once: bool) -> Result<()> {
        let mode = if once { "force_generic_plan" } else { "auto" };
        sqlx::raw_sql(AssertSqlSafe(format!("set local plan_cache_mode = {mode}")))
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// A new uuid v7 at this transaction's time.
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.store.id(self.now))
    }

    /// Seals a text for one place in this tenant.
    pub fn seal(&self, table: &str, row: Uuid, column: &str, plain: &str) -> Result<Vec<u8>> {
        Ok(self.keys()?.seal(self.rng(), table, row, column, plain.as_bytes()))
    }

    pub fn open(&self, table: &str, row: Uuid, column: &str, sealed: &[u8]) -> Result<String> {
        self.store.keys().opening(self.tenant, sealed)?.open_text(table, row, column, sealed)
    }

    /// Keyed hash for exact look-up of a sealed value.
    pub fn blind(&self, kind: &str, canonical: &str) -> Result<Vec<u8>> {
        Ok(self.keys()?.blind(kind, canonical))
    }

    /// What this transaction has learnt under a name. A law or the tenant's settings are the same for
    /// everything that one transaction decides, and are read once.
    pub fn known<T: Any + Send + Sync>(&self, name: &str) -> Option<Arc<T>> {
        self.known.get(name).cloned()?.downcast().ok()
    }

    /// Keeps what was read, until the end of the transaction or [`Self::unlearn`].
    pub fn learn<T: Any + Send + Sync>(&mut self, name: impl Into<String>, read: Arc<T>) {
        self.known.insert(name.into(), read);
    }

    /// It changes in this transaction: whoever asks next reads it again.
    pub fn unlearn(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// Writes an event with the change it tells of.
    pub fn record(&mut self, event: Event) -> EventId {
        let id = self.id();
        self.pending.events.push((id, event));
        id
    }

    /// Sets (or moves) the timer of an object; the newest call wins.
    pub fn arm(&mut self, timer: Timer) {
        self.pending.timers.insert((timer.kind, timer.object), Some(timer));
    }

    pub fn disarm(&mut self, kind: &'static str, object: Uuid) {
        self.pending.timers.insert((kind, object), None);
    }

    pub fn enqueue(&mut self, job: Job) {
        self.pending.jobs.push(job);
    }

    /// Hands a message to an outside channel after the commit.
    pub fn post(&mut self, channel: &'static str, message: MessageId) {
        let id = self.id();
        self.pending.outbox.push(outbox::Post { id, channel, message });
    }

    /// Tells open screens and other processes, after the commit, that something has changed.
    pub fn tell(&mut self, topic: Topic) {
        if !self.pending.topics.contains(&topic) {
            self.pending.topics.push(topic);
        }
    }

    /// Done once the commit stands, by [`Self::commit`] alone; not done where this process dies in between. For
    /// what lies outside the database and is needed no longer.
    pub fn after_commit(&mut self, does: impl FnOnce() + Send + Sync + 'static) {
        self.afterwards.push(Box::new(does));
    }

    /// Writes what is pending and commits; only then are others told.
    pub async fn commit(mut self) -> Result<()> {
        self.flush().await?;
        self.keep();
        self.tx.commit().await?;
        self.store.live().tell(self.tenant, self.kept);
        for does in self.afterwards {
            does();
        }
        Ok(())
    }

    /// Gives the change up. Dropping does the same; this says so.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.tx.rollback().await?)
    }

    /// Writes pending rows now, for what must be read back in the same transaction.
    pub async fn flush(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.pending.events);
        if !events.is_empty() {
            events::insert(self, &events).await?;
            self.tell(Topic::Events);
        }
        let timers = std::mem::take(&mut self.pending.timers);
        if !timers.is_empty() && timers::write(self, timers).await? {
            self.tell(Topic::Timers);
        }
        let jobs = std::mem::take(&mut self.pending.jobs);
        if !jobs.is_empty() {
            jobs::insert(self, &jobs).await?;
            self.tell(Topic::Jobs);
        }
        let posts = std::mem::take(&mut self.pending.outbox);
        if !posts.is_empty() {
            outbox::insert(self, &posts).await?;
            self.tell(Topic::Outbox);
        }
        Ok(())
    }

    /// What has been done so far stands, even if what follows fails and is taken back by [`Self::back_to`].
    pub async fn mark(&mut self) -> Result<Mark> {
        self.flush().await?;
        sqlx::raw_sql("savepoint part").execute(self.conn()).await?;
        Ok(Mark { topics: self.pending.topics.len(), afterwards: self.afterwards.len() })
    }

    /// Takes back what has been done since the last mark, also after the database has refused something. The mark
    /// stands on.
    pub async fn back_to(&mut self, mark: &Mark) -> Result<()> {
        self.afterwards.truncate(mark.afterwards);
        let mut topics = std::mem::take(&mut self.pending).topics;
        topics.truncate(mark.topics);
        self.pending.topics = topics;
        self.known.clear();
        sqlx::raw_sql("rollback to savepoint part").execute(self.conn()).await?;
        Ok(())
    }

    /// Continues the same database transaction in another tenant, for work claimed across tenants;
    /// `then` is run in the same round trip.
    pub(crate) async fn enter(
        store: &Store,
        mut tx: Transaction<'static, Postgres>,
        tenant: TenantId,
        actor: Actor,
        then: &'static str,
    ) -> Result<Self> {
        // A uuid prints only hex digits and dashes.
        let enter = format!("set local vx.tenant = '{tenant}'; {then}");
        sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *tx).await?;
        Ok(Self::new(store.clone(), tx, tenant, actor))
    }

    /// What has been flushed so far stands, and will be told, whatever fails after it.
    pub(crate) fn keep(&mut self) {
        for topic in std::mem::take(&mut self.pending.topics) {
            if !self.kept.contains(&topic) {
                self.kept.push(topic);
            }
        }
    }

    /// Forgets what is pending and what was learnt (its savepoint was rolled back).
    pub(crate) fn forget(&mut self) {
        self.pending = Pending::default();
        self.known.clear();
        self.afterwards.clear();
    }

    /// The transaction back, with the topics still to be told after its commit.
    pub(crate) fn leave(mut self) -> (Transaction<'static, Postgres>, Vec<Topic>) {
        self.keep();
        (self.tx, self.kept)
    }
}
