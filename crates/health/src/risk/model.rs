//! The groups, and the one function that finds a person's.

use crate::{codes::codes, facts::Known, stand_in::or_latest, vitals::Age};
use duty::rules::Rule;
use jiff::{Span, civil::Date};
use kernel::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeSet;

codes! {
    /// How likely somebody is to fall severely ill (Decision 5525/QĐ-BYT of 1/12/2021).
    Group in "risk" {
        Low = "low",
        Medium = "medium",
        High = "high",
        VeryHigh = "very_high",
        /// Too little is known of him. Not the same as low.
        Unknown = "unknown",
    }
    /// What puts somebody in his group, or keeps him out of all.
    Why in "why" {
        Age = "age",
        Illness = "illness",
        FullDose = "full_dose",
        NotFullDose = "not_full_dose",
        Pregnant = "pregnant",
        NewlyDelivered = "newly_delivered",
        Obese = "obese",
        Spo2 = "spo2",
        AgeUnknown = "age_unknown",
        /// No dose is on record, nor that he had none.
        DosesUnknown = "doses_unknown",
    }
}

impl Group {
    /// From nothing known to the worst. The order of the words is not this one.
    pub(super) const fn weight(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
            Self::VeryHigh => 4,
        }
    }
}

/// One line of a group as the rule writes it: all that it names must hold. A condition that this
/// program does not know is refused, not passed over: a line without it would hold for too many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Line {
    /// Completed years, both included.
    age_from: Option<i16>,
    age_to: Option<i16>,
    /// Completed months; `below` excludes the month itself.
    age_from_months: Option<i16>,
    age_below_months: Option<i16>,
    illness: Option<bool>,
    full_dose: Option<bool>,
    pregnant: Option<bool>,
    newly_delivered: Option<bool>,
    obese: Option<bool>,
    /// Per cent, both included; of somebody who was measured.
    spo2_from: Option<i16>,
    spo2_to: Option<i16>,
    /// Whether its source was read; for the page of the rule.
    verified: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Of {
    group: Group,
    any: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct FullDose {
    doses: i16,
    since_days: i32,
}

/// The groups of one day: `f0.risk_groups`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Law {
    /// The day whose law it is, and on which doses are counted.
    day: Date,
    rule: Rule,
    /// From the worst down.
    groups: Vec<Of>,
    full: FullDose,
}

impl Law {
    /// The law of `day`; where no version is in force the latest that ships stands in as version 0.
    ///
    /// Errors: `Internal` for a value that is missing or of another kind.
    pub(crate) fn read(day: Date, rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, "f0.risk_groups")?;
        let mut groups: Vec<Of> = rule.read("groups")?;
        if groups.iter().any(|of| of.group == Group::Unknown) {
            return Err(Error::internal(format!("rule {}: nobody is put into unknown", rule.code)));
        }
        groups.sort_by_key(|of| std::cmp::Reverse(of.group.weight()));
        Ok(Self { day, full: rule.read("full_dose")?, groups, rule })
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// `None` where no dose is on record.
    fn full_dose(&self, of: &Known) -> Option<bool> {
        let since = |on: Date| on.checked_add(Span::new().days(self.full.since_days));
        let full = |(number, on): &(i16, Date)| {
            *number >= self.full.doses && since(*on).is_ok_and(|day| day <= self.day)
        };
        (!of.doses.is_empty()).then(|| of.doses.iter().any(full))
    }

    /// An age in months of each kind that the lines tell apart.
    fn ages(&self) -> BTreeSet<i16> {
        let lines = self.groups.iter().flat_map(|of| &of.any);
        let bounds = lines.flat_map(|line| [line.least_months(), line.below_months()]);
        std::iter::once(0).chain(bounds.flatten()).collect()
    }

