//! Devices at the door: who it is that holds a token, and when it was last heard of.

use super::{act, signs::Signs, sql_devices as sql};
use jiff::SignedDuration;
use kernel::{Actor, DeviceId, Error, Fresh, GateId, Result, TenantId};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::{Cx, Event, Store, Topic, live::Listener};
use uuid::Uuid;

/// 32 bytes as base64url without padding.
const TOKEN_CHARS: usize = 43;
const BLIND: &str = "gate_device";
const PART: Actor = Actor::system("gates.devices");
/// So often it is asked which of the devices met have been removed, should a notice of it have been missed.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
/// Others go on so long with what is known while it is asked.
const LOOKING: SignedDuration = SignedDuration::from_secs(5);
/// Devices remembered before all are forgotten.
const REMEMBERED: usize = 50_000;

/// A device that may scan now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub gate: GateId,
}

/// The keyed hash under which a token is kept; `None` for what cannot be one.
fn hash(store: &Store, tenant: TenantId, token: &str) -> Result<Option<Vec<u8>>> {
    let plausible = token.len() == TOKEN_CHARS
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plausible { Ok(Some(store.keys().of(tenant)?.blind(BLIND, token))) } else { Ok(None) }
}

/// The device of a token. `NotFound` where nobody holds it, or it was removed.
pub async fn device(cx: &mut Cx, token: &str) -> Result<Device> {
    let hash = hash(cx.store(), cx.tenant(), token)?.ok_or(Error::NotFound)?;
    sql::by_token(cx, &hash).await?.ok_or(Error::NotFound)
}

/// A new token: 32 random bytes, and the hash under which it is kept.
pub(super) fn new_token(cx: &Cx) -> Result<(String, Vec<u8>)> {
    let token = data_encoding::BASE64URL_NOPAD.encode(&cx.rng().bytes::<32>());
    let hash = cx.blind(BLIND, &token)?;
    Ok((token, hash))
}

/// Removes a device: from its next request on nobody knows it.
///
/// Errors: `NotFound`; `Forbidden`; Conflict `error-gate-device-removed`.
pub async fn remove(cx: &mut Cx, id: DeviceId) -> Result<()> {
    let (gate, _) = sql::place_of(cx, id).await?;
    let gate = act::claim(cx, gate).await?;
    revoke(cx, id, gate.id, gate.unit).await
}

pub(super) async fn revoke(cx: &mut Cx, id: DeviceId, gate: GateId, unit: kernel::UnitId) -> Result<()> {
    if !sql::revoke(cx, id).await? {
        return Err(Error::Conflict("error-gate-device-removed"));
    }
    cx.record(Event::new("gate_device.removed", id).unit(unit).data(json!({ "gate": gate })));
    cx.tell(Topic::screen(act::SCREEN));
    Ok(())
}

/// The devices that this process has met. A request of one that was met costs no look into the database; a removal
/// is heard at once in this process, in others within a moment, and is found after a quarter of a minute in any case.
#[derive(Default)]
pub struct Devices {
    met: Mutex<Met>,
    signs: Signs,
}

#[derive(Default)]
struct Met {
    /// Hears of removals from the first look on.
    listener: Option<Listener>,
    /// Grows with each time that something is forgotten.
    generation: u64,
    by_token: HashMap<(TenantId, Vec<u8>), Device>,
    /// Until when it is known which of a tenant's devices have been removed.
    looked: HashMap<TenantId, Fresh>,
}

impl Devices {
    /// The device of a token; `None` where nobody holds it, or it was removed.
    pub async fn of(&self, store: &Store, tenant: TenantId, token: &str) -> Result<Option<Device>> {
        let Some(hash) = hash(store, tenant, token)? else { return Ok(None) };
        self.forget_removed(store, tenant).await?;
        let key = (tenant, hash);
        let generation = {
            let met = self.met();
            if let Some(device) = met.by_token.get(&key) {
                return Ok(Some(*device));
            }
            met.generation
        };
        let mut cx = store.begin(tenant, PART).await?;
        let found = sql::by_token(&mut cx, &key.1).await?;
        cx.rollback().await?;
        let mut met = self.met();
        met.listen(store);
        // Whatever was told meanwhile may have been about it.
        if let Some(device) = found.filter(|_| met.generation == generation) {
            if met.by_token.len() >= REMEMBERED {
                met.by_token.clear();
            }
            met.by_token.insert(key, device);
        }
        Ok(found)
    }

    /// Whether a token was met before, so that whoever guesses from the same address costs it nothing.
    pub fn knows(&self, store: &Store, tenant: TenantId, token: &str) -> Result<bool> {
        let Some(hash) = hash(store, tenant, token)? else { return Ok(false) };
        Ok(self.met().by_token.contains_key(&(tenant, hash)))
    }

    /// A sign of life. `clock_add_ms` is what the device's clock lacks to ours, if it said.
    pub async fn heard(
        &self,
        store: &Store,
        tenant: TenantId,
        device: Device,
        clock_add_ms: Option<i64>,
    ) -> Result<()> {
        self.signs.heard(store, tenant, device.id, clock_add_ms).await
    }

    /// Forgets the devices of a tenant that have been removed: one look for all that were met, by whoever comes
    /// first when it is time. Who was met says nothing after a look that failed, or has not come back in time.
    async fn forget_removed(&self, store: &Store, tenant: TenantId) -> Result<()> {
        let now = store.clock().now();
        let ids: Vec<Uuid> = {
            let mut met = self.met();
            met.listen(store);
            if !met.looked.entry(tenant).or_default().must_read(now, LOOK_AGAIN, LOOKING) {
                return Ok(());
            }
            let of_tenant = met.by_token.iter().filter(|((of, _), _)| *of == tenant);
            of_tenant.map(|(_, device)| device.id.uuid()).collect()
        };
        let mut cx = store.begin(tenant, PART).await?;
        let removed = sql::removed_of(&mut cx, &ids).await?;
        cx.rollback().await?;
        let mut met = self.met();
        met.looked.entry(tenant).or_default().read(now);
        if !removed.is_empty() {
            met.generation += 1;
            met.by_token.retain(|_, device| !removed.contains(&device.id));
        }
        Ok(())
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Met {
    /// Forgets who was met when something about gates was told.
    fn listen(&mut self, store: &Store) {
        let listener = self.listener.get_or_insert_with(|| store.live().subscribe());
        if listener.heard(|topic| *topic == Topic::screen(act::SCREEN)) {
            self.generation += 1;
            self.by_token.clear();
        }
    }
}
