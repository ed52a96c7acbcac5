//! Deferred work that may take long or talk to the outside: ringing a phone, reading a list. A job
//! runs outside any transaction, at least once, under a lease; its key makes it one job however
//! often it is asked for. A job carries ids only and reads the state again.

use crate::{Cx, Store, Topic};
use async_trait::async_trait;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{JobId, Result, TenantId};
use serde_json::Value;
use sqlx::types::Uuid;
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::mpsc, task::JoinSet, time::MissedTickBehavior};

/// Work to be done after the commit.
#[derive(Clone, Debug)]
pub struct Job {
    /// Queues are worked off apart, so a slow one does not hold another up ("calls", "imports").
    pub queue: &'static str,
    /// `area.verb` of the handler ("messages.ring").
    pub kind: &'static str,
    pub key: String,
    pub args: Value,
    /// Not before this.
    pub run_at: Option<Timestamp>,
}

/// A job taken under a lease.
#[derive(Clone, Debug)]
pub struct Taken {
    pub tenant: TenantId,
    pub id: JobId,
    pub args: Value,
    /// 1 for the first try.
    pub attempt: i32,
}

#[async_trait]
pub trait OnJob: Send + Sync {
    fn kind(&self) -> &'static str;
    /// Runs one try. An error means: again later, with growing pauses, until `max_attempts`.
    async fn run(&self, store: &Store, job: &Taken) -> Result<()>;
    fn max_attempts(&self) -> i32 {
        20
    }
    /// How long one try may take before another process may take it over.
    fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(5)
    }
}

pub(crate) async fn insert(cx: &mut Cx, jobs: &[Job]) -> Result<()> {
    let ids: Vec<Uuid> = jobs.iter().map(|_| cx.id()).collect();
    let queues: Vec<String> = jobs.iter().map(|job| job.queue.to_owned()).collect();
    let kinds: Vec<String> = jobs.iter().map(|job| job.kind.to_owned()).collect();
    let keys: Vec<String> = jobs.iter().map(|job| job.key.clone()).collect();
    let args: Vec<Value> = jobs.iter().map(|job| job.args.clone()).collect();
    let now = cx.now();
    let times: Vec<i64> = jobs.iter().map(|job| job.run_at.unwrap_or(now).as_microsecond()).collect();
    sqlx::query!(
        "insert into jobs (tenant_id, id, queue, kind, key, args, run_at)
         select $1, id, queue, kind, key, args, timestamptz 'epoch' + micros * interval '1 microsecond'
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::bigint[])
              as j (id, queue, kind, key, args, micros)
         on conflict (tenant_id, kind, key) do nothing",
        cx.tenant().uuid(),
        &ids,
        &queues,
        &kinds,
        &keys,
        &args,
        &times
    )
    .execute(&mut *cx.tx)
    .await?;
    Ok(())
}

/// Removes jobs that have failed for good, so that they can be asked for again with the same keys; the keys of those
/// that had.
pub async fn forget_failed(cx: &mut Cx, kind: &str, keys: &[String]) -> Result<Vec<String>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        "delete from jobs where tenant_id = $1 and kind = $2 and key = any($3) and failed_at is not null returning key",
        tenant,
        kind,
        keys
    )
    .fetch_all(cx.conn())
    .await?)
}

/// Works off one queue.
#[derive(Clone)]
pub struct Worker {
    store: Store,
    queue: &'static str,
    handlers: Arc<BTreeMap<&'static str, Arc<dyn OnJob>>>,
    /// Jobs of other kinds are left for a process that knows them.
    kinds: Arc<[String]>,
}

struct Row {
    tenant_id: Uuid,
    id: Uuid,
    kind: String,
    args: Value,
    attempts: i32,
}

/// A job that is done.
type Done = (TenantId, JobId);

/// How often a worker looks of itself.
const LOOK: Duration = Duration::from_secs(1);

impl Worker {
    pub fn new(store: Store, queue: &'static str, handlers: Vec<Arc<dyn OnJob>>) -> Self {
        let handlers: BTreeMap<_, _> =
            handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let kinds = handlers.keys().map(|kind| (*kind).to_owned()).collect();
        Self { store, queue, handlers: Arc::new(handlers), kinds }
    }

    /// Runs what is due now to its end, at most `limit` jobs side by side; how many there were.
    pub async fn run_due(&self, limit: usize) -> Result<usize> {
        let (mut running, (done, ended)) = (JoinSet::new(), mpsc::unbounded_channel());
        let taken = self.take(limit, &mut running, &done).await?;
        while running.join_next().await.is_some() {}
        drop(done);
        self.clone().remove(ended).await;
        Ok(taken)
    }

