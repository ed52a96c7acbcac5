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
    /// Noted and not yet written.
    waiting: HashMap<TenantId, Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// When signs of this tenant were last written.
    written_at: Option<Timestamp>,
    signs: BTreeMap<DeviceId, Sign>,
}

/// When a device was heard, and what its clock lacks to ours, if it said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub at: Timestamp,
    pub clock_add_ms: Option<i64>,
}

impl Signs {
    /// Notes a sign of life. It is written when this returns, unless others of the tenant were written within the
    /// second before: then it goes with the next. The first of a device, and one that says its clock has moved, waits
    /// for nobody.
    pub(super) async fn heard(
        &self,
        store: &Store,
        tenant: TenantId,
        device: DeviceId,
        clock_add_ms: Option<i64>,
    ) -> Result<()> {
        let now = store.clock().now();
        let Some(signs) = self.heard_of().note(tenant, device, clock_add_ms, now) else { return Ok(()) };
        let mut writing = Writing { signs: self, devices: signs.keys().copied().collect() };
        let mut cx = store.begin(tenant, PART).await?;
        sql::seen(&mut cx, &signs).await?;
        cx.commit().await?;
        writing.devices.clear();
        Ok(())
    }

    fn heard_of(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Devices whose signs are being written. Where that fails, or whoever asked has gone, they count as not heard.
struct Writing<'a> {
    signs: &'a Signs,
    devices: Vec<DeviceId>,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.devices.is_empty() {
            let mut heard = self.signs.heard_of();
            for device in &self.devices {
                heard.noted.remove(device);
            }
        }
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
            let sign = Sign { at: now, clock_add_ms: clock };
            self.waiting.entry(tenant).or_default().signs.insert(device, sign);
        }
        let waiting = self.waiting.get_mut(&tenant).filter(|waiting| !waiting.signs.is_empty())?;
        let rests = waiting.written_at.is_some_and(|at| now.duration_since(at) < TOGETHER);
        if rests && !moved {
            return None;
        }
        waiting.written_at = Some(now);
        Some(std::mem::take(&mut waiting.signs))
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
        assert_eq!(at(two, 0, None), [two], "it is new");
        assert_eq!(at(one, 1, Some(9)), [], "it was written a second ago");
        assert_eq!(at(one, 30, Some(9)), [one], "nobody else was");
        assert_eq!(at(two, 30, None), [], "somebody else just was");
        assert_eq!(at(one, 31, Some(9)), [two]);
        assert_eq!(at(one, 31, Some(2_000)), [one], "its clock was set");
    }
}
