//! When frames are due. Deadlines are absolute (`origin + n × 20 ms`): a late frame does not push
//! the next ones, so a call neither drifts nor sags.

use super::rtp::FRAME_MS;
use std::time::{Duration, Instant};

/// A frame sent this much after its deadline counts as late.
pub(crate) const LATE: Duration = Duration::from_millis(5);
/// Behind by more than this (the machine stood still), the missed frames are left out instead of
/// being sent in one burst that would overrun the other side's buffer.
const TOO_FAR: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Pace {
    origin: Instant,
    frames: u64,
}

/// The frame that a wake-up takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub deadline: Instant,
    /// Frames given up before this one.
    pub skipped: u64,
}

impl Due {
    pub(crate) fn is_late(&self, sent: Instant) -> bool {
        sent.saturating_duration_since(self.deadline) > LATE
    }
}

impl Pace {
    pub(crate) fn new(origin: Instant) -> Self {
        Self { origin, frames: 0 }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.origin + Duration::from_millis(self.frames * FRAME_MS)
    }

    /// Takes the frame that is due now and moves on to the next.
    pub(crate) fn take(&mut self, now: Instant) -> Due {
        let behind = now.saturating_duration_since(self.deadline());
        let skipped = if behind > TOO_FAR { behind.as_millis() as u64 / FRAME_MS } else { 0 };
        self.frames += skipped;
        let deadline = self.deadline();
        self.frames += 1;
        Due { deadline, skipped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn an_hour_of_late_wakeups_does_not_drift() {
        let origin = clock::now();
        let mut pace = Pace::new(origin);
        for frame in 0..180_000_u32 {
            let wake = pace.deadline() + MS * (frame % 4);
            let due = pace.take(wake);
            assert_eq!((due.skipped, due.is_late(wake)), (0, false));
        }
        assert_eq!(pace.deadline(), origin + Duration::from_hours(1));
    }

    #[test]
    fn a_short_delay_is_caught_up_and_a_long_one_left_out() {
        let origin = clock::now();
        let mut pace = Pace::new(origin);
        let mut take = |ms: u32| {
            let due = pace.take(origin + MS * ms);
            ((due.deadline - origin).as_millis(), due.skipped, due.is_late(origin + MS * ms))
        };
        assert_eq!(take(5), (0, 0, false));
        assert_eq!(take(95), (20, 0, true));
        // 460 ms behind: 23 frames are not sent, the one of this moment is.
        assert_eq!(take(500), (500, 23, false));
        assert_eq!(take(520), (520, 0, false));
    }
}
