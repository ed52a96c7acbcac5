use super::{actions::lose, sql};
use kernel::{Actor, CallId, Result, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::Store;

const PART: Actor = Actor::system("calls.watch");
const EVERY: Duration = Duration::from_secs(5);

/// Ends calls whose process has died, in every process: what nobody holds in two looks in a row. One look is
/// not enough, because a clock that jumps makes every call look forgotten until its holder speaks again.
pub struct Watch {
    store: Store,
    suspects: BTreeMap<TenantId, BTreeSet<CallId>>,
}

impl Watch {
    pub const fn new(store: Store) -> Self {
        Self { store, suspects: BTreeMap::new() }
    }

    /// Looks once through all tenants; how many calls were lost.
    pub async fn look(&mut self) -> Result<usize> {
        let tenants = self.store.cell().await?.tenant_ids().await?;
        let mut lost = 0;
        for tenant in tenants {
            let mut cx = self.store.begin(tenant, PART).await?;
            let unheld: BTreeSet<CallId> = sql::unheld(&mut cx).await?.into_iter().collect();
            let before = self.suspects.remove(&tenant).unwrap_or_default();
            let gone: Vec<CallId> = unheld.intersection(&before).copied().collect();
            lost += lose(&mut cx, gone).await?.len();
            cx.commit().await?;
            self.suspects.insert(tenant, unheld);
        }
        Ok(lost)
    }

    /// Runs until `stop`.
    pub async fn run(mut self, mut stop: tokio::sync::watch::Receiver<bool>) {
        loop {
            match self.look().await {
                Ok(0) => {}
                Ok(lost) => {
                    tracing::warn!(calls.lost = lost, "calls were lost with the process that held them");
                }
                Err(error) => tracing::warn!(%error, "calls that nobody holds could not be looked up"),
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }
}
