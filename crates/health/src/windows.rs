//! How far tracing looks from a case, by the law of the day: `tracing.windows`.

use crate::stand_in::or_latest;
use duty::rules::{self, Rule};
use jiff::{SignedDuration, Span, civil::Date};
use kernel::{Error, Result};
use store::Cx;

const CODE: &str = "tracing.windows";
/// More days than this in any of its values is a slip of the pen.
const LONGEST: i32 = 60;

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub from: Date,
    pub to: Date,
}

impl Days {
    pub fn overlap(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// The windows of one version.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    rule: Rule,
    infectious_from: i32,
    source_from: i32,
    source_to: i32,
    open_within: i32,
    /// From when a contact is listed until he must have been reached.
    pub reach_within: SignedDuration,
    /// So many cases at one place in [`Self::place_days`] make it one to look at.
    pub place_cases: i64,
    place_days: i32,
}

impl Windows {
    /// The windows by which a day is judged; what ships stands in where none can be read.
    pub(crate) async fn on(cx: &mut Cx, day: Date) -> Result<Self> {
        let known = rules::known_on(cx, CODE, day).await?;
        Self::read(known.as_ref()).or_else(|error| {
            tracing::error!(%error, "the windows of tracing: what ships stands in");
            Self::read(None)
        })
    }

    /// Errors: `Internal` for a value that is missing, of another kind, or of more than 60 days.
    pub(crate) fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, CODE)?;
        let days = |path: &str| -> Result<i32> {
            let days: i32 = rule.read(path)?;
            if (0..=LONGEST).contains(&days) {
                Ok(days)
            } else {
                Err(Error::internal(format!(
                    "rule {CODE} version {}: {path} is no number of days",
                    rule.version
                )))
            }
        };
        Ok(Self {
            infectious_from: days("infectious_from_days")?,
            source_from: days("source_from_days")?,
            source_to: days("source_to_days")?,
            open_within: days("open_within_days")?,
            reach_within: rule.duration("reach_within")?,
            place_cases: rule.int("place_cases")?.max(1),
            place_days: days("place_window_days")?,
            rule,
        })
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// When a case could infect others: from shortly before its day until it was isolated.
    pub(crate) fn infectious(&self, day: Date, isolated: Date) -> Days {
        let from = before(day, self.infectious_from);
        Days { from, to: isolated.max(from) }
    }

    /// When a case was infected himself.
    pub(crate) fn source(&self, day: Date) -> Days {
        Days { from: before(day, self.source_from), to: before(day, self.source_to) }
    }

    /// Whether contacts of a case that became one on `on` are still sought.
    pub(crate) fn is_open(&self, on: Date, today: Date) -> bool {
        on >= before(today, self.open_within)
    }

    /// Cases since then count for a place.
    pub(crate) fn place_since(&self, today: Date) -> Date {
        before(today, self.place_days)
    }

    /// Cases of one household lie at most so many days apart when one infected the other.
    pub(crate) fn apart(&self) -> i32 {
        self.source_from
    }
}

fn before(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn windows_lie_around_the_day_of_the_case() {
        let windows = Windows::read(None).unwrap();
        let infectious = windows.infectious(date(2021, 9, 24), date(2021, 9, 25));
        assert_eq!((infectious.from, infectious.to), (date(2021, 9, 22), date(2021, 9, 25)));
        // Isolated before the illness began: the days before it count all the same.
        let early = windows.infectious(date(2021, 9, 24), date(2021, 9, 20));
        assert_eq!((early.from, early.to), (date(2021, 9, 22), date(2021, 9, 22)));
        let source = windows.source(date(2021, 9, 24));
        assert_eq!((source.from, source.to), (date(2021, 9, 10), date(2021, 9, 23)));
        assert!(
            source.overlap(infectious)
                && !source.overlap(windows.infectious(date(2021, 9, 26), date(2021, 9, 27)))
        );
        assert!(windows.is_open(date(2021, 9, 11), date(2021, 9, 25)));
        assert!(!windows.is_open(date(2021, 9, 10), date(2021, 9, 25)));
        assert_eq!(windows.reach_within, SignedDuration::from_hours(24));
    }
}
