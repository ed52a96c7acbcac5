//! Identity papers: the twelve-digit personal number, the old nine-digit card, passports.
//!
//! A personal number is three digits for the province (or country) of birth registration, one for century
//! and sex, two for the year of birth and six at random (Decree 137/2015, article 13). It has no check
//! digit, so only a number that cannot exist is refused. Province codes stay those of the 63 provinces.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::tidy;
use crate::value::{ValueError, without_spreadsheet_marks};

/// A number that says who someone is. `Debug` hides it; `Display` writes it in full, `masked` for lists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CitizenId {
    Personal(PersonalNumber),
    /// The nine-digit card (CMND) that older people still carry.
    OldCard(OldCard),
    Passport(Passport),
}

/// Twelve digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonalNumber(String);

/// Nine digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OldCard(String);

/// Six to twelve capitals and digits with at least one letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Passport(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }
}

impl std::str::FromStr for Sex {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        [Self::Male, Self::Female]
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or(ValueError::new("error-choice-unknown"))
    }
}

impl CitizenId {
    /// Errors: `error-citizen-id-empty`; `error-citizen-id-format`; `error-citizen-id-length`;
    /// `error-citizen-id-province` and `error-citizen-id-century` (twelve digits that nobody can have).
    ///
    /// Leading zeros that a spreadsheet dropped are put back: ten or eleven digits can only be a personal
    /// number, eight only an old card.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = tidy(text);
        let text = without_spreadsheet_marks(&text);
        if text.is_empty() {
            return Err(ValueError::new("error-citizen-id-empty"));
        }
        let mut code = String::new();
        for c in text.chars() {
            match c {
                ' ' | '.' | '-' => {}
                c if c.is_ascii_alphanumeric() => code.push(c.to_ascii_uppercase()),
                _ => return Err(ValueError::new("error-citizen-id-format")),
            }
        }
        if code.bytes().any(|b| b.is_ascii_alphabetic()) {
            return match code.len() {
                6..=12 if code.bytes().any(|b| b.is_ascii_digit()) => Ok(Self::Passport(Passport(code))),
                _ => Err(ValueError::new("error-citizen-id-format")),
            };
        }
        match code.len() {
            10..=12 => PersonalNumber::from_digits(&format!("{code:0>12}")).map(Self::Personal),
            8 | 9 => Ok(Self::OldCard(OldCard(format!("{code:0>9}")))),
            _ => Err(ValueError::new("error-citizen-id-length")),
        }
    }

    /// The number without spaces, for storage and comparing.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Personal(PersonalNumber(code))
            | Self::OldCard(OldCard(code))
            | Self::Passport(Passport(code)) => code,
        }
    }

    pub fn personal(&self) -> Option<&PersonalNumber> {
        match self {
            Self::Personal(number) => Some(number),
            Self::OldCard(_) | Self::Passport(_) => None,
        }
    }

    /// For lists and screens others can see: only the last three characters.
    pub fn masked(&self) -> String {
        let code = self.as_str();
        format!("··· {}", &code[code.len() - 3..])
    }
}

impl PersonalNumber {
    /// `digits` are twelve ASCII digits.
    pub(crate) fn from_digits(digits: &str) -> Result<Self, ValueError> {
        let number = Self(digits.to_owned());
        let place: u16 = number.0[..3].parse().unwrap_or_default();
        if place < 100 && number.province().is_none() {
            return Err(ValueError::new("error-citizen-id-province"));
        }
        // 4 and above are births from the year 2100 on.
        if number.century_digit() > 3 {
            return Err(ValueError::new("error-citizen-id-century"));
        }
        Ok(number)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Three digits: below 100 a province of birth registration, else a country.
    pub fn place_code(&self) -> &str {
        &self.0[..3]
    }

    /// Name of the province of birth registration; none for a person registered abroad.
    pub fn province(&self) -> Option<&'static str> {
        let code = self.place_code();
        PROVINCES.iter().find_map(|(known, name)| (*known == code).then_some(*name))
    }

    pub fn sex(&self) -> Sex {
        if self.century_digit().is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    pub fn birth_year(&self) -> i16 {
        let year: i16 = self.0[4..6].parse().unwrap_or_default();
        1900 + 100 * i16::from(self.century_digit() / 2) + year
    }

    fn century_digit(&self) -> u8 {
        self.0.as_bytes()[3] - b'0'
    }
}

impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Personal(_) => "CitizenId::Personal(hidden)",
            Self::OldCard(_) => "CitizenId::OldCard(hidden)",
            Self::Passport(_) => "CitizenId::Passport(hidden)",
        })
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalNumber(hidden)")
    }
}

