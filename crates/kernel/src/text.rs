//! Text as people type it: tidied for storage, folded for search, refused when it cannot be shown.
//!
//! Vietnamese is written in two Unicode forms and with two placements of the tone mark (hòa, hoà). Storage
//! keeps what was entered in NFC; search compares keys without any marks, so all spellings meet.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::value::ValueError;

/// One line as it is stored: NFC, ends trimmed, each run of white space one space, marks without a shape
/// (byte order mark, direction marks, zero-width space) removed.
pub fn tidy(text: &str) -> String {
    let visible: String = text.nfc().filter(|c| !is_shapeless(*c)).collect();
    let mut tidied = String::with_capacity(visible.len());
    for word in visible.split_whitespace() {
        if !tidied.is_empty() {
            tidied.push(' ');
        }
        tidied.push_str(word);
    }
    tidied
}

/// What search compares: lower case, no accents, đ as d, anything but letters and digits one space.
///
/// Both tone placements and both Unicode forms give the same key. Idempotent.
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut gap = false;
    let folded = text.nfkd().flat_map(char::to_lowercase).nfkd().flat_map(char::to_lowercase);
    for c in folded {
        if is_combining_mark(c) || is_shapeless(c) {
            continue;
        }
        let c = if c == 'đ' { 'd' } else { c };
        if c.is_alphanumeric() {
            if gap && !key.is_empty() {
                key.push(' ');
            }
            gap = false;
            key.push(c);
        } else {
            gap = true;
        }
    }
    key
}

/// A one-line field: tidied, and refused when it holds control characters or more than `max` characters.
///
/// Errors: `error-text-control`, `error-text-too-long`. An empty line is returned as such; whether it may
/// be empty is for the field to say.
pub fn line(text: &str, max: usize) -> Result<String, ValueError> {
    let tidied = tidy(text);
    check(&tidied, max)?;
    Ok(tidied)
}

/// A text of several lines: NFC, line ends as `\n`, each line tidied, at most one empty line in a row.
///
/// Errors as for [`line`].
pub fn paragraphs(text: &str, max: usize) -> Result<String, ValueError> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.replace("\r\n", "\n").split(['\n', '\r']) {
        let line = tidy(line);
        let after_empty = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && after_empty) {
            lines.push(line);
        }
    }
    let joined = lines.join("\n").trim_end().to_owned();
    check(&joined, max)?;
    Ok(joined)
}

fn check(text: &str, max: usize) -> Result<(), ValueError> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ValueError::new("error-text-control"));
    }
    if text.chars().count() > max {
        return Err(ValueError::new("error-text-too-long"));
    }
    Ok(())
}

/// Characters that take no room and only come along when text is copied: soft hyphen, zero-width space,
/// direction marks, byte order mark.
fn is_shapeless(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether mail can be sent there: one name, one host with a dot, nothing that ends or joins addresses.
pub fn is_mail_address(text: &str) -> bool {
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>,;\"".contains(c));
    let parts = text.rsplit_once('@');
    plain && text.len() <= 254 && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_tone_placements_and_both_unicode_forms_meet() {
        for spelling in ["Hòa", "Hoà", "HÒA", "Ho\u{300}a", "hoa"] {
            assert_eq!(search_key(spelling), "hoa");
        }
        assert_eq!(search_key("Đường  Nguyễn Thị Thập, P.Tân Quy"), "duong nguyen thi thap p tan quy");
        assert_eq!(search_key("Số điện-thoại (*)"), "so dien thoai");
        assert_eq!(search_key("  …  "), "");
    }

    #[test]
    fn a_line_is_stored_composed_and_without_stray_space() {
        assert_eq!(tidy("\u{feff}  Nguyê\u{303}n\u{a0}\tVăn   An "), "Nguyễn Văn An");
    }

    #[test]
    fn control_characters_and_overlong_lines_are_refused() {
        assert_eq!(line("a\u{0}b", 10).unwrap_err().key, "error-text-control");
        assert_eq!(line("mười một ký tự", 5).unwrap_err().key, "error-text-too-long");
        assert_eq!(line("ế".repeat(5).as_str(), 5).unwrap().chars().count(), 5);
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        let text = "\r\n Khói  đen \r\n\r\n\r\nsau chợ\n\n";
        assert_eq!(paragraphs(text, 100).unwrap(), "Khói đen\n\nsau chợ");
    }

    proptest! {
        #[test]
        fn a_search_key_is_its_own_key(text in any::<String>()) {
            let key = search_key(&text);
            prop_assert_eq!(search_key(&key), key);
        }

        #[test]
        fn tidying_twice_changes_nothing(text in any::<String>()) {
            let once = tidy(&text);
            prop_assert_eq!(tidy(&once), once);
        }

        #[test]
        fn paragraphs_are_stable(text in any::<String>()) {
            if let Ok(once) = paragraphs(&text, 10_000) {
                prop_assert_eq!(paragraphs(&once, 10_000).unwrap(), once);
            }
        }
    }
}
