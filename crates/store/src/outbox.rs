//! Messages on their way out. One row a message and channel; a channel that is down keeps its rows
//! and tries again with growing pauses, and the waiting shows on the data-sources page. Nothing
//! inside ever waits for it.

use crate::{Cx, Store, Topic, jobs::back_off};
use async_trait::async_trait;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use kernel::{Error, MessageId, Result, TenantId};
use sqlx::types::Uuid;
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

pub(crate) struct Post {
    pub id: Uuid,
    pub channel: &'static str,
    pub message: MessageId,
}

/// Hands messages of one channel over. `Invalid` means it can never go (a wrong address): it is
/// given up at once; any other error is tried again.
#[async_trait]
pub trait OnPost: Send + Sync {
    fn channel(&self) -> &'static str;
    async fn deliver(&self, store: &Store, tenant: TenantId, message: MessageId, attempt: i32) -> Result<()>;
    /// The last try failed: tell the message's owner.
    async fn give_up(&self, store: &Store, tenant: TenantId, message: MessageId, why: &str) -> Result<()>;
    fn max_attempts(&self) -> i32 {
        30
    }
}

pub(crate) async fn insert(cx: &mut Cx, posts: &[Post]) -> Result<()> {
    let ids: Vec<Uuid> = posts.iter().map(|post| post.id).collect();
    let channels: Vec<String> = posts.iter().map(|post| post.channel.to_owned()).collect();
    let messages: Vec<Uuid> = posts.iter().map(|post| post.message.uuid()).collect();
    sqlx::query!(
        "insert into outbox (tenant_id, id, channel, message_id, run_at)
         select $1, id, channel, message_id, $2
         from unnest($3::uuid[], $4::text[], $5::uuid[]) as p (id, channel, message_id)",
        cx.tenant().uuid(),
        cx.now().to_sqlx(),
        &ids,
        &channels,
        &messages
    )
    .execute(&mut *cx.tx)
    .await?;
    Ok(())
}

/// Delivers one channel.
#[derive(Clone)]
pub struct Courier {
    store: Store,
    handler: Arc<dyn OnPost>,
}

struct Row {
    tenant_id: Uuid,
    id: Uuid,
    message_id: Uuid,
    attempts: i32,
}

const LEASE: SignedDuration = SignedDuration::from_mins(2);

impl Courier {
    pub fn new(store: Store, handler: Arc<dyn OnPost>) -> Self {
        Self { store, handler }
    }

    /// Delivers what is due now; how many were tried.
    pub async fn deliver_due(&self) -> Result<usize> {
        let now = self.store.clock().now();
        let rows = sqlx::query_as!(
            Row,
            "update outbox o set attempts = attempts + 1, locked_until = $3
             from (select tenant_id, id from outbox
                   where channel = $1 and run_at <= $2 and failed_at is null
                     and (locked_until is null or locked_until <= $2)
                   order by run_at limit 8 for update skip locked) as due
             where o.tenant_id = due.tenant_id and o.id = due.id
             returning o.tenant_id, o.id, o.message_id, o.attempts",
            self.handler.channel(),
            now.to_sqlx(),
            (now + LEASE).to_sqlx()
        )
        .fetch_all(&self.store.pool)
        .await?;
        let count = rows.len();
        // Side by side: a server that is slow to answer must not outlast the lease of the others.
        let mut running = tokio::task::JoinSet::new();
        for row in rows {
            let courier = self.clone();
            running.spawn(async move { courier.deliver_one(row).await });
        }
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "what became of a message could not be written; its lease will run out");
                }
                Err(error) => tracing::error!(%error, "a delivery ended early; its lease will run out"),
            }
        }
        Ok(count)
    }

    async fn deliver_one(&self, row: Row) -> Result<()> {
        let (tenant, message) = (TenantId(row.tenant_id), MessageId(row.message_id));
        let delivering = self.handler.deliver(&self.store, tenant, message, row.attempts);
        let ended = AssertUnwindSafe(delivering).catch_unwind().await;
        if let Err(error) = ended.unwrap_or_else(|panic| Err(crate::panicked(panic.as_ref()))) {
            return self.put_off(&row, &error).await;
        }
        sqlx::query!("delete from outbox where tenant_id = $1 and id = $2", row.tenant_id, row.id)
            .execute(&self.store.pool)
            .await?;
        Ok(())
    }

    async fn put_off(&self, row: &Row, error: &Error) -> Result<()> {
        let last = matches!(error, Error::Invalid { .. }) || row.attempts >= self.handler.max_attempts();
        let why = error.to_string();
        tracing::warn!(outbox.channel = self.handler.channel(), outbox.attempt = row.attempts, %error, "not delivered");
        metrics::counter!("vx_outbox_failures_total", "channel" => self.handler.channel()).increment(1);
        if last {
            let (tenant, message) = (TenantId(row.tenant_id), MessageId(row.message_id));
            self.handler.give_up(&self.store, tenant, message, &why).await?;
        }
        let now = self.store.clock().now();
        let failed_at = last.then(|| now.to_sqlx());
        sqlx::query!(
            "update outbox set locked_until = null, run_at = $3, last_error = $4, failed_at = $5
             where tenant_id = $1 and id = $2",
            row.tenant_id,
            row.id,
            (now + back_off(row.attempts)).to_sqlx(),
            why,
            failed_at as Option<jiff_sqlx::Timestamp>,
        )
        .execute(&self.store.pool)
        .await?;
        Ok(())
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut wake = self.store.live().subscribe();
        loop {
            match self.deliver_due().await {
                Ok(count) if count > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = wake.woken(|topic| *topic == Topic::Outbox) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

/// What waits in one channel of one tenant, for the data-sources page.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub channel: String,
    pub waiting: i64,
    pub given_up: i64,
    pub last_error: Option<String>,
}

pub async fn waiting(cx: &mut Cx) -> Result<Vec<Waiting>> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_as!(
        Waiting,
        r#"select channel, count(*) filter (where failed_at is null) as "waiting!",
                  count(failed_at) as "given_up!",
                  (array_agg(last_error order by run_at desc) filter (where last_error is not null))[1] as last_error
           from outbox where tenant_id = $1 group by channel order by channel"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?)
}

/// When messages that wait are tried next; those that do not wait are not in the map.
pub async fn next_tries(cx: &mut Cx, messages: &[MessageId]) -> Result<BTreeMap<MessageId, Timestamp>> {
    let (tenant, ids) = (cx.tenant().uuid(), messages.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select message_id, run_at from outbox
         where tenant_id = $1 and failed_at is null and message_id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (MessageId(row.message_id), row.run_at.to_jiff())).collect())
}
