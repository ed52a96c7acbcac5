//! Amounts of money in whole đồng.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::numbers::grouped;
use crate::text::tidy;
use crate::value::ValueError;

/// An amount in Vietnamese đồng, which has no smaller coin. Shown as `1.500.000 đồng`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn dong(amount: i64) -> Self {
        Self(amount)
    }

    pub const fn as_dong(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// For a rate per day or per person.
    pub fn checked_times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The sum, or none when it does not fit.
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads `1.500.000 đồng`, `1500000`, `1,500,000 VND`, `1,5 triệu`, `500k`, `2 tỷ`.
    ///
    /// Errors: `error-money-empty`; `error-money-format`; `error-money-fraction` (less than one đồng);
    /// `error-money-too-big`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = tidy(text).to_lowercase();
        if text.is_empty() {
            return Err(ValueError::new("error-money-empty"));
        }
        let format = ValueError::new("error-money-format");
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text.as_str()),
        };
        let end =
            text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ' '))).unwrap_or(text.len());
        let (figure, unit) = text.split_at(end);
        let factor = factor(unit.trim()).ok_or(format)?;
        // "1,500 triệu" is one and a half million to one reader and a thousand times that to another.
        if factor > 1
            && figure.matches(',').count() == 1
            && !figure.contains('.')
            && is_grouped(figure.trim(), ',')
        {
            return Err(format);
        }
        let (whole, fraction) = figures(figure.trim()).ok_or(format)?;
        let too_big = ValueError::new("error-money-too-big");
        if whole.len() > 20 || fraction.len() > 20 {
            return Err(too_big);
        }
        // The largest unit is 10^9 đồng, so a tenth decimal is always less than one.
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 9 {
            return Err(ValueError::new("error-money-fraction"));
        }
        let scale = 10_i128.pow(fraction.len() as u32);
        let scaled: i128 = format!("{whole}{fraction}").parse().map_err(|_| format)?;
        let amount = scaled.checked_mul(factor).ok_or(too_big)?;
        if amount % scale != 0 {
            return Err(ValueError::new("error-money-fraction"));
        }
        let amount = amount / scale;
        i64::try_from(if negative { -amount } else { amount }).map(Self).map_err(|_| too_big)
    }
}

/// How many đồng one of the unit is.
fn factor(unit: &str) -> Option<i128> {
    let unit = unit.strip_suffix('.').unwrap_or(unit);
    let bare = ["đồng", "dong", "vnđ", "vnd", "đ", "₫"]
        .iter()
        .find_map(|name| unit.strip_suffix(name))
        .map_or(unit, str::trim_end);
    match bare {
        "" => Some(1),
        "k" | "nghìn" | "ngàn" | "nghin" | "ngan" => Some(1_000),
        "triệu" | "trieu" | "tr" => Some(1_000_000),
        "tỷ" | "tỉ" | "ty" | "ti" => Some(1_000_000_000),
        _ => None,
    }
}

/// Digits before and after the decimal mark. A mark is decimal unless it stands before every group of three.
fn figures(figure: &str) -> Option<(String, String)> {
    let mark = figure.chars().find(|c| !c.is_ascii_digit());
    let Some(mark) = mark else {
        return (!figure.is_empty()).then(|| (figure.to_owned(), String::new()));
    };
    let (grouping, fraction) = match figure.rsplit_once(|c: char| matches!(c, '.' | ',') && c != mark) {
        Some((head, tail)) => (head, tail),
        None if is_grouped(figure, mark) => (figure, ""),
        None if mark != ' ' && figure.matches(mark).count() == 1 => figure.split_once(mark)?,
        None => return None,
    };
    let whole_is_plain = !grouping.is_empty() && grouping.bytes().all(|b| b.is_ascii_digit());
    if !(whole_is_plain || is_grouped(grouping, mark)) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((grouping.chars().filter(char::is_ascii_digit).collect(), fraction.to_owned()))
}

fn is_grouped(figure: &str, mark: char) -> bool {
    let mut groups = figure.split(mark);
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    groups.next().is_some_and(|first| digits(first) && first.len() <= 3)
        && groups.all(|group| digits(group) && group.len() == 3)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} đồng", grouped(self.0))
    }
}

impl FromStr for Money {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_read_in_every_common_form() {
        for text in [
            "1.500.000 đồng",
            "1500000",
            "1.500.000đ",
            "1,500,000 VND",
            "1 500 000 VNĐ",
            "1.500.000,00",
            "1500000.0",
            "1,5 triệu",
            "1.5 triệu đồng",
            "1500k",
            "1.500 nghìn đồng",
            "1.500.000 ₫",
        ] {
            assert_eq!(Money::parse(text), Ok(Money::dong(1_500_000)), "{text}");
        }
        assert_eq!(Money::parse("470 tỷ đồng"), Ok(Money::dong(470_000_000_000)));
        assert_eq!(Money::parse("-50.000"), Ok(Money::dong(-50_000)));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let refusal = |text| Money::parse(text).unwrap_err().key;
        assert_eq!(refusal(""), "error-money-empty");
        assert_eq!(refusal("một triệu"), "error-money-format");
        assert_eq!(refusal("1.50.000"), "error-money-format");
        assert_eq!(refusal("50 USD"), "error-money-format");
        assert_eq!(refusal("1,500 triệu"), "error-money-format");
        assert_eq!(refusal("1500,5"), "error-money-fraction");
        assert_eq!(refusal("99999999999999999999"), "error-money-too-big");
        assert_eq!(refusal("99999999999 tỷ"), "error-money-too-big");
    }

    #[test]
    fn sums_do_not_overflow() {
        assert_eq!(Money::total([Money::dong(1), Money::dong(2)]), Some(Money::dong(3)));
        assert_eq!(Money::total([Money::dong(i64::MAX), Money::dong(1)]), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(amount in any::<i64>()) {
            let money = Money::dong(amount);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>(), figure in "-?[0-9., ]{0,40}(k|tỷ|đ)?") {
            let _ = Money::parse(&text);
            let _ = Money::parse(&figure);
        }
    }
}
