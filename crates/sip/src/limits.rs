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
        self.take_below(self.most)
    }

    /// A channel for a call that comes in: those of the reserve are not for it.
    pub(crate) fn take_inbound(self: &Arc<Self>) -> Option<Channel> {
        self.take_below(self.most - reserve(self.most))
    }

    fn take_below(self: &Arc<Self>, most: usize) -> Option<Channel> {
        self.taken
            .fetch_update(SeqCst, SeqCst, |taken| (taken < most).then_some(taken + 1))
            .ok()
            .map(|_| Channel(Arc::clone(self)))
    }
}

/// How many of so many channels calls that come in may not take. Whoever waits for an operator is served over
/// a second channel, and officials are rung over others: lines full of callers would reach nobody.
pub const fn reserve(channels: usize) -> usize {
    let (third, half) = (channels / 3, channels / 2);
    let wanted = if third < 2 { 2 } else { third };
    if wanted < half { wanted } else { half }
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
    fn callers_leave_channels_for_those_who_serve_them() {
        for (channels, kept) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (6, 2), (30, 10), (240, 80)] {
            assert_eq!(reserve(channels), kept, "{channels}");
        }
        let channels = Channels::new(4);
        let callers: Vec<_> = std::iter::from_fn(|| channels.take_inbound()).collect();
        assert_eq!((callers.len(), channels.free()), (2, 2));
        let ours = [channels.take().unwrap(), channels.take().unwrap()];
        assert!(channels.take().is_none());
        drop((callers, ours));
        // What we have placed ourselves counts: the last channels stay ours.
        let _ours = [channels.take().unwrap(), channels.take().unwrap()];
        assert!(channels.take_inbound().is_none() && channels.take().is_some());
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
