//! How long somebody is followed and at which times of the day, by the law.

use super::model::{Basis, Subject};
use crate::{facts::Known, risk::Group, stand_in::or_latest};
use duty::rules::Rule;
use jiff::{
    Span,
    civil::{Date, Time},
};
use kernel::{Error, Result};
use serde::Deserialize;

/// An F0's days where no version of `f0.home_care` is in force: the most that any version asks for.
const F0_DAYS: i16 = 14;
/// Longer than any rule that was read; more is a slip of the pen.
const LONGEST: i16 = 60;

/// A time of the day at which an entry is owed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Times {
    /// "morning"
    pub name: String,
    pub opens: Time,
    /// From then on it is late.
    pub due: Time,
}

/// Who is protected on a day: by a full course of doses that is neither too new nor too old, or by a
/// recovery that is not too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct Protection {
    /// From this dose on the course is full. The guideline says "full doses"; a version of before
    /// the number was written down means two.
    #[serde(default = "two")]
    doses: i16,
    doses_full_since_days: i32,
    doses_within_days: i32,
    recovered_within_days: i32,
}

const fn two() -> i16 {
    2
}

impl Protection {
    fn holds(&self, of: &Known, on: Date) -> bool {
        let since = |day: Date| day.until(on).map_or(-1, |span| span.get_days());
        let full = of.doses.iter().any(|(number, day)| {
            *number >= self.doses
                && (self.doses_full_since_days..=self.doses_within_days).contains(&since(*day))
        });
        let recovered = of.recovered_on.map(since);
        full || recovered.is_some_and(|days| (0..=self.recovered_within_days).contains(&days))
    }
}

/// The course of follow-up: `follow.plans`, and of an F0 the length of `f0.home_care`.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    plans: Rule,
    home: Option<Rule>,
    /// At least one, each after the other.
    pub slots: Vec<Times>,
    silent_after: i16,
    silent_after_high_risk: i16,
    /// Days for which a household's code still opens its diary when nobody in it is followed.
    pub code_valid_after_days: i16,
    f0_start: Vec<Basis>,
    f0_days: i16,
    f1_protected_days: i16,
    f1_other_days: i16,
    /// Days of an F1's plan on which he is tested; day 0 is the last exposure.
    pub f1_test_days: Vec<i16>,
    other_days: i16,
    protection: Protection,
}

impl Course {
    /// From the versions in force on a day; where `follow.plans` has none the latest that ships
    /// stands in as version 0.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind, for slots that overlap and
    /// for a length of less than 1 or more than 60 days.
    pub fn read(plans: Option<&Rule>, home: Option<&Rule>) -> Result<Self> {
        let plans = or_latest(plans, "follow.plans")?;
        let order = plans.texts("f0.start_order")?;
        Ok(Self {
            slots: slots(&plans)?,
            silent_after: plans.read("silent_after")?,
            silent_after_high_risk: plans.read("silent_after_high_risk")?,
            code_valid_after_days: plans.read("code_valid_after_days")?,
            f0_start: order.into_iter().filter_map(|word| word.parse().ok()).collect(),
            f0_days: home.map_or(Ok(F0_DAYS), |home| length(home, "follow_days"))?,
            f1_protected_days: length(&plans, "f1.protected_days")?,
            f1_other_days: length(&plans, "f1.other_days")?,
            f1_test_days: plans.read("f1.test_days")?,
            other_days: length(&plans, "other.days")?,
            protection: plans.read("protected")?,
            home: home.cloned(),
            plans,
        })
    }

    /// The rule of the slots, by which a plan is kept: its code and version.
    pub fn code(&self) -> &str {
        &self.plans.code
    }

    pub fn version(&self) -> i32 {
        self.plans.version
    }

    /// What decided, for the stamp of an event.
    pub fn rules(&self) -> Vec<&Rule> {
        std::iter::once(&self.plans).chain(&self.home).collect()
    }

    /// Whether an F1 who was exposed on this day was protected by what is known of him. Who is not
    /// known to be is not.
    pub(super) fn protects(&self, of: &Known, exposed_on: Date) -> bool {
        self.protection.holds(of, exposed_on)
    }

    /// How many days somebody is followed. `protected`: an F1 with full doses or recovered, as the
    /// rule says. Days in which an F1 only watches himself do not count.
    pub fn days(&self, subject: Subject, protected: bool) -> i16 {
        match subject {
            Subject::F0 => self.f0_days,
            Subject::F1 if protected => self.f1_protected_days,
            Subject::F1 => self.f1_other_days,
            Subject::Other => self.other_days,
        }
    }

    /// The first day of an F0 and what it rests on, from what is known of the case.
    pub fn f0_start(&self, onset: Option<Date>, sample: Option<Date>, reported: Date) -> (Basis, Date) {
        let day = |basis: Basis| match basis {
            Basis::Onset => onset,
            Basis::Sample => sample,
            Basis::Report => Some(reported),
            Basis::Exposure | Basis::Arrival => None,
        };
        let known = self.f0_start.iter().find_map(|basis| Some((*basis, day(*basis)?)));
        known.unwrap_or((Basis::Report, reported))
    }

    /// The last day of a plan. Day 0 is the day it starts from and does not count: seven days from
    /// the 1st end on the 8th, the day of the last test.
    ///
    /// Errors: `start_on`: `error-date-none`.
    pub fn last_day(start_on: Date, days: i16) -> Result<Date> {
        let days = Span::new().try_days(days).map_err(Error::internal)?;
        start_on.checked_add(days).map_err(|_| Error::invalid("start_on", "error-date-none"))
    }

    /// Entries missed in a row after which somebody is sent.
    pub fn silent_after(&self, risk: Group) -> i16 {
        match risk {
            Group::High | Group::VeryHigh => self.silent_after_high_risk,
            Group::Low | Group::Medium | Group::Unknown => self.silent_after,
        }
    }
}

fn slots(plans: &Rule) -> Result<Vec<Times>> {
    let mut slots: Vec<Times> = plans.read("slots")?;
    slots.sort_by_key(|times| times.opens);
    let whole = slots.iter().all(|times| times.opens < times.due);
    let apart = slots.windows(2).all(|pair| pair[0].due <= pair[1].opens);
    if slots.is_empty() || !whole || !apart {
        return Err(wrong(plans, "slots", "times of the day, each after the other"));
    }
    Ok(slots)
}

fn length(rule: &Rule, path: &str) -> Result<i16> {
    let days: i16 = rule.read(path)?;
    if (1..=LONGEST).contains(&days) { Ok(days) } else { Err(wrong(rule, path, "1 to 60 days")) }
}

fn wrong(rule: &Rule, path: &str, wanted: &str) -> Error {
    Error::internal(format!("rule {} version {}: {path} is not {wanted}", rule.code, rule.version))
}
