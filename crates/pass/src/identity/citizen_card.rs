//! The QR code on a citizen's card: `number|old number|name|ddMMyyyy|sex|address|ddMMyyyy of issue`.
//! Without the old number some cards leave its field empty and some leave it out; some have no day of
//! issue; the card of 2024 has more fields behind, of parents and household, which are not kept.

use super::{Sex, digits, filled, joined_day};
use jiff::civil::Date;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CitizenCard {
    /// Twelve digits.
    pub number: String,
    /// Of the identity card before, nine digits as a rule.
    pub old_number: Option<String>,
    /// With its diacritics.
    pub name: String,
    pub born: Date,
    pub sex: Option<Sex>,
    pub address: Option<String>,
    pub issued: Option<Date>,
}

impl CitizenCard {
    pub fn read(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.trim().split('|').map(str::trim).collect();
        let [number, rest @ ..] = &fields[..] else { return None };
        if !digits(number, 12) {
            return None;
        }
        // A name has letters; what has none is the old number, or its empty place.
        let (old, rest) = match rest {
            [old, rest @ ..] if !old.chars().any(char::is_alphabetic) => (filled(old), rest),
            rest => (None, rest),
        };
        let [name, born, sex, address, rest @ ..] = rest else { return None };
        Some(Self {
            number: (*number).to_owned(),
            old_number: old,
            name: filled(name)?,
            born: joined_day(born)?,
            sex: match sex.to_lowercase().as_str() {
                "nam" => Some(Sex::Male),
                "nữ" | "nu" => Some(Sex::Female),
                _ => None,
            },
            address: filled(address),
            issued: rest.first().and_then(|issued| joined_day(issued)),
        })
    }
}
