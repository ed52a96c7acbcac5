//! How often one address may ask. Many people share one address in a mobile network, so what is
//! counted strictly is only what guessers do: asking for codes that nobody holds.

use jiff::{SignedDuration, Timestamp};
use kernel::TenantId;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Codes that nobody holds, in a window.
const MISSES: u32 = 30;
/// Questions of any kind, in a window.
const ASKED: u32 = 1500;
/// Addresses remembered before those whose window is over are forgotten.
const REMEMBERED: usize = 20_000;

#[derive(Default)]
pub struct Limiter(Mutex<HashMap<(TenantId, Sender), Count>>);

/// Who counts as one: an IPv4 address, or the IPv6 network that a household gets (its first 64 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sender {
    V4(u32),
    V6(u64),
    Unknown,
}

impl Sender {
    fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => Self::V6((address.to_bits() >> 64) as u64),
            None => Self::Unknown,
        }
    }
}

/// Whoever counts as one, as a text that stays the same for him.
pub fn sender(address: Option<IpAddr>) -> String {
    match Sender::of(address) {
        Sender::V4(network) => format!("4:{network}"),
        Sender::V6(network) => format!("6:{network}"),
        Sender::Unknown => String::new(),
    }
}

struct Count {
    since: Timestamp,
    asked: u32,
    missed: u32,
}

impl Limiter {
    /// Counts a question; the seconds to wait when there were too many.
    pub fn ask(&self, tenant: TenantId, address: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        self.count(tenant, address, now, |count| {
            count.asked += 1;
            count.asked <= ASKED && count.missed < MISSES
        })
    }

    /// Counts a code that nobody holds.
    pub fn miss(&self, tenant: TenantId, address: Option<IpAddr>, now: Timestamp) {
        let counted = self.count(tenant, address, now, |count| {
            count.missed += 1;
            true
        });
        debug_assert!(counted.is_ok());
    }

    fn count(
        &self,
        tenant: TenantId,
        address: Option<IpAddr>,
        now: Timestamp,
        within: impl FnOnce(&mut Count) -> bool,
    ) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| now.duration_since(count.since) < WINDOW);
        }
        let count =
            counts.entry((tenant, Sender::of(address))).or_insert(Count { since: now, asked: 0, missed: 0 });
        if now.duration_since(count.since) >= WINDOW {
            *count = Count { since: now, asked: 0, missed: 0 };
        }
        if within(count) { Ok(()) } else { Err((count.since + WINDOW).duration_since(now).as_secs().max(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_guesser_waits_and_his_neighbours_do_not() {
        let limiter = Limiter::default();
        let (tenant, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let guesser = "203.0.113.7".parse().ok();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..MISSES {
            assert_eq!(limiter.ask(tenant, guesser, now), Ok(()));
            limiter.miss(tenant, guesser, now);
        }
        let later = now + SignedDuration::from_secs(60);
        assert_eq!(limiter.ask(tenant, guesser, later), Err(240));
        assert_eq!(limiter.ask(tenant, "::ffff:203.0.113.7".parse().ok(), later), Err(240));
        assert_eq!(limiter.ask(tenant, "203.0.113.8".parse().ok(), later), Ok(()));
        assert_eq!(limiter.ask(other, guesser, later), Ok(()));
        assert_eq!(limiter.ask(tenant, guesser, now + WINDOW), Ok(()));
    }

    #[test]
    fn a_household_is_one_sender() {
        let text = |address: &str| super::sender(address.parse().ok());
        assert_eq!(text("2001:db8:1:2::1"), text("2001:db8:1:2:ffff::9"));
        assert_ne!(text("203.0.113.7"), text("203.0.113.8"));
        let sender = |text: &str| Sender::of(text.parse().ok());
        assert_eq!(sender("2001:db8:1:2::1"), sender("2001:db8:1:2:ffff::9"));
        assert_ne!(sender("2001:db8:1:2::1"), sender("2001:db8:1:3::1"));
    }
}
