//! Numbers as Vietnamese papers write them: a dot between thousands, a comma before decimals.

/// `91477` as `91.477`.
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        shown.push('-');
    }
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push('.');
        }
        shown.push(digit);
    }
    shown
}

/// `35.69` with two places as `35,69`; thousands grouped. A value that is no number shows as a dash.
pub fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.places$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let zero = plain.bytes().all(|b| matches!(b, b'0' | b'.'));
    let sign = if value < 0.0 && !zero { "-" } else { "" };
    let mut shown = String::from(sign);
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push('.');
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push(',');
        shown.push_str(fraction);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thousands_and_decimals_are_written_the_vietnamese_way() {
        assert_eq!(grouped(91_477), "91.477");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(-1_000), "-1.000");
        assert_eq!(grouped(i64::MIN), "-9.223.372.036.854.775.808");
        assert_eq!(decimal(35.69, 2), "35,69");
        assert_eq!(decimal(1_234_567.0, 0), "1.234.567");
        assert_eq!(decimal(-0.001, 2), "0,00");
        assert_eq!(decimal(f64::NAN, 2), "–");
    }

    proptest! {
        #[test]
        fn grouping_loses_nothing(value in any::<i64>()) {
            prop_assert_eq!(grouped(value).replace('.', "").parse::<i64>().unwrap(), value);
        }
    }
}
