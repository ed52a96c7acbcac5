//! The values of a rule as sentences can use them: names in words, lengths of time spelled out.

use jiff::{SignedDuration, Span, civil::Date};
use kernel::dates;
use pages::{Words, time};
use serde_json::Value;

/// One value with its name; `depth` counts the tables it stands in.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub value: String,
    pub depth: u8,
}

/// All values of a version, tables opened out.
pub fn lines(w: Words, values: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(table) = values.as_object() {
        for (key, value) in table {
            add(w, key, value, 0, &mut lines);
        }
    }
    lines
}

fn add(w: Words, key: &str, value: &Value, depth: u8, lines: &mut Vec<Line>) {
    let name = word(w, key);
    match value {
        Value::Object(table) => {
            lines.push(Line { name, value: String::new(), depth });
            for (key, value) in table {
                add(w, key, value, depth + 1, lines);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            lines.push(Line { name, value: String::new(), depth });
            for item in list {
                lines.push(Line { name: "–".to_owned(), value: flat(w, item), depth: depth + 1 });
            }
        }
        Value::Array(list) if list.is_empty() => lines.push(Line { name, value: w.rule_none(), depth }),
        other => lines.push(Line { name, value: flat(w, other), depth }),
    }
}

/// A value on one line.
fn flat(w: Words, value: &Value) -> String {
    match value {
        Value::Null => w.rule_none(),
        Value::Bool(true) => w.rule_yes(),
        Value::Bool(false) => w.rule_no(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text_value(w, text),
        Value::Array(list) if list.is_empty() => w.rule_none(),
        Value::Array(list) => list.iter().map(|item| flat(w, item)).collect::<Vec<_>>().join(", "),
        Value::Object(table) if table.is_empty() => w.rule_always(),
        Value::Object(table) => {
            // The name in the reader's own language is enough.
            let other = format!("name_{}", if w.lang().as_str() == "vi" { "en" } else { "vi" });
            let parts =
                table.iter().filter(|(key, _)| **key != other).map(|(key, value)| match key.as_str() {
                    "name_vi" | "name_en" | "date" => flat(w, value),
                    key => format!("{}: {}", word(w, key), flat(w, value)),
                });
            parts.collect::<Vec<_>>().join(" · ")
        }
    }
}

fn text_value(w: Words, text: &str) -> String {
    if let Ok(day) = text.parse::<Date>() {
        return dates::shown_date(day);
    }
    if text.starts_with("PT")
        && let Ok(length) = text.parse::<SignedDuration>()
    {
        // The law counts in whole hours: 48 giờ, not two days.
        let (hours, rest) = (length.as_hours(), length.as_secs() % 3600);
        return if hours > 0 && rest == 0 {
            w.span_hours(hours.to_string())
        } else {
            time::span(w, length.as_secs())
        };
    }
    if text.starts_with('P')
        && let Ok(span) = text.parse::<Span>()
    {
        let (years, months, days) = (span.get_years(), span.get_months(), span.get_days());
        return match (years, months) {
            (0, 0) if days > 0 => w.rule_span_days(days.to_string()),
            (0, months) => w.rule_span_months(months.to_string()),
            (years, _) => w.rule_span_years(years.to_string()),
        };
    }
    word(w, text)
}

/// A key or a code in words; a code that nobody has worded stands as it is, without underscores.
fn word(w: Words, code: &str) -> String {
    let key = format!("rule-word-{}", code.replace('_', "-"));
    if w.has(&key) { w.by_key(&key) } else { code.replace('_', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duty::rules::packs;
    use pages::Lang;

    #[test]
    fn every_shipped_value_has_its_word() {
        fn codes<'a>(value: &'a Value, said: bool, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(table) => table.iter().for_each(|(key, value)| {
                    found.push(key);
                    codes(value, said, found);
                }),
                Value::Array(list) => list.iter().for_each(|item| codes(item, said, found)),
                Value::String(text) if !said && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
                    found.push(text);
                }
                _ => {}
            }
        }
        let w = Words(Lang::Vi);
        let mut missing = std::collections::BTreeSet::new();
        for pack in packs().unwrap().values() {
            for version in &pack.versions {
                let mut found = Vec::new();
                // Words that people write are no codes.
                codes(&version.values, pack.head.code == "text.answers", &mut found);
                missing.extend(found.into_iter().filter(|code| {
                    !matches!(*code, "name_vi" | "name_en" | "date")
                        && !w.has(&format!("rule-word-{}", code.replace('_', "-")))
                }));
            }
        }
        assert_eq!(missing, std::collections::BTreeSet::new());
    }

    #[test]
    fn values_read_as_people_say_them() {
        let w = Words(Lang::Vi);
        let values = serde_json::json!({ "answer_within": "PT48H", "valid": "2021-09-02", "make_up": [] });
        let read: Vec<String> = lines(w, &values).into_iter().map(|line| line.value).collect();
        assert_eq!(read, ["48 giờ", &w.rule_none(), "02/09/2021"]);
        // A place that takes no card is closed; whoever needs no condition has the card.
        let values = serde_json::json!({ "places": [{ "zones": ["red"], "accepts": [] }], "any": [{}] });
        let read: Vec<String> = lines(w, &values).into_iter().map(|line| line.value).collect();
        let closed = format!("nhận thẻ: {} · vùng: đỏ", w.rule_none());
        assert_eq!(read, ["", &w.rule_always(), "", &closed]);
    }
}
