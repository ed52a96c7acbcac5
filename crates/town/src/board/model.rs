//! What is counted, and how long times are kept without keeping each of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// What a day's counter counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($(#[$doc])* $name),+ }
        impl Metric {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|metric| metric.as_str() == text)
            }
        }
    };
}

metrics! {
    /// Cases that became F0s, by ward.
    F0 = "f0",
    /// Tickets, by the responsible unit at the time.
    Opened = "opened",
    Accepted = "accepted",
    Resolved = "resolved",
    ResolvedLate = "resolved_late",
    Overdue = "overdue",
    Reopened = "reopened",
    /// Calls of levels that went by without being accepted, by the unit called; one for each person.
    NotAnswered = "not_answered",
    HeardNotAccepted = "heard_not_accepted",
    Busy = "busy",
    Rejected = "rejected",
    Unreachable = "unreachable",
    /// A level found nobody, by the unit that had nobody.
    FellThrough = "fell_through",
    LadderUsedUp = "ladder_used_up",
    /// Directives, by the unit that must answer.
    DirectivesGiven = "directives_given",
    DirectivesOverdue = "directives_overdue",
}

impl Metric {
    /// The ways to miss a call.
    pub const MISSED: [Self; 5] =
        [Self::NotAnswered, Self::HeardNotAccepted, Self::Busy, Self::Rejected, Self::Unreachable];
}

/// How much time an open ticket has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Past its due time, once and for all.
    Late,
    /// Less than six hours.
    Soon,
    /// Less than a day.
    Today,
    More,
    /// Its clock stands still.
    Paused,
}

/// Open tickets by time left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bands {
    pub late: i64,
    pub soon: i64,
    pub today: i64,
    pub more: i64,
    pub paused: i64,
}

impl Bands {
    pub fn total(self) -> i64 {
        self.late + self.soon + self.today + self.more + self.paused
    }
}

impl std::ops::AddAssign for Bands {
    fn add_assign(&mut self, other: Self) {
        self.late += other.late;
        self.soon += other.soon;
        self.today += other.today;
        self.more += other.more;
        self.paused += other.paused;
    }
}

/// Lower edges of the buckets, in seconds: each second by itself up to 40 s, then steps of five
/// percent, up to ten years. Whole numbers, so every machine counts into the same buckets.
static EDGES: LazyLock<Vec<i64>> = LazyLock::new(|| {
    let mut edges = vec![0];
    let mut edge: i64 = 0;
    while edge < 10 * 366 * 86_400 {
        edge = (edge + 1).max(edge * 21 / 20);
        edges.push(edge);
    }
    edges
});

/// The bucket of a length of time.
pub fn bucket(seconds: i64) -> i16 {
    let above = EDGES.partition_point(|edge| *edge <= seconds.max(0));
    i16::try_from(above - 1).unwrap_or(i16::MAX)
}

/// The length of time that stands for a bucket: its middle, at most 2.5 % from anything in it.
pub fn seconds_of(bucket: i16) -> i64 {
    let index = usize::try_from(bucket).unwrap_or(0).min(EDGES.len() - 1);
    let low = EDGES[index];
    let high = EDGES.get(index + 1).map_or(low, |next| next - 1);
    i64::midpoint(low, high)
}

/// Lengths of time as a histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times(BTreeMap<i16, i64>);

impl Times {
    pub fn add(&mut self, bucket: i16, n: i64) {
        *self.0.entry(bucket).or_default() += n;
    }

    pub fn merge(&mut self, other: &Self) {
        for (bucket, n) in &other.0 {
            self.add(*bucket, *n);
        }
    }

    pub fn n(&self) -> i64 {
        self.0.values().sum()
    }

    /// Half were faster than this, in seconds.
    pub fn median(&self) -> Option<i64> {
        self.quantile(50)
    }

    /// Nine in ten were faster than this, in seconds.
    pub fn p90(&self) -> Option<i64> {
        self.quantile(90)
    }

    /// By nearest rank, with the error of [`seconds_of`].
    fn quantile(&self, percent: i64) -> Option<i64> {
        let rank = (self.n() * percent + 99) / 100;
        let mut seen = 0;
        self.0.iter().find_map(|(bucket, n)| {
            seen += n;
            (*n > 0 && seen >= rank).then(|| seconds_of(*bucket))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_never_further_than_two_and_a_half_percent_from_what_is_in_it() {
        for seconds in (0..100_000).chain((100_000..300_000_000).step_by(99_991)) {
            let shown = seconds_of(bucket(seconds));
            let error = (shown - seconds).abs() as f64;
            assert!(error <= 0.025 * seconds as f64, "{seconds} is shown as {shown}");
            assert!(seconds > 40 || shown == seconds, "{seconds} is shown as {shown}");
        }
        assert_eq!((bucket(-5), bucket(i64::MAX)), (0, bucket(400_000_000)));
    }

    #[test]
    fn the_median_and_the_ninetieth_percent_are_nearest_ranks() {
        let mut times = Times::default();
        assert_eq!(times.median(), None);
        for seconds in 1..=10 {
            times.add(bucket(seconds), 1);
        }
        assert_eq!((times.n(), times.median(), times.p90()), (10, Some(5), Some(9)));
        times.add(bucket(3600), 1);
        assert_eq!((times.median(), times.p90()), (Some(6), Some(10)));
    }
}
