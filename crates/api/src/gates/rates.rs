//! How often a device and an address may ask. A gate that was a day off the network sends hundreds of batches in
//! minutes; many gates of a market share one address.

use jiff::{SignedDuration, Timestamp};
use kernel::{DeviceId, TenantId};
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// Devices and addresses remembered before those whose window is over are forgotten.
const REMEMBERED: usize = 50_000;

/// What is admitted within a minute.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Requests of one device.
    pub device: u32,
    /// Requests from one address.
    pub address: u32,
    /// Wrong tokens and invites from one address.
    pub wrong: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { device: 600, address: 6000, wrong: 20 }
    }
}

/// Who counts as one address: an IPv4 address, or the IPv6 network that a household gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    V4(u32),
    V6(u64),
    Unknown,
}

impl Sender {
    pub(super) fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => Self::V6((address.to_bits() >> 64) as u64),
            None => Self::Unknown,
        }
    }
}

/// The seconds to wait.
pub(super) type Wait = i64;

#[derive(Default)]
pub(super) struct Counts {
    devices: Count<(TenantId, DeviceId)>,
    addresses: Count<(TenantId, Sender)>,
    wrong: Count<(TenantId, Sender)>,
}

impl Counts {
    pub(super) fn device(
        &self,
        rates: Rates,
        tenant: TenantId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<(), Wait> {
        self.devices.add((tenant, device), rates.device, now)
    }

    pub(super) fn address(
        &self,
        rates: Rates,
        tenant: TenantId,
        sender: Sender,
        now: Timestamp,
    ) -> Result<(), Wait> {
        self.addresses.add((tenant, sender), rates.address, now)
    }

    /// Counts a wrong token or invite.
    pub(super) fn wrong(
        &self,
        rates: Rates,
        tenant: TenantId,
        sender: Sender,
        now: Timestamp,
    ) -> Result<(), Wait> {
        self.wrong.add((tenant, sender), rates.wrong, now)
    }

    /// Whether too many of them came already, without counting one.
    pub(super) fn guesses(
        &self,
        rates: Rates,
        tenant: TenantId,
        sender: Sender,
        now: Timestamp,
    ) -> Result<(), Wait> {
        self.wrong.look((tenant, sender), rates.wrong, now)
    }
}

/// Since when, and how many.
struct Count<Who>(Mutex<HashMap<Who, (Timestamp, u32)>>);

impl<Who> Default for Count<Who> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Who: Eq + Hash> Count<Who> {
    fn add(&self, who: Who, most: u32, now: Timestamp) -> Result<(), Wait> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        let (since, count) = counts.entry(who).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        if *count <= most { Ok(()) } else { Err(left(*since, now)) }
    }

    fn look(&self, who: Who, most: u32, now: Timestamp) -> Result<(), Wait> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get(&who) {
            Some((since, count)) if *count >= most && now.duration_since(*since) < WINDOW => {
                Err(left(*since, now))
            }
            _ => Ok(()),
        }
    }
}

fn left(since: Timestamp, now: Timestamp) -> Wait {
    (since + WINDOW).duration_since(now).as_secs().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_minute_has_so_many_requests_and_the_next_one_as_many() {
        let (counts, rates) = (Counts::default(), Rates { device: 2, address: 9, wrong: 1 });
        let (tenant, device) = (TenantId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
        let now = Timestamp::UNIX_EPOCH;
        let ask = |at| counts.device(rates, tenant, device, at);
        assert_eq!((ask(now), ask(now)), (Ok(()), Ok(())));
        assert_eq!(ask(now + SignedDuration::from_secs(20)), Err(40));
        assert_eq!(ask(now + WINDOW), Ok(()));
    }

    #[test]
    fn wrong_ones_are_counted_apart_and_a_household_is_one_sender() {
        let (counts, rates) = (Counts::default(), Rates { device: 9, address: 9, wrong: 1 });
        let (tenant, now) = (TenantId(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
        let sender = |text: &str| Sender::of(text.parse().ok());
        assert_eq!(counts.guesses(rates, tenant, sender("203.0.113.7"), now), Ok(()));
        assert_eq!(counts.wrong(rates, tenant, sender("203.0.113.7"), now), Ok(()));
        assert_eq!(counts.guesses(rates, tenant, sender("::ffff:203.0.113.7"), now), Err(60));
        assert_eq!(counts.guesses(rates, tenant, sender("203.0.113.8"), now), Ok(()));
        assert_eq!(sender("2001:db8:1:2::1"), sender("2001:db8:1:2:ffff::9"));
    }
}
