//! Commands for the people who run a centre: tenants and the record.

use crate::{
    command::{NEGATIVE, OK, print},
    database::Database,
    serve::open_store,
    settings::Settings,
};
use duty::{
    accounts, heartbeats,
    messages::ledger_mail,
    tenants::{self, Pack, Tenant},
    units::{self, Why},
};
use jiff::civil::Date;
use kernel::{Actor, Error, Result};
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

/// The first person of a new tenant.
pub struct First<'a> {
    pub name: &'a str,
    pub login: &'a str,
}

/// Makes a tenant and hands out the link of its first administrator. Run again before that link
/// was used, it gives a fresh one.
pub async fn create_tenant(settings: &Settings, pack: &Path, first: First<'_>, json: bool) -> Result<()> {
    let pack = Pack::read(pack)?;
    with_store(settings, async |store| {
        let tenant = match tenants::find(store).await?.remove(&pack.place.slug) {
            Some(there) => there,
            None => tenants::create(store, &pack, false).await?,
        };
        let mut cx = store.begin(tenant.id, Actor::system("tenant.create")).await?;
        heartbeats::install(&mut cx, &pack).await?;
        ledger_mail::install(&mut cx).await?;
        let token = accounts::first_administrator(&mut cx, first.name, first.login).await?;
        cx.commit().await?;
        let link = link(settings, &tenant.slug, &token);
        let object = json!({ "tenant": tenant.slug, "id": tenant.id, "login": first.login, "link": link });
        print(json, &object, || {
            format!(
                "{} is there. Link for the first administrator ({}), good once and for 24 hours:\n{link}",
                tenant.slug, first.login
            )
        })
    })
    .await
}

fn link(settings: &Settings, slug: &str, token: &str) -> String {
    let address = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    format!("{}/{slug}/desk/link/{token}", address.trim_end_matches('/'))
}

/// The tenant of a name in addresses.
pub async fn named(store: &Store, slug: &str) -> Result<Tenant> {
    tenants::find(store).await?.remove(slug).ok_or_else(|| Error::internal(format!("no tenant {slug}")))
}

/// A link for somebody who is locked out and whom nobody inside can help, a sole administrator
/// above all. That the machine gave it is on record.
pub async fn recover_account(settings: &Settings, slug: &str, login: &str, json: bool) -> Result<()> {
    with_store(settings, async |store| {
        let tenant = named(store, slug).await?;
        let mut cx = store.begin(tenant.id, Actor::system("account.recover")).await?;
        let token = accounts::recover_login(&mut cx, login).await?;
        cx.commit().await?;
        let link = link(settings, &tenant.slug, &token);
        print(json, &json!({ "tenant": tenant.slug, "login": login, "link": link }), || {
            format!("Recovery link for {login}, good once and for 24 hours; it is on record:\n{link}")
        })
    })
    .await
}

/// Takes boundaries from a GeoJSON file; 1 when features were refused.
pub async fn import_boundaries(
    settings: &Settings,
    file: &Path,
    slug: &str,
    from: Option<Date>,
    json: bool,
) -> Result<u8> {
    let features =
        std::fs::read(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
    with_store(settings, async |store| {
        let tenant = named(store, slug).await?;
        let mut cx = store.begin(tenant.id, Actor::system("units.import_geojson")).await?;
        let from = match from {
            Some(day) => day,
            None => units::today(&mut cx).await?,
        };
        let done = units::import_geojson(&mut cx, &features, from).await?;
        let there = units::units_on(&mut cx, from).await?;
        cx.commit().await?;
        let codes: Vec<&str> = there
            .iter()
            .filter(|unit| done.taken.contains(&unit.id))
            .map(|unit| unit.code.as_str())
            .collect();
        let object = json!({ "tenant": slug, "from": from, "taken": codes, "refused": done.refused });
        print(json, &object, || {
            let mut lines =
                vec![format!("{} boundaries taken, from {from} on: {}", codes.len(), codes.join(", "))];
            lines.extend(done.refused.iter().map(|refused| {
                let called: Vec<&str> =
                    [&refused.code, &refused.name].into_iter().flatten().map(String::as_str).collect();
                format!(
                    "refused: feature {} ({}): {}",
                    refused.feature,
                    called.join(", "),
                    because(refused.why)
                )
            }));
            lines.join("\n")
        })?;
        Ok(if done.refused.is_empty() { OK } else { NEGATIVE })
    })
    .await
}

const fn because(why: Why) -> &'static str {
    match why {
        Why::NoCode => "no property gives a code",
        Why::UnknownCode => "no unit has this code on that day",
        Why::OtherName => "the unit of this code bears another name on that day",
        Why::Succeeded => "by that day the unit has passed into another one",
        Why::NotAnArea => "neither a Polygon nor a MultiPolygon",
        Why::BadCoordinates => "not closed rings of longitude and latitude, or too many corners",
        Why::Repeated => "an earlier feature named the same unit",
    }
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
        let chosen: Vec<_> =
            tenants.values().filter(|tenant| slug.is_none_or(|slug| slug == tenant.slug)).collect();
        if chosen.is_empty() {
            return Err(Error::internal(format!("no tenant {}", slug.unwrap_or_default())));
        }
        let mut reports = Vec::with_capacity(chosen.len());
        for tenant in chosen {
            reports.push(ledger::verify(store, tenant.id, &tenant.slug).await?);
        }
        let ok = reports.iter().all(|report| report.ok);
        let lines = || reports.iter().map(verdict).collect::<Vec<_>>().join("\n");
        match reports.as_slice() {
            [one] => print(json, one, lines)?,
            several => print(json, &json!({ "ok": ok, "tenants": several }), lines)?,
        }
        Ok(if ok { OK } else { NEGATIVE })
    })
    .await
}

fn verdict(report: &ledger::Report) -> String {
    match &report.first_bad {
        None => format!(
            "{}: {} events, {} sealed, {} not yet sealed, {} erased: nothing sealed was altered. Head {}",
            report.tenant, report.events, report.sealed, report.unsealed, report.erased, report.head
        ),
        Some(bad) => format!(
            "{}: event {} (number {}) does not fit: {}",
            report.tenant, bad.event_id, bad.seq, bad.reason
        ),
    }
}

pub async fn backup(settings: &Settings, archive: &Path, with_keys: bool, json: bool) -> Result<()> {
    let database = Database::open(settings).await?;
    let keys = with_keys.then_some(settings.keys.as_path());
    let done = store::backup::backup(&database.url, archive, keys).await;
    database.close().await;
    let manifest = done?;
    print(json, &manifest, || {
        let rows: u64 = manifest.rows.values().sum();
        let keys = if with_keys { "with the keys" } else { "WITHOUT the keys: keep them apart, and safe" };
        format!("{}: {rows} rows of {} tables, {keys}", archive.display(), manifest.rows.len())
    })
}

pub async fn restore(settings: &Settings, archive: &Path, json: bool) -> Result<()> {
    // The folder is made with the right mode before anything is put into it.
    store::Keys::open(&settings.keys, kernel::Rng::system())?;
    let database = Database::open(settings).await?;
    let done = store::backup::restore(&database.url, archive, &settings.keys).await;
    database.close().await;
    let manifest = done?;
    print(json, &manifest, || {
        let rows: u64 = manifest.rows.values().sum();
        format!("{rows} rows of {} tables restored, taken at {}", manifest.rows.len(), manifest.taken_at)
    })
}
