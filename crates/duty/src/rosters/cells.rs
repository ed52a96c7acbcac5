//! What people write into the cells of a roster table: dates, hours, names, telephone numbers.

use jiff::{
    Span,
    civil::{Date, Time, date},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// `01/9/2021`, `1-9-2021`, `2021-09-01` (with or without a time behind it), or the day number a
/// spreadsheet keeps (`44440`). Years outside 2000 to 2100 are slips of the pen.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let text = text.trim();
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let found = if let [a, b, c] = parts[..] {
        let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?
    } else {
        let serial: f64 = text.parse().ok()?;
        if !(1.0..=80_000.0).contains(&serial) {
            return None;
        }
        // Spreadsheets count days from 30 December 1899.
        date(1899, 12, 30).checked_add(Span::new().try_days(serial as i64).ok()?).ok()?
    };
    (2000..=2100).contains(&found.year()).then_some(found)
}

/// `7:30`, `07h30`, `18h`, `18:00:00`, `24:00` (midnight), or the fraction of a day a spreadsheet
/// keeps (`0.3125`). Seconds must be zero.
pub(super) fn read_time(text: &str) -> Option<Time> {
    let text = text.trim().to_lowercase().replace([' ', 'g'], "").replace('h', ":");
    let text = text.rsplit('t').next()?;
    if !text.contains(':') {
        let fraction: f64 = text.parse().ok()?;
        if (0.0..1.0).contains(&fraction) && (fraction == 0.0 || text.contains('.')) {
            let minutes = (fraction * 1440.0).round() as i64 % 1440;
            return Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).ok();
        }
        let hour: i8 = text.parse().ok()?;
        return Time::new(if hour == 24 { 0 } else { hour }, 0, 0, 0).ok();
    }
    let mut parts = text.split(':').map(|part| if part.is_empty() { "0" } else { part });
    let (hour, minute): (i8, i8) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second: i8 = parts.next().map_or(Some(0), |s| s.parse().ok())?;
    if second != 0 || parts.next().is_some() {
        return None;
    }
    let hour = if (hour, minute) == (24, 0) { 0 } else { hour };
    Time::new(hour, minute, 0, 0).ok()
}

/// Letters without marks, lower case, single spaces: for headings.
pub(super) fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c)).map(|c| match c {
        'đ' | 'Đ' => 'd',
        c => c,
    });
    bare.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name as it is spoken: the old and the new place of a tone mark ("Hòa", "Hoà") are one, other
/// marks stay, because Hùng and Hưng are two people.
pub(super) fn spoken(text: &str) -> String {
    let word = |word: &str| {
        let (letters, tones): (Vec<char>, Vec<char>) = word.nfd().partition(|c| !is_tone(*c));
        letters.into_iter().chain(tones).collect::<String>()
    };
    text.to_lowercase().split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

const fn is_tone(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

/// The digits that tell one telephone number from another, without +84 or the leading zero; a
/// number cell of a spreadsheet has lost that zero anyway.
pub(super) fn subscriber(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("84").filter(|d| d.len() >= 9).unwrap_or(&digits);
    let digits = digits.trim_start_matches('0');
    (!digits.is_empty()).then(|| digits.to_owned())
}
