//! The user the server runs as. PostgreSQL refuses root, so a program started as root drops to another.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;

/// An unprivileged user of this machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl User {
    /// `postgres` where there is one, because it owns nothing else; otherwise `nobody`.
    pub(crate) fn to_drop_to() -> Result<User, Error> {
        let users = known_users();
        let named = |name| users.iter().find(|user| user.name == name && user.uid != 0).cloned();
        named("postgres").or_else(|| named("nobody")).ok_or(Error::NoUser)
    }

    /// The user with this id, even one without a name (a folder carried over from another machine).
    pub(crate) fn with_ids(uid: u32, gid: u32) -> User {
        let known = known_users().into_iter().find(|user| user.uid == uid);
        known.unwrap_or_else(|| User { name: uid.to_string(), uid, gid })
    }

    /// Whether this user may enter `folder`. Asked of the system, not of mode bits: access lists, mounts
    /// and containers have their say too.
    pub(crate) fn can_enter(&self, folder: &Path) -> bool {
        self.says("cd -- \"$1\"", folder)
    }

    /// Whether this user may execute `program`.
    pub(crate) fn can_run(&self, program: &Path) -> bool {
        self.says("test -x \"$1\"", program)
    }

    fn says(&self, script: &str, path: &Path) -> bool {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).arg(path).current_dir("/");
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.uid(self.uid).gid(self.gid);
        shell.status().is_ok_and(|status| status.success())
    }
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The id this process acts under.
pub(crate) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A command with a clean environment, so that no `PG…` variable of the caller reaches PostgreSQL, run as
/// `user` if one is given (the standard library then gives up the supplementary groups as well).
pub(crate) fn command(program: &Path, user: Option<&User>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

fn known_users() -> Vec<User> {
    let text = fs::read("/etc/passwd").unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(parse_user).collect()
}

fn parse_user(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_user_file_gives_name_and_ids() {
        let user = parse_user("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash");
        assert_eq!(user, Some(User { name: "postgres".to_owned(), uid: 101, gid: 104 }));
        assert_eq!(parse_user("+::::::"), None);
    }
}
