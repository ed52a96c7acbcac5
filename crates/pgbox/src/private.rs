//! Files and folders that only their owner may touch, and names for them.
//!
//! Folders may lie where others can write (/tmp), and files where the lesser user can, while root opens them:
//! so nothing here follows a symbolic link, and nothing of a stranger's is taken for ours.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, fchown,
};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::error::{Doing as _, Error};
use crate::user::{User, is_root, own_uid};

/// Longest socket path the system takes, in bytes.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// What PostgreSQL calls its socket, which goes below the socket folder.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

/// Makes a folder that only `owner` (or this process's user) may enter; one that exists must be his or ours,
/// and no symbolic link.
pub(crate) fn private_folder(folder: &Path, owner: Option<&User>) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).doing("create", folder);
        }
        _ => {}
    }
    let found = fs::symlink_metadata(folder).doing("read", folder)?;
    let trusted = found.uid() == own_uid() || owner.is_some_and(|owner| owner.uid == found.uid());
    if !found.is_dir() || !trusted {
        return Err(Error::Unsafe { folder: folder.to_owned() });
    }
    if let Some(owner) = owner
        && found.uid() != owner.uid
    {
        chown(folder, Some(owner.uid), Some(owner.gid)).doing("hand over", folder)?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).doing("make private", folder)
}

/// Where short-lived files of this user go, best first.
pub(crate) fn runtime_folders() -> Vec<PathBuf> {
    let own = if is_root() {
        vec![PathBuf::from("/run")]
    } else {
        let session = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        session.into_iter().chain([format!("/run/user/{}", own_uid()).into()]).collect()
    };
    let shared = [env::temp_dir(), PathBuf::from("/tmp")];
    own.into_iter().chain(shared).filter(|folder| folder.is_absolute() && folder.is_dir()).collect()
}

pub(crate) fn fits_socket(folder: &Path) -> bool {
    let bytes = folder.as_os_str().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    bytes.len() + 1 + SOCKET.len() <= LONGEST_SOCKET && bytes.iter().all(plain)
}

/// Opens for appending, making it private, never through a symbolic link.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let nofollow = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    OpenOptions::new().create(true).append(true).read(true).mode(0o600).custom_flags(nofollow).open(path)
}

/// Replaces a file at once, so that a reader sees the old text or the new.
pub(crate) fn write_whole(path: &Path, text: &[u8], owner: Option<&User>) -> io::Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new)?;
    file.write_all(text)?;
    if let Some(owner) = owner {
        fchown(&file, Some(owner.uid), Some(owner.gid))?;
    }
    file.sync_all()?;
    fs::rename(&new, path)
}

/// FNV-1a: names of folders must stay the same from one build of the program to the next.
pub(crate) fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_folder_must_be_short_and_plain() {
        assert!(fits_socket(Path::new("/var/lib/vungxanh/0011223344556677/run")));
        assert!(!fits_socket(Path::new(&format!("/{}", "a".repeat(LONGEST_SOCKET - SOCKET.len() - 1)))));
        assert!(!fits_socket(Path::new("/srv/a,b/run")));
        assert!(!fits_socket(Path::new("/srv/Vùng Xanh/run")));
    }

    #[test]
    fn a_private_folder_is_never_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/tmp", &link).unwrap();
        assert!(matches!(private_folder(&link, None), Err(Error::Unsafe { .. })));
    }

    #[test]
    fn a_file_is_not_opened_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("target"), &link).unwrap();
        assert!(open_file(&link).is_err());
        assert!(!folder.path().join("target").exists());
    }
}
