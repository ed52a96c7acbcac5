//! What kinds of lists there are, and what each is read for.

use super::columns;
use crate::codes::codes;
use duty::sheets::Column;
use std::collections::BTreeMap;

codes! {
    /// What a list is about.
    Kind in "kind" {
        /// Results of a laboratory or a station.
        Results = "results",
        /// Residents, as a ward or a quarter keeps them.
        People = "people",
        /// Doses of vaccine, a row a dose or a row a person.
        Vaccinations = "vaccinations",
        /// Contacts of F0s, as a station or a ward keeps them.
        Contacts = "contacts",
        /// The gazetteer of a ward: streets, alleys and apartment blocks.
        Streets = "streets",
    }
}

impl Kind {
    /// What a list of this kind is read for. Accents, capitals and punctuation of a header do not matter.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Results => columns::RESULTS,
            Self::People => columns::PEOPLE,
            Self::Vaccinations => columns::VACCINATIONS,
            Self::Contacts => columns::CONTACTS,
            Self::Streets => columns::STREETS,
        }
    }

    /// A row of it is about a person.
    pub const fn of_people(self) -> bool {
        !matches!(self, Self::Streets)
    }

    /// A column without which no row could be used, where a list lacks it and every column that would
    /// do in its place.
    pub(super) fn lacks(self, mapping: &BTreeMap<&'static str, String>) -> Option<&'static str> {
        let has = |field: &&'static str| mapping.contains_key(*field);
        match self {
            Self::Vaccinations if !["dosed_on", "dose_1_on", "dose_2_on", "dose_3_on"].iter().any(has) => {
                Some("dosed_on")
            }
            Self::Contacts if !["f0_name", "f0_code", "f0_phone"].iter().any(has) => Some("f0_name"),
            _ => None,
        }
    }
}
