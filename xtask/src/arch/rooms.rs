//! Which crate may use which.

use crate::{Outcome, workspace};
use toml::Table;

/// Rooms from the lowest up; those on one floor do not know each other. `testkit` is for tests.
const FLOORS: [&[&str]; 8] = [
    &["kernel"],
    &["papers", "pass", "store", "pgbox", "sip"],
    &["duty"],
    &["health"],
    &["town"],
    &["gateways", "pages"],
    &["portal", "desk", "api", "testkit"],
    &["server"],
];

/// Every lint is switched on in one place; a crate that does not say so goes unchecked.
pub fn check(name: &str, faults: &mut Vec<String>) -> Outcome {
    let path = workspace::root().join("crates").join(name).join("Cargo.toml");
    let manifest: Table = workspace::read(&path)?.parse().map_err(|error| format!("{name}: {error}"))?;
    let inherits =
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        faults.push(format!("crates/{name}: Cargo.toml lacks `[lints] workspace = true`"));
    }
    let Some(floor) = floor(name) else {
        faults.push(format!("crates/{name}: no floor of its own in xtask/src/arch/rooms.rs"));
        return Ok(());
    };
    let used = manifest.get("dependencies").and_then(toml::Value::as_table);
    for used in used.into_iter().flat_map(Table::keys) {
        if let Some(other) = self::floor(used) {
            if used == "testkit" {
                faults.push(format!("crates/{name}: testkit is for [dev-dependencies]"));
            } else if other >= floor {
                faults.push(format!("crates/{name}: may not know {used}, which does not stand below it"));
            }
        }
    }
    Ok(())
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&name))
}
