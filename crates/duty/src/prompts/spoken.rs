//! Figures as Vietnamese says them. Pure: texts in, words out.

use jiff::civil::Date;

const UNITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// `91` as "chín mươi mốt", `105` as "một trăm lẻ năm", `1005` as "một nghìn không trăm lẻ năm".
pub fn number(value: i64) -> String {
    let mut words = Vec::new();
    if value < 0 {
        words.push("âm");
    }
    whole(value.unsigned_abs(), false, &mut words);
    words.join(" ")
}

/// `(36, 5)` as "ba mươi sáu phẩy năm"; nothing is said of a tenth that is none.
pub fn decimal(whole: i64, tenth: u8) -> String {
    match UNITS.get(usize::from(tenth)) {
        None | Some(&"không") => number(whole),
        Some(tenth) => format!("{} phẩy {tenth}", number(whole)),
    }
}

/// One by one; a space or a dot between figures is a short rest. Letters are said by their names, `*` and `#`
/// as the keys they are.
pub fn digits(text: &str) -> String {
    let mut words = String::new();
    let mut rest = false;
    for c in text.chars() {
        let word = match c {
            '*' => "sao".to_owned(),
            '#' => "thăng".to_owned(),
            c if c.is_ascii_digit() => unit(c).to_owned(),
            c if c.is_alphabetic() => c.to_uppercase().to_string(),
            _ => {
                rest = !words.is_empty();
                continue;
            }
        };
        if rest {
            words.push(',');
        }
        rest = false;
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&word);
    }
    words
}

/// A telephone number one by one, with rests as it is written: `0903 123 456`. The country's own prefix is
/// said as the nought that people dial.
pub fn phone(text: &str) -> String {
    let dialled: String = text.chars().filter(char::is_ascii_digit).collect();
    let local = match dialled.strip_prefix("84") {
        Some(rest) if text.trim_start().starts_with('+') => format!("0{rest}"),
        _ => dialled,
    };
    // Only figures are left, so every place is a boundary of characters.
    let grouped = match local.len() {
        10 => format!("{} {} {}", &local[..4], &local[4..7], &local[7..]),
        11 => format!("{} {} {}", &local[..3], &local[3..7], &local[7..]),
        _ => local,
    };
    digits(&grouped)
}

/// "ngày hai mươi lăm tháng chín"
pub fn date(day: Date) -> String {
    day_and_month(i64::from(day.day()), i64::from(day.month()))
}

/// The fourth month alone has a word of its own.
fn day_and_month(day: i64, month: i64) -> String {
    let month = if month == 4 { "tư".to_owned() } else { number(month) };
    format!("ngày {} tháng {month}", number(day))
}

/// A text with all its figures in words: dates, telephone numbers, decimals, hours, shares. A figure that is
/// part of a word (`SpO2`, `F0`) stays.
pub fn aloud(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let in_word = before.is_some_and(|before| before.is_alphanumeric());
        let international = c == '+' && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if (c.is_ascii_digit() && !in_word) || international {
            let (words, next) = figure(&chars, at, &out);
            out.push_str(&words);
            at = next;
        } else {
            out.push(c);
            at += 1;
        }
    }
    out
}

/// The figure that begins at `at` in words, and where it ends. `said` stands before it.
fn figure(chars: &[char], at: usize, said: &str) -> (String, usize) {
    if let Some(found) = telephone(chars, at).or_else(|| day(chars, at, said)).or_else(|| hour(chars, at)) {
        return found;
    }
    let (run, mut end) = run(chars, at + usize::from(chars[at] == '+'));
    let mut figures = run.clone();
    // A dot before three figures stands between thousands.
    while chars.get(end) == Some(&'.') && !run.starts_with('0') && run.len() <= 3 {
        let (next, after) = self::run(chars, end + 1);
        if next.len() != 3 {
            break;
        }
        figures.push_str(&next);
        end = after;
    }
    // A nought in front is no number: a code is read out.
    let one_by_one = figures.len() > 1 && figures.starts_with('0');
    let mut words = match figures.parse::<i64>() {
        Ok(value) if !one_by_one => number(value),
        _ => digits(&figures),
    };
    let (places, after) = fraction(chars, end);
    if !places.is_empty() {
        end = after;
        words.push_str(" phẩy ");
        match places.parse::<i64>() {
            Ok(value) if places.len() <= 2 && !places.starts_with('0') => words.push_str(&number(value)),
            _ => words.push_str(&digits(&places)),
        }
    }
    match chars.get(end) {
        Some('%') => (words + " phần trăm", end + 1),
        Some('°') => (words + " độ", end + 1 + usize::from(chars.get(end + 1) == Some(&'C'))),
        // Glued to a letter ("5kg"): a rest between them.
        Some(next) if next.is_alphabetic() => (words + " ", end),
        _ => (words, end),
    }
}

/// The figures from `at` on, and where they end.
fn run(chars: &[char], at: usize) -> (String, usize) {
    let run: String = chars.iter().skip(at).take_while(|c| c.is_ascii_digit()).collect();
    let end = at + run.len();
    (run, end)
}

/// What stands behind a decimal comma.
fn fraction(chars: &[char], end: usize) -> (String, usize) {
    if chars.get(end) == Some(&',') { run(chars, end + 1) } else { (String::new(), end) }
}

