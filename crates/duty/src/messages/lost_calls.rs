//! Calls that were lost: the process that held them died, or their job failed before it could place
//! them. Whoever holds a call says so every few seconds; a call that runs, and that nobody holds, is
//! placed again. Repeating this is harmless: a job that waits is not doubled, and a network does not
//! ring twice for one attempt.

use super::sql_calls;
use crate::tickets;
use jiff::SignedDuration;
use kernel::{Actor, AttemptId, Result, TenantId};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use store::{Cx, Job, Store, jobs};

/// How long a process may be silent before its calls count as lost. Of a minute, this and the next
/// look are what a crash may cost.
const HELD: SignedDuration = SignedDuration::from_secs(10);
/// A note is written anew when less than this is left of it.
const FRESH: SignedDuration = SignedDuration::from_secs(7);
const EVERY: Duration = Duration::from_secs(5);
const PART: Actor = Actor::system("messages.lost_calls");

/// Notes that this process holds these calls.
pub(super) async fn hold(cx: &mut Cx, calls: &[AttemptId]) -> Result<()> {
    let now = cx.now();
    sql_calls::hold(cx, calls, now + HELD, now + FRESH).await
}

/// These calls are over, or were never placed.
pub(super) async fn let_go(cx: &mut Cx, calls: &[AttemptId]) -> Result<()> {
    sql_calls::let_go(cx, calls).await
}

/// Asks again for every call of a tenant that runs and that nobody holds.
async fn place_again(store: &Store, tenant: TenantId) -> Result<usize> {
    let mut cx = store.begin(tenant, PART).await?;
    let held: BTreeSet<AttemptId> = sql_calls::held(&mut cx).await?.into_iter().collect();
    let mut lost = tickets::running_calls(&mut cx).await?;
    lost.retain(|call| !held.contains(call));
    let keys: Vec<String> = lost.iter().map(ToString::to_string).collect();
    jobs::forget_failed(&mut cx, tickets::PLACE_CALL, &keys).await?;
    for (attempt, key) in lost.iter().zip(keys) {
        cx.enqueue(Job {
            queue: tickets::CALLS,
            kind: tickets::PLACE_CALL,
            key,
            args: json!({ "attempt": attempt }),
            run_at: None,
        });
    }
    cx.commit().await?;
    Ok(lost.len())
}

/// Looks after lost calls, in every process: at its start, and every few seconds.
pub struct LostCalls {
    store: Store,
}

impl LostCalls {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Looks once through all tenants; for how many calls a job was asked.
    pub async fn look(&self) -> Result<usize> {
        let tenants = self.store.cell().await?.tenant_ids().await?;
        let mut lost = 0;
        for tenant in tenants {
            lost += place_again(&self.store, tenant).await?;
        }
        Ok(lost)
    }

    /// Runs until `stop`.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "lost calls could not be looked up");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }
}
