//! How much a trunk, and the agent as a whole, may do at once: channels, and calls a second as a
//! token bucket. A carrier that is called too fast refuses all calls, the urgent ones too.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

/// What stops a call from being placed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Channels,
    Rate,
}

/// Channels that are taken and given back.
#[derive(Debug)]
pub(crate) struct Channels {
    taken: AtomicUsize,
    most: usize,
}

impl Channels {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(SeqCst)
    }

    pub(crate) fn free(&self) -> usize {
        self.most.saturating_sub(self.taken())
    }

    pub(crate) fn take(self: &Arc<Self>) -> Option<Channel> {
        self.taken
            .fetch_update(SeqCst, SeqCst, |taken| (taken < self.most).then_some(taken + 1))
            .ok()
            .map(|_| Channel(Arc::clone(self)))
    }
}

/// One channel, given back when dropped.
#[derive(Debug)]
pub(crate) struct Channel(Arc<Channels>);

impl Drop for Channel {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, SeqCst);
    }
}

/// A token bucket that holds one second's worth, at least one.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: f64, now: Instant) -> Self {
        Self { per_second, bucket: Mutex::new(Bucket { tokens: per_second.max(1.0), at: now }) }
    }

    pub(crate) fn take(&self, now: Instant) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.at = bucket.at.max(now);
        bucket.tokens = (bucket.tokens + passed * self.per_second).min(self.per_second.max(1.0));
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    #[test]
    fn channels_come_back() {
        let channels = Channels::new(2);
        let first = channels.take().unwrap();
        let _second = channels.take().unwrap();
        assert!(channels.take().is_none());
        assert_eq!((channels.taken(), channels.free()), (2, 0));
        drop(first);
        assert_eq!((channels.taken(), channels.free()), (1, 1));
        assert!(channels.take().is_some());
    }

    #[test]
    fn the_bucket_fills_with_time_and_no_further() {
        let start = clock::now();
        let rate = Rate::new(2.0, start);
        let taken = |at_ms: u64| (0..9).filter(|_| rate.take(start + Duration::from_millis(at_ms))).count();
        assert_eq!(taken(0), 2);
        assert_eq!(taken(400), 0);
        assert_eq!(taken(1_000), 2);
        assert_eq!(taken(60_000), 2);
        // A clock that seems to go back gives nothing.
        assert_eq!(taken(0), 0);
        let slow = Rate::new(0.1, start);
        assert!(slow.take(start) && !slow.take(start + Duration::from_secs(9)));
        assert!(slow.take(start + Duration::from_secs(11)));
    }
}
