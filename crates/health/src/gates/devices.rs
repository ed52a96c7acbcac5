//! Devices at the door: who it is that holds a token, and when it was last heard of.

use super::{act, sql_devices as sql};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, DeviceId, Error, GateId, Result, TenantId};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::{Cx, Event, Store, Topic, live::Listener};

/// 32 bytes as base64url without padding.
const TOKEN_CHARS: usize = 43;
const BLIND: &str = "gate_device";
const PART: Actor = Actor::system("gates.devices");
/// What was looked up is looked up again after this, should a notice of its removal have been missed.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);
/// A sign of life is written so often and no oftener, unless the clock has moved.
const WRITE_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// The clock has moved when it is off by so much more or less than it was.
const MOVED_MS: u64 = 1000;
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

/// The devices that this process has met. A request of one that was met lately costs no look into the database;
/// a removal is heard at once in this process, in others within a moment, and is found after a quarter of a minute in
/// any case.
#[derive(Default)]
pub struct Devices(Mutex<Met>);

#[derive(Default)]
struct Met {
    /// Hears of removals from the first look on.
    listener: Option<Listener>,
    /// Grows with each time that all is forgotten.
    generation: u64,
    by_token: HashMap<(TenantId, Vec<u8>), (Device, Timestamp)>,
    /// When a sign of life was written last, and with which clock.
    written: HashMap<DeviceId, (Timestamp, Option<i64>)>,
}

impl Devices {
    /// The device of a token; `None` where nobody holds it, or it was removed.
    pub async fn of(&self, store: &Store, tenant: TenantId, token: &str) -> Result<Option<Device>> {
        let Some(hash) = hash(store, tenant, token)? else { return Ok(None) };
        let now = store.clock().now();
        let key = (tenant, hash);
        let generation = {
            let mut met = self.met();
            met.listen(store);
            match met.by_token.get(&key) {
                Some((device, at)) if now.duration_since(*at) < LOOK_AGAIN => return Ok(Some(*device)),
                _ => met.generation,
            }
        };
        let mut cx = store.begin(tenant, PART).await?;
        let found = sql::by_token(&mut cx, &key.1).await?;
        cx.rollback().await?;
        let mut met = self.met();
        met.listen(store);
        match found {
            // Whatever was told meanwhile may have been about it.
            Some(device) if met.generation == generation => {
                if met.by_token.len() >= REMEMBERED {
                    met.by_token.clear();
                }
                met.by_token.insert(key, (device, now));
            }
            Some(_) => {}
            None => {
                met.by_token.remove(&key);
            }
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
        let now = store.clock().now();
        let due = match self.met().written.get(&device.id) {
            Some((at, known)) => {
                let moved =
                    clock_add_ms.is_some_and(|add| known.is_none_or(|known| known.abs_diff(add) > MOVED_MS));
                moved || now.duration_since(*at) >= WRITE_AGAIN
            }
            None => true,
        };
        if !due {
            return Ok(());
        }
        let mut cx = store.begin(tenant, PART).await?;
        sql::seen(&mut cx, device.id, clock_add_ms).await?;
        cx.commit().await?;
        let mut met = self.met();
        if met.written.len() >= REMEMBERED {
            met.written.clear();
        }
        let known = met.written.get(&device.id).and_then(|(_, known)| *known);
        met.written.insert(device.id, (now, clock_add_ms.or(known)));
        Ok(())
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
