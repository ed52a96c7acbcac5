//! Telephone numbers: any way of writing one in, E.164 kept, the Vietnamese way of writing it out.
//!
//! The numbering plan changes and numbers move between carriers, so a prefix that we do not know is a
//! warning ([`Phone::prefix_known`]) and never a refusal. `08` and eight digits is read as a mobile number
//! (081 to 089); it was also a fixed line of Ho Chi Minh City before June 2017, and an importer of older
//! lists converts by the date of its source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::tidy;
use crate::value::{ValueError, without_spreadsheet_marks};

/// A telephone number that can be dialled from abroad, kept as E.164 (`+84903123456`).
///
/// `Debug` hides the number; `Display` writes it in full, `masked` for lists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// Prefixes of the eleven-digit mobile numbers withdrawn on 14 November 2018 and what took their place;
/// the last seven digits stayed.
const WITHDRAWN: [(&str, &str); 21] = [
    ("120", "70"),
    ("121", "79"),
    ("122", "77"),
    ("123", "83"),
    ("124", "84"),
    ("125", "85"),
    ("126", "76"),
    ("127", "81"),
    ("128", "78"),
    ("129", "82"),
    ("162", "32"),
    ("163", "33"),
    ("164", "34"),
    ("165", "35"),
    ("166", "36"),
    ("167", "37"),
    ("168", "38"),
    ("169", "39"),
    ("186", "56"),
    ("188", "58"),
    ("199", "59"),
];

impl Phone {
    /// Errors: `error-phone-empty`; `error-phone-format` (letters or signs); `error-phone-length` (no
    /// number has that many digits); `error-phone-short` (115, 1022, 1900…: a service, not a person);
    /// `error-phone-scientific` (`9.03E+08`: the spreadsheet has lost digits).
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = tidy(text);
        let text = without_spreadsheet_marks(&text);
        if text.is_empty() {
            return Err(ValueError::new("error-phone-empty"));
        }
        if is_scientific(text) {
            return Err(ValueError::new("error-phone-scientific"));
        }
        let (international, digits) = digits_of(text)?;
        if let Some(abroad) = international {
            return match abroad.strip_prefix("84") {
                Some(national) => vietnamese(national.strip_prefix('0').unwrap_or(national)),
                None if (7..=15).contains(&abroad.len()) && !abroad.starts_with('0') => {
                    Ok(Self(format!("+{abroad}")))
                }
                None => Err(ValueError::new("error-phone-length")),
            };
        }
        if is_service(&digits) {
            return Err(ValueError::new("error-phone-short"));
        }
        if let Some(national) = digits.strip_prefix('0') {
            return vietnamese(national);
        }
        // Nine digits that begin with 84 are a mobile 084… whose zero a spreadsheet dropped.
        match digits.strip_prefix("84") {
            Some(national) if digits.len() > 10 => vietnamese(national.strip_prefix('0').unwrap_or(national)),
            _ => vietnamese(&digits),
        }
    }

    /// `+84903123456`, for storage, dialling and comparing.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The digits after +84, for a Vietnamese number.
    fn national(&self) -> Option<&str> {
        self.0.strip_prefix("+84")
    }

    pub fn is_vietnamese(&self) -> bool {
        self.national().is_some()
    }

    /// True for a number that an SMS can reach.
    pub fn is_mobile(&self) -> bool {
        self.national().is_some_and(|n| n.len() == 9 && !n.starts_with('6'))
    }

    /// False when the prefix belongs to no carrier we know: show a warning, never refuse. Foreign numbers
    /// are not judged.
    pub fn prefix_known(&self) -> bool {
        let Some(national) = self.national() else { return true };
        let mut digits = national.chars();
        let (Some(first), Some(second)) = (digits.next(), digits.next()) else { return false };
        match first {
            '2' => second.is_ascii_digit(),
            '3' => ('2'..='9').contains(&second),
            '5' => "25689".contains(second),
            // Fixed lines of the armed forces and the police.
            '6' => second == '9',
            '7' => second == '0' || ('6'..='9').contains(&second),
            '8' => ('1'..='9').contains(&second),
            '9' => second != '5',
            _ => false,
        }
    }

    /// For lists and screens others can see: `0903 ··· 456`.
    pub fn masked(&self) -> String {
        let shown = self.to_string();
        let head = shown.split(' ').next().unwrap_or_default();
        let tail = &self.0[self.0.len() - 3..];
        format!("{head} ··· {tail}")
    }
}

