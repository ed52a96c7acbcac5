//! Names that say nothing, files too long to hold in the head.

use crate::{Outcome, workspace};

const EMPTY_NAMES: [&str; 12] = [
    "util", "utils", "helper", "helpers", "common", "shared", "manager", "managers", "service", "services",
    "misc", "stuff",
];
const LONG: usize = 600;
const TOO_LONG: usize = 800;

pub fn check(faults: &mut Vec<String>) -> Outcome {
    for folder in ["crates", "xtask", "web", "e2e"] {
        for file in
            workspace::files(&workspace::root().join(folder), &["rs", "ts", "css", "scss", "html", "sql"])
        {
            let short = workspace::short(&file);
            if file.iter().any(|part| is_empty_name(&part.to_string_lossy())) {
                faults.push(format!("{short}: name it by the noun it is about"));
            }
            match workspace::read(&file)?.lines().count() {
                lines if lines > TOO_LONG => faults.push(format!("{short}: {lines} lines; split it by noun")),
                lines if lines > LONG => println!("{short}: {lines} lines, more than one holds in the head"),
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_empty_name(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    EMPTY_NAMES.contains(&stem) || stem.rsplit('_').next().is_some_and(|last| EMPTY_NAMES.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::is_empty_name;

    #[test]
    fn names_that_say_nothing_are_found_anywhere_in_a_path() {
        assert!(is_empty_name("utils.rs") && is_empty_name("ticket_helpers.rs") && is_empty_name("common"));
        assert!(!is_empty_name("tickets.rs") && !is_empty_name("outbox"));
    }
}
