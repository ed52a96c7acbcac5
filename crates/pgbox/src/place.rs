//! Where a cluster lives.
//!
//! The folder given holds it, unless the program is root and the user it drops to may not enter that folder
//! (below /root, say): then it lives in /var/lib/vungxanh and the folder given holds a pointer to it.
//!
//! ```text
//! given/pgbox.lock       held while somebody starts or stops the server
//! given/pgbox.users      shared by every process that uses it
//! given/pgbox.location   only if it lives elsewhere: the path of its home
//! home/pgbox.json        which binaries made it and ran it last
//! home/cluster/          PostgreSQL's data folder
//! home/postgres.log      its log
//! home/run/              its socket, if the path is short enough
//! ```
//!
//! When the program is root, the home belongs to the lesser user.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::binaries::{Binaries, Existing};
use crate::error::{Doing as _, Error};
use crate::private::{fingerprint, fits_socket, open_file, private_folder, runtime_folders, write_whole};
use crate::process::wait_until;
use crate::user::{User, is_root, own_uid};

const LOCK: &str = "pgbox.lock";
const USERS: &str = "pgbox.users";
const POINTER: &str = "pgbox.location";
const RECORD: &str = "pgbox.json";
const CLUSTER: &str = "cluster";
const SYSTEM_BASE: &str = "/var/lib/vungxanh";

/// The home of a cluster and the user its server runs as.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    given: PathBuf,
    pub home: PathBuf,
    /// `None`: the user of this process.
    pub user: Option<User>,
}

/// Held while one process starts or stops the server of a place.
pub(crate) struct StartLock {
    _held: File,
}

/// Kept beside the data: which binaries made it, and which ran it last.
#[derive(Debug, Deserialize, Serialize)]
struct Record {
    made_by: Binaries,
    last_run_by: Binaries,
}

impl Place {
    /// Makes or opens the folder given and takes its start lock. Waits up to two minutes for another
    /// process that is starting the same cluster.
    pub(crate) fn open(given: &Path) -> Result<(Place, StartLock), Error> {
        claim(given)?;
        let given = fs::canonicalize(given).doing("find", given)?;
        let lock = lock(&given.join(LOCK))?;
        let place = settle(given)?;
        if let Some(user) = &place.user
            && place.home == place.given
        {
            for name in [LOCK, USERS] {
                let path = place.given.join(name);
                open_file(&path)
                    .and_then(|file| fchown(file, Some(user.uid), Some(user.gid)))
                    .doing("hand over", &path)?;
            }
        }
        Ok((place, lock))
    }

    /// Takes the start lock of a place opened before.
    pub(crate) fn lock(&self) -> Result<StartLock, Error> {
        lock(&self.given.join(LOCK))
    }

    /// Counts this process among the users of the server, until the file is closed.
    pub(crate) fn join_users(&self) -> Result<File, Error> {
        let path = self.given.join(USERS);
        let users = open_file(&path).doing("open", &path)?;
        users.lock_shared().doing("lock", &path)?;
        Ok(users)
    }

