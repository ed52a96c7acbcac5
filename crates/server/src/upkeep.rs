//! What is looked after from time to time rather than at a set moment: the clock, tickets that have
//! lost a timer, the standing timers of every tenant, reports begun and not sent, files that nobody
//! claimed.

use duty::{heartbeats, messages::ledger_mail, tenants, tickets};
use kernel::{Actor, Result};
use std::time::Duration;
use store::Store;
use tokio::sync::watch;
use town::{
    board,
    files::{self, Vault},
};

/// Sets up what a tenant needs beside its units; repeated safely.
pub async fn install(store: &Store, tenant: &tenants::Tenant) -> Result<()> {
    let mut cx = store.begin(tenant.id, Actor::system("tenants.install")).await?;
    heartbeats::install(&mut cx, &tenant.pack).await?;
    ledger_mail::install(&mut cx).await?;
    board::arm_brief(&mut cx).await?;
    cx.commit().await
}

/// Every minute until `stop`; files once an hour.
pub async fn run(store: Store, vault: Vault, mut stop: watch::Receiver<bool>) {
    let mut minutes = 0_u64;
    loop {
        if let Err(error) = look(&store, &vault, minutes).await {
            tracing::warn!(%error, "the minute's check did not finish");
        }
        minutes += 1;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn look(store: &Store, vault: &Vault, minutes: u64) -> Result<()> {
    store.follow_database_clock().await?;
    for tenant in tenants::find(store).await?.values() {
        install(store, tenant).await?;
        let mut cx = store.begin(tenant.id, Actor::system("tickets.reconcile")).await?;
        let restored = tickets::reconcile(&mut cx).await?;
        cx.commit().await?;
        if restored > 0 {
            tracing::warn!(
                tenant = tenant.slug,
                tickets.restored = restored,
                "tickets had lost their timers"
            );
        }
        let mut cx = store.begin(tenant.id, Actor::system("portal.drafts")).await?;
        portal::report::purge(&mut cx).await?;
        cx.commit().await?;
        if minutes % 60 == 0 {
            let mut cx = store.begin(tenant.id, Actor::system("files.sweep")).await?;
            files::sweep(&mut cx, vault).await?;
            cx.commit().await?;
        }
    }
    Ok(())
}
