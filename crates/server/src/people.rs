//! Commands for the people who run a centre: tenants and the record.

use crate::{
    command::{NEGATIVE, OK, print},
    serve::{Database, open_store},
    settings::Settings,
};
use duty::tenants::{self, Pack};
use kernel::{Error, Result};
use serde_json::json;
use std::path::Path;
use store::{Store, ledger};

/// Opens the store for one command and closes everything after it.
pub async fn with_store<T>(settings: &Settings, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    let database = Database::open(settings).await?;
    let outcome = async {
        let store = open_store(settings, &database).await?;
        store.follow_database_clock().await?;
        let done = work(&store).await;
        store.close().await;
        done
    }
    .await;
    database.close().await;
    outcome
}

pub async fn create_tenant(settings: &Settings, pack: &Path) -> Result<()> {
    let pack = Pack::read(pack)?;
    with_store(settings, async |store| {
        let tenant = tenants::create(store, &pack, false).await?;
        print(true, &json!({ "tenant": tenant.slug, "id": tenant.id }), String::new)
    })
    .await
}

pub async fn list_tenants(settings: &Settings, json: bool) -> Result<()> {
    with_store(settings, async |store| {
        let tenants = tenants::find(store).await?;
        let list: Vec<_> = tenants
            .values()
            .map(|tenant| json!({ "slug": tenant.slug, "name": tenant.pack.place.name, "demo": tenant.demo }))
            .collect();
        print(json, &list, || tenants.keys().cloned().collect::<Vec<_>>().join("\n"))
    })
    .await
}

/// Verifies one tenant's record, or every tenant's; 1 when something does not fit.
pub async fn verify_ledger(settings: &Settings, slug: Option<&str>, json: bool) -> Result<u8> {
    with_store(settings, async |store| {
        let tenants = tenants::find(store).await?;
        let chosen: Vec<_> = tenants.values().filter(|tenant| slug.is_none_or(|slug| slug == tenant.slug)).collect();
        if chosen.is_empty() {
            return Err(Error::internal(format!("no tenant {}", slug.unwrap_or_default())));
        }
        let mut good = true;
        for tenant in chosen {
            let report = ledger::verify(store, tenant.id, &tenant.slug).await?;
            good &= report.ok;
            print(json, &report, || match &report.first_bad {
                None => format!(
                    "{}: {} events, {} sealed, {} not yet sealed, {} erased: nothing sealed was altered. Head {}",
                    report.tenant, report.events, report.sealed, report.unsealed, report.erased, report.head
                ),
                Some(bad) => format!(
                    "{}: event {} (number {}) does not fit: {}",
                    report.tenant, bad.event_id, bad.seq, bad.reason
                ),
            })?;
        }
        Ok(if good { OK } else { NEGATIVE })
    })
    .await
}
