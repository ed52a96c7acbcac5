use super::chain::{self, Link};
use crate::{Store, Topic};
use jiff_sqlx::ToSqlx;
use kernel::{Actor, Result, TenantId};
use std::time::Duration;

/// Seals the events of all tenants. The head's row is the lease: whoever locks it seals, others pass by.
#[derive(Clone)]
pub struct Sealer {
    store: Store,
}

const BATCH: i64 = 1000;

impl Sealer {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Seals one run of a tenant's events; how many. Only events below the oldest running
    /// transaction are taken, so a late commit never lands before a sealed one. An event written
    /// before a restore (its transaction lies in this server's future) is long committed and is taken.
    pub async fn seal(&self, tenant: TenantId) -> Result<usize> {
        let mut cx = self.store.begin(tenant, Actor::system("ledger.seal")).await?;
        let keys = cx.keys()?;
        let now = cx.now().to_sqlx();
        let genesis = chain::genesis(tenant.uuid());
        let signature = keys.sign(&chain::head_message(tenant.uuid(), 0, &genesis));
        sqlx::query!(
            "insert into ledger_heads (tenant_id, seq, hash, sealed_at, signature) values ($1, 0, $2, $3, $4)
             on conflict do nothing",
            tenant.uuid(),
            genesis,
            now,
            signature
        )
        .execute(cx.conn())
        .await?;
        let head = sqlx::query!(
            "select seq, hash from ledger_heads where tenant_id = $1 for update skip locked",
            tenant.uuid()
        )
        .fetch_optional(cx.conn())
        .await?;
        let Some(head) = head else { return Ok(0) };
        let links = sqlx::query_as!(
            Link,
            r#"select e.id, (extract(epoch from e.at) * 1000000)::bigint as "at_us!", e.actor_kind, e.actor_id,
                      e.actor_part, e.on_behalf_of, e.kind, e.object_kind, e.object_id, e.matter_id, e.unit_id,
                      e.data::text as "data!", e.payload_hash
               from unsealed_events u
               join events e on e.tenant_id = u.tenant_id and e.id = u.event_id
               where u.tenant_id = $1
                 and (u.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                      or u.xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
               order by e.id limit $2"#,
            tenant.uuid(),
            BATCH
        )
        .fetch_all(cx.conn())
        .await?;
        if links.is_empty() {
            cx.commit().await?;
            return Ok(0);
        }
        let (mut seq, mut hash) = (head.seq, head.hash);
        let (mut seqs, mut hashes, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for link in &links {
            seq += 1;
            hash = chain::next(tenant.uuid(), &hash, seq, link);
            seqs.push(seq);
            hashes.push(hash.clone());
            ids.push(link.id);
        }
        sqlx::query!(
            "insert into seals (tenant_id, seq, event_id, hash)
             select $1, * from unnest($2::bigint[], $3::uuid[], $4::bytea[])",
            tenant.uuid(),
            &seqs,
            &ids,
            &hashes
        )
        .execute(cx.conn())
        .await?;
        sqlx::query!(
            "delete from unsealed_events where tenant_id = $1 and event_id = any($2)",
            tenant.uuid(),
            &ids
        )
        .execute(cx.conn())
        .await?;
        let signature = keys.sign(&chain::head_message(tenant.uuid(), seq, &hash));
        sqlx::query!(
            "update ledger_heads set seq = $2, hash = $3, sealed_at = $4, signature = $5 where tenant_id = $1",
            tenant.uuid(),
            seq,
            hash,
            now,
            signature
        )
        .execute(cx.conn())
        .await?;
        cx.tell(Topic::screen("ledger"));
        cx.commit().await?;
        Ok(links.len())
    }

    /// Runs until `stop`: soon after each commit, at the latest every second.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut wake = self.store.live().subscribe();
        loop {
            match self.seal_all().await {
                Ok(sealed) if sealed as i64 >= BATCH => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the ledger cannot be sealed"),
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = wake.woken(|topic| *topic == Topic::Events) => {
                    // Let a burst gather: one run of seals for many events.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                _ = stop.changed() => return,
            }
        }
    }

    async fn seal_all(&self) -> Result<usize> {
        let mut most = 0;
        let tenants = self.store.cell().await?.tenant_ids().await?;
        for tenant in tenants {
            match self.seal(tenant).await {
                Ok(sealed) => most = most.max(sealed),
                Err(error) => tracing::error!(%tenant, %error, "a ledger cannot be sealed"),
            }
        }
        Ok(most)
    }
}

/// What waits for the sealer in one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Unsealed {
    pub events: i64,
    pub oldest: Option<jiff::Timestamp>,
}

pub async fn unsealed(cx: &mut crate::Cx) -> Result<Unsealed> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) as "events!", min(at) as oldest from unsealed_events where tenant_id = $1"#,
        tenant
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Unsealed { events: row.events, oldest: row.oldest.map(jiff_sqlx::Timestamp::to_jiff) })
}

/// How long the oldest unsealed event of any tenant has waited, in seconds, for `readyz`.
pub async fn lag_s(store: &Store) -> Result<f64> {
    let now = store.clock().now();
    let tenants = store.cell().await?.tenant_ids().await?;
    let mut worst = 0.0_f64;
    for tenant in tenants {
        let mut cx = store.begin(tenant, Actor::system("ledger.lag")).await?;
        let oldest =
            sqlx::query_scalar!("select min(at) from unsealed_events where tenant_id = $1", tenant.uuid())
                .fetch_one(cx.conn())
                .await?;
        if let Some(oldest) = oldest {
            worst = worst.max(now.duration_since(oldest.to_jiff()).as_secs_f64());
        }
    }
    Ok(worst)
}
