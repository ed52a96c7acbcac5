//! How results, tests, sexes, doses and vaccines are spelt in lists.

use crate::{
    cases::{TestKind, TestResult},
    streets,
};
use kernel::{
    ValueError,
    citizen_id::Sex,
    text::{search_key, tidy},
};

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

/// Whether somebody was near a contact (F2) and not near the case itself (F1).
///
/// Errors: `error-degree-unknown`.
pub(super) fn degree(text: &str) -> Result<bool, ValueError> {
    let key = search_key(text);
    let has = |word: &str, bare: &str| key == bare || key.split(' ').any(|one| one == word);
    match (has("f1", "1"), has("f2", "2")) {
        (true, false) => Ok(false),
        (false, true) => Ok(true),
        _ => Err(ValueError::new("error-degree-unknown")),
    }
}

/// What a line of a gazetteer is, by its own column.
///
/// Errors: `error-street-kind-unknown`.
pub(super) fn street_kind(text: &str) -> Result<streets::Kind, ValueError> {
    let key = format!(" {} ", search_key(text));
    let has = |words: &[&str]| words.iter().any(|word| key.contains(&format!(" {word} ")));
    if has(&["hem", "ngo", "ngach", "kiet", "alley"]) {
        Ok(streets::Kind::Alley)
    } else if has(&["chung cu", "block", "toa nha", "cao oc", "cu xa", "lo"]) {
        Ok(streets::Kind::Block)
    } else if has(&["duong", "pho", "dai lo", "quoc lo", "street"]) {
        Ok(streets::Kind::Street)
    } else {
        Err(ValueError::new("error-street-kind-unknown"))
    }
}

/// What it is by its name, where no column says it; a street unless the name begins otherwise.
pub(super) fn street_kind_of(name: &str) -> streets::Kind {
    let key = search_key(name);
    let begins = |words: &[&str], numbered: bool| {
        words.iter().any(|word| {
            let rest = key.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
            rest.is_some_and(|rest| !numbered || rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    // "Ngô Quyền" is no alley.
    if begins(&["hem"], false) || begins(&["ngo", "ngach", "kiet"], true) {
        streets::Kind::Alley
    } else if begins(&["chung cu", "block", "toa nha", "cao oc", "cu xa"], false) {
        streets::Kind::Block
    } else {
        streets::Kind::Street
    }
}

/// A cell that says a dose has not been given: "chưa tiêm", "hoãn tiêm", or nothing.
pub(super) fn is_not_given(text: &str) -> bool {
    let key = search_key(text);
    is_nothing(text) || ["chua", "hoan", "khong tiem", "tu choi"].iter().any(|word| key.starts_with(word))
}

/// Which dose it is: "2", "Mũi 2", "M2", "mũi thứ hai", "II".
///
/// Errors: `error-dose-number` (none of 1 to 9, or none at all, as in "mũi nhắc").
pub(super) fn dose(text: &str) -> Result<i16, ValueError> {
    const WORDS: [(&str, i16); 10] = [
        ("i", 1),
        ("ii", 2),
        ("iii", 3),
        ("iv", 4),
        ("mot", 1),
        ("nhat", 1),
        ("dau", 1),
        ("hai", 2),
        ("ba", 3),
        ("bon", 4),
    ];
    let key = search_key(text);
    let mut digits = key.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let number = match (digits.next(), digits.next()) {
        (Some(one), None) => one.parse().ok(),
        (Some(_), Some(_)) => None,
        (None, _) => {
            key.split(' ').find_map(|word| WORDS.iter().find(|(said, _)| *said == word)).map(|(_, n)| *n)
        }
    };
    number.filter(|n| (1..=9).contains(n)).ok_or(ValueError::new("error-dose-number"))
}

/// A vaccine by its usual name where it is one of those given in 2021 and 2022, else as written.
pub(super) fn vaccine(text: &str) -> String {
    const NAMES: [(&str, &str); 15] = [
        ("astra", "AstraZeneca"),
        ("vaxzevria", "AstraZeneca"),
        ("covishield", "AstraZeneca"),
        ("pfizer", "Pfizer"),
        ("comirnaty", "Pfizer"),
        ("biontech", "Pfizer"),
        ("moderna", "Moderna"),
        ("spikevax", "Moderna"),
        ("verocell", "Vero Cell"),
        ("sinopharm", "Vero Cell"),
        ("hayat", "Hayat-Vax"),
        ("sputnik", "Sputnik V"),
        ("abdala", "Abdala"),
        ("janssen", "Janssen"),
        ("johnson", "Janssen"),
    ];
    if is_nothing(text) {
        return String::new();
    }
    let key = search_key(text).replace(' ', "");
    if key == "az" {
        return "AstraZeneca".to_owned();
    }
    let known = NAMES.iter().find(|(word, _)| key.contains(word));
    known.map_or_else(|| tidy(text), |(_, name)| (*name).to_owned())
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

    #[test]
    fn contacts_and_streets_are_read_in_many_spellings() {
        for (text, second) in
            [("F1", false), ("f1 (vợ)", false), ("1", false), ("F2", true), ("Tiếp xúc F2", true)]
        {
            assert_eq!(degree(text), Ok(second), "{text}");
        }
        for text in ["F3", "gần", "F1, F2"] {
            assert_eq!(degree(text).unwrap_err().key, "error-degree-unknown", "{text}");
        }
        for (text, kind) in [
            ("Đường", streets::Kind::Street),
            ("HẺM", streets::Kind::Alley),
            ("Chung cư", streets::Kind::Block),
        ] {
            assert_eq!(street_kind(text), Ok(kind), "{text}");
        }
        assert_eq!(street_kind("sông").unwrap_err().key, "error-street-kind-unknown");
        for (name, kind) in [
            ("Ngô Quyền", streets::Kind::Street),
            ("Ngõ 12", streets::Kind::Alley),
            ("Hẻm 1806 Huỳnh Tấn Phát", streets::Kind::Alley),
            ("Chung cư Hoàng Anh", streets::Kind::Block),
            ("Đường số 15", streets::Kind::Street),
        ] {
            assert_eq!(street_kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn doses_and_vaccines_are_read_in_many_spellings() {
        for (text, expected) in
            [("1", 1), ("Mũi 2", 2), ("M3", 3), ("mũi thứ hai", 2), ("MUI NHAT", 1), ("II", 2), ("Mũi 02", 2)]
        {
            assert_eq!(dose(text), Ok(expected), "{text}");
        }
        for text in ["", "mũi nhắc", "1/2", "10", "0"] {
            assert_eq!(dose(text).unwrap_err().key, "error-dose-number", "{text}");
        }
        for (text, expected) in [
            ("Covid-19 Vaccine AstraZeneca", "AstraZeneca"),
            ("AZ", "AstraZeneca"),
            ("astra zeneca", "AstraZeneca"),
            ("Comirnaty (Pfizer-BioNTech)", "Pfizer"),
            ("VERO CELL", "Vero Cell"),
            ("Nanocovax", "Nanocovax"),
            ("-", ""),
        ] {
            assert_eq!(vaccine(text), expected, "{text}");
        }
        assert!(is_not_given("Chưa tiêm") && is_not_given("hoãn tiêm") && !is_not_given("25/8/2021"));
    }
}
