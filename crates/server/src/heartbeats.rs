//! The keys with which things outside report that they live.

use crate::{command::print, people::with_store, settings::Settings};
use duty::{heartbeats, tenants};
use kernel::{Actor, Error, Result};
use serde_json::json;
use store::{Cx, Store};
use uuid::Uuid;

const PART: Actor = Actor::system("heartbeat.keys");

async fn begin(store: &Store, slug: &str) -> Result<Cx> {
    let tenant = tenants::find(store).await?.remove(slug);
    let tenant = tenant.ok_or_else(|| Error::internal(format!("no tenant {slug}")))?;
    store.begin(tenant.id, PART).await
}

/// Makes a key and prints it: the only time it can be seen.
pub async fn make(settings: &Settings, slug: &str, code: &str, instance: &str, json: bool) -> Result<()> {
    with_store(settings, async |store| {
        let mut cx = begin(store, slug).await?;
        let key = match heartbeats::make_token(&mut cx, code, instance).await {
            Err(Error::NotFound) => return Err(Error::internal(format!("no heartbeat {code} in the pack"))),
            other => other?,
        };
        cx.commit().await?;
        let at = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
        let address = format!("{at}/{slug}/api/heartbeats/{code}");
        let object = json!({ "tenant": slug, "code": code, "instance": instance, "key": key, "address": address });
        print(json, &object, || {
            format!("Key of {code} {instance}, shown this once: {key}\ncurl -X POST -H 'Authorization: Bearer {key}' {address}")
        })
    })
    .await
}

/// Lists the keys that are good.
pub async fn list(settings: &Settings, slug: &str, json: bool) -> Result<()> {
    with_store(settings, async |store| {
        let mut cx = begin(store, slug).await?;
        let keys = heartbeats::tokens(&mut cx).await?;
        let objects: Vec<_> = keys
            .iter()
            .map(|key| {
                json!({ "id": key.id, "code": key.code, "instance": key.instance, "made_at": key.made_at,
                        "used_at": key.used_at })
            })
            .collect();
        print(json, &objects, || {
            let line = |key: &heartbeats::Token| {
                let used = key.used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                format!("{} {} {}: made {}, last used {used}", key.id, key.code, key.instance, key.made_at)
            };
            keys.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    })
    .await
}

/// Takes a key back.
pub async fn revoke(settings: &Settings, slug: &str, id: Uuid, json: bool) -> Result<()> {
    with_store(settings, async |store| {
        let mut cx = begin(store, slug).await?;
        match heartbeats::revoke_token(&mut cx, id).await {
            Err(Error::NotFound) => return Err(Error::internal(format!("no good key {id}"))),
            other => other?,
        }
        cx.commit().await?;
        print(json, &json!({ "revoked": id }), || format!("{id}: taken back"))
    })
    .await
}
