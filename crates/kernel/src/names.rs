//! Names of people: họ, tên đệm, tên. Shown as entered, sorted by tên, then họ, then đệm.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{line, search_key};
use crate::value::ValueError;

/// Longest name that fits the papers, in characters.
const LONGEST: usize = 100;

/// A person's full name as entered (NFC, single spaces). `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

/// What a list of people is sorted by, in this order, each with Vietnamese collation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SortParts<'a> {
    pub given: &'a str,
    pub family: &'a str,
    pub middle: &'a str,
}

impl PersonName {
    /// Errors: `error-name-empty`; `error-name-format` (no letter in it); `error-text-control`;
    /// `error-text-too-long`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let name = line(text, LONGEST)?;
        if name.is_empty() {
            return Err(ValueError::new("error-name-empty"));
        }
        if !name.chars().any(char::is_alphabetic) {
            return Err(ValueError::new("error-name-format"));
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Họ: the first word; empty when the name is a single word.
    pub fn family(&self) -> &str {
        self.0.split_once(' ').map_or("", |(family, _)| family)
    }

    /// Tên đệm: all between the first and the last word.
    pub fn middle(&self) -> &str {
        self.0.split_once(' ').and_then(|(_, rest)| rest.rsplit_once(' ')).map_or("", |(middle, _)| middle)
    }

    /// Tên: the last word, by which a person is called and listed.
    pub fn given(&self) -> &str {
        self.0.rsplit_once(' ').map_or(&self.0, |(_, given)| given)
    }

    pub fn sort_parts(&self) -> SortParts<'_> {
        SortParts { given: self.given(), family: self.family(), middle: self.middle() }
    }

    /// For the normalised column that names are searched by.
    pub fn search_key(&self) -> String {
        search_key(&self.0)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(hidden)")
    }
}

impl FromStr for PersonName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PersonName {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> (String, String, String) {
        let name = PersonName::parse(text).unwrap();
        (name.family().to_owned(), name.middle().to_owned(), name.given().to_owned())
    }

    #[test]
    fn a_name_falls_into_its_parts() {
        assert_eq!(parts(" Nguyễn  Thị Minh Châu "), ("Nguyễn".into(), "Thị Minh".into(), "Châu".into()));
        assert_eq!(parts("Trần An"), ("Trần".into(), String::new(), "An".into()));
        assert_eq!(parts("Rơ"), (String::new(), String::new(), "Rơ".into()));
    }

    #[test]
    fn a_name_is_shown_as_entered_and_found_without_accents() {
        let name = PersonName::parse("LÊ Thị HOÀ").unwrap();
        assert_eq!(name.to_string(), "LÊ Thị HOÀ");
        assert_eq!(name.search_key(), "le thi hoa");
        assert_eq!(format!("{name:?}"), "PersonName(hidden)");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(PersonName::parse("  ").unwrap_err().key, "error-name-empty");
        assert_eq!(PersonName::parse("0903 123 456").unwrap_err().key, "error-name-format");
        assert_eq!(PersonName::parse(&"a".repeat(101)).unwrap_err().key, "error-text-too-long");
        assert_eq!(PersonName::parse("An\u{7}").unwrap_err().key, "error-text-control");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_and_nothing_is_lost(text in any::<String>()) {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(&PersonName::parse(&name.to_string()).unwrap(), &name);
                let joined = [name.family(), name.middle(), name.given()].join(" ");
                prop_assert_eq!(crate::text::tidy(&joined), name.to_string());
            }
        }
    }
}
