//! How results, tests and sexes are spelt in lists.

use crate::cases::{TestKind, TestResult};
use kernel::{ValueError, citizen_id::Sex, text::search_key};

/// A cell that says there is nothing: "không có", "ko", "chưa có", "-", "x".
pub(super) fn is_nothing(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "", "khong", "khong co", "ko", "ko co", "k", "k co", "kco", "chua co", "chua cap", "x", "na", "n a",
        "0",
    ];
    WORDS.contains(&search_key(text).as_str())
}

/// A result, with the CT value when it stands in the same cell.
///
/// Errors: `error-result-unknown`; `error-result-contradictory` ("âm tính (+)").
pub(super) fn result(text: &str) -> Result<TestResult, ValueError> {
    let key = format!(" {} ", search_key(text));
    let has = |words: &[&str]| words.iter().any(|word| key.contains(&format!(" {word} ")));
    if has(&["khong xac dinh", "chua xac dinh", "nghi ngo", "lap lai", "indeterminate", "inconclusive"]) {
        return Ok(TestResult::Indeterminate);
    }
    let not_found = has(&["khong phat hien", "not detected", "khong thay"]);
    let minus = matches!(text.trim(), "-" | "–" | "(-)" | "[-]" | "(–)") || text.contains("(-)");
    let plus = text.contains('+');
    let alone = key.trim();
    let positive = plus
        || has(&["duong tinh", "duongtinh", "duong", "dt", "positive", "pos", "f0", "reactive"])
        || (!not_found && has(&["phat hien", "detected"]))
        || matches!(alone, "p" | "d");
    let negative = minus
        || not_found
        || has(&["am tinh", "amtinh", "am", "at", "negative", "neg", "non reactive"])
        || matches!(alone, "n" | "a");
    match (positive, negative) {
        (true, true) => Err(ValueError::new("error-result-contradictory")),
        // "không dương tính" may mean anything.
        (true, false) if has(&["khong", "ko", "not"]) => Err(ValueError::new("error-result-contradictory")),
        (true, false) => Ok(TestResult::Positive),
        (false, true) => Ok(TestResult::Negative),
        (false, false) => Err(ValueError::new("error-result-unknown")),
    }
}

/// What was done with the sample.
///
/// Errors: `error-test-kind-unknown`; `error-test-pooled` (a pool is not a person's result: its
/// samples must be opened into singles).
pub(super) fn kind(text: &str) -> Result<TestKind, ValueError> {
    let key = format!(" {} ", search_key(text));
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    if has(&["gop ", "pool"]) {
        return Err(ValueError::new("error-test-pooled"));
    }
    if has(&[" tu test", " tu xet nghiem", " tu lam", "self"]) {
        Ok(TestKind::SelfTest)
    } else if has(&["pcr"]) {
        Ok(TestKind::Pcr)
    } else if has(&["nhanh", " kn ", "khang nguyen", "antigen", " ag ", "rapid", " rdt "]) {
        Ok(TestKind::Rapid)
    } else {
        Err(ValueError::new("error-test-kind-unknown"))
    }
}

/// Errors: `error-sex-unknown`.
pub(super) fn sex(text: &str) -> Result<Sex, ValueError> {
    match search_key(text).as_str() {
        "nam" | "m" | "male" | "trai" | "ong" => Ok(Sex::Male),
        "nu" | "f" | "female" | "gai" | "ba" => Ok(Sex::Female),
        _ => Err(ValueError::new("error-sex-unknown")),
    }
}

/// A CT value in hundredths; of several genes the lowest. `None` where the cell says there is none.
///
/// Errors: `error-ct-format`; `error-ct-range` (0 to 60).
pub(super) fn ct(text: &str) -> Result<Option<i32>, ValueError> {
    if is_nothing(text) {
        return Ok(None);
    }
    let numbers: Vec<f64> = text
        .replace(',', ".")
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter_map(|part| part.trim_matches('.').parse().ok())
        .collect();
    let lowest = numbers.into_iter().reduce(f64::min).ok_or(ValueError::new("error-ct-format"))?;
    if (0.0..=60.0).contains(&lowest) {
        Ok(Some((lowest * 100.0).round() as i32))
    } else {
        Err(ValueError::new("error-ct-range"))
    }
}

/// The CT value written behind a result: "Dương tính (CT 22,5)".
pub(super) fn ct_beside(text: &str) -> Option<i32> {
    let lower = text.to_lowercase();
    let (_, after) = lower.split_once("ct")?;
    ct(after).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_in_many_spellings() {
        for text in [
            "Dương tính",
            "DUONG TINH",
            "dương tính (+)",
            "(+)",
            "+",
            "DT",
            "Pos",
            "positive",
            "Dương tính (CT 22,5)",
            "Dương tính SARS-CoV-2",
            "Phát hiện",
            "F0",
            "Dương",
        ] {
            assert_eq!(result(text), Ok(TestResult::Positive), "{text}");
        }
        for text in [
            "Âm tính",
            "AM TINH",
            "(-)",
            "-",
            "Neg",
            "Không phát hiện SARS-CoV-2",
            "âm",
            "Not detected",
            "âm tính (-)",
        ] {
            assert_eq!(result(text), Ok(TestResult::Negative), "{text}");
        }
        for text in ["Không xác định", "Nghi ngờ", "Lặp lại mẫu"] {
            assert_eq!(result(text), Ok(TestResult::Indeterminate), "{text}");
        }
        for text in ["âm tính (+)", "không dương tính", "âm/dương"] {
            assert_eq!(result(text).unwrap_err().key, "error-result-contradictory", "{text}");
        }
        for text in ["chờ", "", "12", "đã lấy mẫu"] {
            assert_eq!(result(text).unwrap_err().key, "error-result-unknown", "{text}");
        }
    }

    #[test]
    fn tests_sexes_and_ct_values_are_read() {
        for (text, expected) in [
            ("RT-PCR", TestKind::Pcr),
            ("Realtime PCR đơn", TestKind::Pcr),
            ("Test nhanh", TestKind::Rapid),
            ("KN nhanh", TestKind::Rapid),
            ("Ag", TestKind::Rapid),
            ("Tự test tại nhà", TestKind::SelfTest),
        ] {
            assert_eq!(kind(text), Ok(expected), "{text}");
        }
        assert_eq!(kind("PCR gộp 5").unwrap_err().key, "error-test-pooled");
        assert_eq!(kind("lấy máu").unwrap_err().key, "error-test-kind-unknown");
        assert_eq!((sex("NỮ"), sex("Nam")), (Ok(Sex::Female), Ok(Sex::Male)));
        assert_eq!(ct("22,5/ 24.1"), Ok(Some(2250)));
        assert_eq!((ct("-"), ct("không")), (Ok(None), Ok(None)));
        assert_eq!(ct("225").unwrap_err().key, "error-ct-range");
        assert_eq!(ct_beside("Dương tính (CT=18,75)"), Some(1875));
    }
}