    /// Whether no process but the holder of `users`, if given, uses the server. Call under the start lock.
    pub(crate) fn unused_but_for(&self, users: Option<File>) -> Result<bool, Error> {
        let path = self.given.join(USERS);
        let users = users.map_or_else(|| open_file(&path), Ok).doing("open", &path)?;
        match users.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error).doing("lock", &path),
        }
    }

    pub(crate) fn cluster(&self) -> PathBuf {
        self.home.join(CLUSTER)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// The cluster if it has been made.
    pub(crate) fn existing(&self) -> Result<Option<Existing>, Error> {
        existing_in(&self.home)
    }

    /// An empty private folder to make a cluster in; becomes the cluster by [`Place::finish_cluster`].
    /// What an earlier, broken attempt left is removed.
    pub(crate) fn unfinished_cluster(&self) -> Result<PathBuf, Error> {
        let prefix = format!("{CLUSTER}.new-");
        for entry in fs::read_dir(&self.home).doing("list", &self.home)?.flatten() {
            if entry.file_name().as_bytes().starts_with(prefix.as_bytes())
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::debug!(path = %entry.path().display(), %error, "left a broken cluster behind");
            }
        }
        let folder = self.home.join(format!("{prefix}{}", std::process::id()));
        private_folder(&folder, self.user.as_ref())?;
        Ok(folder)
    }

    /// Gives a cluster its final name, so that one broken off in the making is never taken for a whole one.
    pub(crate) fn finish_cluster(&self, unfinished: &Path) -> Result<(), Error> {
        let cluster = self.cluster();
        fs::rename(unfinished, &cluster).doing("create", &cluster)?;
        File::open(&self.home).and_then(|home| home.sync_all()).doing("sync", &self.home)
    }

    /// Writes down who runs the cluster now, keeping who made it.
    pub(crate) fn record(&self, binaries: &Binaries) -> Result<(), Error> {
        let path = self.home.join(RECORD);
        let known = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        let made_by = known.map_or_else(|| binaries.clone(), |record| record.made_by);
        let record = Record { made_by, last_run_by: binaries.clone() };
        let text = serde_json::to_vec_pretty(&record).map_err(io::Error::from).doing("write", &path)?;
        write_whole(&path, &text, self.user.as_ref()).doing("write", &path)
    }

    /// The log, to be written at its end, and how long it is now (bytes). A log over 32 MiB is set aside
    /// as `postgres.log.1` first.
    pub(crate) fn open_log(&self) -> Result<(File, u64), Error> {
        const LONGEST: u64 = 32 * 1024 * 1024;
        let path = self.log();
        let length = fs::symlink_metadata(&path).map_or(0, |log| log.len());
        if length > LONGEST {
            fs::rename(&path, self.home.join("postgres.log.1")).doing("set aside", &path)?;
        }
        let log = open_file(&path).doing("open", &path)?;
        if let Some(user) = &self.user {
            fchown(&log, Some(user.uid), Some(user.gid)).doing("hand over", &path)?;
        }
        let length = log.metadata().doing("read", &path)?.len();
        Ok((log, length))
    }

    /// Makes the folder for the socket: in the home if its path is short and plain (PostgreSQL splits the
    /// setting at commas), else a hashed one in the runtime folder or the temporary one.
    pub(crate) fn socket_folder(&self) -> Result<PathBuf, Error> {
        let name = format!("vungxanh-{:016x}", fingerprint(&self.home));
        let elsewhere = runtime_folders().into_iter().map(|base| base.join(&name));
        let mut problem = Error::Unsafe { folder: self.home.clone() };
        for folder in std::iter::once(self.home.join("run")).chain(elsewhere) {
            if !fits_socket(&folder) {
                continue;
            }
            match private_folder(&folder, self.user.as_ref()) {
                Ok(()) if self.user.as_ref().is_none_or(|user| user.can_enter(&folder)) => return Ok(folder),
                Ok(()) => problem = Error::Unsafe { folder },
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// Binaries that the server's user can run: the same, or a copy if the package lies where he may not enter.
    pub(crate) fn reachable(&self, binaries: Binaries) -> Result<Binaries, Error> {
        let Some(user) = &self.user else { return Ok(binaries) };
        if user.can_run(&binaries.postgres()) && user.can_run(&binaries.initdb()) {
            return Ok(binaries);
        }
        if binaries.source != crate::Source::Npm {
            return Err(Error::Unreachable { path: binaries.bindir, user: user.name.clone() });
        }
        crate::npm::copy_below(&base_folder(user)?, &binaries)
    }
}

/// The cluster below `given`, following a pointer, without making or locking anything.
pub(crate) fn existing_cluster(given: &Path) -> Result<Option<Existing>, Error> {
    match read_pointer(given)? {
        Some(home) => existing_in(&home),
        None => existing_in(given),
    }
}

fn existing_in(home: &Path) -> Result<Option<Existing>, Error> {
    let folder = home.join(CLUSTER);
    let version = folder.join("PG_VERSION");
    let text = match fs::read_to_string(&version) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => return Ok(None),
        text => text.doing("read", &version)?,
    };
    let major = text.trim().split('.').next().unwrap_or_default().parse();
    let major =
        major.map_err(|_| io::ErrorKind::InvalidData.into()).doing("read the version in", &version)?;
    Ok(Some(Existing { folder, major }))
}

/// Makes the folder given, private; refuses one that holds other people's things.
fn claim(given: &Path) -> Result<(), Error> {
    let metadata = match fs::metadata(given) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = given.parent() {
                fs::create_dir_all(parent).doing("create", parent)?;
            }
            match fs::DirBuilder::new().mode(0o700).create(given) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    Err(error).doing("create", given)?
                }
                _ => fs::metadata(given).doing("read", given)?,
            }
        }
        metadata => metadata.doing("read", given)?,
    };
    if !is_root() && metadata.uid() != own_uid() {
        return Err(Error::NotOwner { folder: given.to_owned(), owner: metadata.uid() });
    }
    // In this order: another process that begins at the same time makes the lock file before all others.
    if fs::read_dir(given).doing("list", given)?.next().is_some() && !given.join(LOCK).exists() {
        return Err(Error::FolderInUse { folder: given.to_owned() });
    }
    fs::set_permissions(given, fs::Permissions::from_mode(0o700)).doing("make private", given)
}

