//! What time it is. Production follows the database's clock (its offset from this machine's is
//! kept), so several processes agree; tests and the demo move it by hand.

use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A shared clock. Times are whole microseconds, as PostgreSQL keeps them.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    /// Ahead of the machine's clock by so much, while time passes.
    offset: AtomicI64,
    /// Where the clock stands still, or [`RUNNING`].
    stands: AtomicI64,
    /// Set by the database's clock; the others only by hand.
    follows: bool,
}

const RUNNING: i64 = i64::MIN;

impl Clock {
    fn new(stands: i64, follows: bool) -> Self {
        Self(Arc::new(Inner { offset: AtomicI64::new(0), stands: AtomicI64::new(stands), follows }))
    }

    /// Runs with the machine's clock until an offset is set.
    pub fn system() -> Self {
        Self::new(RUNNING, true)
    }

    /// Stands still at `at` until advanced.
    pub fn fixed(at: Timestamp) -> Self {
        Self::new(at.as_microsecond(), false)
    }

    pub fn now(&self) -> Timestamp {
        let micros = match self.0.stands.load(Ordering::SeqCst) {
            RUNNING => machine_micros() + self.0.offset.load(Ordering::SeqCst),
            stands => stands,
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward. A negative step is ignored: time never runs back.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_micros()).unwrap_or(0).max(0);
        let moved = if self.is_running() { &self.0.offset } else { &self.0.stands };
        moved.fetch_add(step, Ordering::SeqCst);
    }

    /// Runs on, so far ahead of this machine's clock.
    pub fn set_offset(&self, offset: SignedDuration) {
        if self.0.follows {
            self.0.offset.store(i64::try_from(offset.as_micros()).unwrap_or(0), Ordering::SeqCst);
            self.0.stands.store(RUNNING, Ordering::SeqCst);
        }
    }

    /// Stands still: the demo's clock is held.
    pub fn hold(&self, at: Timestamp) {
        if self.0.follows {
            self.0.stands.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// How far ahead of this machine's clock it runs; zero where it stands.
    pub fn offset(&self) -> SignedDuration {
        let micros = if self.is_running() { self.0.offset.load(Ordering::SeqCst) } else { 0 };
        SignedDuration::from_micros(micros)
    }

    fn is_running(&self) -> bool {
        self.0.stands.load(Ordering::SeqCst) == RUNNING
    }

    /// Whether the database says what time it is (production, demo) or only [`Clock::advance`] (tests).
    pub fn follows_database(&self) -> bool {
        self.0.follows
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
