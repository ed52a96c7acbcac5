//! The method, in values alone.
//!
//! Counts of one place and kind are taken as Poisson with a rate that holds for the weeks. The rate is not
//! known but estimated from the baseline, so what the window may show is not Poisson but what a Poisson
//! count is when its rate has been read from `baseline` days (negative binomial, with half a count
//! added as prior): a place where nothing was told for four weeks is not thereby certain to stay so.

use crate::codes::codes;
use duty::rules::Rule;
use jiff::{Span, civil::Date};
use kernel::Result;
use serde::Deserialize;
use std::collections::BTreeMap;

codes! {
    /// What is counted.
    Kind in "kind" {
        /// Somebody has fallen ill: in a diary, or as a suspected case.
        Symptoms = "symptoms",
        /// A positive self-test.
        SelfTest = "self_test",
        /// A written report that speaks of illness.
        Report = "report",
        /// The same, told on the telephone.
        Call = "call",
    }
    /// What became of a signal.
    Judged in "judged_as" {
        /// An F0 of the place followed.
        Real = "real",
        /// None did in time.
        False = "false",
        /// The place had F0s already: it was early for nobody, right or wrong.
        Known = "known",
    }
}

/// The version by which a morning is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    pub version: i32,
    pub method: String,
    pub window_days: i32,
    pub gap_days: i32,
    pub baseline_days: i32,
    /// Fewer than these are nobody's signal.
    pub least: i64,
    /// In the whole district.
    pub false_alarms_per_week: f64,
    pub confirmed_within_days: i32,
    /// A place that has just been told is told again only after these days.
    pub again_after_days: i32,
}

#[derive(Deserialize)]
struct Values {
    method: String,
    window_days: i32,
    gap_days: i32,
    baseline_days: i32,
    least: i64,
    false_alarms_per_week: f64,
    confirmed_within_days: i32,
    again_after_days: i32,
}

/// How many days each number of a rule may be.
const MOST_DAYS: i32 = 366;

impl Law {
    pub(super) fn read(rule: &Rule) -> Result<Self> {
        let values: Values = rule.read("")?;
        let days = |days: i32| days.clamp(1, MOST_DAYS);
        Ok(Self {
            version: rule.version,
            method: values.method,
            window_days: days(values.window_days),
            gap_days: values.gap_days.clamp(0, MOST_DAYS),
            baseline_days: days(values.baseline_days),
            least: values.least.max(1),
            false_alarms_per_week: values.false_alarms_per_week.max(0.0),
            confirmed_within_days: days(values.confirmed_within_days),
            again_after_days: values.again_after_days.clamp(0, MOST_DAYS),
        })
    }

    /// The first day that is read on the morning of `day`.
    pub(super) fn reaches_back_to(&self, day: Date) -> Date {
        before(day, self.window_days + self.gap_days + self.baseline_days)
    }

    /// The chance at which one place and kind is told on one morning, when so many are looked at: the
    /// planned false alarms of a week, shared among its seven mornings and all that is looked at.
    pub fn threshold(&self, looked_at: usize) -> f64 {
        self.false_alarms_per_week / (7.0 * looked_at.max(1) as f64)
    }

    /// What the days of a place come to on the morning of `day`.
    pub fn judge(&self, days: &BTreeMap<Date, i64>, day: Date, looked_at: usize) -> Verdict {
        let window_from = before(day, self.window_days);
        let baseline_to = before(window_from, self.gap_days);
        let baseline_from = before(baseline_to, self.baseline_days);
        let sum = |from: Date, to: Date| days.range(from..to).map(|(_, n)| *n).sum::<i64>();
        let (n, known) = (sum(window_from, day), sum(baseline_from, baseline_to));
        let (window, baseline) = (f64::from(self.window_days), f64::from(self.baseline_days));
        let chance = at_least(n, known, window / (window + baseline));
        let told = n >= self.least && chance < self.threshold(looked_at);
        Verdict { n, expected: known as f64 * window / baseline, chance, told }
    }
}

/// What a morning says of one place and kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Counted in the window.
    pub n: i64,
    /// What the baseline lets one expect there.
    pub expected: f64,
    /// How likely so many or more would be if nothing had changed.
    pub chance: f64,
    pub told: bool,
}

/// The chance of `n` or more in the window after `known` in the baseline, where `share` is the window's
/// part of both together.
fn at_least(n: i64, known: i64, share: f64) -> f64 {
    let r = known as f64 + 0.5;
    let mut log = r * (1.0 - share).ln();
    let mut below = 0.0;
    for k in 0..n {
        below += log.exp();
        log += ((k as f64 + r) / (k as f64 + 1.0) * share).ln();
    }
    (1.0 - below).max(0.0)
}

pub(super) fn before(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// Words of a report that speak of this illness, as search compares them. Whole words only: "ho" is a
/// cough, "hoa" a flower.
const ILL: [&str; 16] = [
    "sot",
    "ho",
    "kho tho",
    "dau hong",
    "mat mui",
    "mat vi",
    "dau dau",
    "tieu chay",
    "met moi",
    "duong tinh",
    "test nhanh",
    "hai vach",
    "2 vach",
    "f0",
    "covid",
    "nghi nhiem",
];

/// Whether what somebody wrote speaks of illness.
pub(super) fn speaks_of_illness(key: &str) -> bool {
    let said = format!(" {key} ");
    ILL.iter().any(|word| said.contains(&format!(" {word} ")))
}
