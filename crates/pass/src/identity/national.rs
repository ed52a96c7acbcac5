//! The national personal QR (Decision 1405/QĐ-BTTTT of 2021-09-11, version 1.1):
//! `SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT`. On a screen the first letters of the paper's
//! number and the day and month of birth are starred.

use super::{Born, filled, number, year};
use jiff::civil::Date;
use serde::Serialize;

/// Who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    Holder,
    Another,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NationalQr {
    /// Of whichever paper; may be starred.
    pub paper: Option<String>,
    pub name: String,
    pub born: Born,
    pub declared: Declared,
    /// Given out by the national platform.
    pub qid: Option<String>,
    /// What follows: its own separator is not published.
    pub more: Option<String>,
}

impl NationalQr {
    pub fn read(text: &str) -> Option<Self> {
        let mut fields = text.trim().splitn(6, '|');
        let mut next = || fields.next();
        let (paper, name, born) = (next()?, next()?, next()?);
        let declared = match next()?.trim() {
            "0" => Declared::Holder,
            "1" => Declared::Another,
            _ => return None,
        };
        let (qid, more) = (next()?, next().unwrap_or_default());
        Some(Self {
            paper: filled(paper),
            name: filled(name)?,
            born: birth(born.trim())?,
            declared,
            qid: filled(qid),
            more: filled(more),
        })
    }
}

/// `1990-05-17`, or `1990-**-**`.
fn birth(text: &str) -> Option<Born> {
    let mut parts = text.split('-');
    let (first, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year = year(first)?;
    let hidden = |part: &str| part.len() == 2 && part.bytes().all(|letter| letter == b'*');
    if parts.next().is_some() {
        None
    } else if hidden(month) && hidden(day) {
        Some(Born::Year(year))
    } else {
        Date::new(year, number(month)?, number(day)?).ok().map(Born::Day)
    }
}