fn lock(path: &Path) -> Result<StartLock, Error> {
    let file = open_file(path).doing("open", path)?;
    let mut failure = None;
    let taken = wait_until(Duration::from_mins(2), Duration::from_millis(50), || match file.try_lock() {
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => {
            failure = Some(error);
            true
        }
        Ok(()) => true,
    });
    match failure {
        Some(error) => Err(error).doing("lock", path),
        None if taken => Ok(StartLock { _held: file }),
        None => Err(Error::Busy { lock: path.to_owned() }),
    }
}

/// Finds the home of the cluster and its user; for a new cluster, chooses both.
fn settle(given: PathBuf) -> Result<Place, Error> {
    let pointed = read_pointer(&given)?;
    if let Some(home) = &pointed
        && !home.is_dir()
    {
        return Err(Error::ClusterMissing { pointer: given.join(POINTER), home: home.clone() });
    }
    let home = pointed.clone().unwrap_or_else(|| given.clone());
    if let Ok(cluster) = fs::symlink_metadata(home.join(CLUSTER)) {
        let user = owner(&home, &cluster)?;
        return Ok(Place { given, home, user });
    }
    if !is_root() {
        return Ok(Place { given, home, user: None });
    }
    let user = User::to_drop_to()?;
    let home = if pointed.is_some() {
        home
    } else if given.parent().is_some_and(|parent| user.can_enter(parent)) {
        given.clone()
    } else {
        home_elsewhere(&given, &user)?
    };
    private_folder(&home, Some(&user))?;
    Ok(Place { given, home, user: Some(user) })
}

/// Root runs an existing cluster as its owner; anybody else may only run his own.
fn owner(home: &Path, cluster: &fs::Metadata) -> Result<Option<User>, Error> {
    let uid = cluster.uid();
    if is_root() && uid != 0 {
        let user = User::with_ids(uid, cluster.gid());
        if !user.can_enter(home) {
            return Err(Error::Unreachable { path: home.to_owned(), user: user.name });
        }
        return Ok(Some(user));
    }
    if is_root() || uid != own_uid() {
        return Err(Error::NotOwner { folder: home.join(CLUSTER), owner: uid });
    }
    Ok(None)
}

/// A new home outside the folder given. One that is there already belongs to a folder of the same name that
/// was removed; its data is left alone.
fn home_elsewhere(given: &Path, user: &User) -> Result<PathBuf, Error> {
    let base = base_folder(user)?;
    let name = format!("{:016x}", fingerprint(given));
    let names = std::iter::once(name.clone()).chain((2_u32..).map(|number| format!("{name}-{number}")));
    let mut homes = names.map(|name| base.join(name));
    let home = homes.find(|home| fs::symlink_metadata(home).is_err()).unwrap_or_else(|| base.join(&name));
    private_folder(&home, Some(user))?;
    let pointer = given.join(POINTER);
    write_whole(&pointer, home.as_os_str().as_bytes(), None).doing("write", &pointer)?;
    tracing::info!(given = %given.display(), home = %home.display(), user = user.name,
        "the database lives elsewhere, because its user may not enter the folder given");
    Ok(home)
}

fn read_pointer(given: &Path) -> Result<Option<PathBuf>, Error> {
    let pointer = given.join(POINTER);
    match fs::read(&pointer) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        bytes => Ok(Some(PathBuf::from(std::ffi::OsString::from_vec(bytes.doing("read", &pointer)?)))),
    }
}

/// The folder of root's that holds the homes: others may pass through it, not look into it.
fn base_folder(user: &User) -> Result<PathBuf, Error> {
    let mut problem = Error::Unsafe { folder: SYSTEM_BASE.into() };
    for base in [PathBuf::from(SYSTEM_BASE), env::temp_dir().join("vungxanh"), "/tmp/vungxanh".into()] {
        let made = private_folder(&base, None).and_then(|()| {
            fs::set_permissions(&base, fs::Permissions::from_mode(0o711)).doing("open", &base)
        });
        match made {
            Ok(()) if user.can_enter(&base) => return fs::canonicalize(&base).doing("find", &base),
            Ok(()) => problem = Error::Unreachable { path: base, user: user.name.clone() },
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_things_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letter.txt"), "dear").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let error = claim(folder.path()).unwrap_err();
        assert!(matches!(error, Error::FolderInUse { .. }), "{error}");
        assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o755);
    }
}
