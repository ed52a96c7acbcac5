//! Signs of life of devices. Each is written twice a minute and no oftener, and what many devices tell within a
//! second is written together: gates that are busy cost no more commits than one.

use super::sql_devices as sql;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, DeviceId, Result, TenantId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::Store;

const PART: Actor = Actor::system("gates.devices");
/// A sign of life is written so often and no oftener, unless the clock has moved.
const WRITE_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// The clock has moved when it is off by so much more or less than it was.
const MOVED_MS: u64 = 1000;
/// Signs that are not urgent wait so long for others.
const TOGETHER: SignedDuration = SignedDuration::from_secs(1);
/// Devices remembered before all are forgotten.
const REMEMBERED: usize = 50_000;

/// What has been heard of devices, and what of it is written.
#[derive(Default)]
pub(super) struct Signs(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    /// When a device was last noted, and with which clock.
    noted: HashMap<DeviceId, (Timestamp, Option<i64>)>,
    /// Noted and not yet written, and since when the oldest.
    waiting: HashMap<TenantId, (Timestamp, BTreeMap<DeviceId, Sign>)>,
}

/// When a device was heard, and what its clock lacks to ours, if it said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub at: Timestamp,
    pub clock_add_ms: Option<i64>,
}

impl Signs {
    /// Notes a sign of life. The first of a device, and one that says its clock has moved, is written when this
    /// returns; others wait for the next request of anybody that comes a second later.
    pub(super) async fn heard(
        &self,
        store: &Store,
        tenant: TenantId,
        device: DeviceId,
        clock_add_ms: Option<i64>,
    ) -> Result<()> {
        let now = store.clock().now();
        let Some(signs) = self.heard_of().note(tenant, device, clock_add_ms, now) else { return Ok(()) };
        let written = async {
            let mut cx = store.begin(tenant, PART).await?;
            sql::seen(&mut cx, &signs).await?;
            cx.commit().await
        };
        let written = written.await;
        if written.is_err() {
            let mut heard = self.heard_of();
            for device in signs.keys() {
                heard.noted.remove(device);
            }
        }
        written
    }

    fn heard_of(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// Notes a sign; what is to be written now.
    fn note(
        &mut self,
        tenant: TenantId,
        device: DeviceId,
        clock_add_ms: Option<i64>,
        now: Timestamp,
    ) -> Option<BTreeMap<DeviceId, Sign>> {
        let known = self.noted.get(&device).copied();
        let moved = match known {
            Some((_, clock)) => {
                clock_add_ms.is_some_and(|add| clock.is_none_or(|clock| clock.abs_diff(add) > MOVED_MS))
            }
            None => true,
        };
        let is_due = known.is_none_or(|(at, _)| now.duration_since(at) >= WRITE_AGAIN);
        if moved || is_due {
            if self.noted.len() >= REMEMBERED {
                self.noted.clear();
            }
            let clock = clock_add_ms.or(known.and_then(|(_, clock)| clock));
            self.noted.insert(device, (now, clock));
            let (_, waiting) = self.waiting.entry(tenant).or_insert_with(|| (now, BTreeMap::new()));
            waiting.insert(device, Sign { at: now, clock_add_ms: clock });
        }
        let (since, _) = self.waiting.get(&tenant)?;
        let is_time = moved || now.duration_since(*since) >= TOGETHER;
        is_time.then(|| self.waiting.remove(&tenant).map(|(_, signs)| signs)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_new_device_and_a_clock_that_moved_are_written_at_once_and_the_rest_together() {
        let (tenant, mut heard) = (TenantId(Uuid::from_u128(1)), Heard::default());
        let (one, two) = (DeviceId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
        let from: Timestamp = "2021-09-25T01:00:00Z".parse().unwrap();
        let mut at = |device, seconds: i64, clock| {
            let now = from + SignedDuration::from_secs(seconds);
            let signs = heard.note(tenant, device, clock, now);
            signs.map(|signs| signs.into_keys().collect::<Vec<_>>()).unwrap_or_default()
        };
        assert_eq!(at(one, 0, Some(5)), [one]);
        assert_eq!(at(two, 0, None), [two]);
        assert_eq!(at(one, 1, Some(9)), [], "it was written a second ago");
        assert_eq!(at(one, 30, Some(9)), [], "it waits for others");
        assert_eq!(at(two, 30, None), []);
        assert_eq!(at(two, 31, None), [one, two]);
        assert_eq!(at(one, 32, Some(2_000)), [one], "its clock was set");
        assert_eq!(at(two, 61, None), []);
        assert_eq!(at(one, 62, Some(2_000)), [one, two]);
    }
}
