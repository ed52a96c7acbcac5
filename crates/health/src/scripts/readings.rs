//! Readings pressed on a telephone, as the strings that a diary takes.

use super::model::Reading;
use crate::vitals::{self, Typed};
use std::collections::BTreeSet;

impl Reading {
    /// As the note of a diary calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Temperature => "Nhiệt độ",
            Self::Spo2 => "SpO2",
            Self::Pulse => "Mạch",
            Self::RespiratoryRate => "Nhịp thở",
        }
    }
}

/// What `keys` mean as a reading: a telephone has no comma, so three digits of a temperature are two and a tenth
/// (375 is 37,5), and a star stands for the comma (36*5). `None` for what no living body shows: nothing is put
/// right.
pub fn typed(reading: Reading, keys: &str) -> Option<String> {
    let text = match reading {
        Reading::Temperature => temperature(keys)?,
        Reading::Spo2 | Reading::Pulse | Reading::RespiratoryRate => digits(keys)?.to_owned(),
    };
    let form = match reading {
        Reading::Temperature => Typed { temperature: &text, ..Typed::default() },
        Reading::Spo2 => Typed { spo2: &text, ..Typed::default() },
        Reading::Pulse => Typed { pulse: &text, ..Typed::default() },
        Reading::RespiratoryRate => Typed { respiratory_rate: &text, ..Typed::default() },
    };
    let (_, faults) = vitals::read(&form, BTreeSet::new());
    faults.is_empty().then_some(text)
}

fn temperature(keys: &str) -> Option<String> {
    if let Some((whole, tenth)) = keys.split_once('*') {
        let fits = whole.len() == 2 && tenth.len() == 1;
        let (whole, tenth) = (digits(whole)?, digits(tenth)?);
        return fits.then(|| format!("{whole},{tenth}"));
    }
    let keys = digits(keys)?;
    match keys.len() {
        2 => Some(keys.to_owned()),
        3 => Some(format!("{},{}", &keys[..2], &keys[2..])),
        _ => None,
    }
}

fn digits(keys: &str) -> Option<&str> {
    (!keys.is_empty() && keys.bytes().all(|key| key.is_ascii_digit())).then_some(keys)
}
