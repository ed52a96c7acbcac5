//! News upward: a room that lower rooms may not know reads their events in the order of the chain,
//! with a durable cursor. Cursor and effect are one transaction, so an effect in the database
//! happens once; anything outside must be idempotent.

use crate::{Cx, Store, Topic, events, events::Recorded};
use async_trait::async_trait;
use futures_util::FutureExt;
use kernel::{Actor, Result, TenantId};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

#[async_trait]
pub trait OnEvent: Send + Sync {
    /// `area.purpose`; names the cursor.
    fn name(&self) -> &'static str;
    /// Handles a run of events of one tenant, oldest first.
    async fn handle(&self, cx: &mut Cx, events: &[Recorded]) -> Result<()>;
}

const BATCH: i64 = 500;

/// The last event a subscriber has handled; 0 before the first.
pub async fn cursor(cx: &mut Cx, name: &str) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    let seq =
        sqlx::query_scalar!("select seq from subscriptions where tenant_id = $1 and name = $2", tenant, name)
            .fetch_optional(cx.conn())
            .await?;
    Ok(seq.unwrap_or(0))
}

/// Puts a subscriber's cursor where a reading of its own has got to, and holds it until the commit:
/// what is rebuilt in this transaction is then exactly the effect of the events up to `seq`.
pub async fn set_cursor(cx: &mut Cx, name: &str, seq: i64) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into subscriptions (tenant_id, name, seq) values ($1, $2, $3)
         on conflict (tenant_id, name) do update set seq = excluded.seq",
        tenant,
        name,
        seq
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Feeds the subscribers of all tenants.
#[derive(Clone)]
pub struct Reader {
    store: Store,
    subscribers: Arc<Vec<Arc<dyn OnEvent>>>,
}

impl Reader {
    pub fn new(store: Store, subscribers: Vec<Arc<dyn OnEvent>>) -> Self {
        Self { store, subscribers: Arc::new(subscribers) }
    }

    /// Reads one run for every subscriber of a tenant; how many events were handled. One that fails
    /// keeps its cursor and holds up none of those after it; the first error is told at the end.
    pub async fn read(&self, tenant: TenantId) -> Result<usize> {
        let (mut handled, mut failed) = (0, None);
        for subscriber in self.subscribers.iter() {
            match self.feed(tenant, subscriber.as_ref()).await {
                Ok(more) => handled += more,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(handled), Err)
    }

    async fn feed(&self, tenant: TenantId, subscriber: &dyn OnEvent) -> Result<usize> {
        let mut cx = self.store.begin(tenant, Actor::system(subscriber.name())).await?;
        sqlx::query!(
            "insert into subscriptions (tenant_id, name, seq) values ($1, $2, 0) on conflict do nothing",
            tenant.uuid(),
            subscriber.name()
        )
        .execute(cx.conn())
        .await?;
        let cursor = sqlx::query_scalar!(
            "select seq from subscriptions where tenant_id = $1 and name = $2 for update skip locked",
            tenant.uuid(),
            subscriber.name()
        )
        .fetch_optional(cx.conn())
        .await?;
        // Another process reads for this subscriber just now.
        let Some(cursor) = cursor else { return Ok(0) };
        let news = events::after(&mut cx, cursor, BATCH).await?;
        let Some(last) = news.last().and_then(|event| event.seq) else {
            cx.commit().await?;
            return Ok(0);
        };
        let handled = AssertUnwindSafe(subscriber.handle(&mut cx, &news)).catch_unwind().await;
        handled.unwrap_or_else(|panic| Err(crate::panicked(panic.as_ref())))?;
        sqlx::query!(
            "update subscriptions set seq = $3 where tenant_id = $1 and name = $2",
            tenant.uuid(),
            subscriber.name(),
            last
        )
        .execute(cx.conn())
        .await?;
        cx.commit().await?;
        Ok(news.len())
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut wake = self.store.live().subscribe();
        loop {
            match self.read_all().await {
                Ok(handled) if handled > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "subscriptions cannot be read"),
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = wake.woken(|topic| *topic == Topic::Screen("ledger".into())) => {}
                _ = stop.changed() => return,
            }
        }
    }

    async fn read_all(&self) -> Result<usize> {
        let mut handled = 0;
        let tenants = self.store.cell().await?.tenant_ids().await?;
        for tenant in tenants {
            match self.read(tenant).await {
                Ok(count) => handled += count,
                // One tenant's trouble (missing keys, a broken handler) must not stop the others.
                Err(error) => tracing::error!(%tenant, %error, "a subscription is stuck"),
            }
        }
        Ok(handled)
    }
}
