//! Days and times as Vietnamese papers write them, and as lists that people keep spell them.
//!
//! All values are civil: the zone of the district is applied where a moment becomes a day, not here. Only
//! the order day, month, year is read (and ISO 8601): guessing the American order would turn 05/09 into May.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::text::tidy;
use crate::value::ValueError;

/// `25/09/2021`
pub fn shown_date(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// `07:05`
pub fn shown_time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `25/09/2021 07:05`
pub fn shown_date_time(moment: DateTime) -> String {
    format!("{} {}", shown_date(moment.date()), shown_time(moment.time()))
}

/// A day from `25/9/2021`, `25-09-2021`, `25.9.2021`, `2021-09-25`, `ngày 25 tháng 9 năm 2021`, or the
/// serial number of a spreadsheet (`44464`). A time after it is ignored.
///
/// Errors: `error-date-empty`; `error-date-format`; `error-date-year-only`; `error-date-two-digit-year`;
/// `error-date-month-first` (25 as a month); `error-date-none` (31/02, or a year outside 1900 to 2100);
/// `error-time-format`.
pub fn parse_date(text: &str) -> Result<Date, ValueError> {
    parse_date_time(text).map(|(day, _)| day)
}

/// As [`parse_date`], and a year of two digits is the one nearest to `near`. For days of events; a birth
/// can be a century away.
pub fn parse_date_near(text: &str, near: Date) -> Result<Date, ValueError> {
    parse_moment(&tidy(text).to_lowercase(), Some(near)).map(|(day, _)| day)
}

/// As [`parse_date`], with the time where one is given: `25/09/2021 07:05`, `7h05 ngày 25/9/2021`,
/// `2021-09-25T07:05:00`, `44464.295`.
pub fn parse_date_time(text: &str) -> Result<(Date, Option<Time>), ValueError> {
    parse_moment(&tidy(text).to_lowercase(), None)
}

/// A time of day from `07:05`, `7h05`, `7 giờ 05`, `7h`, `7:05:30 AM`, `07:05 CH`.
///
/// Errors: `error-time-format`.
pub fn parse_time(text: &str) -> Result<Time, ValueError> {
    read_time(&tidy(text).to_lowercase()).ok_or(ValueError::new("error-time-format"))
}

/// The moment a spreadsheet means by a serial number (days since 30 December 1899, or 1 January 1904 on
/// old Macintosh sheets; the fraction is the time, rounded to the second). None outside 1900 to 2100.
pub fn from_serial(serial: f64, epoch_1904: bool) -> Option<DateTime> {
    // 75,000 days reach beyond 2100 from either epoch.
    if !(0.0..75_000.0).contains(&serial) {
        return None;
    }
    let epoch = if epoch_1904 { date(1904, 1, 1) } else { date(1899, 12, 30) };
    let seconds = (serial * 86_400.0).round() as i64;
    let moment = epoch.to_datetime(Time::midnight()).checked_add(Span::new().seconds(seconds)).ok()?;
    // The 1900 calendar counts a 29 February that never was; serials before 61 are off by a day.
    let from = if epoch_1904 { 0.0 } else { 61.0 };
    (serial >= from && (1900..=2100).contains(&moment.year())).then_some(moment)
}

fn parse_moment(text: &str, near: Option<Date>) -> Result<(Date, Option<Time>), ValueError> {
    if text.is_empty() {
        return Err(ValueError::new("error-date-empty"));
    }
    let format = ValueError::new("error-date-format");
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.matches('.').count() <= 1 {
        return from_serial_text(text);
    }
    let (day, time) = split_time(text);
    let day = read_day(day, near).ok_or(format)??;
    match time {
        Some(time) => {
            read_time(time).map(|time| (day, Some(time))).ok_or(ValueError::new("error-time-format"))
        }
        None => Ok((day, None)),
    }
}

/// Only five digits are a serial: fewer are a year or a mistake, more are no day of our time.
fn from_serial_text(text: &str) -> Result<(Date, Option<Time>), ValueError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    match whole.len() {
        4 if fraction.is_empty() => Err(ValueError::new("error-date-year-only")),
        5 => {
            let serial: f64 = text.parse().map_err(|_| ValueError::new("error-date-format"))?;
            let moment = from_serial(serial, false).ok_or(ValueError::new("error-date-none"))?;
            let timed = fraction.bytes().any(|b| b != b'0');
            Ok((moment.date(), timed.then(|| moment.time())))
        }
        _ => Err(ValueError::new("error-date-format")),
    }
}