    /// The group of somebody of whom all this is certain.
    fn of(&self, all: &All<'_>) -> (Group, BTreeSet<Why>) {
        for of in &self.groups {
            let held: Vec<&Line> = of.any.iter().filter(|line| line.holds(all)).collect();
            if !held.is_empty() {
                return (of.group, held.into_iter().flat_map(Line::why).collect());
            }
        }
        (Group::Unknown, BTreeSet::new())
    }
}

/// A person without a doubt: one of those he may be.
struct All<'a> {
    known: &'a Known,
    months: i16,
    full_dose: bool,
    spo2: Option<i16>,
}

impl Line {
    fn least_months(&self) -> Option<i16> {
        self.age_from.map(|years| years.saturating_mul(12)).max(self.age_from_months)
    }

    fn below_months(&self) -> Option<i16> {
        let years = self.age_to.map(|years| years.saturating_add(1).saturating_mul(12));
        years.into_iter().chain(self.age_below_months).min()
    }

    fn holds(&self, all: &All<'_>) -> bool {
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        let measured = self.spo2_from.is_none() && self.spo2_to.is_none()
            || all.spo2.is_some_and(|spo2| {
                self.spo2_from.is_none_or(|from| from <= spo2) && self.spo2_to.is_none_or(|to| spo2 <= to)
            });
        measured
            && self.least_months().is_none_or(|from| from <= all.months)
            && self.below_months().is_none_or(|below| all.months < below)
            && is(self.illness, all.known.illness)
            && is(self.full_dose, all.full_dose)
            && is(self.pregnant, all.known.pregnant)
            && is(self.newly_delivered, all.known.newly_delivered)
            && is(self.obese, all.known.obese)
    }

    fn why(&self) -> impl Iterator<Item = Why> {
        let aged = self.least_months().is_some() || self.below_months().is_some();
        [
            (aged, Why::Age),
            (self.illness == Some(true), Why::Illness),
            (self.full_dose == Some(true), Why::FullDose),
            (self.full_dose == Some(false), Why::NotFullDose),
            (self.pregnant == Some(true), Why::Pregnant),
            (self.newly_delivered == Some(true), Why::NewlyDelivered),
            (self.obese == Some(true), Why::Obese),
            (self.spo2_from.is_some() || self.spo2_to.is_some(), Why::Spo2),
        ]
        .into_iter()
        .filter_map(|(holds, why)| holds.then_some(why))
    }
}

/// The group of a person and what puts him there. A birth year alone takes, of the two ages it may
/// mean, the one in the worse group. Whose age or doses are not known is `Unknown`, unless whatever
/// they are he is in a high group already: then in the lowest of those he may be in.
pub(crate) fn group(of: &Known, age: Age, spo2: Option<i16>, law: &Law) -> (Group, Vec<Why>) {
    let full_dose = law.full_dose(of);
    let doses = full_dose.map_or_else(|| vec![true, false], |full| vec![full]);
    let certain = |months, full_dose| law.of(&All { known: of, months, full_dose, spo2 });
    let weight = |(group, _): &(Group, BTreeSet<Why>)| group.weight();
    let aged = |full| match age.months() {
        Some((least, most)) => {
            [least, most].map(|months| certain(months, full)).into_iter().max_by_key(weight)
        }
        None => law.ages().into_iter().map(|months| certain(months, full)).min_by_key(weight),
    };
    let least = doses.into_iter().filter_map(aged).min_by_key(weight);
    let (group, mut why) = least.unwrap_or((Group::Unknown, BTreeSet::new()));
    // What was only supposed is no reason; that it is not known belongs to the verdict.
    let mut doubts = Vec::new();
    if age.months().is_none() {
        doubts.push(Why::AgeUnknown);
        why.remove(&Why::Age);
    }
    if full_dose.is_none() {
        doubts.push(Why::DosesUnknown);
        why.retain(|why| !matches!(why, Why::FullDose | Why::NotFullDose));
    }
    if !doubts.is_empty() && group.weight() < Group::High.weight() {
        return (Group::Unknown, doubts);
    }
    why.extend(doubts);
    (group, why.into_iter().collect())
}