impl FromStr for CitizenId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CitizenId {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<CitizenId> for String {
    fn from(id: CitizenId) -> Self {
        id.as_str().to_owned()
    }
}

const PROVINCES: [(&str, &str); 63] = [
    ("001", "Hà Nội"),
    ("002", "Hà Giang"),
    ("004", "Cao Bằng"),
    ("006", "Bắc Kạn"),
    ("008", "Tuyên Quang"),
    ("010", "Lào Cai"),
    ("011", "Điện Biên"),
    ("012", "Lai Châu"),
    ("014", "Sơn La"),
    ("015", "Yên Bái"),
    ("017", "Hòa Bình"),
    ("019", "Thái Nguyên"),
    ("020", "Lạng Sơn"),
    ("022", "Quảng Ninh"),
    ("024", "Bắc Giang"),
    ("025", "Phú Thọ"),
    ("026", "Vĩnh Phúc"),
    ("027", "Bắc Ninh"),
    ("030", "Hải Dương"),
    ("031", "Hải Phòng"),
    ("033", "Hưng Yên"),
    ("034", "Thái Bình"),
    ("035", "Hà Nam"),
    ("036", "Nam Định"),
    ("037", "Ninh Bình"),
    ("038", "Thanh Hóa"),
    ("040", "Nghệ An"),
    ("042", "Hà Tĩnh"),
    ("044", "Quảng Bình"),
    ("045", "Quảng Trị"),
    ("046", "Thừa Thiên Huế"),
    ("048", "Đà Nẵng"),
    ("049", "Quảng Nam"),
    ("051", "Quảng Ngãi"),
    ("052", "Bình Định"),
    ("054", "Phú Yên"),
    ("056", "Khánh Hòa"),
    ("058", "Ninh Thuận"),
    ("060", "Bình Thuận"),
    ("062", "Kon Tum"),
    ("064", "Gia Lai"),
    ("066", "Đắk Lắk"),
    ("067", "Đắk Nông"),
    ("068", "Lâm Đồng"),
    ("070", "Bình Phước"),
    ("072", "Tây Ninh"),
    ("074", "Bình Dương"),
    ("075", "Đồng Nai"),
    ("077", "Bà Rịa - Vũng Tàu"),
    ("079", "Hồ Chí Minh"),
    ("080", "Long An"),
    ("082", "Tiền Giang"),
    ("083", "Bến Tre"),
    ("084", "Trà Vinh"),
    ("086", "Vĩnh Long"),
    ("087", "Đồng Tháp"),
    ("089", "An Giang"),
    ("091", "Kiên Giang"),
    ("092", "Cần Thơ"),
    ("093", "Hậu Giang"),
    ("094", "Sóc Trăng"),
    ("095", "Bạc Liêu"),
    ("096", "Cà Mau"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> &'static str {
        CitizenId::parse(text).unwrap_err().key
    }

    #[test]
    fn a_personal_number_tells_province_sex_and_year() {
        let id = CitizenId::parse("079 185 012 345").unwrap();
        let number = id.personal().unwrap();
        assert_eq!(number.province(), Some("Hồ Chí Minh"));
        assert_eq!((number.sex(), number.birth_year()), (Sex::Female, 1985));
        let id = CitizenId::parse("001203000001").unwrap();
        let number = id.personal().unwrap();
        assert_eq!((number.sex(), number.birth_year()), (Sex::Male, 2003));
    }

    #[test]
    fn zeros_dropped_by_a_spreadsheet_come_back() {
        assert_eq!(CitizenId::parse("79185012345").unwrap().as_str(), "079185012345");
        assert_eq!(CitizenId::parse("79185012345.0").unwrap().as_str(), "079185012345");
        assert_eq!(CitizenId::parse("1185012345").unwrap().as_str(), "001185012345");
        assert_eq!(CitizenId::parse("23456789").unwrap().as_str(), "023456789");
    }

    #[test]
    fn papers_are_told_apart() {
        assert!(matches!(CitizenId::parse("023456789").unwrap(), CitizenId::OldCard(_)));
        assert!(matches!(CitizenId::parse("b1234567").unwrap(), CitizenId::Passport(_)));
        assert!(matches!(CitizenId::parse("M12345678").unwrap(), CitizenId::Passport(_)));
    }

    #[test]
    fn numbers_nobody_can_have_are_refused() {
        assert_eq!(refusal(""), "error-citizen-id-empty");
        assert_eq!(refusal("003185012345"), "error-citizen-id-province");
        assert_eq!(refusal("079485012345"), "error-citizen-id-century");
        assert_eq!(refusal("0791850123456"), "error-citizen-id-length");
        assert_eq!(refusal("1234567"), "error-citizen-id-length");
        assert_eq!(refusal("mất giấy tờ"), "error-citizen-id-format");
        assert_eq!(refusal("chua co"), "error-citizen-id-format");
    }

    #[test]
    fn lists_and_logs_do_not_show_the_number() {
        let id = CitizenId::parse("079185012345").unwrap();
        assert_eq!(id.masked(), "··· 345");
        assert_eq!(
            format!("{id:?} {:?}", id.personal()),
            "CitizenId::Personal(hidden) Some(PersonalNumber(hidden))"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(text in "(0(79|01|96)[0-3][0-9]{8}|[0-9]{8,12}|[A-Z][0-9]{7})") {
            if let Ok(id) = CitizenId::parse(&text) {
                prop_assert_eq!(CitizenId::parse(&id.to_string()).unwrap(), id);
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            if let Ok(id) = CitizenId::parse(&text) {
                id.masked();
            }
        }
    }
}
