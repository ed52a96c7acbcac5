//! Tax codes: ten digits of a business, thirteen of its branch, and the personal number of a household
//! business, which serves as its tax code from 1 July 2025.
//!
//! The tenth digit is 10 − (Σ dᵢ·wᵢ mod 11); where the remainder is 0 no number was ever issued
//! (Circular 105/2020/TT-BTC).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::citizen_id::PersonalNumber;
use crate::text::tidy;
use crate::value::{ValueError, without_spreadsheet_marks};

/// A tax code, `0100047516`, `0100047516-001` or twelve digits. `Debug` hides the twelve digits, which are
/// a person's number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxCode(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxCodeKind {
    Business,
    Branch,
    Household,
}

const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

impl TaxCode {
    /// Errors: `error-tax-code-empty`; `error-tax-code-format`; `error-tax-code-length`;
    /// `error-tax-code-check` (a digit is mistyped); `error-tax-code-branch` (branch 000);
    /// `error-tax-code-personal` (twelve digits that are nobody's personal number).
    ///
    /// A zero dropped by a spreadsheet is put back before nine digits (business) and eleven (personal).
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = tidy(text);
        let text = without_spreadsheet_marks(&text);
        if text.is_empty() {
            return Err(ValueError::new("error-tax-code-empty"));
        }
        if text.chars().any(|c| !(c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '\u{2013}'))) {
            return Err(ValueError::new("error-tax-code-format"));
        }
        let parts: Vec<String> = text
            .split(['-', '\u{2013}'])
            .map(|part| part.chars().filter(char::is_ascii_digit).collect())
            .collect();
        // A dash before the last three digits marks the branch; elsewhere it only groups.
        if let [business @ .., branch] = parts.as_slice() {
            let business = business.concat();
            if branch.len() == 3 && matches!(business.len(), 9 | 10) {
                return Self::branch(&format!("{business:0>10}"), branch);
            }
        }
        let digits = parts.concat();
        match digits.len() {
            9 | 10 => Self::business(&format!("{digits:0>10}")),
            13 => Self::branch(&digits[..10], &digits[10..]),
            // With a dash these are a branch that lost a digit, not a person.
            11 | 12 if parts.len() == 1 => {
                let digits = format!("{digits:0>12}");
                PersonalNumber::from_digits(&digits)
                    .map_err(|_| ValueError::new("error-tax-code-personal"))?;
                Ok(Self(digits))
            }
            _ => Err(ValueError::new("error-tax-code-length")),
        }
    }

    fn business(digits: &str) -> Result<Self, ValueError> {
        let mut values = digits.bytes().map(|b| u32::from(b - b'0'));
        let sum: u32 = WEIGHTS.iter().zip(&mut values).map(|(weight, digit)| weight * digit).sum();
        let remainder = sum % 11;
        // Remainder 0 would ask for the digit 10, which does not exist.
        if remainder == 0 || values.next() != Some(10 - remainder) {
            return Err(ValueError::new("error-tax-code-check"));
        }
        Ok(Self(digits.to_owned()))
    }

    fn branch(business: &str, branch: &str) -> Result<Self, ValueError> {
        let Self(business) = Self::business(business)?;
        if branch == "000" {
            return Err(ValueError::new("error-tax-code-branch"));
        }
        Ok(Self(format!("{business}-{branch}")))
    }

    pub fn kind(&self) -> TaxCodeKind {
        match self.0.len() {
            10 => TaxCodeKind::Business,
            12 => TaxCodeKind::Household,
            _ => TaxCodeKind::Branch,
        }
    }

    /// The code of the business that a branch belongs to; itself otherwise.
    #[must_use]
    pub fn head_office(&self) -> Self {
        match self.0.split_once('-') {
            Some((business, _)) => Self(business.to_owned()),
            None => self.clone(),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            TaxCodeKind::Household => f.write_str("TaxCode(hidden)"),
            TaxCodeKind::Business | TaxCodeKind::Branch => write!(f, "TaxCode({})", self.0),
        }
    }
}

impl FromStr for TaxCode {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for TaxCode {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse(&text)
    }
}

impl From<TaxCode> for String {
    fn from(code: TaxCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> &'static str {
        TaxCode::parse(text).unwrap_err().key
    }

    #[test]
    fn a_business_its_branch_and_a_household_are_told_apart() {
        let business = TaxCode::parse("0100047516").unwrap();
        assert_eq!(business.kind(), TaxCodeKind::Business);
        for text in ["0100047516-001", "0100047516001", "0100047516 - 001", "100047516-001"] {
            let branch = TaxCode::parse(text).unwrap();
            assert_eq!(branch.to_string(), "0100047516-001");
            assert_eq!(branch.kind(), TaxCodeKind::Branch);
            assert_eq!(branch.head_office(), business);
        }
        let household = TaxCode::parse("79185012345").unwrap();
        assert_eq!((household.as_str(), household.kind()), ("079185012345", TaxCodeKind::Household));
        assert_eq!(format!("{household:?}"), "TaxCode(hidden)");
    }

    #[test]
    fn a_zero_dropped_by_a_spreadsheet_comes_back() {
        assert_eq!(TaxCode::parse("100047516.0").unwrap().as_str(), "0100047516");
    }

    #[test]
    fn mistyped_codes_are_refused() {
        assert_eq!(refusal("0100047517"), "error-tax-code-check");
        assert_eq!(refusal("0100047516-000"), "error-tax-code-branch");
        assert_eq!(refusal("0100047516-01"), "error-tax-code-length");
        assert_eq!(refusal("003185012345"), "error-tax-code-personal");
        assert_eq!(refusal("MST 0100047516"), "error-tax-code-format");
        assert_eq!(refusal("12345"), "error-tax-code-length");
        assert_eq!(refusal(" "), "error-tax-code-empty");
        // Σ = 0, remainder 0: never issued, whatever the last digit.
        for last in 0..10 {
            assert_eq!(refusal(&format!("000000000{last}")), "error-tax-code-check");
        }
    }

    proptest! {
        #[test]
        fn at_most_one_last_digit_fits(nine in "[0-9]{9}") {
            let fitting = (0..10).filter(|last| TaxCode::parse(&format!("{nine}{last}")).is_ok()).count();
            prop_assert!(fitting <= 1);
        }

        #[test]
        fn what_is_shown_reads_back(text in "[0-9]{10,13}(-[0-9]{3})?") {
            if let Ok(code) = TaxCode::parse(&text) {
                prop_assert_eq!(TaxCode::parse(&code.to_string()).unwrap(), code);
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = TaxCode::parse(&text);
        }
    }
}
