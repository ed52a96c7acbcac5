//! Where things stand in the repository.

use crate::Outcome;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The repository that one stands in, else the one this was built from.
pub fn root() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    let stands = |folder: &&Path| folder.join("xtask/src/workspace.rs").is_file();
    if let Some(root) = here.ancestors().find(stands) {
        return root.to_owned();
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"));
    beside.parent().unwrap_or(beside).to_owned()
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The path as people write it.
pub fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

pub fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", short(path)))
}

/// Names of the crates that make up the house, sorted.
pub fn crates() -> Outcome<Vec<String>> {
    let folder = root().join("crates");
    let entries = fs::read_dir(&folder).map_err(|error| format!("crates: {error}"))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Every file below `folder` with one of these extensions, sorted; what is fetched or built is left out.
pub fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let name = name.to_string_lossy();
                if !name.starts_with('.') && !["node_modules", "dist", "target", "results"].contains(&&*name)
                {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extensions.iter().any(|e| extension == *e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
