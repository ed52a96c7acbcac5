//! The one error of all value types: which message tells the person what is wrong with what was typed.

/// Why a text is not the value that was asked for.
///
/// `key` names a message ("error-phone-length"); the words live in the message files, and the typed text
/// is never part of the error, so it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{key}")]
pub struct ValueError {
    pub key: &'static str,
}

impl ValueError {
    pub const fn new(key: &'static str) -> Self {
        Self { key }
    }
}

/// Undoes what a spreadsheet does to a code that looks like a number: a text mark in front (`'0903…`),
/// and the `.0` of a cell that became a decimal (`903123456.0`).
///
/// Only a whole part of at least eight digits counts as such a cell, so `0903.123.000` stays as it is.
pub(crate) fn without_spreadsheet_marks(text: &str) -> &str {
    let text = text.trim().trim_start_matches('\'');
    match text.split_once('.') {
        Some((whole, zeros))
            if whole.len() >= 8
                && whole.bytes().all(|b| b.is_ascii_digit())
                && !zeros.is_empty()
                && zeros.len() <= 2
                && zeros.bytes().all(|b| b == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_cell_loses_its_zero_and_a_dotted_number_keeps_its_dots() {
        assert_eq!(without_spreadsheet_marks(" 903123456.0 "), "903123456");
        assert_eq!(without_spreadsheet_marks("'0903123456"), "0903123456");
        assert_eq!(without_spreadsheet_marks("0903.123.000"), "0903.123.000");
    }

    #[test]
    fn the_error_shows_its_key() {
        assert_eq!(ValueError::new("error-phone-format").to_string(), "error-phone-format");
    }
}