/// Splits a text into its day and, where one is written, its time, in either order.
fn split_time(text: &str) -> (&str, Option<&str>) {
    if let Some((day, time)) = text.split_once('t')
        && day.len() == 10
        && day.bytes().filter(|b| *b == b'-').count() == 2
    {
        return (day, Some(time));
    }
    let is_time = |part: &str| {
        part.contains(':')
            || part.contains("giờ")
            || part.contains("gio")
            || part.find(['h', 'g']).is_some_and(|at| at > 0 && part.as_bytes()[at - 1].is_ascii_digit())
    };
    for (at, _) in text.match_indices([' ', ',']) {
        let (head, tail) = (&text[..at], text[at + 1..].trim_start());
        let ends_with_year = head.bytes().rev().take_while(u8::is_ascii_digit).count() >= 2;
        if is_time(tail) && !is_time(head) && ends_with_year {
            return (head, Some(tail));
        }
        if is_time(head) && !is_time(tail) && tail.starts_with(|c: char| c.is_ascii_digit() || c == 'n') {
            // "7 giờ 05 25/9/2021" and "7h05 ngày 25/9/2021": the day is what has two separators left.
            if read_time(head).is_some() && read_day(tail, None).is_some() {
                return (tail, Some(head));
            }
        }
    }
    (text, None)
}

/// None when the text is not shaped like a day at all.
fn read_day(text: &str, near: Option<Date>) -> Option<Result<Date, ValueError>> {
    let text = text.trim().trim_end_matches(',');
    let worded = text.contains("tháng") || text.contains("thang");
    let plain: String = if worded {
        ["ngày", "ngay", "tháng", "thang", "năm", "nam"]
            .iter()
            .fold(text.to_owned(), |text, word| text.replace(word, " "))
    } else {
        let text = text.strip_prefix("ngày").or_else(|| text.strip_prefix("ngay")).unwrap_or(text);
        text.to_owned()
    };
    let parts: Vec<&str> = if worded {
        plain.split_whitespace().collect()
    } else {
        plain.split(['/', '-', '.']).map(str::trim).collect()
    };
    let [first, month, last] = parts.as_slice() else { return None };
    if !parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    let (Ok(day), Ok(month)) = (day.parse::<i8>(), month.parse::<i8>()) else { return None };
    let year = match (year.len(), near) {
        (4, _) => year.parse::<i16>().ok()?,
        (2, Some(near)) => nearest_year(year.parse().ok()?, near.year()),
        (2, None) => return Some(Err(ValueError::new("error-date-two-digit-year"))),
        _ => return None,
    };
    if month > 12 && (1..=12).contains(&day) {
        return Some(Err(ValueError::new("error-date-month-first")));
    }
    let none = ValueError::new("error-date-none");
    if !(1900..=2100).contains(&year) {
        return Some(Err(none));
    }
    Some(Date::new(year, month, day).map_err(|_| none))
}

fn nearest_year(two_digits: i16, near: i16) -> i16 {
    let century = near - near.rem_euclid(100);
    [century - 100, century, century + 100]
        .into_iter()
        .map(|start| start + two_digits)
        .min_by_key(|year| (year - near).abs())
        .unwrap_or(century + two_digits)
}

