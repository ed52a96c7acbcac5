//! What calls say and what the page of announcements offers to record are the same: found by walking the code.

use duty::prompts::{NUMBER_WORDS, shipped};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Where calls speak.
const ROOMS: [&str; 4] =
    ["duty/src/messages", "health/src/hotline", "health/src/care_calls", "health/src/scripts"];
const PARTS: [&str; 4] = ["ladder.", "care.", "ask.", "hotline."];
/// Rules, jobs and parts of the program that are called alike.
const OTHERS: [&str; 8] = [
    "care.calls",
    "hotline.calls",
    "hotline.hold",
    "hotline.listen",
    "hotline.orders",
    "hotline.reception",
    "hotline.transfer",
    "hotline.watch",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Each file with its code, without its tests.
fn code() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for room in ROOMS {
        files(&crates.join(room), &mut found);
    }
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        (path, code)
    };
    found.into_iter().map(code).collect()
}

/// The keys in a text: `"hotline.menu"`, `{clip:ask.fever}`.
fn keys(text: &str) -> BTreeSet<String> {
    let of_key = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || ['.', '_'].contains(c);
    let begins = |mark: &'static str| text.match_indices(mark).map(move |(at, _)| at + mark.len());
    let all = begins("\"").chain(begins("{clip:"));
    all.map(|at| text[at..].chars().take_while(of_key).collect::<String>())
        .filter(|key| PARTS.iter().any(|part| key.starts_with(part)))
        .collect()
}

#[test]
fn whatever_can_be_recorded_is_said_and_whatever_is_said_can_be_recorded() {
    let said: BTreeSet<String> = code().iter().flat_map(|(_, code)| keys(code)).collect();
    let offered = shipped().iter().map(|(key, _)| *key);
    let offered: BTreeSet<&str> = offered.filter(|key| !key.starts_with(NUMBER_WORDS)).collect();
    let (mut in_vain, mut by_nobody) = (Vec::new(), Vec::new());
    for key in &offered {
        if !said.contains(*key) {
            in_vain.push(*key);
        }
        assert!(!OTHERS.contains(key), "{key} is something else");
    }
    for key in &said {
        if !offered.contains(key.as_str()) && !OTHERS.contains(&key.as_str()) {
            by_nobody.push(key.as_str());
        }
    }
    assert!(in_vain.is_empty(), "recorded in vain: {in_vain:?}");
    assert!(by_nobody.is_empty(), "nobody can record: {by_nobody:?}");
    for other in OTHERS {
        assert!(said.contains(other), "{other} is no more");
    }
}

#[test]
fn no_fixed_words_are_said_that_nobody_can_record() {
    for (path, code) in code() {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        for words in
            ["Say::text(\"", "Say::Text(\"", "Say::text(format!", "Say::Text(format!", "Piece::Text(\""]
        {
            assert!(!code.contains(words), "{}: {words}", path.display());
        }
    }
}
