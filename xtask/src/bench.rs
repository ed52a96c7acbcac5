//! Figures and faults: both build the program for release, because nothing else is worth measuring.

use crate::{Outcome, workspace};
use std::{path::Path, process::Command};

/// `cargo xtask bench [NAME]`
pub fn bench(root: &Path, name: Option<&str>) -> Outcome {
    run(root, name.as_slice())
}

/// `cargo xtask faults WHAT`
pub fn faults(root: &Path, what: &str) -> Outcome {
    run(root, &["--faults", what])
}

fn run(root: &Path, arguments: &[&str]) -> Outcome {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Both in one build, so that the crates they share are built once and with the same features.
    let build = ["build", "--release", "--quiet", "--package", "server", "--package", "bench"];
    step(Command::new(cargo).current_dir(root).args(build))?;
    step(Command::new(workspace::target().join("release/bench")).current_dir(root).args(arguments))
}

fn step(command: &mut Command) -> Outcome {
    let ended = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if ended.success() { Ok(()) } else { Err(format!("{command:?} ended with {ended}")) }
}
