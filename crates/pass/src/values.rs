//! The words and numbers of a pass, parsed on the way in.

use jiff::civil::{Date, date};
use std::fmt;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Why a pass may not say this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClaimFault(pub(crate) &'static str);

/// A name as it can be read anywhere: `A`-`Z`, digits, `.`, `-`, `'`, `&`, single spaces; at most
/// 80 letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassName(String);

impl PassName {
    pub const MOST: usize = 80;

    /// A name that is written so already.
    pub fn parse(name: &str) -> Result<Self, ClaimFault> {
        if name.is_empty() || name.len() > Self::MOST {
            return Err(ClaimFault("a name has 1 to 80 letters"));
        }
        let plain = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        if !name.bytes().all(|letter| plain(letter) || b" .-'&".contains(&letter)) {
            return Err(ClaimFault("a name has letters A-Z, digits, space, . - ' &"));
        }
        if name.starts_with(' ') || name.ends_with(' ') || name.contains("  ") {
            return Err(ClaimFault("a name has single spaces"));
        }
        Ok(Self(name.to_owned()))
    }

    /// A name as people write it: diacritics fall, what cannot be said becomes a space, what is
    /// too long ends after a whole word.
    pub fn fold(name: &str) -> Result<Self, ClaimFault> {
        let mut folded = String::with_capacity(name.len());
        for letter in name.nfd().filter(|letter| !is_combining_mark(*letter)) {
            match letter {
                'đ' | 'Đ' => folded.push('D'),
                '\u{2019}' | '\u{2018}' => folded.push('\''),
                '\u{2010}'..='\u{2015}' => folded.push('-'),
                letter if letter.is_ascii_alphanumeric() => folded.push(letter.to_ascii_uppercase()),
                '.' | '-' | '\'' | '&' => folded.push(letter),
                _ => folded.push(' '),
            }
        }
        let mut whole = String::with_capacity(folded.len().min(Self::MOST));
        for word in folded.split_ascii_whitespace() {
            let gap = usize::from(!whole.is_empty());
            if whole.len() + gap + word.len() > Self::MOST {
                break;
            }
            whole.extend((gap == 1).then_some(' '));
            whole.push_str(word);
        }
        Self::parse(&whole)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant's code as `79-778`, at most 24 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    pub fn parse(code: &str) -> Result<Self, ClaimFault> {
        code_of(code, 24).map(Self).ok_or(ClaimFault("an issuer has 1 to 24 letters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A ward's code, at most 12 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub fn parse(code: &str) -> Result<Self, ClaimFault> {
        code_of(code, 12).map(Self).ok_or(ClaimFault("a place has 1 to 12 letters"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn code_of(code: &str, most: usize) -> Option<String> {
    let fine = (1..=most).contains(&code.len()) && !code.chars().any(char::is_control);
    fine.then(|| code.to_owned())
}

/// 1900 to 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthYear(u16);

impl BirthYear {
    pub fn new(year: u64) -> Result<Self, ClaimFault> {
        match u16::try_from(year) {
            Ok(year @ 1900..=2100) => Ok(Self(year)),
            _ => Err(ClaimFault("a birth year lies between 1900 and 2100")),
        }
    }

    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Doses of vaccine, 0 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doses(u8);

impl Doses {
    pub fn new(doses: u64) -> Result<Self, ClaimFault> {
        match u8::try_from(doses) {
            Ok(doses @ 0..=9) => Ok(Self(doses)),
            _ => Err(ClaimFault("doses are 0 to 9")),
        }
    }

    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A day, counted from 2020-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u16);

impl Day {
    const FIRST: Date = date(2020, 1, 1);

    pub fn counted(days: u64) -> Result<Self, ClaimFault> {
        u16::try_from(days).map(Self).map_err(|_| ClaimFault("a day lies too far ahead"))
    }

    pub fn of(day: Date) -> Result<Self, ClaimFault> {
        let days = day.duration_since(Self::FIRST).as_hours() / 24;
        let days = u64::try_from(days).map_err(|_| ClaimFault("a day lies before 2020"))?;
        Self::counted(days)
    }

    pub fn date(self) -> Date {
        Self::FIRST.saturating_add(jiff::Span::new().days(self.0))
    }

    pub const fn count(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_marks_and_nothing_else() {
        for (name, folded) in [
            ("Nguyễn Văn Đệ", "NGUYEN VAN DE"),
            ("  trần   thị Ừ ", "TRAN THI U"),
            ("Tạp hoá “Bà Năm” & Con", "TAP HOA BA NAM & CON"),
            ("K\u{2019}Brếu", "K'BREU"),
            ("Khu phố 4, P. Tân Thuận", "KHU PHO 4 P. TAN THUAN"),
        ] {
            assert_eq!(PassName::fold(name).unwrap().as_str(), folded);
        }
        let long = "NGUYEN ".repeat(20);
        assert_eq!(PassName::fold(&long).unwrap().as_str().len(), 76);
        assert!(PassName::fold("漢字").is_err());
        for name in ["", " A", "A  B", "a", "Á", "A|B"] {
            assert!(PassName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn days_are_counted_from_2020() {
        assert_eq!(Day::of(date(2020, 1, 1)).unwrap().count(), 0);
        assert_eq!(Day::of(date(2021, 9, 20)).unwrap().count(), 628);
        assert_eq!(Day::counted(628).unwrap().date(), date(2021, 9, 20));
        assert!(Day::of(date(2019, 12, 31)).is_err());
        assert_eq!(Day::counted(65_535).unwrap().date(), date(2199, 6, 6));
    }
}