/// The part after `+` or `00`, when the number was written internationally, and the bare digits.
fn digits_of(text: &str) -> Result<(Option<String>, String), ValueError> {
    let mut plus = false;
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !plus => plus = true,
            ' ' | '.' | '-' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '·' => {}
            _ => return Err(ValueError::new("error-phone-format")),
        }
    }
    if digits.is_empty() {
        return Err(ValueError::new("error-phone-format"));
    }
    if plus {
        return Ok((Some(digits.clone()), digits));
    }
    Ok((digits.strip_prefix("00").map(str::to_owned), digits))
}

fn is_scientific(text: &str) -> bool {
    match text.split_once(['E', 'e']) {
        Some((head, power)) => {
            !head.is_empty()
                && head.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
                && power.chars().all(|c| c.is_ascii_digit() || c == '+')
                && power.ends_with(|c: char| c.is_ascii_digit())
        }
        None => false,
    }
}

/// 113, 115, 1022, 18008098, 1900 545 415: numbers of services.
fn is_service(digits: &str) -> bool {
    digits.len() <= 5
        || (matches!(digits.len(), 8 | 10) && (digits.starts_with("1800") || digits.starts_with("1900")))
}

/// A Vietnamese number from its digits after the leading zero.
fn vietnamese(national: &str) -> Result<Phone, ValueError> {
    let first = national.bytes().next();
    match (national.len(), first) {
        (9, Some(b'3' | b'5'..=b'9')) | (10, Some(b'2')) => Ok(Phone(format!("+84{national}"))),
        (10, Some(b'1')) => WITHDRAWN
            .iter()
            .find_map(|(old, new)| national.strip_prefix(old).map(|rest| Phone(format!("+84{new}{rest}"))))
            .ok_or(ValueError::new("error-phone-length")),
        _ => Err(ValueError::new("error-phone-length")),
    }
}

/// Country codes of two digits (ITU-T E.164); 1 and 7 have one digit, all others three.
const TWO_DIGIT_COUNTRIES: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

fn country_len(digits: &str) -> usize {
    if digits.starts_with('1') || digits.starts_with('7') {
        1
    } else if TWO_DIGIT_COUNTRIES.iter().any(|code| digits.starts_with(code)) {
        2
    } else {
        3
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(n) = self.national() {
            return match n.len() {
                9 => write!(f, "0{} {} {}", &n[..3], &n[3..6], &n[6..]),
                _ if n.starts_with("24") || n.starts_with("28") => {
                    write!(f, "0{} {} {}", &n[..2], &n[2..6], &n[6..])
                }
                _ => write!(f, "0{} {} {}", &n[..3], &n[3..6], &n[6..]),
            };
        }
        let digits = &self.0[1..];
        let (country, mut rest) = digits.split_at(country_len(digits));
        write!(f, "+{country}")?;
        while rest.len() > 4 {
            let (group, tail) = rest.split_at(3);
            write!(f, " {group}")?;
            rest = tail;
        }
        write!(f, " {rest}")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(hidden)")
    }
}

impl FromStr for Phone {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Phone {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn e164(text: &str) -> String {
        Phone::parse(text).unwrap().as_e164().to_owned()
    }

    fn refusal(text: &str) -> &'static str {
        Phone::parse(text).unwrap_err().key
    }

