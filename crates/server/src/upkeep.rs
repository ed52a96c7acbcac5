//! What is looked after from time to time rather than at a set moment: the clock, tickets that have
//! lost a timer, operators who write up without one, the standing timers of every tenant, reports and
//! declarations begun and not sent, people who have no keys yet, declarations and recordings kept for their
//! days, files that nobody claimed.

use duty::{
    calls::{self, Shelf, recordings},
    heartbeats,
    messages::ledger_mail,
    tenants, tickets,
};
use health::{checkins, declarations, followups, numbers, passes, people, signals};
use kernel::{Actor, Result};
use std::{sync::Arc, time::Duration};
use store::{Store, Topic};
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
    followups::install(&mut cx).await?;
    numbers::arm(&mut cx).await?;
    signals::install(&mut cx).await?;
    passes::install(&mut cx).await?;
    cx.commit().await
}

/// People written before there were keys who get theirs in a minute.
const PEOPLE: i64 = 1_000;

/// Told when the demo's clock has been moved, so that the other processes follow at once.
pub const CLOCK: &str = "clock";

/// Every minute until `stop`; files once an hour.
pub async fn run(store: Store, vault: Vault, shelf: Arc<dyn Shelf>, mut stop: watch::Receiver<bool>) {
    let mut wake = store.live().subscribe();
    let mut minutes = 0_u64;
    loop {
        if let Err(error) = look(&store, &vault, shelf.as_ref(), minutes).await {
            tracing::warn!(%error, "the minute's check did not finish");
        }
        minutes += 1;
        let minute = tokio::time::sleep(Duration::from_mins(1));
        tokio::pin!(minute);
        loop {
            tokio::select! {
                () = &mut minute => break,
                () = wake.woken(|topic| matches!(topic, Topic::Screen(name) if name == CLOCK)) => {}
                _ = stop.changed() => return,
            }
            if let Err(error) = store.follow_database_clock().await {
                tracing::warn!(%error, "the database's clock cannot be read");
            }
        }
    }
}

async fn look(store: &Store, vault: &Vault, shelf: &dyn Shelf, minutes: u64) -> Result<()> {
    store.follow_database_clock().await?;
    if minutes.is_multiple_of(60)
        && let Err(error) = forget(store).await
    {
        // The weeks ahead are made three weeks early: an hour later will do.
        tracing::error!(%error, "the weeks of check-ins could not be looked after");
    }
    for tenant in tenants::find(store).await?.values() {
        // One tenant's trouble (missing keys, say) must not stop the others.
        if let Err(error) = look_after(store, tenant, vault, shelf, minutes).await {
            tracing::error!(tenant = tenant.slug, %error, "a tenant could not be looked after");
        }
    }
    Ok(())
}

/// Makes the weeks of check-ins that come, and forgets those that are over.
async fn forget(store: &Store) -> Result<()> {
    checkins::make_weeks(store).await?;
    let purged = checkins::purge(store).await?;
    if purged != checkins::Purged::default() {
        tracing::info!(weeks = purged.weeks, rows = purged.rows, "check-ins were forgotten");
    }
    Ok(())
}

async fn look_after(
    store: &Store,
    tenant: &tenants::Tenant,
    vault: &Vault,
    shelf: &dyn Shelf,
    minutes: u64,
) -> Result<()> {
    // First what must not wait for the rest.
    let mut cx = store.begin(tenant.id, Actor::system("tickets.reconcile")).await?;
    let restored = tickets::reconcile(&mut cx).await?;
    cx.commit().await?;
    if restored > 0 {
        tracing::warn!(tenant = tenant.slug, tickets.restored = restored, "tickets had lost their timers");
    }
    let mut cx = store.begin(tenant.id, Actor::system("calls.reconcile")).await?;
    let restored = calls::reconcile(&mut cx).await?;
    cx.commit().await?;
    if restored > 0 {
        tracing::info!(
            tenant = tenant.slug,
            operators.restored = restored,
            "operators wrote up without an end"
        );
    }
    install(store, tenant).await?;
    let mut cx = store.begin(tenant.id, Actor::system("portal.drafts")).await?;
    portal::report::purge(&mut cx).await?;
    portal::declare::purge(&mut cx).await?;
    cx.commit().await?;
    let mut cx = store.begin(tenant.id, Actor::system("declarations.purge")).await?;
    declarations::purge(&mut cx).await?;
    cx.commit().await?;
    let mut cx = store.begin(tenant.id, Actor::system("people.backfill")).await?;
    people::backfill(&mut cx, PEOPLE).await?;
    cx.commit().await?;
    let mut cx = store.begin(tenant.id, Actor::system("recordings.sweep")).await?;
    recordings::sweep(&mut cx, shelf).await?;
    cx.commit().await?;
    if minutes.is_multiple_of(60) {
        let mut cx = store.begin(tenant.id, Actor::system("files.sweep")).await?;
        files::sweep(&mut cx, vault).await?;
        cx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Rng, TenantId};
    use store::{Keys, Options};
    use testkit::TestCentre;

    async fn timers(store: &Store, tenant: TenantId) -> i64 {
        sqlx::query_scalar("select count(*) from timers where tenant_id = $1")
            .bind(tenant.uuid())
            .fetch_one(store.cell().await.unwrap().conn())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_tenant_in_trouble_keeps_nobody_from_looking_after_the_others() {
        let centre = TestCentre::new().await;
        // Comes after the first in order of name.
        let other = centre.add_tenant("tan-hung").await;
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::folder(folder.path()).unwrap();
        let options = Options { url: centre.database.url().to_owned(), max_connections: 4 };
        let rng = Rng::seeded(1);
        std::fs::remove_file(centre.key_folder().join(format!("{}.toml", centre.id()))).unwrap();
        let keys = Keys::at(centre.key_folder(), rng.clone());
        let store = Store::open(&options, centre.clock.clone(), rng, keys).unwrap();
        let before = timers(&store, other.id).await;
        let shelf = gateways::FolderShelf::folder(folder.path()).unwrap();
        look(&store, &vault, &shelf, 1).await.unwrap();
        assert!(timers(&store, other.id).await > before, "the standing timers of the other are armed");

        // A pack that this program cannot read.
        let mut cell = store.cell().await.unwrap();
        sqlx::query("update tenants set config = '{}' where slug = 'quan7'")
            .execute(cell.conn())
            .await
            .unwrap();
        cell.commit().await.unwrap();
        assert_eq!(tenants::find(&store).await.unwrap().into_keys().collect::<Vec<_>>(), ["tan-hung"]);
    }
}
