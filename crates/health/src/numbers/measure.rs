//! What is counted.

use crate::{cases::Care, codes::codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

codes! {
    /// What is counted by ward and day.
    Measure in "measure" {
        /// Cases that became F0s.
        F0 = "f0",
        /// F0s cared for at home, at the end of the day.
        AtHome = "at_home",
        Facility = "facility",
        Hospital = "hospital",
        /// F0s of whom nobody has said where they are cared for.
        Unplaced = "unplaced",
        /// Of all these, those whose illness is severe.
        Severe = "severe",
        Recovered = "recovered",
        Died = "died",
        /// F1s who are followed, at the end of the day.
        F1 = "f1",
        /// Results of tests that were entered.
        Tested = "tested",
        Positive = "positive",
    }
}

impl Measure {
    /// Where an F0 is cared for.
    pub const IN_CARE: [Self; 4] = [Self::AtHome, Self::Facility, Self::Hospital, Self::Unplaced];

    /// Whether it says how something stands at the end of a day, not what happened on it.
    pub const fn stands(self) -> bool {
        matches!(
            self,
            Self::AtHome | Self::Facility | Self::Hospital | Self::Unplaced | Self::Severe | Self::F1
        )
    }

    pub(super) const fn of_care(care: Care) -> Self {
        match care {
            Care::Home => Self::AtHome,
            Care::Facility => Self::Facility,
            Care::Hospital => Self::Hospital,
            Care::Unknown => Self::Unplaced,
        }
    }
}

/// One number for each measure; one that is not there is nought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<Measure, i64>);

impl Values {
    pub fn of(&self, measure: Measure) -> i64 {
        self.0.get(&measure).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, measure: Measure, n: i64) {
        self.0.insert(measure, n);
    }

    /// F0s in care, wherever.
    pub fn in_care(&self) -> i64 {
        Measure::IN_CARE.iter().map(|measure| self.of(*measure)).sum()
    }
}

impl std::ops::AddAssign<&Self> for Values {
    fn add_assign(&mut self, other: &Self) {
        for (measure, n) in &other.0 {
            *self.0.entry(*measure).or_default() += n;
        }
    }
}