fn read_time(text: &str) -> Option<Time> {
    let text = text.trim().trim_end_matches('z');
    let (text, half) = [(" am", 0), (" sa", 0), (" pm", 12), (" ch", 12)]
        .into_iter()
        .find_map(|(mark, half)| text.strip_suffix(mark).map(|rest| (rest, Some(half))))
        .unwrap_or((text, None));
    let text = text.replace("giờ", ":").replace("gio", ":").replace("phút", "").replace("phut", "");
    let mut parts = text.trim().splitn(3, [':', 'h', 'g']).map(str::trim);
    let hour = small(parts.next()?)?;
    let minute = match parts.next()? {
        "" => 0,
        minute => small(minute)?,
    };
    let second = match parts.next() {
        // Fractions of a second are noise of an export.
        Some(second) => small(second.split('.').next()?)?,
        None => 0,
    };
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn small(digits: &str) -> Option<i8> {
    ((1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// How much time is left before a due time, or has passed since, in the one unit a person would say:
/// seconds below a minute, minutes below an hour, hours below two days, then days; rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Left {
    /// The due time has come.
    pub late: bool,
    pub value: u64,
    pub unit: LeftUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftUnit {
    Second,
    Minute,
    Hour,
    Day,
}

impl Left {
    pub fn between(now: Timestamp, due: Timestamp) -> Self {
        let seconds = due.as_second().saturating_sub(now.as_second()).unsigned_abs();
        let (value, unit) = match seconds {
            0..60 => (seconds, LeftUnit::Second),
            60..3_600 => (seconds / 60, LeftUnit::Minute),
            3_600..172_800 => (seconds / 3_600, LeftUnit::Hour),
            _ => (seconds / 86_400, LeftUnit::Day),
        };
        Self { late: now >= due, value, unit }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> &'static str {
        parse_date(text).unwrap_err().key
    }

    #[test]
    fn a_day_is_read_in_every_common_form() {
        for text in [
            "25/09/2021",
            "25/9/2021",
            "25-09-2021",
            "25.9.2021",
            " 25 / 9 / 2021 ",
            "2021-09-25",
            "2021/9/25",
            "ngày 25 tháng 9 năm 2021",
            "Ngày 25/9/2021",
            "44464",
            "44464.0",
            "2021-09-25T07:05:00",
            "25/9/2021 00:00",
        ] {
            assert_eq!(parse_date(text), Ok(date(2021, 9, 25)), "{text}");
        }
        assert_eq!(parse_date("2/12/1945"), Ok(date(1945, 12, 2)));
    }

    #[test]
    fn a_time_is_read_before_and_after_its_day() {
        for text in [
            "25/09/2021 07:05",
            "25/9/2021 7:05:00",
            "25/9/2021 7h05",
            "25/9/2021, 7 giờ 05",
            "7h05 ngày 25/9/2021",
            "07:05 25/09/2021",
            "7 giờ 05 phút ngày 25/9/2021",
            "2021-09-25 07:05:00.000",
            "2021-09-25T07:05:00Z",
            "25/9/2021 7:05:00 SA",
            "44464.2951388889",
        ] {
            assert_eq!(parse_date_time(text), Ok((date(2021, 9, 25), Some(time(7, 5, 0, 0)))), "{text}");
        }
        assert_eq!(parse_time("7h"), Ok(time(7, 0, 0, 0)));
        assert_eq!(parse_time("12:30 AM"), Ok(time(0, 30, 0, 0)));
        assert_eq!(parse_time("7:05 CH"), Ok(time(19, 5, 0, 0)));
        assert_eq!(parse_time("25:00").unwrap_err().key, "error-time-format");
    }

    #[test]
    fn what_is_no_day_is_refused_with_its_reason() {
        assert_eq!(refusal(""), "error-date-empty");
        assert_eq!(refusal("hôm qua"), "error-date-format");
        assert_eq!(refusal("1965"), "error-date-year-only");
        assert_eq!(refusal("25/9/21"), "error-date-two-digit-year");
        assert_eq!(refusal("09/25/2021"), "error-date-month-first");
        assert_eq!(refusal("31/02/2021"), "error-date-none");
        assert_eq!(refusal("01/01/0021"), "error-date-none");
        assert_eq!(refusal("25/9"), "error-date-format");
        assert_eq!(refusal("25/9/2021 25:61"), "error-time-format");
    }

    #[test]
    fn a_two_digit_year_is_the_one_near_the_event() {
        let near = date(2021, 9, 25);
        assert_eq!(parse_date_near("5/9/21", near), Ok(date(2021, 9, 5)));
        assert_eq!(parse_date_near("5/9/99", near), Ok(date(1999, 9, 5)));
        assert_eq!(parse_date_near("5/9/2019", near), Ok(date(2019, 9, 5)));
    }

    #[test]
    fn serials_of_both_calendars_are_known() {
        assert_eq!(from_serial(44464.0, false).unwrap().date(), date(2021, 9, 25));
        assert_eq!(from_serial(43002.0, true).unwrap().date(), date(2021, 9, 25));
        assert_eq!(from_serial(f64::NAN, false), None);
        assert_eq!(from_serial(1e300, false), None);
        assert_eq!(from_serial(12.0, false), None);
    }

    #[test]
    fn time_left_is_said_in_one_unit() {
        let due = Timestamp::from_second(1_632_528_000).unwrap();
        let left =
            |seconds: i64| Left::between(Timestamp::from_second(1_632_528_000 - seconds).unwrap(), due);
        assert_eq!(left(12 * 60 + 59), Left { late: false, value: 12, unit: LeftUnit::Minute });
        assert_eq!(left(59), Left { late: false, value: 59, unit: LeftUnit::Second });
        assert_eq!(left(0), Left { late: true, value: 0, unit: LeftUnit::Second });
        assert_eq!(left(-90), Left { late: true, value: 1, unit: LeftUnit::Minute });
        assert_eq!(left(47 * 3600), Left { late: false, value: 47, unit: LeftUnit::Hour });
        assert_eq!(left(48 * 3600), Left { late: false, value: 2, unit: LeftUnit::Day });
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(serial in 61_i32..73_000, minutes in 0_i32..1440) {
            let moment = from_serial(f64::from(serial) + f64::from(minutes) / 1440.0, false).unwrap();
            prop_assert_eq!(parse_date(&shown_date(moment.date())), Ok(moment.date()));
            let read = parse_date_time(&shown_date_time(moment));
            prop_assert_eq!(read, Ok((moment.date(), Some(moment.time()))));
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>(), near in "[0-9/. :hgngàytháng-]{0,24}") {
            let _ = (parse_date_time(&text), parse_time(&text));
            let _ = (parse_date_time(&near), parse_time(&near), parse_date_near(&near, date(2021, 9, 25)));
        }
    }
}