/// `0903 123 456`, `0903.123.456`, `+84903123456`.
fn telephone(chars: &[char], at: usize) -> Option<(String, usize)> {
    let begins = if chars[at] == '+' { at + 1 } else { at };
    if chars[at] != '+' && chars[at] != '0' {
        return None;
    }
    let (mut figures, mut end) = run(chars, begins);
    while figures.len() < 10 && matches!(chars.get(end), Some(' ' | '.')) {
        let (next, after) = run(chars, end + 1);
        if !(2..=4).contains(&next.len()) {
            break;
        }
        figures.push_str(&next);
        end = after;
    }
    if !(9..=12).contains(&figures.len()) {
        return None;
    }
    let prefix = if chars[at] == '+' { "+" } else { "" };
    Some((phone(&format!("{prefix}{figures}")), end))
}

/// `25/09` and `25/09/2021`; "ngày" is said once. A house in an alley is no day.
fn day(chars: &[char], at: usize, said: &str) -> Option<(String, usize)> {
    let said = said.trim_end().to_lowercase();
    if ["/", "số", "nhà", "hẻm"].iter().any(|house| said.ends_with(house)) {
        return None;
    }
    let (day, end) = small(chars, at, 1..=31)?;
    let slash = (chars.get(end) == Some(&'/')).then_some(end + 1)?;
    let (month, end) = small(chars, slash, 1..=12)?;
    let mut words = day_and_month(day, month);
    let mut end = end;
    if chars.get(end) == Some(&'/') {
        let (year, after) = run(chars, end + 1);
        if year.len() != 4 {
            return None;
        }
        words = format!("{words} năm {}", number(year.parse().ok()?));
        end = after;
    }
    if said.ends_with("ngày") {
        words = words.split_off("ngày ".len());
    }
    Some((words, end))
}

/// `07:05` and `7h05`.
fn hour(chars: &[char], at: usize) -> Option<(String, usize)> {
    let (hour, end) = small(chars, at, 0..=24)?;
    let mark = *chars.get(end)?;
    if mark != ':' && mark != 'h' {
        return None;
    }
    match small(chars, end + 1, 0..=59) {
        Some((0, after)) => Some((format!("{} giờ", number(hour)), after)),
        Some((minute, after)) => Some((format!("{} giờ {} phút", number(hour), number(minute)), after)),
        None if mark == 'h' && !chars.get(end + 1).is_some_and(|c| c.is_alphanumeric()) => {
            Some((format!("{} giờ", number(hour)), end + 1))
        }
        None => None,
    }
}

/// One or two figures within a range.
fn small(chars: &[char], at: usize, range: std::ops::RangeInclusive<i64>) -> Option<(i64, usize)> {
    let (run, end) = run(chars, at);
    let value = run.parse().ok()?;
    (run.len() <= 2 && range.contains(&value)).then_some((value, end))
}

fn unit(figure: char) -> &'static str {
    figure.to_digit(10).and_then(|value| UNITS.get(value as usize)).copied().unwrap_or_default()
}

/// Thousand by thousand from the left. `full`: something stands before it, so its hundreds are said even
/// where there are none.
fn whole(value: u64, full: bool, words: &mut Vec<&'static str>) {
    const BILLION: u64 = 1_000_000_000;
    if value >= BILLION {
        whole(value / BILLION, full, words);
        words.push("tỷ");
        if !value.is_multiple_of(BILLION) {
            below_a_billion(value % BILLION, true, words);
        }
    } else {
        below_a_billion(value, full, words);
    }
}

fn below_a_billion(value: u64, full: bool, words: &mut Vec<&'static str>) {
    let groups = [(value / 1_000_000, "triệu"), (value / 1_000 % 1_000, "nghìn"), (value % 1_000, "")];
    let Some(first) = groups.iter().position(|(group, _)| *group > 0) else {
        words.push(UNITS[0]);
        return;
    };
    // What is not said at the front or the end must be said between two groups: 1.000.005.
    let last = groups.iter().rposition(|(group, _)| *group > 0).unwrap_or(first);
    for (place, (group, name)) in groups.iter().enumerate().take(last + 1).skip(first) {
        match group {
            0 => words.push(UNITS[0]),
            group => below_a_thousand(*group as usize, full || place > first, words),
        }
        if !name.is_empty() {
            words.push(name);
        }
    }
}

fn below_a_thousand(value: usize, full: bool, words: &mut Vec<&'static str>) {
    let (hundreds, tens, units) = (value / 100, value / 10 % 10, value % 10);
    if hundreds > 0 || full {
        words.extend([UNITS[hundreds], "trăm"]);
    }
    match (tens, units) {
        (0, 0) => {}
        (0, units) if hundreds > 0 || full => words.extend(["lẻ", UNITS[units]]),
        (0, units) => words.push(UNITS[units]),
        (1, 0) => words.push("mười"),
        (1, 5) => words.extend(["mười", "lăm"]),
        (1, units) => words.extend(["mười", UNITS[units]]),
        (tens, 0) => words.extend([UNITS[tens], "mươi"]),
        (tens, 1) => words.extend([UNITS[tens], "mươi", "mốt"]),
        (tens, 5) => words.extend([UNITS[tens], "mươi", "lăm"]),
        (tens, units) => words.extend([UNITS[tens], "mươi", UNITS[units]]),
    }
}
