//! QR codes that people carry already: the national personal QR, the citizen's card, the card of
//! health insurance. What they say is claimed, never proved: nothing in them is signed.

mod citizen_card;
mod insurance;
mod national;

pub use citizen_card::CitizenCard;
pub use insurance::InsuranceCard;
pub use national::{Declared, NationalQr};

use jiff::civil::Date;
use serde::Serialize;

/// A birth as far as a code tells it: cards of the old have a year, screens hide day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Born {
    Day(Date),
    Year(i16),
}

impl Born {
    pub fn year(self) -> i16 {
        match self {
            Self::Day(day) => day.year(),
            Self::Year(year) => year,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    Male,
    Female,
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|letter| letter.is_ascii_digit())
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|letter| letter.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn year(text: &str) -> Option<i16> {
    number(text).filter(|year| text.len() == 4 && (1850..=2150).contains(year))
}

/// `ddMMyyyy`, as on the citizen's card.
fn joined_day(text: &str) -> Option<Date> {
    if !digits(text, 8) {
        return None;
    }
    Date::new(year(&text[4..])?, number(&text[2..4])?, number(&text[..2])?).ok()
}

/// `dd/MM/yyyy`, as on the card of health insurance.
fn slashed_day(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let day = Date::new(self::year(year)?, number(month)?, number(day)?).ok()?;
    parts.next().is_none().then_some(day)
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
