use crate::{cases::TestResult, codes::codes, followups::Subject};
use duty::rules::Rule;
use jiff::{Span, civil::Date};
use kernel::{Error, Result};

codes! {
    /// What is missing for a release.
    Lack in "lack" {
        /// His days are not over.
        Days = "days",
        /// A negative test of his last day or later; without it he waits longer.
        NegativeTest = "negative_test",
        /// His newest test was positive.
        Positive = "positive",
        /// An alert of his waits for somebody.
        Alert = "alert",
    }
    /// By what somebody may be released.
    Ready in "ready" {
        Days = "days",
        NegativeTest = "negative_test",
        /// Without a negative test, after the longer time of whoever has full doses, or of the others.
        LongDays = "long_days",
    }
}

/// How long somebody stays, by the version of `f0.home_care` of his first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    days: i16,
    needs_negative: bool,
    /// Without a negative test.
    full_dose_days: Option<i16>,
    other_days: Option<i16>,
}

/// Where no version is in force: the most that any asks for.
const STAND_IN: Law = Law { days: 14, needs_negative: false, full_dose_days: None, other_days: None };

/// What is known of somebody who is followed.
#[derive(Clone, Debug)]
pub struct Standing {
    pub subject: Subject,
    pub start_on: Date,
    /// The last day of his plan.
    pub ends_on: Date,
    /// Results by the day of the sample, self-tests left out.
    pub tests: Vec<(Date, TestResult)>,
    /// `None` where no dose is on record.
    pub full_dose: Option<bool>,
    /// The last test of a contact is ordered and not answered.
    pub owes_test: bool,
    pub alert: bool,
}

/// How a release stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// By what; `None` while something is missing.
    pub ready: Option<Ready>,
    pub lacks: Vec<Lack>,
    /// The first day on which a negative test releases him.
    pub from: Date,
    /// The day on which he may go without one; `None` where a test is not asked for, or is always.
    pub without_test_from: Option<Date>,
}

impl Law {
    /// From the version in force on the first day.
    ///
    /// Errors: `Internal` for a value of another kind.
    pub fn read(rule: Option<&Rule>) -> Result<Self> {
        let Some(rule) = rule else { return Ok(STAND_IN) };
        let number = |path: &str| rule.get(path).map(|_| rule.read::<i16>(path)).transpose();
        Ok(Self {
            days: rule.read("follow_days")?,
            needs_negative: match rule.get("release_needs_negative_test") {
                Some(_) => rule.flag("release_needs_negative_test")?,
                None => false,
            },
            full_dose_days: number("follow_days_if_positive_full_dose")?,
            other_days: number("follow_days_if_positive_other")?,
        })
    }

    /// Whether somebody may go on `today`, and what is missing if not.
    ///
    /// Errors: `start_on`: `error-date-none`.
    pub fn judge(&self, of: &Standing, today: Date) -> Result<Stands> {
        let after = |days: i16| {
            let span = Span::new().try_days(days).map_err(Error::internal)?;
            of.start_on.checked_add(span).map_err(|_| Error::invalid("start_on", "error-date-none"))
        };
        let f0 = of.subject == Subject::F0;
        let from = if f0 { after(self.days)?.max(of.ends_on) } else { of.ends_on };
        // A sample of before his last day says nothing of it.
        let last = of.tests.iter().rev().find(|(day, _)| *day >= from).map(|(_, result)| *result);
        let tested = f0 && self.needs_negative;
        let long = if of.full_dose == Some(true) { self.full_dose_days } else { self.other_days };
        let without_test_from = match long.filter(|_| tested) {
            Some(days) => Some(after(days)?.max(of.ends_on)),
            None => None,
        };
        let over = today >= from;
        let ready = if !over {
            None
        } else if last == Some(TestResult::Negative) && (f0 || !of.owes_test) {
            Some(if tested { Ready::NegativeTest } else { Ready::Days })
        } else if without_test_from.is_some_and(|day| today >= day) {
            Some(Ready::LongDays)
        } else if tested || (!f0 && of.owes_test) || last == Some(TestResult::Positive) {
            None
        } else {
            Some(Ready::Days)
        };
        let mut lacks = Vec::new();
        if !over {
            lacks.push(Lack::Days);
        } else if ready.is_none() {
            lacks.push(if last == Some(TestResult::Positive) { Lack::Positive } else { Lack::NegativeTest });
        }
        if of.alert {
            lacks.push(Lack::Alert);
        }
        Ok(Stands { ready: ready.filter(|_| lacks.is_empty()), lacks, from, without_test_from })
    }
}
