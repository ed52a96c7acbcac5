//! Calls that were lost: the process that held them died, or their job failed before it could place
//! them. Whoever holds a call says so every few seconds; a call that runs, and that nobody holds, is
//! placed again. Repeating this is harmless: a job that waits is not doubled, and a network does not
//! ring twice for one attempt.

use super::sql_calls;
use crate::tickets::{self, attempts};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, AttemptId, Result, TenantId};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use store::{Cx, Job, Store, jobs};

/// How long a process may be silent before its calls count as lost, and for how long a call that has just begun
/// counts as held, though nobody has said so yet. Of a minute, this and the next look are what a crash may cost.
const HELD: SignedDuration = SignedDuration::from_secs(10);
/// A note is written anew when less than this is left of it.
const FRESH: SignedDuration = SignedDuration::from_secs(7);
const EVERY: Duration = Duration::from_secs(5);
/// Within the rest of [`HELD`] whoever placed a call has said that he holds it.
const SOON: SignedDuration = SignedDuration::from_secs(5);
const PART: Actor = Actor::system("messages.lost_calls");

/// Notes that this process holds these calls; those of which nobody had just said so.
pub(super) async fn hold(cx: &mut Cx, calls: &[AttemptId]) -> Result<Vec<AttemptId>> {
    let now = cx.now();
    sql_calls::hold(cx, calls, now + HELD, now + FRESH).await
}

/// Whether a call of which nothing was heard since then will soon not count any more as one that has just begun.
pub(super) fn is_old(cx: &Cx, at: Timestamp) -> bool {
    cx.now().duration_since(at) > SOON
}

/// The same of those that [are old](is_old).
pub(super) async fn hold_old(cx: &mut Cx, calls: &[AttemptId]) -> Result<()> {
    let than = cx.now() - SOON;
    let old = attempts::older_among(cx, calls, than).await?;
    if !old.is_empty() {
        hold(cx, &old).await?;
    }
    Ok(())
}

/// These calls are over, or were never placed.
pub(super) async fn let_go(cx: &mut Cx, calls: &[AttemptId]) -> Result<()> {
    sql_calls::let_go(cx, calls).await
}

/// Asks again for every call of a tenant that runs and that nobody holds.
async fn place_again(store: &Store, tenant: TenantId) -> Result<usize> {
    let mut cx = store.begin(tenant, PART).await?;
    let held: BTreeSet<AttemptId> = sql_calls::held(&mut cx).await?.into_iter().collect();
    let mut running = tickets::running_calls(&mut cx).await?;
    running.retain(|(call, _)| !held.contains(call));
    let keys: Vec<String> = running.iter().map(|(call, _)| call.to_string()).collect();
    let failed: BTreeSet<String> =
        jobs::forget_failed(&mut cx, tickets::PLACE_CALL, &keys).await?.into_iter().collect();
    let by = cx.now() - HELD;
    let mut lost = Vec::new();
    for (&(call, at), key) in running.iter().zip(&keys) {
        // One that has just begun is on its way, unless its job could not place it.
        if at <= by || failed.contains(key) {
            lost.push(call);
        }
    }
    // Whoever says first that he holds one places it, and nobody else.
    let lost = hold(&mut cx, &lost).await?;
    for attempt in &lost {
        cx.enqueue(Job {
            queue: tickets::CALLS,
            kind: tickets::PLACE_CALL,
            key: attempt.to_string(),
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