    /// Takes at most `limit` due jobs and starts them in `running`; how many. Each that is done is told to `done`.
    async fn take(
        &self,
        limit: usize,
        running: &mut JoinSet<()>,
        done: &mpsc::UnboundedSender<Done>,
    ) -> Result<usize> {
        let now = self.store.clock().now();
        // The lease of the slowest handler: a row does not know yet whose it is.
        let lease = self.handlers.values().map(|h| h.lease()).max().unwrap_or(SignedDuration::from_mins(5));
        let rows = sqlx::query_as!(
            Row,
            "update jobs j set attempts = attempts + 1, locked_until = $3
             from (select tenant_id, id from jobs
                   where queue = $1 and run_at <= $2 and failed_at is null and kind = any($5)
                     and (locked_until is null or locked_until <= $2)
                   order by run_at limit $4 for update skip locked) as due
             where j.tenant_id = due.tenant_id and j.id = due.id
             returning j.tenant_id, j.id, j.kind, j.args, j.attempts",
            self.queue,
            now.to_sqlx(),
            (now + lease).to_sqlx(),
            limit as i64,
            &self.kinds[..]
        )
        .fetch_all(&self.store.pool)
        .await?;
        let count = rows.len();
        for row in rows {
            let (worker, done) = (self.clone(), done.clone());
            running.spawn(async move { worker.run_one(row, &done).await });
        }
        Ok(count)
    }

    async fn run_one(&self, row: Row, done: &mpsc::UnboundedSender<Done>) {
        let job = Taken {
            tenant: TenantId(row.tenant_id),
            id: JobId(row.id),
            args: row.args,
            attempt: row.attempts,
        };
        // Only known kinds are taken.
        let Some(handler) = self.handlers.get(row.kind.as_str()) else { return };
        let ran = AssertUnwindSafe(handler.run(&self.store, &job)).catch_unwind().await;
        let outcome = ran.unwrap_or_else(|panic| Err(crate::panicked(panic.as_ref())));
        let Err(error) = outcome else {
            // Whoever removes them lives as long as one runs.
            let _ = done.send((job.tenant, job.id));
            return;
        };
        tracing::warn!(job.kind = row.kind, job.id = %job.id, job.attempt = job.attempt, %error, "job failed");
        let last = job.attempt >= handler.max_attempts();
        if let Err(error) = self.put_off(&job, &error.to_string(), last).await {
            tracing::warn!(job.id = %job.id, %error, "the job's end could not be written; its lease will run out");
        }
    }

    /// Removes what is done, in one commit as many as have ended while the last was written, until nothing runs.
    async fn remove(self, mut ended: mpsc::UnboundedReceiver<Done>) {
        while let Some(first) = ended.recv().await {
            let mut done = vec![first];
            while let Ok(next) = ended.try_recv() {
                done.push(next);
            }
            let mut removed = self.delete(&done).await;
            if removed.is_err() {
                tokio::time::sleep(LOOK).await;
                removed = self.delete(&done).await;
            }
            if let Err(error) = removed {
                let jobs = done.len();
                tracing::warn!(jobs, %error, "the end of jobs could not be written; their leases will run out");
            }
        }
    }

    async fn delete(&self, done: &[Done]) -> Result<()> {
        let tenants: Vec<Uuid> = done.iter().map(|(tenant, _)| tenant.uuid()).collect();
        let ids: Vec<Uuid> = done.iter().map(|(_, id)| id.uuid()).collect();
        sqlx::query!(
            "delete from jobs j using unnest($1::uuid[], $2::uuid[]) as d (tenant_id, id)
             where j.tenant_id = d.tenant_id and j.id = d.id",
            &tenants,
            &ids
        )
        .execute(&self.store.pool)
        .await?;
        Ok(())
    }

    async fn put_off(&self, job: &Taken, error: &str, last: bool) -> Result<()> {
        let now = self.store.clock().now();
        let failed_at = last.then(|| now.to_sqlx());
        sqlx::query!(
            "update jobs set locked_until = null, run_at = $3, last_error = $4, failed_at = $5
             where tenant_id = $1 and id = $2",
            job.tenant.uuid(),
            job.id.uuid(),
            (now + back_off(job.attempt)).to_sqlx(),
            error,
            failed_at as Option<jiff_sqlx::Timestamp>,
        )
        .execute(&self.store.pool)
        .await?;
        Ok(())
    }

    /// Runs until `stop`, `limit` jobs side by side; what is running then is run to its end. A place
    /// that becomes free is filled at once: a slow job holds up no other.
    pub async fn run(self, limit: usize, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut wake = self.store.live().subscribe();
        let (mut running, (done, ended)) = (JoinSet::new(), mpsc::unbounded_channel());
        let removing = tokio::spawn(self.clone().remove(ended));
        // Of what falls due later nobody tells.
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Whether more may be due than there was room for.
        let mut more = true;
        while !*stop.borrow() {
            let free = limit.saturating_sub(running.len());
            if more && free > 0 {
                more = match self.take(free, &mut running, &done).await {
                    Ok(taken) => taken == free,
                    Err(error) => {
                        tracing::warn!(%error, job.queue = self.queue, "jobs cannot be read");
                        false
                    }
                };
            }
            tokio::select! {
                _ = look.tick() => more = true,
                () = wake.woken(|topic| *topic == Topic::Jobs) => more = true,
                Some(_) = running.join_next() => {}
                _ = stop.changed() => break,
            }
        }
        while running.join_next().await.is_some() {}
        drop(done);
        let _ = removing.await;
    }
}

/// 2 s, 4 s, 8 s … at most 10 minutes.
pub(crate) fn back_off(attempt: i32) -> SignedDuration {
    SignedDuration::from_secs(1_i64 << attempt.clamp(1, 10)).min(SignedDuration::from_mins(10))
}
