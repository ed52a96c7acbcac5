//! A test that needs what this machine lacks prints `skipped: needs X` and passes. On a developer's
//! machine that is told at the end; with `CI=true` it fails, unless `ci/skips.txt` says why X may be
//! missing there.

use crate::{Outcome, workspace};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::PathBuf,
};

const MARK: &str = "skipped: needs ";

/// What was missing, and which tests said so.
type Skips = BTreeMap<String, BTreeSet<String>>;

pub fn run(logs: &[PathBuf]) -> Outcome {
    let mut skips = Skips::new();
    for log in logs.iter().filter(|log| log.exists()) {
        gather(&workspace::read(log)?, &mut skips);
    }
    let allowed = parse(&workspace::read(&workspace::root().join("ci/skips.txt"))?)?;
    for (need, tests) in &skips {
        let reason = allowed.get(need).map_or("", String::as_str);
        println!("skipped: needs {need} ({}) {reason}", list(tests));
    }
    let strict = env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
    let unlisted: Vec<&String> = skips.keys().filter(|need| !allowed.contains_key(*need)).collect();
    if strict && !unlisted.is_empty() {
        return Err(format!("skipped without a reason in ci/skips.txt: {unlisted:?}"));
    }
    Ok(())
}

fn list(tests: &BTreeSet<String>) -> String {
    match tests.first() {
        Some(first) if tests.len() > 1 => format!("{first} and {} more", tests.len() - 1),
        Some(first) => first.clone(),
        None => String::new(),
    }
}

fn gather(log: &str, skips: &mut Skips) {
    let mut test = "";
    for line in log.lines() {
        if let Some(name) = line.split("<testcase name=\"").nth(1).and_then(|rest| rest.split('"').next()) {
            test = name;
        }
        if let Some(need) = line.split(MARK).nth(1) {
            // In brackets stand the details of one machine, after `<` the rest of the XML.
            let need = need.split(['(', '<']).next().unwrap_or(need).trim();
            skips.entry(need.to_owned()).or_default().insert(test.to_owned());
        }
    }
}

/// Lines `what is missing: reason`.
fn parse(text: &str) -> Outcome<BTreeMap<String, String>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once(':') {
            Some((need, reason)) if !reason.trim().is_empty() => {
                Ok((need.trim().to_owned(), reason.trim().to_owned()))
            }
            _ => Err(format!("ci/skips.txt: {line:?} gives no reason")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_are_read_from_junit_and_from_plain_logs() {
        let mut skips = Skips::new();
        let junit = "<testcase name=\"one\" time=\"0\">\n<system-out>\nskipped: needs root\n</system-out>\n\
                     <testcase name=\"two\">\n<system-out>skipped: needs PostgreSQL (no binaries)</system-out>";
        gather(junit, &mut skips);
        gather("skipped: needs root", &mut skips);
        assert_eq!(skips.keys().collect::<Vec<_>>(), ["PostgreSQL", "root"]);
        assert_eq!(skips["root"].len(), 2);
        assert!(skips["PostgreSQL"].contains("two"));
    }

    #[test]
    fn a_skip_is_allowed_only_with_a_reason() {
        assert_eq!(parse("# note\n\nroot: runs as a user\n").unwrap()["root"], "runs as a user");
        assert!(parse("root\n").is_err());
    }
}
