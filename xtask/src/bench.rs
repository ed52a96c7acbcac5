//! Figures and faults: both build the program for release, because nothing else is worth measuring.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// `cargo xtask bench [NAME]`
pub fn bench(root: &Path, name: Option<&str>) -> Result<(), String> {
    run(root, name.as_slice())
}

/// `cargo xtask faults WHAT`
pub fn faults(root: &Path, what: &str) -> Result<(), String> {
    run(root, &["--faults", what])
}

fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Both in one build, so that the crates they share are built once and with the same features.
    let build = ["build", "--release", "--quiet", "--package", "server", "--package", "bench"];
    step(Command::new(cargo).current_dir(root).args(build))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    step(Command::new(target.join("release/bench")).current_dir(root).args(arguments))
}

fn step(command: &mut Command) -> Result<(), String> {
    let ended = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if ended.success() { Ok(()) } else { Err(format!("{command:?} ended with {ended}")) }
}