    #[test]
    fn every_way_of_writing_a_mobile_gives_one_number() {
        for text in [
            "0903 123 456",
            "0903.123.456",
            "0903-123-456",
            "(0903) 123456",
            "+84903123456",
            "+84 (0)903 123 456",
            "84903123456",
            "840903123456",
            "0084903123456",
            "903123456",
            "903123456.0",
            "'0903123456",
            "\u{202d}0903\u{a0}123\u{a0}456\u{202c}",
        ] {
            assert_eq!(e164(text), "+84903123456", "{text}");
        }
        assert_eq!(e164("841234567"), "+84841234567");
    }

    #[test]
    fn withdrawn_eleven_digit_numbers_become_ten() {
        for (old, new) in [
            ("01201234567", "+84701234567"),
            ("0121 123 4567", "+84791234567"),
            ("+84 123 123 4567", "+84831234567"),
            ("01271234567", "+84811234567"),
            ("01621234567", "+84321234567"),
            ("1691234567", "+84391234567"),
            ("01861234567", "+84561234567"),
            ("01881234567", "+84581234567"),
            ("01991234567", "+84591234567"),
        ] {
            assert_eq!(e164(old), new);
        }
    }

    #[test]
    fn fixed_lines_are_grouped_by_their_area() {
        assert_eq!(Phone::parse("(028) 37850123").unwrap().to_string(), "028 3785 0123");
        assert_eq!(Phone::parse("842837850123").unwrap().to_string(), "028 3785 0123");
        assert_eq!(Phone::parse("02743822123").unwrap().to_string(), "0274 382 2123");
        assert!(!Phone::parse("028 3785 0123").unwrap().is_mobile());
    }

    #[test]
    fn services_and_damaged_numbers_are_refused_with_their_reason() {
        for text in ["115", "1022", "113", "1900 545 415", "18001119", "19001075"] {
            assert_eq!(refusal(text), "error-phone-short", "{text}");
        }
        assert_eq!(refusal(""), "error-phone-empty");
        assert_eq!(refusal("không có"), "error-phone-format");
        assert_eq!(refusal("0903 123 456 nhà"), "error-phone-format");
        assert_eq!(refusal("0903 123 45"), "error-phone-length");
        assert_eq!(refusal("0903 123 4567"), "error-phone-length");
        assert_eq!(refusal("9.03E+08"), "error-phone-scientific");
    }

    #[test]
    fn foreign_numbers_are_kept_and_grouped() {
        assert_eq!(Phone::parse("+1 (202) 555-0143").unwrap().to_string(), "+1 202 555 0143");
        assert_eq!(Phone::parse("0082 10 1234 5678").unwrap().to_string(), "+82 101 234 5678");
        assert!(Phone::parse("+1 202 555 0143").unwrap().prefix_known());
    }

    #[test]
    fn an_unknown_prefix_is_only_a_warning() {
        assert!(Phone::parse("0903123456").unwrap().prefix_known());
        assert!(!Phone::parse("0953123456").unwrap().prefix_known());
        assert!(!Phone::parse("0303123456").unwrap().prefix_known());
    }

    #[test]
    fn lists_and_logs_do_not_show_the_number() {
        let phone = Phone::parse("0903123456").unwrap();
        assert_eq!(phone.masked(), "0903 ··· 456");
        assert_eq!(Phone::parse("02837850123").unwrap().masked(), "028 ··· 123");
        assert_eq!(format!("{phone:?}"), "Phone(hidden)");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(text in "(0[35789][0-9]{8}|02[0-9]{9}|\\+[1-9][0-9]{6,14})") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(&phone.to_string()).unwrap(), phone.clone());
                prop_assert_eq!(Phone::parse(phone.as_e164()).unwrap(), phone);
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            if let Ok(phone) = Phone::parse(&text) {
                phone.masked();
                prop_assert_eq!(Phone::parse(&phone.to_string()).unwrap(), phone);
            }
        }
    }
}
