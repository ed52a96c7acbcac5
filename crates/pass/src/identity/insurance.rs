//! The QR code on a card of health insurance: `number|name|birth|sex|address|clinic|from|to|…`, name
//! and address as hexadecimal UTF-8, days as `dd/MM/yyyy`, a birth perhaps as a year.

use super::{Born, Sex, filled, slashed_day, year};
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::civil::Date;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InsuranceCard {
    /// Ten digits, or fifteen places of which the first two are letters.
    pub number: String,
    pub name: String,
    pub born: Option<Born>,
    pub sex: Option<Sex>,
    pub address: Option<String>,
    pub clinic: Option<String>,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

impl InsuranceCard {
    pub fn read(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.trim().split('|').map(str::trim).collect();
        let [number, name, born, sex, address, rest @ ..] = &fields[..] else { return None };
        let plain = number.bytes().all(|letter| letter.is_ascii_alphanumeric());
        if !plain || !matches!(number.len(), 10 | 15) {
            return None;
        }
        let day = |at: usize| rest.get(at).and_then(|text| slashed_day(text));
        Some(Self {
            number: number.to_ascii_uppercase(),
            name: hex(name)?,
            born: slashed_day(born).map(Born::Day).or_else(|| year(born).map(Born::Year)),
            sex: match *sex {
                "1" => Some(Sex::Male),
                "2" => Some(Sex::Female),
                _ => None,
            },
            address: hex(address),
            clinic: rest.first().and_then(|clinic| filled(clinic)),
            from: day(1),
            until: day(2),
        })
    }
}

fn hex(text: &str) -> Option<String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
    filled(&String::from_utf8(bytes).ok()?)
}
