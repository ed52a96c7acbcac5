//! What time it is. Production follows the database's clock (its offset from this machine's is
//! kept), so several processes agree; tests and the demo move it by hand.

use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

/// A shared clock. Times are whole microseconds, as PostgreSQL keeps them.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    /// Frozen clocks hold the time itself here; running ones the offset from the machine's clock.
    micros: AtomicI64,
    running: AtomicBool,
}

impl Clock {
    /// Runs with the machine's clock until an offset is set.
    pub fn system() -> Self {
        Self(Arc::new(Inner { micros: AtomicI64::new(0), running: AtomicBool::new(true) }))
    }

    /// Stands still at `at` until advanced.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(Inner { micros: AtomicI64::new(at.as_microsecond()), running: AtomicBool::new(false) }))
    }

    pub fn now(&self) -> Timestamp {
        let micros = self.0.micros.load(Ordering::SeqCst);
        let micros = if self.is_running() { machine_micros() + micros } else { micros };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward. A negative step is ignored: time never runs back.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_micros()).unwrap_or(0).max(0);
        self.0.micros.fetch_add(step, Ordering::SeqCst);
    }

    /// Sets the offset of a running clock from this machine's.
    pub fn set_offset(&self, offset: SignedDuration) {
        if self.is_running() {
            self.0.micros.store(i64::try_from(offset.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// The offset of a running clock from this machine's; zero for a frozen one.
    pub fn offset(&self) -> SignedDuration {
        let micros = if self.is_running() { self.0.micros.load(Ordering::SeqCst) } else { 0 };
        SignedDuration::from_micros(micros)
    }

    /// Whether time passes by itself (production, demo) or only by [`Clock::advance`] (tests).
    pub fn is_running(&self) -> bool {
        self.0.running.load(Ordering::SeqCst)
    }
}

/// This machine's own clock, unadjusted: only to measure its distance from the database's.
pub fn machine_now() -> Timestamp {
    Timestamp::from_microsecond(machine_micros()).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
fn machine_micros() -> i64 {
    Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand_and_never_back() {
        let start: Timestamp = "2021-09-25T00:00:00Z".parse().unwrap();
        let clock = Clock::fixed(start);
        clock.advance(SignedDuration::from_secs(61));
        clock.advance(SignedDuration::from_secs(-5));
        assert_eq!(clock.now(), start + SignedDuration::from_secs(61));
    }

    #[test]
    fn a_running_clock_keeps_its_offset() {
        let clock = Clock::system();
        clock.set_offset(SignedDuration::from_hours(48));
        let ahead = clock.now().duration_since(machine_now());
        assert!((ahead.as_secs() - 48 * 3600).abs() <= 1, "{ahead}");
    }
}
